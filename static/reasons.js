// Why: the review shown back, its sentences tinted and its strongest words underlined by how far
// each moved the verdict.

import { element } from "./dom.js";
import { side } from "./verdict.js";

const FAINT = 0.08; // share of the strongest under which a sentence is left plain
const FAINT_WORD = 0.25;

// The section, or nothing where the service gave no reasons.
export function reasons(review, { sentences, words = [] }) {
	if (!sentences?.length) return [];
	const letters = Array.from(review); // places are counted in code points, not in UTF-16
	const text = ({ start, end }) => letters.slice(start, end).join("");
	const spot = element("p", "spot hint", "Point at a part, or step through them with Tab, to see its number.");
	spot.ariaHidden = "true"; // each part says its own number
	const made = element("section", "reasons",
		element("h2", "", "What moved the verdict"),
		element("p", "hint",
			element("span", "tint tint--negative", "towards negative"), " ",
			element("span", "tint tint--positive", "towards positive"),
			" The stronger the colour, the further it moved, in log-odds. Strong words are underlined."),
		shown(sentences, words, text, spot),
		spot);
	made.ariaLabel = "What moved the verdict";
	return [made];
}

function shown(sentences, words, text, spot) {
	const [strongest, strongestWord] = [greatest(sentences), greatest(words)];
	return element("blockquote", "", ...interleave({ start: 0 }, sentences, text, (sentence) => {
		const inside = words.filter(({ start, end }) => start >= sentence.start && end <= sentence.end);
		const part = element("span", "tint", ...interleave(sentence, inside, text, (word) => {
			if (strength(word) < FAINT_WORD * strongestWord) return text(word);
			const made = element("span", `told--${side(word.contribution)}`, text(word));
			made.addEventListener("pointerenter", () => say(word));
			made.addEventListener("pointerleave", () => say(sentence));
			return made;
		}));
		if (strength(sentence) > FAINT * strongest) {
			part.classList.add(`tint--${side(sentence.contribution)}`);
			part.style.setProperty("--strength", `${Math.round((100 * strength(sentence)) / strongest)}%`);
		}
		part.append(element("span", "unseen", ` (${told(sentence)})`));
		part.tabIndex = 0;
		for (const kind of ["pointerenter", "focus"]) part.addEventListener(kind, () => say(sentence));
		return part;
	}));

	function say(part) {
		spot.textContent = `${told(part)}: “${text(part)}”`;
	}
}

// The text of `whole`, with `show(part)` in place of each of the parts in it.
function interleave(whole, parts, text, show) {
	let { start } = whole;
	const pieces = parts.flatMap((part) => {
		const before = text({ start, end: part.start });
		start = part.end;
		return [before, show(part)];
	});
	return [...pieces, text({ start, end: whole.end })];
}

const strength = ({ contribution }) => Math.abs(contribution);
const greatest = (parts) => Math.max(...parts.map(strength), Number.MIN_VALUE);

function told({ contribution }) {
	return `${contribution < 0 ? "−" : "+"}${Math.abs(contribution).toFixed(2)} towards ${side(contribution)}`;
}
