// A verdict: asked for, shown as a ticket (the same as chalicelib/pages.py builds), explained, shared.

const TIMEOUT_MS = 25_000; // the service gives up after 17 s; API Gateway after 29 s
export const WORDS = {
	positive: "Positive",
	negative: "Negative",
	unsure: "Unsure",
	not_a_review: "Not a review",
};

export function percentage(confidence) {
	const percent = Math.floor(100 * confidence + 0.5);
	return percent > 99 ? "over 99%" : `${percent}%`; // never certain
}

const side = (tendency) => (tendency >= 0 ? "positive" : "negative");

// ---- elements ----

export const byId = (id) => document.getElementById(id);

// `properties` are an object, or a class. Text is only ever text here: no string becomes markup.
export function element(name, properties, ...children) {
	const made = document.createElement(name);
	Object.assign(made, typeof properties === "string" ? { className: properties } : properties);
	made.append(...children);
	return made;
}

export const button = (title, onclick, className = "") => element("button", { type: "button", className, onclick }, title);

export function svgElement(name, attributes, ...children) {
	const made = document.createElementNS("http://www.w3.org/2000/svg", name);
	for (const key in attributes) made.setAttribute(key, attributes[key]);
	made.append(...children);
	return made;
}

// ---- asking: a verdict, or a Problem with a sentence for a person ----

export class Problem extends Error {
	// isTheirs: the text is what has to change; retryAfterS: before that, trying again is no use
	constructor(sentence, more) {
		super(sentence);
		Object.assign(this, more);
	}
}

export async function askVerdict(text) {
	return understood(await ask("review", { review: text, explain: true }), isVerdict);
}

// A verdict or { error } for each text, in order. `signal` stops waiting.
export async function askVerdicts(texts, signal) {
	const answer = await ask("reviews", texts, signal);
	const fits = (result) => isVerdict(result) || result?.error?.message;
	return understood(answer?.results, (results) => results?.length === texts.length && results.every(fits));
}

// What the person says of a verdict: { right, score, model_version } and, if they wish, the review.
export const sendFeedback = (feedback) => ask("feedback", feedback);

async function ask(path, question, signal) {
	const giveUp = new AbortController();
	const timer = setTimeout(() => giveUp.abort(), TIMEOUT_MS);
	try {
		const response = await fetch(path, {
			method: "POST",
			headers: { "Content-Type": "application/json", Accept: "application/json" },
			body: JSON.stringify(question),
			signal: AbortSignal.any([giveUp.signal, signal].filter(Boolean)),
		});
		const answer = readJson(await response.text()); // within the same time limit
		if (!response.ok) throw problemFrom(response, answer);
		return answer;
	} catch (error) {
		if (error instanceof Problem || signal?.aborted) throw error;
		if (giveUp.signal.aborted) throw new Problem("This took too long, so we stopped waiting. Please try again.");
		throw new Problem(`The service could not be reached${navigator.onLine ? "" : ": you seem to be offline"}. What you wrote is still here. Please try again.`);
	} finally {
		clearTimeout(timer);
	}
}

function readJson(body) {
	try {
		return JSON.parse(body);
	} catch {
		return null; // a gateway's HTML page: its status says enough
	}
}

const isVerdict = (answer) => answer?.sentiment in WORDS && [answer.score, answer.confidence].every(Number.isFinite);

function understood(answer, fits) {
	if (fits(answer)) return answer;
	throw new Problem("The service gave an answer this page does not understand. Please try again.");
}

const SENTENCES = {
	413: "This review is too long. Please shorten it.",
	429: "Too many people are asking at once.",
	504: "The model took too long to answer.",
};

function problemFrom({ status, headers }, answer) {
	const own = answer?.error?.message; // our service's own sentence
	const isTheirs = status >= 400 && status < 500 && status !== 429;
	const retryAfterS = Number.parseInt(headers.get("Retry-After") ?? "", 10) || 0;
	let sentence = typeof own === "string" ? own : SENTENCES[status] ?? "The service is in trouble at the moment.";
	if (retryAfterS) [sentence] = sentence.split(/(?<=\.)\s/); // its first
	else if (!isTheirs && !/try again/i.test(sentence)) sentence += " Please try again.";
	return new Problem(sentence, { isTheirs, retryAfterS });
}

// ---- the ticket ----

export function ticket({ sentiment, score, confidence, truncated, reason = "" }) {
	if (sentiment === "not_a_review") {
		return element("div", "ticket ticket--not_a_review",
			element("p", {}, element("span", "label", "No verdict"), "\n", element("strong", "word", "This does not look like a review")),
			note(reason));
	}
	const made = element("div", `ticket ticket--${sentiment}`,
		element("p", {}, element("span", "label", "Verdict"), "\n", element("strong", "word", WORDS[sentiment])),
		element("p", "confidence", element("strong", "percent", percentage(confidence)), "\n", element("span", "label", "sure")),
		scale(100 * score));
	if (sentiment === "unsure") made.append(note(`${reason} The review leans towards ${side(score - 0.5)}.`));
	if (truncated) made.append(note("Only the beginning and the end of this long review were read."));
	return made;
}

const note = (sentence) => element("p", "note", sentence);

function scale(score) {
	return element("div", { className: "scale", ariaHidden: "true" }, // the percentage says it in words
		svgElement("svg", { viewBox: "0 0 100 2", preserveAspectRatio: "none" },
			svgElement("rect", { class: "track", width: "100", height: "2" }),
			svgElement("rect", { class: "fill", x: Math.min(score, 50).toFixed(1), width: Math.abs(score - 50).toFixed(1), height: "2" }),
			svgElement("rect", { class: "middle", x: "49.8", width: "0.4", height: "2" })),
		element("span", {}, "negative"), " ", element("span", {}, "positive"));
}

// ---- sharing: a sentence, or a link that never holds the review ----

export function shareRow({ sentiment, score, confidence }) {
	if (sentiment === "not_a_review") return [];
	const link = `${location.href.split("#")[0]}#${sentiment}=${score.toFixed(4)}`;
	const said = element("span", { className: "hint", ariaLive: "polite" });
	const copy = (text, done) => navigator.clipboard.writeText(text).then(
		() => { said.textContent = done; },
		() => { said.textContent = text; }); // not allowed: there it is to copy by hand
	return [element("div", "row",
		button("Copy result", () => copy(`${WORDS[sentiment]}, ${percentage(confidence)} sure`, "Copied.")),
		button("Copy link", () => copy(link, "Copied. The link tells the verdict, not the review.")), said)];
}

// The verdict in the page's address.
export function sharedTicket() {
	const [, sentiment, number] = /^#(positive|negative|unsure)=(0\.\d+|1\.0+)$/.exec(location.hash) ?? [];
	const score = Number(number);
	if (!sentiment) return [];
	return [element("p", "hint", "Somebody shared this verdict with you:"),
		ticket({ sentiment, score, confidence: Math.max(score, 1 - score), reason: "So the link says." })];
}

// ---- explaining: the review, tinted and underlined by how far each part moved the verdict ----

const FAINT = 0.08; // share of the strongest under which a sentence is left plain
const FAINT_WORD = 0.25;

// The section, or nothing where the service gave no reasons.
export function reasons(review, { sentences, words = [] }) {
	if (!sentences?.length) return [];
	const letters = Array.from(review); // places are counted in code points, not in UTF-16
	const text = ({ start, end }) => letters.slice(start, end).join("");
	const spot = element("p", { className: "spot hint", ariaHidden: "true" }, // each part says its own number
		"Point at a part, or step through them with Tab, to see its number.");
	return [element("section", { className: "reasons", ariaLabel: "What moved the verdict" },
		element("h2", {}, "What moved the verdict"),
		element("p", "hint",
			element("span", "tint tint--negative", "towards negative"), " ",
			element("span", "tint tint--positive", "towards positive"),
			" The stronger the colour, the further it moved, in log-odds. Strong words are underlined."),
		shown(sentences, words, text, spot),
		spot)];
}

function shown(sentences, words, text, spot) {
	const [strongest, strongestWord] = [sentences, words].map((parts) => Math.max(...parts.map(strength), Number.MIN_VALUE));
	const say = (part) => { spot.textContent = `${told(part)}: “${text(part)}”`; };
	return element("blockquote", {}, ...interleave({ start: 0 }, sentences, text, (sentence) => {
		const inside = words.filter(({ start, end }) => start >= sentence.start && end <= sentence.end);
		const tell = () => say(sentence);
		const part = element("span", { className: "tint", tabIndex: 0, onpointerenter: tell, onfocus: tell }, ...interleave(sentence, inside, text, (word) => {
			if (strength(word) < FAINT_WORD * strongestWord) return text(word);
			return element("span", {
				className: `told--${side(word.contribution)}`,
				onpointerenter: () => say(word),
				onpointerleave: () => say(sentence),
			}, text(word));
		}));
		if (strength(sentence) > FAINT * strongest) {
			part.classList.add(`tint--${side(sentence.contribution)}`);
			part.style.setProperty("--strength", `${Math.round((100 * strength(sentence)) / strongest)}%`);
		}
		part.append(element("span", "unseen", ` (${told(sentence)})`));
		return part;
	}));
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

function told({ contribution }) {
	return `${contribution < 0 ? "−" : "+"}${Math.abs(contribution).toFixed(2)} towards ${side(contribution)}`;
}
