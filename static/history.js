// 'Your verdicts': only if the user wants it, and only in this browser.

import { byId, button, element, hide, isVerdict } from "./verdict.js";
import { addEntry, clearHistory, convertHistory, readHistory, wantHistory } from "./store.js";
import { figure, title } from "./words.js";

const N_SHOWN = 80; // characters of a review
const [wanted, list, clear] = ["history-on", "history-list", "history-clear"].map(byId);

// undefined: the browser has no storage, or no room; that is not an error.
function attempt(act) {
	try {
		return act(localStorage);
	} catch {
		return undefined;
	}
}

const beginning = (review) => Array.from(review.trim().replace(/\s+/g, " ")).slice(0, N_SHOWN).join("").trim();

// `open(entry)` shows an entry again. Returns a function that remembers one.
export function startHistory(open) {
	function showEntry(entry) {
		const { verdict, review, start, at } = entry;
		const [number] = figure(verdict) ?? [];
		const parts = [
			element("strong", `is-${verdict.sentiment}`, title(verdict)),
			` ${number ? `${number} ` : ""}“${start ?? beginning(review)}” ${new Date(at).toLocaleString()}`,
		];
		const opener = button("", () => open(entry));
		opener.append(...parts);
		return element("li", {}, ...(review === undefined ? parts : [opener]));
	}

	function show() {
		const entries = attempt((storage) => readHistory(storage, isVerdict));
		wanted.checked = Boolean(entries);
		hide(clear, !entries?.length, wanted);
		list.replaceChildren(...(entries ?? []).map(showEntry));
	}

	function change(act) {
		attempt(act);
		show();
	}

	change((storage) => convertHistory(storage, isVerdict));
	addEventListener("storage", show); // from another tab
	wanted.onchange = () => change((storage) => wantHistory(storage, wanted.checked));
	clear.onclick = () => change(clearHistory);
	return (review, verdict) => change((storage) => addEntry(storage, isVerdict, { review, verdict, at: Date.now() }));
}
