// What a verdict and its reasons are called, and what a link says. No document here: `node --test` reads it.

export const WORDS = {
	positive: "Positive",
	negative: "Negative",
	unsure: "Unsure",
	not_a_review: "Not a review",
};
// Why an unsure verdict has no lean.
const WITHOUT_LEAN = { no_opinion: "No clear opinion", not_understood: "Not understood" };

export const side = (tendency) => (tendency < 0 ? "negative" : "positive");

// Where an unsure verdict leans; null for others. Older services do not say, and their scores do.
export function leanOf({ sentiment, lean, unsure_because: because, score }) {
	if (sentiment !== "unsure" || because in WITHOUT_LEAN) return null;
	return lean === undefined ? side(score - 0.5) : lean;
}

// All titles there are, in the order in which they are counted.
export const TITLES = [
	WORDS.positive, WORDS.negative, "Leans positive", "Leans negative", "Mixed",
	...Object.values(WITHOUT_LEAN), WORDS.unsure, WORDS.not_a_review,
];

// The verdict in a word or two; chalicelib/pages.py has the same words.
export function title(verdict) {
	const { sentiment, unsure_because: because } = verdict;
	if (sentiment !== "unsure") return WORDS[sentiment];
	if (because === "mixed") return "Mixed";
	const lean = leanOf(verdict);
	const leans = lean && wholePercent(verdict.confidence) > 50;
	return WITHOUT_LEAN[because] ?? (leans ? `Leans ${lean}` : WORDS.unsure);
}

export const withCommas = (n) => n.toLocaleString("en");

// The model's rule is on whole percents too, so no number stands on both sides of it.
const wholePercent = (confidence) => Math.round(100 * confidence);

export function percentage(confidence) {
	const percent = wholePercent(confidence);
	return percent > 99 ? "over 99%" : `${percent}%`; // never certain
}

// The verdict's number and what it counts; null if it has none.
export function figure(verdict) {
	const { sentiment, confidence } = verdict;
	const lean = leanOf(verdict);
	if (sentiment === "positive" || sentiment === "negative") return [percentage(confidence), "sure"];
	const overall = title(verdict) === "Mixed" ? " overall" : "";
	return lean && [`${wholePercent(confidence)} of 100`, `such reviews are ${lean}${overall}`];
}

// How sure the verdict is of its side, in a table's cell; "" if the verdict has no number.
export function share(verdict) {
	if (!figure(verdict)) return "";
	return `${percentage(verdict.confidence)} ${verdict.score < 0.5 ? "negative" : "positive"}`;
}

// How much of a long review was read; "" for others.
export function readNote({ truncated, n_words: nWords, n_words_read: nRead }) {
	if (!truncated) return "";
	return nWords ? `${withCommas(nRead)} of its ${withCommas(nWords)} words were read: the beginning and the end.`
		: "Only the beginning and the end of this long review were read.";
}

export const notes = (verdict) => [verdict.reason, readNote(verdict)].filter(Boolean);

// In one line, to be copied.
export function summary(verdict) {
	const [number, counted] = figure(verdict) ?? [];
	if (!number) return title(verdict);
	return `${title(verdict)}${leanOf(verdict) ? ":" : ","} ${number} ${counted}`;
}

// ---- reasons ----

// Contributions are in log-odds: 1 takes 50 of 100 to 73, 0.3 to 57.
const A_LOT = 1;
const SOME = 0.3;
const ANYTHING = 0.05;

export const strength = ({ contribution }) => Math.abs(contribution);

export function effect(part) {
	const moved = strength(part);
	if (moved < ANYTHING) return "neither way";
	const much = moved >= A_LOT ? "a lot" : moved >= SOME ? "some" : "a little";
	return `towards ${side(part.contribution)}, ${much}`;
}

// The parts [start, end) that the model did not read. If the service does not say which: the longest
// gap between two sentences.
export function unreadParts({ unread, truncated, sentences = [] }) {
	if (unread) return [unread].flat();
	if (!truncated) return [];
	const gaps = sentences.slice(1).map(({ start }, i) => ({ start: sentences[i].end, end: start }));
	const longest = Math.max(...gaps.map(({ start, end }) => end - start));
	return gaps.filter(({ start, end }) => end - start === longest).slice(0, 1);
}

// [start, end) cut where `parts` begin and end: { start, end, isInside }, in order.
export function cut(start, end, parts) {
	const found = [];
	let at = start;
	const add = (till, isInside) => {
		if (till > at) found.push({ start: at, end: till, isInside });
		at = Math.max(at, till);
	};
	for (const part of parts) {
		add(Math.min(part.start, end), false);
		add(Math.min(part.end, end), true);
	}
	add(end, false);
	return found;
}

// ---- links: the part after #, which is sent to no server ----

export function makeFragment({ sentiment, score, unsure_because: because }, review) {
	const fields = { [sentiment]: score.toFixed(4), ...(because && { because }), ...(review && { review }) };
	return new URLSearchParams(fields).toString();
}

// null: this is none of our links.
export function readFragment(hash) {
	const fields = new URLSearchParams(hash.replace("#", ""));
	const sentiment = ["positive", "negative", "unsure"].find((word) => fields.has(word));
	const number = fields.get(sentiment);
	const score = Number(number);
	if (!sentiment || !/^(0\.\d+|1\.0+)$/.test(number)) return null;
	if (sentiment !== "unsure" && sentiment !== side(score - 0.5)) return null;
	const because = fields.get("because");
	return {
		review: fields.get("review") ?? "",
		verdict: {
			sentiment,
			score,
			confidence: Math.max(score, 1 - score),
			...(sentiment === "unsure" && ["mixed", ...Object.keys(WITHOUT_LEAN)].includes(because)
				&& { unsure_because: because }),
		},
	};
}
