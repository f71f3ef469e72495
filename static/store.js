// What this browser keeps. No document here: `node --test` reads it.

export const HISTORY = "movie-sentiment.history";
const ENTRY = `${HISTORY}.`;
const N_REMEMBERED = 50;

// Each entry has a key of its own: two tabs that write at once lose none.
const entryKeys = (storage) => Array.from({ length: storage.length }, (_, i) => storage.key(i))
	.filter((key) => key.startsWith(ENTRY));

function parse(text) {
	try {
		return JSON.parse(text);
	} catch {
		return null;
	}
}

// The newest first; null if the user wants none. `isVerdict` sorts out what is not ours.
export function readHistory(storage, isVerdict) {
	if (storage.getItem(HISTORY) !== "on") return null;
	return entryKeys(storage)
		.map((key) => ({ ...parse(storage.getItem(key)), key }))
		.filter(({ verdict, review, start, at }) => (
			isVerdict(verdict) && typeof (review ?? start) === "string" && Number.isFinite(at)))
		.sort((one, other) => other.at - one.at);
}

// If the storage is full, the oldest entries make room.
export function addEntry(storage, isVerdict, entry) {
	const older = readHistory(storage, isVerdict);
	if (!older) return;
	for (const { key } of older.splice(N_REMEMBERED - 1)) storage.removeItem(key);
	const key = `${ENTRY}${entry.at}.${Math.random().toString(36).slice(2)}`;
	for (;;) {
		try {
			storage.setItem(key, JSON.stringify(entry));
			return;
		} catch (error) {
			if (!older.length) throw error;
			storage.removeItem(older.pop().key);
		}
	}
}

export const clearHistory = (storage) => entryKeys(storage).forEach((key) => storage.removeItem(key));

export function wantHistory(storage, isWanted) {
	if (isWanted) {
		storage.setItem(HISTORY, "on");
		return;
	}
	clearHistory(storage);
	storage.removeItem(HISTORY);
}

// All entries were one list, and had no more of their review than its start.
export function convertHistory(storage, isVerdict) {
	const list = parse(storage.getItem(HISTORY));
	if (!Array.isArray(list)) return;
	const entries = list.map((old) => {
		const { sentiment, confidence, start, at } = old ?? {};
		const score = sentiment === "positive" ? confidence : 1 - confidence;
		return { verdict: { sentiment, score, confidence, lean: null }, start, at };
	});
	if (!entries.every(({ verdict }) => isVerdict(verdict))) return;
	for (const entry of entries) storage.setItem(`${ENTRY}${entry.at}.converted`, JSON.stringify(entry));
	storage.setItem(HISTORY, "on");
}
