// Verdicts: request, show, share, explain and remember them.

// The service's own timeout is shorter.
const TIMEOUT_MS = 25_000;
export const N_RETRIES = 3; // automatic ones, in a row
export const WORDS = {
	positive: "Positive",
	negative: "Negative",
	unsure: "Unsure",
	not_a_review: "Not a review",
};

export function percentage(confidence) {
	const percent = Math.round(100 * confidence);
	return percent > 99 ? "over 99%" : `${percent}%`; // never certain
}

const side = (tendency) => (tendency < 0 ? "negative" : "positive");

// ---- elements ----

export const byId = (id) => document.getElementById(id);

// `properties`: an object, or a class name. Strings never become markup.
export function element(name, properties, ...children) {
	const made = document.createElement(name);
	Object.assign(made, typeof properties === "string" ? { className: properties } : properties);
	made.append(...children);
	return made;
}

export const button = (title, onclick, className = "") => element("button", { type: "button", className, onclick }, title);

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

const isVerdict = (answer) => answer?.sentiment in WORDS && [answer.score, answer.confidence].every(Number.isFinite);

export const askVerdict = (review) => ask("review", { review, explain: true }, isVerdict);

// A verdict or { error } for each text.
export async function askVerdicts(texts, signal) {
	const isResult = (result) => isVerdict(result) || result?.error?.message;
	const fits = (answer) => answer?.results?.length === texts.length && answer.results.every(isResult);
	return (await ask("reviews", texts, fits, signal)).results;
}

async function ask(path, question, fits, signal) {
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
		throw new Problem(`The service could not be reached${navigator.onLine ? "" : ": you seem to be offline"}. What you wrote is still here.`);
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

export function ticket({ sentiment, score, confidence, truncated, reason = "" }) {
	const made = element("div", `ticket ticket--${sentiment}`);
	const say = (label, word) => made.append(element("p", {}, element("span", "label", label), "\n", element("strong", "word", word)));
	const note = (sentence) => made.append(element("p", "note", sentence));
	if (sentiment === "not_a_review") {
		say("No verdict", "This does not look like a review");
		note(reason);
		return made;
	}
	say("Verdict", WORDS[sentiment]);
	made.append(
		element("p", "confidence", element("strong", "percent", percentage(confidence)), "\n", element("span", "label", "sure")),
		element("div", { className: "scale", ariaHidden: "true" }, // the percentage has it as text
			svgElement("svg", { viewBox: "0 -1 100 2", preserveAspectRatio: "none" },
				svgElement("line", { x1: 50, x2: (100 * score).toFixed(1) })),
			element("span", {}, "negative"), " ", element("span", {}, "positive")));
	if (sentiment === "unsure") note(`${reason} The review leans towards ${side(score - 0.5)}.`);
	if (truncated) note("Only the beginning and the end of this long review were read.");
	return made;
}

// ---- sharing, but never the review ----

export function shareRow({ sentiment, score, confidence }) {
	if (sentiment === "not_a_review") return [];
	const link = `${location.href.split("#")[0]}#${sentiment}=${score.toFixed(4)}`;
	const said = element("span", { className: "hint", ariaLive: "polite" });
	const copy = (text, done) => navigator.clipboard.writeText(text).then(
		() => said.replaceChildren(done),
		() => said.replaceChildren(text)); // to copy manually
	return [element("div", "row",
		button("Copy result", () => copy(`${WORDS[sentiment]}, ${percentage(confidence)} sure`, "Copied.")),
		button("Copy link", () => copy(link, "Copied. The link has the verdict, not the review.")), said)];
}

export function sharedTicket() {
	const [, sentiment, number] = /^#(positive|negative|unsure)=(0\.\d+|1\.0+)$/.exec(location.hash) ?? [];
	const score = Number(number);
	if (!sentiment || (sentiment !== "unsure" && sentiment !== side(score - 0.5))) return [];
	return [element("p", "hint", "Somebody shared this verdict with you:"),
		ticket({ sentiment, score, confidence: Math.max(score, 1 - score), reason: "So the link says." })];
}

// ---- 'Was this right?' ----

export function feedbackRow(review, { sentiment, score, model_version }) {
	// The template is absent if the service stores no feedback.
	const template = byId("feedback");
	if (!template || sentiment === "not_a_review") return [];
	const row = template.content.firstElementChild.cloneNode(true);
	const [legend, consent, said] = ["legend", "input", "[role=status]"].map((part) => row.querySelector(part));
	if (sentiment === "unsure") legend.textContent = "Does it lean that way?";

	async function answer({ target }) {
		row.disabled = true;
		said.textContent = "Sending …";
		// The disabled button loses the focus.
		said.focus();
		try {
			const feedback = { right: target.value === "yes", score, model_version, ...(consent.checked && { review }) };
			await ask("feedback", feedback, () => true);
			said.textContent = consent.checked ? "Thank you. Your review is kept for a year." : "Thank you.";
		} catch (problem) {
			if (!(problem instanceof Problem)) throw problem;
			said.textContent = problem.message;
			row.disabled = false;
		}
	}

	for (const choice of row.querySelectorAll("button")) choice.onclick = answer;
	return [row];
}

// ---- explaining: the review, each part tinted by its contribution ----

// A share of the strongest: weaker sentences are not tinted.
const FAINT = 0.08;
const FAINT_WORD = 0.25;

const strength = ({ contribution }) => Math.abs(contribution);
const told = (part) => `${part.contribution < 0 ? "−" : "+"}${strength(part).toFixed(2)} towards ${side(part.contribution)}`;

export function reasons(review, { sentences, words = [] }) {
	if (!sentences?.length) return [];
	const [strongest, strongestWord] = [sentences, words].map((parts) => Math.max(...parts.map(strength), Number.MIN_VALUE));
	const letters = Array.from(review); // positions are in code points
	const text = ({ start, end }) => letters.slice(start, end).join("");
	const say = (part) => `${told(part)}: “${text(part)}”`;
	// Each part has the same as hidden text.
	const spot = element("p", { className: "spot hint", ariaHidden: "true" },
		"Point at a part or Tab to a sentence for its numbers.");

	function marked(part, className, more, ...children) {
		const tell = (event) => {
			event.stopPropagation(); // only the innermost part
			spot.textContent = say(part) + more;
		};
		return element("span", { className, onpointerover: tell, onfocus: tell }, ...children);
	}

	// The text of `whole`, with each of its parts replaced by `show(part)`.
	function interleave(whole, parts, show) {
		let { start } = whole;
		const pieces = parts.flatMap((part) => {
			const before = text({ start, end: part.start });
			start = part.end;
			return [before, show(part)];
		});
		return [...pieces, text({ start, end: whole.end })];
	}

	const strong = words.filter((word) => strength(word) >= FAINT_WORD * strongestWord);
	const showWord = (word) => marked(word, `told--${side(word.contribution)}`, "", text(word));

	function showSentence(sentence) {
		const inside = strong.filter(({ start, end }) => start >= sentence.start && end <= sentence.end);
		const more = ["", ...inside.map(say)].join("; ");
		const made = marked(sentence, "tint", more, ...interleave(sentence, inside, showWord), element("span", "unseen", ` (${told(sentence)})${more}`));
		made.tabIndex = 0;
		if (strength(sentence) > FAINT * strongest) {
			made.classList.add(`tint--${side(sentence.contribution)}`);
			made.style.setProperty("--strength", `${Math.round((100 * strength(sentence)) / strongest)}%`);
		}
		return made;
	}

	return [element("section", { className: "reasons", ariaLabel: "What moved the verdict" },
		element("h2", {}, "What moved the verdict"),
		element("p", "hint",
			element("span", "tint tint--negative", "towards negative"), " ",
			element("span", "tint tint--positive", "towards positive"),
			" The stronger the colour, the further it moved, in log-odds. Strong words are underlined."),
		element("blockquote", {}, ...interleave({ start: 0 }, sentences, showSentence)),
		spot)];
}

// ---- remembering: only if the user wants it, and only in this browser ----

const HISTORY = "movie-sentiment.history";
const N_REMEMBERED = 50;
const [wanted, list, clear] = ["history-on", "history-list", "history-clear"].map(byId);

// null: the user does not want it, or the browser cannot.
function readHistory() {
	try {
		const entries = JSON.parse(localStorage.getItem(HISTORY));
		return entries.every(({ sentiment }) => sentiment in WORDS) ? entries : null;
	} catch {
		return null;
	}
}

function writeHistory(entries) {
	try {
		if (entries) localStorage.setItem(HISTORY, JSON.stringify(entries));
		else localStorage.removeItem(HISTORY);
	} catch { /* a browser without storage is not an error */ }
	showHistory();
}

function showHistory() {
	const entries = readHistory();
	wanted.checked = entries;
	hide(clear, !entries?.length, wanted);
	list.replaceChildren(...(entries ?? []).map(({ sentiment, confidence, start, at }) => element("li", {},
		element("strong", `is-${sentiment}`, WORDS[sentiment]),
		` ${percentage(confidence)} “${start}” ${new Date(at).toLocaleString()}`)));
}

export function remember(review, { sentiment, confidence }) {
	const entries = readHistory();
	if (!entries) return;
	const start = Array.from(review.trim().replace(/\s+/g, " ")).slice(0, 80).join("");
	writeHistory([{ sentiment, confidence, start, at: Date.now() }, ...entries].slice(0, N_REMEMBERED));
}

showHistory();
addEventListener("storage", showHistory); // from another tab
wanted.onchange = () => writeHistory(wanted.checked ? [] : null);
clear.onclick = () => writeHistory([]);
