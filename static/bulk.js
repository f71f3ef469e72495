// Several reviews at once: from the box, a line each, or from a file; sent in chunks.

import { Problem, WORDS, askVerdicts, button, byId, element, percentage, svgElement } from "./verdict.js";

const MOST = 10_000; // reviews at a time
const CHUNK = 100; // reviews a request
const CHUNK_BYTES = 900_000; // a request may have 1 MB
const N_BARS = 20;
const TITLES = ["review", "reviews", "text", "comment"]; // of the column to read

const [box, file, errorLine, bar, statusLine, outcome] = ["lines", "file", "lines-error", "bulk-progress", "bulk-status", "bulk-result"].map(byId);
const [form, startButton, cancelButton] = ["bulk", "bulk-submit", "bulk-cancel"].map(byId);

let reviews = [];
let results = []; // of the first so many reviews
let running = null; // an AbortController
let order = { column: 0, sign: 1 };

// ---- asking ----

async function judgeAll() {
	running = new AbortController();
	const { signal } = running;
	let trouble = "";
	showRunning();
	try {
		while (results.length < reviews.length) {
			results.push(...await askVerdicts(nextChunk(), signal));
			showRunning();
		}
	} catch (problem) {
		if (!signal.aborted && !(problem instanceof Problem)) throw problem;
		trouble = `${signal.aborted ? "Cancelled." : problem.message} ${results.length} of ${reviews.length} are done; Judge all goes on from there.`;
	} finally {
		running = null;
		showRunning();
		errorLine.textContent = trouble;
		if (results.length) showOutcome();
	}
}

function nextChunk() {
	let size = 0;
	return reviews.slice(results.length, results.length + CHUNK).filter((review, i) => {
		size += new Blob([JSON.stringify(review), ","]).size;
		return i === 0 || size <= CHUNK_BYTES;
	});
}

// ---- showing ----

function showRunning() {
	for (const part of [cancelButton, bar]) part.hidden = !running;
	startButton.ariaDisabled = Boolean(running);
	bar.max = reviews.length;
	bar.value = results.length;
	statusLine.textContent = running ? `${results.length} of ${reviews.length} reviews read …` : "";
}

const verdictOf = (result) => result.error?.message ?? WORDS[result.sentiment];

function showOutcome() {
	const counts = {};
	for (const result of results) {
		const kind = result.error ? "without an answer" : verdictOf(result).toLowerCase();
		counts[kind] = (counts[kind] ?? 0) + 1;
	}
	const parts = Object.entries(counts).sort((one, other) => other[1] - one[1]).map(([kind, n]) => `${n} ${kind}`);
	outcome.replaceChildren(
		element("p", "summary", `${results.length} ${results.length === 1 ? "review" : "reviews"}: ${parts.join(", ")}.`),
		plot(), button("Save as CSV", save, "button"),
		element("section", { className: "sheet", ariaLabel: "Verdicts", tabIndex: 0 }, table())); // it scrolls
}

function plot() {
	const bars = new Array(N_BARS).fill(0);
	for (const { score } of results) if (score >= 0) bars[Math.min(N_BARS - 1, Math.floor(score * N_BARS))] += 1;
	const unit = 30 / Math.max(...bars, 1);
	const svg = svgElement("svg", { viewBox: "0 0 100 30", preserveAspectRatio: "none" }, ...bars.map((n, i) => svgElement("rect", {
		class: i < N_BARS / 2 ? "is-negative" : "is-positive", x: i * 5 + 0.5, width: 4, y: 30 - n * unit, height: n * unit,
	})));
	return element("div", {
		className: "plot", role: "img", ariaLabel: "How many reviews got which score, from negative to positive",
	}, svg, element("span", {}, "negative"), element("span", {}, "positive"));
}

// title, class, what to sort by, what to show
const COLUMNS = [
	["No.", "number", (row) => row.number],
	["Review", "review", (row) => row.review.toLowerCase(), (row) => row.review],
	["Verdict", "verdict", (row) => verdictOf(row)],
	["Sure", "score", (row) => row.score ?? -1, (row) => (WORDS[row.sentiment] && row.sentiment !== "not_a_review" ? percentage(row.confidence) : "")],
];

function table() {
	const key = COLUMNS[order.column][2];
	const rows = results.map((result, i) => ({ ...result, number: i + 1, review: reviews[i] }));
	rows.sort((one, other) => order.sign * ((key(one) > key(other)) - (key(one) < key(other))) || one.number - other.number);
	const heads = COLUMNS.map(([title], column) => {
		const ariaSort = order.column !== column ? null : order.sign > 0 ? "ascending" : "descending";
		return element("th", { scope: "col", ariaSort }, button(title, () => sortBy(column)));
	});
	const lines = rows.map((row) => element("tr", {}, ...COLUMNS.map(([, name, value, text = value]) => (
		element("td", name === "verdict" ? `verdict is-${row.sentiment}` : name, String(text(row)))))));
	return element("table", {}, element("thead", {}, element("tr", {}, ...heads)), element("tbody", {}, ...lines));
}

function sortBy(column) {
	order = { column, sign: order.column === column ? -order.sign : 1 };
	outcome.querySelector("table").replaceWith(table());
	outcome.querySelector("[aria-sort] button").focus();
}

function save() {
	const rows = results.map((result, i) => [
		i + 1, reviews[i], WORDS[result.sentiment] ?? "", result.score ?? "", result.confidence ?? "",
		result.error?.message ?? result.reason ?? "",
	]);
	const lines = [["number", "review", "verdict", "score", "confidence", "note"], ...rows].map((row) => `${row.map(quote).join(",")}\r\n`);
	const href = URL.createObjectURL(new Blob(["\uFEFF", ...lines], { type: "text/csv" }));
	element("a", { href, download: "verdicts.csv" }).click();
}

// ---- acting ----

function submit() {
	if (running) return;
	const wanted = box.value.split("\n").map((line) => line.trim()).filter(Boolean);
	if (!wanted.length) errorLine.textContent = "Please write a review a line, or choose a file.";
	else if (wanted.length > MOST) errorLine.textContent = `At most 10,000 reviews at a time; these are ${wanted.length.toLocaleString("en")}.`;
	else {
		if (results.length === reviews.length || wanted.join("\n") !== reviews.join("\n")) results = [];
		reviews = wanted;
		outcome.replaceChildren();
		judgeAll();
	}
}

async function take(chosen) {
	if (!chosen || running) return;
	const text = decode(await chosen.arrayBuffer());
	const found = /\.csv$/i.test(chosen.name) ? readCsv(text) : text.split(/\r\n?|\n/);
	const lines = found.map((review) => review.replace(/\s*[\r\n]+\s*/g, " ").trim()).filter(Boolean);
	box.value = lines.join("\n");
	box.dispatchEvent(new Event("input"));
	if (lines.length) submit();
	else errorLine.textContent = `There is no review in ${chosen.name}.`;
}

function decode(bytes) {
	try {
		return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
	} catch {
		return new TextDecoder("windows-1252").decode(bytes); // what spreadsheets still save
	}
}

box.oninput = () => { errorLine.textContent = ""; };
form.onsubmit = (event) => {
	event.preventDefault();
	submit();
};
cancelButton.onclick = () => {
	startButton.focus();
	running?.abort();
};
file.onchange = () => {
	take(file.files[0]);
	file.value = "";
};
form.ondragover = (event) => event.preventDefault();
form.ondrop = (event) => {
	event.preventDefault();
	take(event.dataTransfer.files[0]);
};

// ---- comma-separated values (RFC 4180) ----

// The column named so, else the one whose first cell is the longest.
function readCsv(text) {
	const rows = parse(text).filter((row) => row.some((cell) => cell.trim()));
	const [first = []] = rows;
	let column = first.findIndex((title) => TITLES.includes(title.trim().toLowerCase()));
	if (column >= 0) rows.shift();
	else column = first.indexOf(first.toSorted((one, other) => other.length - one.length)[0]);
	return rows.map((row) => row[column] ?? "");
}

// Rows of cells. A quote left open ends with the text.
function parse(text) {
	const start = text.slice(0, 2_000).replace(/"[^"]*"/g, "");
	const separator = start.split(";").length > start.split(",").length ? ";" : ",";
	const rows = [[]];
	const token = new RegExp(`(?:"((?:[^"]|"")*)(?:"|$)|([^${separator}\\r\\n]*))(${separator}|\\r\\n?|\\n|$)`, "gy");
	for (const [, quoted, plain, end] of text.matchAll(token)) {
		rows.at(-1).push(quoted?.replaceAll('""', '"') ?? plain);
		if (end === "") break;
		if (end !== separator) rows.push([]);
	}
	return rows;
}

// A cell that a spreadsheet would compute gets an apostrophe before it.
function quote(value) {
	const text = String(value).replace(/^[=+\-@\t\r]/, "'$&");
	return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
