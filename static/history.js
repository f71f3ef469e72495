// This browser's verdicts: kept only if the person says so, sent nowhere, gone at a click.

import { byId, element } from "./dom.js";
import { keep, recall } from "./storage.js";
import { WORDS, percentage } from "./verdict.js";

const KEY = "history";
const MOST = 50;

const [wanted, list, clear] = ["history-on", "history-list", "history-clear"].map(byId);

// null where no history is wanted.
function read() {
	try {
		return JSON.parse(recall("localStorage", KEY));
	} catch {
		return null;
	}
}

function write(entries) {
	keep("localStorage", KEY, entries && JSON.stringify(entries));
	show();
}

function show() {
	const entries = read();
	wanted.checked = entries !== null;
	clear.hidden = !entries?.length;
	list.replaceChildren(...(entries ?? []).map(({ sentiment, confidence, start, at }) => element("li", "",
		element("strong", `is-${sentiment}`, WORDS[sentiment]),
		` ${percentage(confidence)} “${start}” ${new Date(at).toLocaleString()}`)));
}

export function note(review, { sentiment, confidence }) {
	const entries = read();
	if (!entries) return;
	const start = Array.from(review.trim().replace(/\s+/g, " ")).slice(0, 80).join("");
	write([{ sentiment, confidence, start, at: Date.now() }, ...entries].slice(0, MOST));
}

export function startHistory() {
	wanted.addEventListener("change", () => write(wanted.checked ? [] : null));
	clear.addEventListener("click", () => {
		wanted.focus(); // the button pressed is about to go
		write([]);
	});
	show();
}
