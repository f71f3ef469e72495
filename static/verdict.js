// A verdict as a ticket. The server builds the same in chalicelib/pages.py for browsers without
// JavaScript.

import { element, svgElement } from "./dom.js";

export const WORDS = {
	positive: "Positive",
	negative: "Negative",
	unsure: "Unsure",
	not_a_review: "Not a review",
};

export function ticket(verdict) {
	if (verdict.sentiment === "not_a_review") {
		return element("div", "ticket ticket--not_a_review",
			element("p", "", element("span", "label", "No verdict"), "\n", element("strong", "word", "This does not look like a review")),
			note(verdict.reason));
	}
	const made = element("div", `ticket ticket--${verdict.sentiment}`,
		element("p", "", element("span", "label", "Verdict"), "\n", element("strong", "word", WORDS[verdict.sentiment])),
		element("p", "confidence", element("strong", "percent", percentage(verdict.confidence)), "\n", element("span", "label", "sure")),
		scale(100 * verdict.score));
	if (verdict.sentiment === "unsure") made.append(note(`${verdict.reason} The review leans towards ${side(verdict.score - 0.5)}.`));
	if (verdict.truncated) made.append(note("Only the beginning and the end of this long review were read."));
	return made;
}

export function percentage(confidence) {
	const percent = Math.floor(100 * confidence + 0.5);
	return percent > 99 ? "over 99%" : `${percent}%`; // never certain
}

export function side(tendency) {
	return tendency >= 0 ? "positive" : "negative";
}

function note(sentence) {
	return element("p", "note", sentence);
}

function scale(score) {
	const made = element("div", "scale",
		svgElement("svg", { viewBox: "0 0 100 2", preserveAspectRatio: "none" },
			svgElement("rect", { class: "track", width: "100", height: "2" }),
			svgElement("rect", { class: "fill", x: Math.min(score, 50).toFixed(1), width: Math.abs(score - 50).toFixed(1), height: "2" }),
			svgElement("rect", { class: "middle", x: "49.8", width: "0.4", height: "2" })),
		element("span", "", "negative"), " ", element("span", "", "positive"));
	made.setAttribute("aria-hidden", "true"); // the percentage says it in words
	return made;
}
