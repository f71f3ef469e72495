// Asking the service: a verdict, or a Problem with a sentence for the person who asked.

const TIMEOUT_MS = 25_000; // the service gives up after 17 s; API Gateway after 29 s

export class Problem extends Error {
	constructor(sentence, more = {}) {
		super(sentence);
		this.isTheirs = more.isTheirs; // the text itself is what has to change
		this.retryAfterS = more.retryAfterS; // before that, trying again is no use
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
export async function sendFeedback(feedback) {
	await ask("feedback", feedback);
}

async function ask(path, question, signal) {
	const giveUp = new AbortController();
	const timer = setTimeout(() => giveUp.abort(), TIMEOUT_MS);
	try {
		const response = await fetch(path, {
			method: "POST",
			headers: { "Content-Type": "application/json", Accept: "application/json" },
			body: JSON.stringify(question),
			signal: AbortSignal.any([giveUp.signal, ...(signal ? [signal] : [])]),
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

function isVerdict(answer) {
	return Number.isFinite(answer?.score) && Number.isFinite(answer.confidence)
		&& (["positive", "negative"].includes(answer.sentiment)
			|| (["unsure", "not_a_review"].includes(answer.sentiment) && typeof answer.reason === "string"));
}

function understood(answer, fits) {
	if (!fits(answer)) throw new Problem("The service gave an answer this page does not understand. Please try again.");
	return answer;
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
