// The review shown back, each part tinted by how far it moved the verdict.

import { element } from "./verdict.js";
import { cut, effect, figure, side, strength, unreadParts } from "./words.js";

// A share of the strongest: weaker sentences are not tinted.
const FAINT = 0.08;
const FAINT_WORD = 0.25;

export function reasons(review, verdict) {
	const { sentences, words = [], praise, blame, reasons_note: note } = verdict;
	if (!sentences?.length || !figure(verdict)) return [];
	const [strongest, strongestWord] = [sentences, words]
		.map((parts) => Math.max(...parts.map(strength), Number.MIN_VALUE));
	const letters = Array.from(review); // positions are in code points
	const text = ({ start, end }) => letters.slice(start, end).join("");
	const say = (part) => `${effect(part)}: “${text(part)}”`;
	const unread = unreadParts(verdict);
	// Each sentence has the same as hidden text.
	const spot = element("p", { className: "spot hint", ariaHidden: "true" },
		"Point at a part, or tap it, to see how it counted. With a keyboard: Tab, then the arrow keys.");

	function marked(part, className, more, ...children) {
		const tell = (event) => {
			event.stopPropagation(); // only the innermost part
			spot.textContent = say(part) + more;
		};
		return element("span", { className, onpointerover: tell, onfocus: tell }, ...children);
	}

	const plain = (start, end) => cut(start, end, unread).map((part) => (part.isInside
		? element("span", "unread", element("span", "unseen", "(not read:) "), text(part)) : text(part)));

	// The text of `whole`, with each of its parts replaced by `show(part)`.
	function interleave(whole, parts, show) {
		let { start } = whole;
		const pieces = parts.flatMap((part) => {
			const before = plain(start, part.start);
			start = part.end;
			return [...before, show(part)];
		});
		return [...pieces, ...plain(start, whole.end)];
	}

	const strong = words.filter((word) => strength(word) >= FAINT_WORD * strongestWord);
	const showWord = (word) => marked(word, `told--${side(word.contribution)}`, "", text(word));

	function showSentence(sentence) {
		const inside = strong.filter(({ start, end }) => start >= sentence.start && end <= sentence.end);
		const more = ["", ...inside.map(say)].join("; ");
		const made = marked(sentence, "tint", more,
			...interleave(sentence, inside, showWord), element("span", "unseen", ` (${effect(sentence)})${more}`));
		if (strength(sentence) > FAINT * strongest) {
			made.classList.add(`tint--${side(sentence.contribution)}`);
			made.style.setProperty("--strength", `${Math.round((100 * strength(sentence)) / strongest)}%`);
		}
		return made;
	}

	const quote = element("blockquote", {}, ...interleave({ start: 0, end: letters.length }, sentences, showSentence));
	walkWithArrows(quote);
	const quotations = [["Praises:", praise], ["Blames:", blame]].filter(([, part]) => part);
	const key = (className, label) => [element("span", className, label), " "];
	return [element("section", { className: "reasons", ariaLabel: "What decided the verdict" },
		element("h2", {}, "What decided the verdict"),
		element("p", "hint",
			...key("tint tint--negative", "towards negative"),
			...key("tint tint--positive", "towards positive"),
			...(unread.length ? key("unread", "not read") : []),
			"The stronger the colour, the more it counted. Words that counted most are underlined."),
		...quotations.map(([label, part]) => element("p", "hint", element("strong", {}, label), ` “${text(part)}”`)),
		quote, ...(note ? [element("p", "hint", note)] : []), spot)];
}

// As in the ARIA practices for composite widgets: one stop for Tab, and arrow keys between the sentences.
function walkWithArrows(quote) {
	const stops = [...quote.querySelectorAll(".tint")];
	const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1, Home: -Infinity, End: Infinity };
	stops.forEach((stop, i) => { stop.tabIndex = i ? -1 : 0; });
	quote.addEventListener("focusin", ({ target }) => {
		for (const stop of stops) stop.tabIndex = stop === target ? 0 : -1;
	});
	quote.addEventListener("keydown", (event) => {
		const { key, altKey, ctrlKey, metaKey } = event;
		if (!(key in step) || altKey || ctrlKey || metaKey) return;
		event.preventDefault();
		const wanted = stops.indexOf(document.activeElement) + step[key];
		stops[Math.min(Math.max(wanted, 0), stops.length - 1)].focus();
	});
}
