// Tables: bytes to text, to rows of cells, what is where in them, and back to a safe CSV.
// Our own parser: Papa Parse is 7 of 25 kB, and splits `1, "A film, truly"`. Ours passes csv-spectrum.

export const ENCODINGS = ["utf-8", "windows-1252", "utf-16le", "utf-16be", "macintosh"];
export const SEPARATORS = ["\t", "|", ";", ","]; // the rarer in sentences, the earlier
const N_SAMPLE = 200; // rows that a guess looks at
const N_ABOVE = 20; // rows that may stand above the titles

const isFilled = (cell = "") => cell.trim() !== "";
const count = (cells, test) => cells.reduce((n, cell) => n + Boolean(test(cell)), 0);
const nFilled = (row) => count(row, isFilled);

// ---- bytes to text ----

// UTF-8 unless more of its characters are wrong than right: one bad byte spoils only itself.
export function guessEncoding(bytes) {
	const [first, second] = bytes;
	if (first === 0xff && second === 0xfe) return "utf-16le";
	if (first === 0xfe && second === 0xff) return "utf-16be";
	const start = bytes.subarray(0, 1_000);
	const nZeros = [0, 0]; // at even and odd places
	start.forEach((byte, at) => { nZeros[at % 2] += byte === 0; });
	if (Math.max(...nZeros) * 4 > start.length && Math.min(...nZeros) * 20 < start.length) {
		return nZeros[0] < nZeros[1] ? "utf-16le" : "utf-16be";
	}
	try {
		new TextDecoder("utf-8", { fatal: true }).decode(bytes);
		return "utf-8";
	} catch {
		const beyondAscii = new TextDecoder().decode(bytes).match(/[\x80-\u{10FFFF}]/gu);
		const wrong = beyondAscii.filter((character) => character === "\uFFFD");
		return wrong.length * 2 > beyondAscii.length ? "windows-1252" : "utf-8";
	}
}

export const decode = (bytes, encoding) => new TextDecoder(encoding).decode(bytes);

// Pictures, archives, documents: their beginning has what no text has.
export function isBinary(text) {
	const start = [...text.slice(0, 1_000)];
	const controls = start.filter((character) => character < "\t" || (character > "\r" && character < " "));
	return text.startsWith("%PDF-") || controls.length * 50 > start.length;
}

// ---- text to rows of cells ----

// RFC 4180, also with blanks around quotes, and with \" if the text has it before a letter.
// A quote that is never closed, or closed before the end of its cell, is an ordinary character.
export function parse(text, separator, nMost = Infinity) {
	const end = new RegExp(`[${separator}\r\n]`, "g");
	const hasBackslashes = /\\"[\p{L}\d]/u.test(text);
	const blank = separator === "\t" ? /[ ]*/y : /[ \t]*/y;
	const rows = [];

	function endFrom(at) {
		end.lastIndex = at;
		return end.exec(text)?.index ?? text.length;
	}

	function pastBlanks(at) {
		blank.lastIndex = at;
		return at + blank.exec(text)[0].length;
	}

	function isEscaped(quote) {
		let before = quote;
		while (text[before - 1] === "\\") before -= 1;
		return hasBackslashes && (quote - before) % 2 === 1;
	}

	// [content, place of its end], or nothing if no quoted cell begins at `at`.
	function quoted(at) {
		const start = pastBlanks(at);
		if (text[start] !== '"') return null;
		let quote = text.indexOf('"', start + 1);
		while (quote >= 0 && (isEscaped(quote) || text[quote + 1] === '"')) {
			quote = text.indexOf('"', quote + (isEscaped(quote) ? 1 : 2));
		}
		const after = pastBlanks(quote + 1);
		if (quote < 0 || endFrom(after) !== after) return null;
		const content = text.slice(start + 1, quote).replaceAll('""', '"');
		return [hasBackslashes ? content.replace(/\\(["\\])/g, "$1") : content, after];
	}

	function plain(at) {
		const stop = endFrom(at);
		return [text.slice(at, stop), stop];
	}

	let row = [];
	for (let at = 0; rows.length < nMost;) {
		const [cell, stop] = quoted(at) ?? plain(at);
		row.push(cell);
		at = stop + 1;
		if (text[stop] === separator) continue;
		rows.push(row);
		row = [];
		if (text[stop] === "\r" && text[at] === "\n") at += 1;
		if (at >= text.length) break;
	}
	return rows;
}

// ---- the separator ----

// The one that gives most rows the same number (> 1) of cells; "" if none does: one column.
export function guessSeparator(text) {
	const [, named] = /^"?sep=([,;\t|])"?[\r\n]/i.exec(text) ?? [];
	if (named) return named;
	let [best, most] = ["", 0];
	for (const separator of SEPARATORS) {
		const rows = parse(text, separator, N_SAMPLE).filter(nFilled);
		const n = nAlike(rows, separator);
		if (n > most && n * 2 > rows.length) [best, most] = [separator, n];
	}
	return best;
}

function nAlike(rows, separator) {
	const [first = []] = rows;
	// Longer rows than the titles have a separator in the review.
	if (first.length > 1 && areTitles(first, rows.slice(1))) {
		return count(rows, (row) => row.length >= first.length);
	}
	const size = commonSize(rows);
	const alike = rows.filter((row) => row.length === size);
	return size > 1 && !(/[,;]/.test(separator) && isProse(alike)) ? alike.length : 0;
}

function commonSize(rows) {
	const ns = new Map();
	for (const { length } of rows) ns.set(length, (ns.get(length) ?? 0) + 1);
	return [...ns].reduce((best, one) => (one[1] > best[1] ? one : best), [0, 0])[0];
}

// A blank follows the commas, and no column has numbers: sentences.
function isProse(rows) {
	const later = rows.flatMap((row) => row.slice(1));
	return count(later, (cell) => /^\s/.test(cell)) * 10 > later.length * 9 && !hasNumbers(rows);
}

const isNumber = (cell) => /^[\s\d.:/-]+$/.test(cell) && /\d/.test(cell);
const hasNumbers = (rows) => (rows[0] ?? []).some((_, i) => rows.every((row) => isNumber(row[i])));

// Titles of the reviews' column: what comes first is preferred.
const KEYS = ["review", "comment", "text", "feedback", "body", "content", "tweet", "opinion", "phrase", "sentence"];
const ABOUT = "id|date|time|name|score|rating|stars|count|number|length|title|author|user|url|link|language|sentiment"
	+ "|label|votes|type|source";
const ABOUT_A_REVIEW = new RegExp(`\\b(${ABOUT}|no|by|at)s?\\b|(id|date|time|score|rating|count|title)$|reviewer`);
const OTHER_TITLE = new RegExp(`^(${ABOUT}|no|n|index|year|movie|film|product|asin|summary|helpful|.*[a-z]id)s?$`);

// 'reviewText (optional)' -> 'review text'
const plainTitle = (title) => title.slice(0, 200).replace(/\([^)]*(\)|$)/g, "").replace(/([a-z])([A-Z])/g, "$1 $2")
	.replace(/[\W_]+/g, " ").trim().toLowerCase();

// The place in KEYS; their number if it is not such a title.
function rank(title) {
	const words = plainTitle(title);
	const place = KEYS.findIndex((key) => words.includes(key));
	const isLong = words.split(" ").length > (/[?:]\s*$/.test(title) ? 10 : 3);
	if (place < 0 || isLong || /[.!]\s*$/.test(title)) return KEYS.length;
	return ABOUT_A_REVIEW.test(words.replace(/^user /, "")) ? KEYS.length : place;
}

const ONLY_TITLE = new RegExp(`^((user|customer|movie|film|your|the|my|raw|full|clean) )*(${KEYS.join("|")})s?`
	+ "( ?(text|body|content))?$");
const isOtherTitle = (title) => OTHER_TITLE.test(plainTitle(title)) || ABOUT_A_REVIEW.test(plainTitle(title));
const isTitle = (cell) => rank(cell) < KEYS.length || (isOtherTitle(cell) && cell.length < 40);

function areTitles(row, below) {
	const filled = row.filter(isFilled);
	// pandas writes an unnamed index first
	if (row[0] === "" && below.length && below.every((other, n) => other[0] === String(n))) return true;
	if (row.length === 1) return ONLY_TITLE.test(plainTitle(row[0]));
	if (filled.some((cell) => /^[\s\d.,:/-]+$/.test(cell))) return false;
	// a title does not recur in its column
	if (row.some((cell, i) => isFilled(cell) && below.some((other) => other[i] === cell))) return false;
	const isNamed = count(filled, isTitle) * 2 >= filled.length;
	return isNamed || (row.every((cell) => /^[^\d.!?]*$/.test(cell)) && hasNumbers(below));
}

// The index of the row with the titles, below lines with fewer cells; -1 if there is none.
function guessHeader(rows) {
	const size = commonSize(rows.slice(0, N_SAMPLE).filter(nFilled));
	for (const [i, row] of rows.slice(0, N_ABOVE).entries()) {
		const n = nFilled(row);
		const below = rows.slice(i + 1, i + 1 + N_SAMPLE).filter(nFilled);
		const canBe = size === 1 || n > 1 || (n === 1 && !isFilled(row[0]));
		if (canBe && areTitles(row, below)) return i;
		if (n >= size && !isSep(row)) return -1;
	}
	return -1;
}

const isSep = ([cell]) => /^sep=/i.test(cell);
const nWords = (cell) => count(cell.split(/[\s_]+/), (word) => /^\P{L}?[\p{L}'’-]+[^\p{L}'’-]*$/u.test(word));

// The column whose title says so, else the one that reads most like prose.
function guessColumn(titles, rows) {
	const sizes = [];
	// A row with more cells than titles has its cells in the wrong columns.
	const whole = [titles, ...rows].filter((row) => nFilled(row) && (!titles.length || row.length <= titles.length));
	for (const row of whole.slice(0, N_SAMPLE)) {
		for (const [i, cell] of row.entries()) sizes[i] = (sizes[i] ?? 0) + nWords(cell) + cell.length / 1e6;
	}
	const rankOf = (i) => rank(titles[i] ?? "");
	return sizes.reduce((best, size, i) => {
		const ahead = rankOf(best) - rankOf(i);
		return ahead > 0 || (ahead === 0 && size > sizes[best]) ? i : best;
	}, 0);
}

// Return the table of `source`, a text or rows of cells. What is not chosen is guessed.
// `rows` has every row of the source; `header` is an index in it, or -1; reviews name rows from 1.
export function readTable(source, chosen = {}) {
	const isText = typeof source === "string";
	const separator = isText ? chosen.separator ?? guessSeparator(source) : "";
	const given = isText ? split(source, separator, chosen.isLines) : source;
	const header = chosen.hasTitles === undefined ? guessHeader(given) : chosen.hasTitles ? firstFilled(given) : -1;
	const titles = given[header] ?? [];
	const first = header >= 0 ? header + 1 : Number(isSep(given[0] ?? [""]));
	const column = chosen.column ?? guessColumn(titles, given.slice(first));
	const rows = !isText || header < 0 ? given
		: given.map((row, i) => (i < first ? row : joined(row, titles.length, column, separator)));
	const width = rows.slice(first).reduce((most, { length }) => Math.max(most, length), titles.length);
	const reviews = rows.map((row, i) => ({ row: i + 1, text: (row[column] ?? "").trim() }))
		.filter(({ text }, i) => text && i >= first);
	return { separator, rows, header, first, column, width, titles, reviews };
}

// A text file of one column is a review a line, whatever its quotes.
function split(text, separator, isLines) {
	if (separator || !isLines) return parse(text, separator);
	return text.replace(/(\r\n?|\n)$/, "").split(/\r\n?|\n/).map((line) => [line]);
}

const firstFilled = (rows) => rows.findIndex((row) => nFilled(row) && !isSep(row));

// Cells beyond the titles: empty ones go; else the review has separators and no quotes.
function joined(row, width, column, separator) {
	let size = row.length;
	while (size > width && !isFilled(row[size - 1])) size -= 1;
	const next = column + 1 + size - width;
	return size === row.length && size <= width ? row
		: [...row.slice(0, column), row.slice(column, next).join(separator), ...row.slice(next, size)];
}

// ---- writing ----

// The source's rows, each in its place, with `names` and the cells of `more(row number)` appended.
export function extended({ rows, header, first, column, width, titles }, names, more) {
	const pad = (row) => [...row, ...new Array(Math.max(0, width - row.length)).fill("")];
	const numbered = Array.from({ length: width }, (_, i) => (i === column ? "review" : `column ${i + 1}`));
	const heads = header < 0 ? numbered : titles;
	const unused = names.map((name) => (heads.includes(name) ? `${name} (2)` : name));
	const all = rows.map((row, i) => {
		if (i === header) return [...pad(row), ...unused];
		return i < first || !nFilled(row) ? row : [...pad(row), ...more(i + 1)];
	});
	return header < 0 ? [[...heads, ...unused], ...all] : all;
}

export const toCsv = (rows, separator) => rows.map((row) => `${row.map(safeCell).join(separator || ",")}\r\n`);

// Spreadsheets evaluate a cell that begins like this, also behind another country's separator.
// An apostrophe stops them. Numbers stay as they are.
function safeCell(value) {
	const text = String(value);
	const isPlain = /^[-+]?\d[\d.,]*%?$/.test(text);
	const safe = (isPlain ? text : text.replace(/^(?=\s*[=+\-@＝＋－＠]|[\t\r])/, "'"))
		.replace(/[,;\t|] *(?=[=＝])/g, "$&'");
	return /[",;\t|\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
