// Verdicts: request and show them. Also what every module needs: elements and problems.

import { WORDS, figure, readNote, title } from "./words.js";

// The service's own timeout is shorter.
const TIMEOUT_MS = 25_000;
export const N_RETRIES = 3; // automatic ones, in a row

// ---- elements ----

export const byId = (id) => document.getElementById(id);

// `properties`: an object, or a class name. Strings never become markup.
export function element(name, properties, ...children) {
	const made = document.createElement(name);
	Object.assign(made, typeof properties === "string" ? { className: properties } : properties);
	made.append(...children);
	return made;
}

export const button = (label, onclick, className = "") => (
	element("button", { type: "button", className, onclick }, label));

// If the hidden element had the focus, `heir` gets it.
export function hide(made, isHidden, heir) {
	if (isHidden && document.activeElement === made) heir.focus();
	made.hidden = isHidden;
}

export function svgElement(name, attributes, ...children) {
	const made = document.createElementNS("http://www.w3.org/2000/svg", name);
	for (const key in attributes) made.setAttribute(key, attributes[key]);
	made.append(...children);
	return made;
}

// ---- requesting ----

// A message for the user. isTheirs: they must change the text; retryAfterS: when to retry.
export class Problem extends Error {}

export const isVerdict = (answer) => (
	answer?.sentiment in WORDS && [answer.score, answer.confidence].every(Number.isFinite));

export const askVerdict = (review) => ask("review", { review, explain: true }, isVerdict);

// A verdict or { error } for each text.
export async function askVerdicts(texts, signal) {
	const isResult = (result) => isVerdict(result) || result?.error?.message;
	const fits = (answer) => answer?.results?.length === texts.length && answer.results.every(isResult);
	return (await ask("reviews", texts, fits, signal)).results;
}

export async function ask(path, question, fits, signal) {
	const late = AbortSignal.timeout(TIMEOUT_MS);
	try {
		const response = await fetch(path, {
			method: "POST",
			headers: { "Content-Type": "application/json", Accept: "application/json" },
			body: JSON.stringify(question),
			signal: signal ? AbortSignal.any([late, signal]) : late,
		});
		const answer = await response.json().catch((error) => {
			// SyntaxError: the answer is not JSON, such as a gateway's page.
			if (error.name !== "SyntaxError") throw error;
		});
		if (!response.ok) throw problemFrom(response, answer);
		if (!fits(answer)) throw new Problem("The service gave an answer that this page does not understand.");
		return answer;
	} catch (error) {
		if (error instanceof Problem || signal?.aborted) throw error;
		if (late.aborted) throw new Problem(SENTENCES[504]);
		const offline = navigator.onLine ? "" : ": you seem to be offline";
		throw new Problem(`The service could not be reached${offline}. What you wrote is still here.`);
	}
}

const SENTENCES = {
	413: "This review is too long. Please shorten it.",
	429: "Too many people are asking at once.",
	504: "The service took too long to answer, so we stopped waiting.",
};

function problemFrom({ status, headers }, answer) {
	// The message of our service; a gateway has none.
	const own = answer?.error?.message;
	const isTheirs = status === 413 || (own && status < 500 && status !== 429);
	const retryAfterS = Number.parseInt(headers.get("Retry-After"), 10) || 0;
	let sentence = typeof own === "string" ? own : SENTENCES[status] ?? "The service is in trouble at the moment.";
	// Only the first sentence, since the countdown replaces the rest.
	if (retryAfterS) [sentence] = sentence.split(/(?<=\.)\s/);
	return Object.assign(new Problem(sentence), { isTheirs, retryAfterS });
}

// Reports the seconds left to `tell`. Rejects when `signal` is aborted.
export async function countDown(seconds, signal, tell) {
	for (let left = seconds; left > 0; left -= 1) {
		tell(left);
		await new Promise((resolve, reject) => {
			setTimeout(resolve, 1000);
			signal.onabort = reject;
		});
	}
}

// ---- the ticket; chalicelib/pages.py builds the same ----

export function ticket(verdict) {
	const { sentiment, score } = verdict;
	const [number, counted] = figure(verdict) ?? [];
	const word = sentiment === "not_a_review" ? "This does not look like a review" : title(verdict);
	const note = (sentence) => (sentence ? [element("p", "note", sentence)] : []);
	const made = element("div", `ticket ticket--${sentiment}`, element("p", {},
		element("span", "label", number ? "Verdict" : "No verdict"), "\n", element("strong", "word", word)),
	...note(verdict.reason));
	if (number) {
		made.append(
			element("p", "confidence", element("strong", "percent", number), "\n", element("span", "label", counted)),
			element("div", { className: "scale", ariaHidden: "true" }, // the number has it as text
				svgElement("svg", { viewBox: "0 -1 100 2", preserveAspectRatio: "none" },
					svgElement("line", { x1: 50, x2: (100 * score).toFixed(1) })),
				...["negative", "even", "positive"].map((place) => element("span", {}, place))));
	} else made.classList.add("ticket--wordy");
	made.append(...note(readNote(verdict)));
	return made;
}
