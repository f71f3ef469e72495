// The page's words and links: run by `node --test`.

import assert from "node:assert/strict";
import test from "node:test";

import {
	TITLES, WORDS, cut, effect, figure, leanOf, makeFragment, notes, percentage, readFragment, share, summary, title,
	unreadParts,
} from "../../static/words.js";

const SURE = { sentiment: "positive", score: 0.973142, confidence: 0.973142 };
const LEAN = {
	sentiment: "unsure", score: 0.2483, confidence: 0.7517, lean: "negative", unsure_because: "close",
	reason: "It is close.",
};

test("a verdict and a lean have each their own words and number", () => {
	assert.deepEqual([title(SURE), figure(SURE)], ["Positive", ["97%", "sure"]]);
	assert.deepEqual([title(LEAN), figure(LEAN)], ["Leans negative", ["75 of 100", "such reviews are negative"]]);
	assert.equal(summary(SURE), "Positive, 97% sure");
	assert.equal(summary(LEAN), "Leans negative: 75 of 100 such reviews are negative");
});

test("an unsure verdict says why it is unsure", () => {
	const because = (unsure_because, lean = LEAN.lean) => ({ ...LEAN, unsure_because, lean });
	assert.equal(title(because("mixed")), "Mixed");
	assert.equal(summary(because("mixed")), "Mixed: 75 of 100 such reviews are negative overall");
	for (const [why, words] of [["no_opinion", "No clear opinion"], ["not_understood", "Not understood"]]) {
		const verdict = because(why, null);
		assert.deepEqual([title(verdict), figure(verdict), leanOf(verdict)], [words, null, null]);
		assert.deepEqual(notes(verdict), ["It is close."]);
		assert.equal(summary(verdict), words);
	}
	assert.deepEqual(notes(LEAN), ["It is close."]);
});

test("an older service's answer, without lean, leans to the side of its score", () => {
	const { lean, unsure_because, ...old } = LEAN;
	assert.deepEqual([lean, unsure_because], ["negative", "close"]);
	assert.equal(title(old), "Leans negative");
	assert.equal(title({ ...old, lean: null }), "Unsure");
});

test("a verdict that 50 of 100 share leans nowhere", () => {
	const even = { ...LEAN, score: 0.4951, confidence: 0.5049 };
	assert.deepEqual([title(even), figure(even)[0]], ["Unsure", "50 of 100"]);
	assert.equal(title({ ...LEAN, score: 0.495, confidence: 0.505 }), "Leans negative");
});

test("no number stands on both sides of the model's rule, which is on whole percents", () => {
	for (let percent = 51; percent < 99; percent += 1) {
		const [least, most] = [percent - 0.499999, percent + 0.499999].map((share) => share / 100);
		for (const confidence of [least, most]) {
			assert.equal(figure({ ...LEAN, confidence })[0], `${percent} of 100`);
			assert.equal(percentage(confidence), `${percent}%`);
		}
	}
	assert.equal(percentage(0.9999), "over 99%");
});

test("a share is the verdict's, and names its side", () => {
	const of = (score, more) => share({ ...SURE, score, confidence: Math.max(score, 1 - score), ...more });
	assert.deepEqual([of(0.185), of(0.815), of(0.9999), of(0.0001, { sentiment: "negative" })],
		["82% negative", "82% positive", "over 99% positive", "over 99% negative"]);
	assert.equal(of(0.5, { sentiment: "unsure", unsure_because: "no_opinion" }), "");
	assert.equal(share({ error: { message: "No." } }), "");
});

test("every title is counted", () => {
	for (const sentiment in WORDS) {
		for (const because of ["mixed", "no_opinion", "not_understood", "close"]) {
			for (const lean of ["positive", "negative", null]) {
				assert.ok(TITLES.includes(title({ sentiment, lean, unsure_because: because, score: 0.6 })));
			}
		}
	}
});

test("of a long review it is said how much was read", () => {
	const long = { ...SURE, truncated: true };
	assert.deepEqual(notes(long), ["Only the beginning and the end of this long review were read."]);
	assert.deepEqual(notes({ ...long, n_words: 3517, n_words_read: 1024 }),
		["1,024 of its 3,517 words were read: the beginning and the end."]);
	assert.deepEqual(notes({ ...SURE, n_words: 12, n_words_read: 12 }), []);
});

test("how far a part moved the verdict is said in words", () => {
	const said = [2.1, 0.6, 0.1, 0.01, -0.1, -1].map((contribution) => effect({ contribution }));
	assert.deepEqual(said, [
		"towards positive, a lot", "towards positive, some", "towards positive, a little", "neither way",
		"towards negative, a little", "towards negative, a lot",
	]);
});

test("a review is cut where what was read ends and begins again", () => {
	const pieces = (...parts) => cut(10, 20, parts).map(({ start, end, isInside }) => [start, end, isInside]);
	assert.deepEqual(pieces(), [[10, 20, false]]);
	assert.deepEqual(pieces({ start: 12, end: 15 }), [[10, 12, false], [12, 15, true], [15, 20, false]]);
	assert.deepEqual(pieces({ start: 0, end: 30 }), [[10, 20, true]]);
	assert.deepEqual(pieces({ start: 0, end: 5 }, { start: 25, end: 30 }), [[10, 20, false]]);
	assert.deepEqual(pieces({ start: 5, end: 12 }, { start: 18, end: 25 }), [[10, 12, true], [12, 18, false], [18, 20, true]]);
});

test("what was not read is what the service says, else the longest gap", () => {
	const sentences = [{ start: 0, end: 9 }, { start: 10, end: 19 }, { start: 90, end: 99 }];
	assert.deepEqual(unreadParts({ truncated: false, sentences }), []);
	assert.deepEqual(unreadParts({ truncated: true, sentences }), [{ start: 19, end: 90 }]);
	assert.deepEqual(unreadParts({ truncated: true, sentences: sentences.slice(0, 1) }), []);
	assert.deepEqual(unreadParts({ unread: { start: 5, end: 6 }, sentences }), [{ start: 5, end: 6 }]);
});

test("a link brings the verdict back, and the review if it holds one", () => {
	const shared = readFragment(`#${makeFragment(LEAN)}`);
	assert.deepEqual([shared.review, title(shared.verdict), figure(shared.verdict)[0]], ["", "Leans negative", "75 of 100"]);
	const review = "100% fun & games, “süß” 👏🏽\n#1 + <b>";
	const mixed = readFragment(`#${makeFragment({ ...LEAN, unsure_because: "mixed" }, review)}`);
	assert.deepEqual([mixed.review, title(mixed.verdict)], [review, "Mixed"]);
	assert.equal(title(readFragment("#negative=0.0410").verdict), "Negative");
});

test("a link that holds none of our verdicts holds nothing", () => {
	for (const link of [
		"", "#", "#positive=0.0100", "#negative=0.9", "#positive=2", "#<img src=x>=0.5", "#positive=0.9<b>",
		"#unsure=", "#%E0%A4%A=0.5", "#unsure=NaN", "#toString=0.5",
	]) assert.equal(readFragment(link), null, link);
	assert.equal(title(readFragment("#unsure=0.6000&because=toString").verdict), "Leans positive");
});
