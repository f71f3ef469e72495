// The history as the browser keeps it: run by `node --test`.

import assert from "node:assert/strict";
import test from "node:test";

import { HISTORY, addEntry, clearHistory, convertHistory, readHistory, wantHistory } from "../../static/store.js";

// A browser's storage; `room`: how many characters it takes.
class Storage {
	#items = new Map();
	room = Infinity;

	get length() { return this.#items.size; }

	key(i) { return [...this.#items.keys()][i]; }

	getItem(key) { return this.#items.get(key) ?? null; }

	removeItem(key) { this.#items.delete(key); }

	setItem(key, value) {
		const others = [...this.#items].filter(([other]) => other !== key).flat().join("");
		if (others.length + key.length + value.length > this.room) throw new Error("QuotaExceededError");
		this.#items.set(key, value);
	}
}

const isVerdict = (verdict) => ["positive", "negative"].includes(verdict?.sentiment);
const entry = (at) => ({ review: `review ${at}`, verdict: { sentiment: "positive", score: 0.9, confidence: 0.9 }, at });
const reviews = (storage) => readHistory(storage, isVerdict)?.map(({ review }) => review);

function wanted() {
	const storage = new Storage();
	wantHistory(storage, true);
	return storage;
}

test("nothing is kept unless it is wanted, and nothing is left when it no longer is", () => {
	const storage = new Storage();
	addEntry(storage, isVerdict, entry(1));
	assert.deepEqual([storage.length, reviews(storage)], [0, undefined]);
	wantHistory(storage, true);
	addEntry(storage, isVerdict, entry(1));
	addEntry(storage, isVerdict, entry(2));
	assert.deepEqual(reviews(storage), ["review 2", "review 1"]);
	clearHistory(storage);
	assert.deepEqual(reviews(storage), []);
	addEntry(storage, isVerdict, entry(3));
	storage.setItem("another page's", "x");
	wantHistory(storage, false);
	assert.equal(storage.length, 1);
});

test("two tabs that add at once lose no entry", () => {
	const storage = wanted();
	const { getItem } = Storage.prototype;
	// The other tab writes between this one's reading and writing.
	let isOther = false;
	storage.getItem = function read(key) {
		if (!isOther) {
			isOther = true;
			addEntry(storage, isVerdict, entry(2));
		}
		return getItem.call(this, key);
	};
	addEntry(storage, isVerdict, entry(1));
	assert.deepEqual(reviews(storage), ["review 2", "review 1"]);
	addEntry(storage, isVerdict, entry(2)); // in the same millisecond
	assert.equal(reviews(storage).length, 3);
});

test("the newest 50 are kept, and fewer where there is less room", () => {
	const storage = wanted();
	for (let at = 1; at <= 60; at += 1) addEntry(storage, isVerdict, entry(at));
	assert.equal(reviews(storage).length, 50);
	assert.equal(reviews(storage).at(-1), "review 11");
	storage.room = 5_000;
	for (let at = 61; at <= 70; at += 1) addEntry(storage, isVerdict, entry(at));
	assert.equal(reviews(storage)[0], "review 70");
	assert.ok(reviews(storage).length > 10);
});

test("what others stored is left alone", () => {
	const storage = wanted();
	for (const text of ["null", "{", "[]", '{"verdict": {"sentiment": "positive"}}', '{"at": 1}']) {
		storage.setItem(`${HISTORY}.${text}`, text);
	}
	assert.deepEqual(reviews(storage), []);
	for (const text of ["{}", "[1, null]", '["/a"]', "dark"]) {
		storage.setItem(HISTORY, text);
		convertHistory(storage, isVerdict);
		assert.equal(storage.getItem(HISTORY), text);
		assert.equal(readHistory(storage, isVerdict), null);
	}
});

test("an older page's list stays, with the beginnings that it has", () => {
	const storage = new Storage();
	const old = { sentiment: "negative", confidence: 0.96, start: "boring", at: 5 };
	storage.setItem(HISTORY, JSON.stringify([old]));
	convertHistory(storage, isVerdict);
	const [{ start, verdict, review, at }] = readHistory(storage, isVerdict);
	assert.deepEqual([start, verdict.sentiment, verdict.confidence, review, at], ["boring", "negative", 0.96, undefined, 5]);
});
