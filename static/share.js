// A verdict to take away: as a sentence, or as a link that holds the verdict and never the review.

import { button, element } from "./dom.js";
import { WORDS, percentage, ticket } from "./verdict.js";

export function shareRow(verdict) {
	const { sentiment, score, confidence } = verdict;
	if (sentiment === "not_a_review") return [];
	const link = `${location.href.split("#")[0]}#${sentiment}=${score.toFixed(4)}`;
	const said = element("span", "hint");
	said.ariaLive = "polite";
	const copy = (text, done) => navigator.clipboard.writeText(text).then(
		() => { said.textContent = done; },
		() => { said.textContent = text; }); // not allowed: there it is to copy by hand
	return [element("div", "row",
		button("Copy result", "", () => copy(`${WORDS[sentiment]}, ${percentage(confidence)} sure`, "Copied.")),
		button("Copy link", "", () => copy(link, "Copied. The link tells the verdict, not the review.")), said)];
}

// The verdict in the page's address, as a ticket.
export function sharedTicket() {
	const [, sentiment, number] = /^#(positive|negative|unsure)=(0\.\d+|1\.0+)$/.exec(location.hash) ?? [];
	const score = Number(number);
	if (!sentiment) return [];
	const reason = "So the link says.";
	return [element("p", "hint", "Somebody shared this verdict with you:"),
		ticket({ sentiment, score, confidence: Math.max(score, 1 - score), reason })];
}
