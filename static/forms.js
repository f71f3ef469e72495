// The form for several reviews at once.

import {
	N_RETRIES, Problem, WORDS, askVerdicts, button, byId, countDown, element, hide, percentage, svgElement,
} from "./verdict.js";

const LIMIT = 20_000; // characters

// ---- several reviews: requesting ----

const MOST = 10_000;
const CHUNK = 100; // reviews a request
const CHUNK_BYTES = 900_000; // of 1 MB
const N_BARS = 20;
// More rows, or longer texts in them, are slow.
const N_ROWS = 1_000;
// Titles of the column with the reviews.
const TITLE = /^(reviews?|text|comment|body|content|phrase|sentence)$/i;

const [bulk, lines, file, linesError, bar, bulkStatus, summary, outcome] = ["bulk", "lines", "file", "lines-error", "bulk-progress", "bulk-status", "bulk-summary", "bulk-result"].map(byId);
const [startButton, cancelButton] = ["bulk-submit", "bulk-cancel"].map(byId);

let reviews = [];
let results = [];
let running; // an AbortController
let taken; // from a file
let typed; // before the file
let order = { column: 0, sign: 1 };

async function judgeAll() {
	running = new AbortController();
	const { signal } = running;
	let problemText = "";
	try {
		while (results.length < reviews.length) {
			showRunning();
			results.push(...await nextResults(signal, N_RETRIES));
		}
	} catch (problem) {
		if (!signal.aborted && !(problem instanceof Problem)) throw problem;
		problemText = `${signal.aborted ? "Cancelled." : problem.message} ${results.length} of ${reviews.length} are done; Judge all continues from there.`;
	} finally {
		running = null;
		showRunning();
		linesError.textContent = problemText;
		if (results.length) showOutcome();
	}
}

// Waits and retries if the service is busy.
async function nextResults(signal, nLeft) {
	const chunk = nextChunk();
	if (!chunk.length) return [{ error: { message: "A review can have at most 20,000 characters." } }];
	try {
		return await askVerdicts(chunk, signal);
	} catch (problem) {
		if (!problem.retryAfterS || !nLeft) throw problem;
		// Screen readers read this, so it does not change every second.
		bulkStatus.textContent = problem.message;
		await countDown(problem.retryAfterS, signal, (left) => { startButton.textContent = `Continuing in ${left} s`; });
		showRunning();
		return nextResults(signal, nLeft - 1);
	}
}

// Empty if the next review fits into no request.
function nextChunk() {
	let size = 0;
	return reviews.slice(results.length, results.length + CHUNK).filter((review) => {
		size += new Blob([JSON.stringify(review), ","]).size;
		return size <= CHUNK_BYTES;
	});
}

// ---- several reviews: showing ----

function showRunning() {
	hide(cancelButton, !running, startButton);
	bar.hidden = !running;
	startButton.ariaDisabled = Boolean(running);
	startButton.textContent = "Judge all";
	bar.max = reviews.length;
	bar.value = results.length;
	bulkStatus.textContent = running ? `${results.length} of ${reviews.length} reviews read …` : "";
}

const isJudged = ({ sentiment }) => sentiment && sentiment !== "not_a_review";

function showOutcome() {
	const parts = [...Object.values(WORDS), "Without an answer"].map((kind) => (
		[results.filter((one) => (WORDS[one.sentiment] ?? "Without an answer") === kind).length, kind.toLowerCase()]
	)).filter(([n]) => n).map((part) => part.join(" "));
	summary.textContent = `${results.length} ${results.length === 1 ? "review" : "reviews"}: ${parts.join(", ")}.${results.length > N_ROWS ? " The table shows 1,000." : ""}`;
	outcome.replaceChildren(
		plot(), button("Save as CSV", save, "button"),
		element("section", { className: "sheet", ariaLabel: "Verdicts", tabIndex: 0 }, table()));
}

function plot() {
	const bars = new Array(N_BARS).fill(0);
	for (const { score } of results.filter(isJudged)) bars[Math.min(N_BARS - 1, Math.floor(score * N_BARS))] += 1;
	const most = Math.max(...bars, 1);
	const drawn = bars.map((n, i) => svgElement("line", {
		class: i < N_BARS / 2 ? "is-negative" : "is-positive", x1: i + 0.5, x2: i + 0.5, y1: 1, y2: 1 - n / most,
	}));
	return element("div", {
		className: "plot", role: "img", ariaLabel: "Scores from negative to positive",
	}, svgElement("svg", { viewBox: "0 0 20 1", preserveAspectRatio: "none" }, ...drawn), element("span", {}, "negative"), element("span", {}, "positive"));
}

// title, class, sort key, text
const COLUMNS = [
	["No.", "number", (row) => row.number],
	["Review", "review", (row) => row.review.toLowerCase(), (row) => row.review.slice(0, LIMIT)],
	["Verdict", "verdict", (row) => (isJudged(row) ? row.score : -1), (row) => row.error?.message ?? WORDS[row.sentiment] + (row.truncated ? " (read in part)" : "")],
	["Sure", "score", (row) => (isJudged(row) ? row.confidence : -1), (row) => (isJudged(row) ? percentage(row.confidence) : "")],
];

function table() {
	const key = COLUMNS[order.column][2];
	const rows = results.map((one, i) => ({ ...one, number: i + 1, review: reviews[i] }));
	rows.sort((one, other) => order.sign * ((key(one) > key(other)) - (key(one) < key(other))));
	const heads = COLUMNS.map(([title], column) => {
		const ariaSort = order.column !== column ? null : order.sign > 0 ? "ascending" : "descending";
		return element("th", { scope: "col", ariaSort }, button(title, () => sortBy(column)));
	});
	const body = rows.slice(0, N_ROWS).map((row) => element("tr", {}, ...COLUMNS.map(([, name, value, text = value]) => (
		element("td", name === "verdict" ? `verdict is-${row.sentiment}` : name, String(text(row)))))));
	return element("table", {}, element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...body));
}

function sortBy(column) {
	order = { column, sign: order.column === column ? -order.sign : 1 };
	outcome.querySelector("table").replaceWith(table());
	outcome.querySelector("[aria-sort] button").focus();
}

function save() {
	const rows = results.map((one, i) => [
		i + 1, reviews[i], WORDS[one.sentiment] ?? "", one.score ?? "", one.confidence ?? "", (one.error?.message ?? one.reason ?? "") + (one.truncated ? " (read in part)" : ""),
	]);
	const csv = [["number", "review", "verdict", "score", "confidence", "note"], ...rows].map((row) => `${row.map(quote).join(",")}\r\n`);
	const href = URL.createObjectURL(new Blob(["\uFEFF", ...csv], { type: "text/csv" }));
	element("a", { href, download: "verdicts.csv" }).click();
	setTimeout(URL.revokeObjectURL, 60_000, href);
}

// ---- several reviews: input ----

function submit() {
	if (running) return;
	const wanted = lines.value.split("\n").map((line) => line.trim()).filter(Boolean);
	if (refuseCount(wanted, "Please write one review per line, or choose a file.")) return;
	if (results.length === reviews.length || wanted.join("\n") !== reviews.join("\n")) results = [];
	reviews = wanted;
	summary.textContent = "";
	outcome.replaceChildren();
	judgeAll();
}

function refuseCount({ length }, none) {
	linesError.textContent = length > MOST ? `At most 10,000 reviews at a time; these are ${length.toLocaleString("en")}.` : length ? "" : none;
	return linesError.textContent;
}

async function take(chosen) {
	if (!chosen || running) return;
	const text = decode(await chosen.arrayBuffer());
	const read = /\.csv$/i.test(chosen.name) ? readCsv : (plain) => plain.split(/\r\n?|\n/);
	const found = read(text).map((review) => review.replace(/\s*[\r\n]+\s*/g, " ").trim()).filter(Boolean);
	if (refuseCount(text.includes("\0") ? [] : found, `There is no review in ${chosen.name}.`)) return;
	if (lines.value !== taken) typed = lines.value;
	taken = found.join("\n");
	fill(taken);
	submit();
}

function fill(text) {
	lines.value = text;
	lines.dispatchEvent(new Event("input"));
}

function decode(bytes) {
	try {
		return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
	} catch {
		const text = new TextDecoder("windows-1252").decode(bytes); // such as spreadsheets save
		return /^(þÿ|ÿþ)|\0/.test(text) ? new TextDecoder(/^þÿ/.test(text) ? "utf-16be" : "utf-16").decode(bytes) : text;
	}
}

lines.oninput = () => { linesError.textContent = ""; };
// The browser's insertion of many lines takes minutes, so undo is our own.
lines.onkeydown = (event) => {
	if (event.key !== "z" || !(event.ctrlKey || event.metaKey) || lines.value !== taken) return;
	event.preventDefault();
	fill(typed);
};
bulk.onsubmit = (event) => {
	event.preventDefault();
	submit();
};
cancelButton.onclick = () => running?.abort();
file.onchange = () => {
	take(file.files[0]);
	file.value = "";
};
bulk.ondragover = bulk.ondrop = (event) => {
	const { files, types } = event.dataTransfer;
	// The box takes a dropped text.
	if (!types.includes("Files")) return;
	event.preventDefault();
	take(files[0]);
};

// ---- CSV: RFC 4180 ----

// The column with a known title, else the one with the most text.
function readCsv(text) {
	const rows = parse(text).filter((row) => row.some((cell) => cell.trim()));
	const [first = [], ...others] = rows;
	let column = first.findIndex((title) => TITLE.test(title.trim()));
	if (column >= 0 || areTitles(first, others)) rows.shift();
	if (column < 0) {
		const sizes = first.map((_, i) => rows.map((row) => row[i]).join("").length);
		column = sizes.indexOf(Math.max(...sizes));
	}
	return rows.map((row) => row[column] ?? "");
}

// Titles: cells without digits or ends of sentences, above a column of numbers.
function areTitles(first, others) {
	return first.every((cell) => /^[^\d.!?]+$/.test(cell)) && first.some((_, i) => (
		others.length && others.every((row) => /^[\s\d.-]+$/.test(row[i]))));
}

// Rows of cells, with the separator of the first row.
function parse(text) {
	const [first] = /^(?:"[^"]*"|[^"\r\n])*/.exec(text);
	const n = (separator) => first.replace(/"[^"]*"/g, "").split(separator).length;
	const [separator] = ["\0", ",", ";", "\t"].toSorted((one, other) => n(other) - n(one));
	const cell = new RegExp(`(?:"([^"]*(?:""[^"]*)*)(?:"|$)|([^${separator}\r\n]*))(${separator}|\r\n?|\n|$)`, "gy");
	const rows = [[]];
	for (const [, quoted, plain, end] of text.matchAll(cell)) {
		rows.at(-1).push(quoted?.replaceAll('""', '"') ?? plain);
		if (!end) break;
		if (end !== separator) rows.push([]);
	}
	return rows;
}

// An apostrophe keeps spreadsheets from evaluating the cell as a formula.
function quote(value) {
	const text = String(value).replace(/^[=+\-@\t\r]/, "'$&");
	return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
