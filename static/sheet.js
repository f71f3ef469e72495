// Several reviews: typed lines, pasted cells or a file, its preview, and the requests.

import { clearOutcome, showOutcome } from "./outcome.js";
import { ENCODINGS, SEPARATORS, decode, guessEncoding, isBinary, readTable } from "./table.js";
import { N_RETRIES, Problem, askVerdicts, byId, countDown, element, hide } from "./verdict.js";
import { withCommas } from "./words.js";

const MOST = 10_000; // reviews
const N_COLUMNS = 1_000; // every row is filled up to them
const MOST_BYTES = 100_000_000;
const CHUNK = 100; // reviews a request
const CHUNK_BYTES = 900_000; // of 1 MB
const N_PREVIEWED = 5; // rows
const N_SHOWN = 12; // columns of the preview
const N_LETTERS = 80; // of a cell in the preview
const SEPARATOR_NAMES = { ",": "comma ,", ";": "semicolon ;", "\t": "tab", "|": "bar |", "": "none: one column" };

const [bulk, typed, lines, file, fileRemove] = ["bulk", "typed", "lines", "file", "file-remove"].map(byId);
const [linesError, bar, bulkStatus] = ["lines-error", "bulk-progress", "bulk-status"].map(byId);
const [startButton, cancelButton] = ["bulk-submit", "bulk-cancel"].map(byId);
const [preview, previewTitle, previewHint] = ["preview", "preview-title", "preview-hint"].map(byId);
const previewSheet = byId("preview-sheet");
const [columnBox, separatorBox, encodingBox, sheetBox] = ["column", "separator", "encoding", "sheet-name"].map(byId);
const [titlesBox, titlesLabel] = ["titles", "titles-label"].map(byId);

let source; // { name, bytes } or { name, text } or { name, sheets }
let chosen = {}; // in the preview; the rest is guessed
let table;
let reviews = [];
let results = [];
let running; // an AbortController

// ---- requesting ----

const progress = () => `${withCommas(results.length)} of ${withCommas(reviews.length)}`;

async function judgeAll() {
	running = new AbortController();
	const { signal } = running;
	const judged = { name: source?.isFile ? source.name.replace(/\.\w+$/, "") : "reviews", table, reviews, results };
	let problemText = "";
	try {
		while (results.length < reviews.length) {
			showRunning();
			results.push(...await nextResults(signal, N_RETRIES));
		}
	} catch (problem) {
		if (!signal.aborted && !(problem instanceof Problem)) throw problem;
		const done = `${progress()} are done; Judge all continues from there.`;
		problemText = `${signal.aborted ? "Cancelled." : problem.message} ${done}`;
	} finally {
		running = null;
		showRunning();
		linesError.textContent = problemText;
		if (results.length) showOutcome(judged);
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
	const texts = reviews.slice(results.length, results.length + CHUNK).map(({ text }) => text);
	return texts.filter((text) => {
		size += new Blob([JSON.stringify(text), ","]).size;
		return size <= CHUNK_BYTES;
	});
}

function showRunning() {
	hide(cancelButton, !running, startButton);
	bar.hidden = !running;
	preview.disabled = Boolean(running);
	startButton.ariaDisabled = Boolean(running);
	startButton.textContent = "Judge all";
	bar.max = reviews.length;
	bar.value = results.length;
	bulkStatus.textContent = running ? `${progress()} reviews read …` : "";
}

function submit() {
	if (running) return;
	if (!source) takeTyped();
	const refusal = refusalOf(table);
	linesError.textContent = refusal;
	if (refusal) return;
	const isSame = table.reviews.length === reviews.length && table.reviews.every(({ row, text }, i) => (
		row === reviews[i].row && text === reviews[i].text));
	if (!isSame || results.length === reviews.length) results = [];
	({ reviews } = table);
	clearOutcome();
	judgeAll();
}

function refusalOf({ reviews: { length }, width }) {
	const many = (most, noun, n) => `At most ${withCommas(most)} ${noun} at a time; these are ${withCommas(n)}.`;
	if (length > MOST) return many(MOST, "reviews", length);
	if (width > N_COLUMNS) return `${many(N_COLUMNS, "columns", width)} Is the separator right?`;
	if (length) return "";
	return source ? "There is no review in this column." : "Please write one review per line, or choose a file.";
}

// ---- the source ----

async function take(taken) {
	if (!taken) return;
	linesError.textContent = running ? "Wait for the verdicts, or cancel first." : "";
	if (running) return;
	try {
		const opened = await open(taken);
		const first = readSource(opened, {});
		if (!first.reviews.length) throw new Problem(`There is no review in ${taken.name}.`);
		[source, chosen, table] = [opened, {}, first];
		showPreview();
		linesError.textContent = refusalOf(table);
	} catch (problem) {
		if (!(problem instanceof Problem)) throw problem;
		linesError.textContent = problem.message;
	}
}

function takeChosen() {
	take(file.files[0]);
	file.value = "";
}

function unreachable() {
	throw new Problem("The service could not be reached. Please try again.");
}

async function open(taken) {
	const { name, size } = taken;
	if (size > MOST_BYTES) throw new Problem(`${name} has more than 100 MB. Please split it.`);
	const buffer = await taken.arrayBuffer().catch(() => { throw new Problem(`${name} could not be read.`); });
	const bytes = new Uint8Array(buffer);
	const unreadable = () => new Problem(`This page cannot read ${name}. Save it as CSV (UTF-8) and choose that file.`);
	if (bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3) { // a zip, as .xlsx is
		const { readWorkbook } = await import("./xlsx.js").catch(unreachable);
		const sheets = await readWorkbook(bytes).catch(() => { throw unreadable(); });
		return { name, isFile: true, sheets };
	}
	const encoding = guessEncoding(bytes);
	if (isBinary(decode(bytes, encoding))) throw unreadable();
	return { name, isFile: true, bytes, encoding, isLines: !/\.csv$/i.test(name) };
}

function readSource({ sheets, bytes, encoding, text, isLines }, choice) {
	if (sheets) return readTable(sheets[choice.sheet ?? 0].rows, choice);
	return readTable(text ?? decode(bytes, choice.encoding ?? encoding), { isLines, ...choice });
}

// In typed sentences a comma separates nothing: cells are pasted with tabs, or have known titles.
function takeTyped() {
	const text = lines.value;
	const guessed = readTable(text, { isLines: true });
	const isTable = guessed.separator === "\t" || (guessed.separator && guessed.header >= 0);
	source = isTable ? { name: "Pasted cells", text } : null;
	chosen = {};
	table = isTable ? guessed : readTable(text, { separator: "", hasTitles: false, column: 0, isLines: true });
	showPreview();
}

function removeFile() {
	linesError.textContent = "";
	takeTyped();
	lines.focus();
}

// ---- the preview ----

function showPreview() {
	typed.hidden = Boolean(source?.isFile);
	fileRemove.hidden = !source?.isFile;
	preview.hidden = !source;
	if (!source) return;
	const { reviews: { length }, rows, header, separator, titles, width } = table;
	previewTitle.textContent = source.name;
	const many = (n, noun) => `${withCommas(n)} ${noun}${n === 1 ? "" : "s"}`;
	previewHint.textContent = `${many(length, "review")} in ${many(rows.length, "row")} and ${many(width, "column")}. `
		+ "The marked column is judged. The saved file keeps every row and column. "
		+ "If letters or columns look wrong, try the choices below.";
	const shown = Math.min(width, N_COLUMNS);
	fillSelect(columnBox, Array.from({ length: shown }, (_, i) => [i, titleOf(titles, i)]), table.column);
	fillSelect(separatorBox, ["", ...SEPARATORS].map((one) => [one, SEPARATOR_NAMES[one]]), separator, source.sheets);
	fillSelect(encodingBox, ENCODINGS.map((one) => [one, one]), chosen.encoding ?? source.encoding, !source.bytes);
	const sheets = source.sheets ?? [];
	fillSelect(sheetBox, sheets.map(({ name }, i) => [i, name]), chosen.sheet ?? 0, sheets.length < 2);
	titlesBox.checked = header >= 0;
	titlesLabel.textContent = header > 0 ? `Row ${header + 1} has the titles` : "The first row has titles";
	showRows();
}

const beginning = (cell) => (cell.length > N_LETTERS ? `${cell.slice(0, N_LETTERS).trimEnd()} …` : cell);
const titleOf = (titles, i) => titles[i]?.trim().slice(0, 60) || `Column ${i + 1}`;

function fillSelect(box, choices, value, isHidden = false) {
	box.replaceChildren(...choices.map(([each, text]) => element("option", { value: each }, text)));
	box.value = value;
	box.parentElement.hidden = Boolean(isHidden);
}

function showRows() {
	const { rows, header, first, column, titles, width } = table;
	const shown = Array.from({ length: Math.min(width, N_SHOWN) }, (_, i) => i);
	if (column >= N_SHOWN) shown.push(column);
	const classOf = (i) => (i === column ? "is-read" : "");
	const heads = shown.map((i) => element("th", { scope: "col", className: classOf(i) },
		titleOf(titles, i), ...(i === column ? [" ", element("span", "tag", "read")] : [])));
	const body = rows.slice(0, first + N_PREVIEWED).map((row, r) => [row, r]).filter(([, r]) => r !== header);
	previewSheet.replaceChildren(element("table", {},
		element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "Row"), ...heads)),
		element("tbody", {}, ...body.map(([row, r]) => element("tr", r < first ? "is-above" : "",
			element("td", {}, String(r + 1)),
			...shown.map((i) => element("td", classOf(i), beginning(row[i] ?? ""))))))));
	const read = previewSheet.querySelector("th.is-read");
	// The column that is read is in view, also on a phone.
	previewSheet.scrollLeft = read.offsetLeft + 120 > previewSheet.clientWidth ? read.offsetLeft - 40 : 0;
}

// Another separator, encoding or sheet makes other columns.
function choose(choice) {
	const { encoding, separator, sheet } = chosen;
	const isNew = !("column" in choice || "hasTitles" in choice);
	chosen = { ...(isNew ? { encoding, separator, sheet } : chosen), ...choice };
	if ("hasTitles" in choice) delete chosen.column;
	table = readSource(source, chosen);
	linesError.textContent = "";
	showPreview();
}

columnBox.onchange = () => choose({ column: Number(columnBox.value) });
separatorBox.onchange = () => choose({ separator: separatorBox.value });
encodingBox.onchange = () => choose({ encoding: encodingBox.value });
sheetBox.onchange = () => choose({ sheet: Number(sheetBox.value) });
titlesBox.onchange = () => choose({ hasTitles: titlesBox.checked });

lines.oninput = () => {
	linesError.textContent = "";
	if (!running) takeTyped();
};
bulk.onsubmit = (event) => {
	event.preventDefault();
	submit();
};
cancelButton.onclick = () => running?.abort();
fileRemove.onclick = removeFile;
file.onchange = takeChosen;
bulk.ondragover = bulk.ondrop = (event) => {
	const { files, types } = event.dataTransfer;
	// The box takes a dropped text.
	if (!types.includes("Files")) return;
	event.preventDefault();
	take(files[0]);
};

// What was written or chosen before this script was there.
if (lines.value) takeTyped();
takeChosen();
bulk.inert = false;
