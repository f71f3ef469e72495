// The verdicts on several reviews: counts, plot, filter, table, and the file to save.

import { extended, toCsv } from "./table.js";
import { reasons } from "./reasons.js";
import { Problem, askVerdict, button, byId, element, svgElement } from "./verdict.js";
import { TITLES, WORDS, figure, leanOf, notes, share, title, withCommas } from "./words.js";

const N_BARS = 20;
const N_ROWS = 1_000; // more, or longer texts in them, are slow
const LIMIT = 20_000; // characters
const NO_ANSWER = "Without an answer";

const [summary, outcome] = ["bulk-summary", "bulk-result"].map(byId);

let run; // { name, table, reviews, results }
let order;
let kind; // of verdicts that are shown; "" for all

// ---- one result in words ----

const hasShare = (result) => Boolean(figure(result));

const wordOf = (result) => (result.sentiment ? title(result) : NO_ANSWER);

function classOf(result) {
	const leans = /^Leans /.test(wordOf(result)) ? ` leans-${leanOf(result)}` : "";
	return `is-${result.sentiment ?? "missing"}${leans}`;
}

const noteOf = (result) => result.error?.message ?? notes(result).join(" ");

// ---- everything ----

export function clearOutcome() {
	summary.textContent = "";
	outcome.replaceChildren();
}

export function showOutcome(finished) {
	run = finished;
	order = { column: 3, sign: 1 };
	kind = "";
	const { results } = run;
	const counts = [...TITLES, NO_ANSWER]
		.map((name) => [name, results.filter((one) => wordOf(one) === name).length]).filter(([, n]) => n);
	const parts = counts.map(([name, n]) => `${withCommas(n)} ${name.toLowerCase()}`);
	const cut = results.length > N_ROWS ? ` The table shows ${withCommas(N_ROWS)}.` : "";
	const all = `${withCommas(results.length)} ${results.length === 1 ? "review" : "reviews"}`;
	summary.textContent = `${all}: ${parts.join(", ")}.${cut}`;
	outcome.replaceChildren(
		plot(), element("div", "row", button("Save as CSV", save, "button")), filter(counts),
		element("section", { className: "sheet", ariaLabel: "Verdicts", tabIndex: 0 }, verdicts()));
}

// ---- the plot: a bar for each twentieth of the scores, a part of it for each sentiment ----

function plot() {
	const bars = Array.from({ length: N_BARS }, () => ({ negative: 0, unsure: 0, positive: 0 }));
	for (const { score, sentiment } of run.results.filter(hasShare)) {
		bars[Math.min(N_BARS - 1, Math.floor(score * N_BARS))][sentiment] += 1;
	}
	const most = Math.max(1, ...bars.map((bar) => bar.negative + bar.unsure + bar.positive));
	const drawn = bars.flatMap((bar, i) => {
		let from = 1;
		return Object.entries(bar).filter(([, n]) => n).map(([sentiment, n]) => {
			const y1 = from;
			from -= n / most;
			return svgElement("line", { class: `is-${sentiment}`, x1: i + 0.5, x2: i + 0.5, y1, y2: from });
		});
	});
	return element("div", {
		className: "plot", role: "img", ariaLabel: "How many reviews are how positive, from negative to positive",
	}, svgElement("svg", { viewBox: "0 0 20 1", preserveAspectRatio: "none" }, ...drawn),
	...Object.keys(bars[0]).map((sentiment) => element("span", `key is-${sentiment}`, sentiment)));
}

// ---- the filter ----

function filter(counts) {
	const choices = [["", "All", run.results.length], ...counts.map(([name, n]) => [name, name, n])];
	const row = element("div", { className: "row filter", role: "group", ariaLabel: "Show" });
	row.append(...choices.map(([value, name, n]) => (
		Object.assign(button(`${name} ${withCommas(n)}`, choose), { value, ariaPressed: String(value === kind) }))));

	function choose({ currentTarget }) {
		kind = currentTarget.value;
		for (const one of row.children) one.ariaPressed = String(one === currentTarget);
		outcome.querySelector("table").replaceWith(verdicts());
	}

	return row;
}

// ---- the table: its roles are named, since CSS does not show it as a table on a phone ----

const COLUMNS = [ // title, class, sort key, text
	["Verdict", "verdict", (row) => (hasShare(row) ? row.score : -1), wordOf],
	["How sure", "share", (row) => (hasShare(row) ? row.score : -1), share],
	["Review", "review", (row) => row.text.toLowerCase(), (row) => element("p", "text", row.text.slice(0, LIMIT))],
	["Row", "number", (row) => row.row, (row) => String(row.row)],
];

function verdicts() {
	const key = COLUMNS[order.column][2];
	const rows = run.results.map((one, i) => ({ ...one, ...run.reviews[i] }))
		.filter((row) => !kind || wordOf(row) === kind);
	rows.sort((one, other) => order.sign * ((key(one) > key(other)) - (key(one) < key(other))));
	const heads = COLUMNS.map(([heading, className], column) => {
		const ariaSort = order.column !== column ? null : order.sign > 0 ? "ascending" : "descending";
		const sort = button(heading, () => sortBy(column));
		return element("th", { scope: "col", role: "columnheader", className, ariaSort }, sort);
	});
	return element("table", { role: "table" },
		element("thead", { role: "rowgroup" }, element("tr", { role: "row" }, ...heads)),
		element("tbody", { role: "rowgroup" }, ...rows.slice(0, N_ROWS).map(rowOf)));
}

function rowOf(row) {
	const made = element("tr", { role: "row" }, ...COLUMNS.map(([, name, , text]) => (
		element("td", { role: "cell", className: name === "verdict" ? `verdict ${classOf(row)}` : name }, text(row)))));
	const note = noteOf(row);
	const cell = made.querySelector(".review");
	if (note) cell.append(element("p", "hint", note));
	if (hasShare(row)) {
		const why = button("Why?", () => open(why, made, row), "why");
		why.ariaExpanded = "false";
		cell.append(why);
	}
	return made;
}

function sortBy(column) {
	order = { column, sign: order.column === column ? -order.sign : 1 };
	outcome.querySelector("table").replaceWith(verdicts());
	outcome.querySelector("[aria-sort] button").focus();
}

// ---- a row's reasons, and its other cells ----

async function open(why, above, { row, text }) {
	const isOpen = why.ariaExpanded === "true";
	why.ariaExpanded = String(!isOpen);
	if (isOpen) {
		above.nextElementSibling.remove();
		return;
	}
	const said = element("p", { className: "hint", role: "status" });
	const cell = element("td", { role: "cell", colSpan: COLUMNS.length }, ...othersOf(row), said);
	above.after(element("tr", { role: "row", className: "opened" }, cell));
	said.textContent = "Reading …";
	try {
		const shown = reasons(text, await askVerdict(text));
		if (shown.length) said.replaceWith(...shown);
		else said.textContent = "Nothing in it moved the verdict.";
	} catch (problem) {
		if (!(problem instanceof Problem)) throw problem;
		said.textContent = problem.message;
	}
}

function othersOf(row) {
	const { rows, titles, column } = run.table;
	const cells = rows[row - 1].map((cell, i) => [titles[i]?.trim() || `Column ${i + 1}`, cell.slice(0, 200)]);
	const parts = cells.filter(([, cell], i) => i !== column && cell.trim()).slice(0, 50).map((part) => part.join(": "));
	return parts.length ? [element("p", "hint", parts.join(" · "))] : [];
}

// ---- saving: all rows and columns of the source, in place ----

function save() {
	const byRow = new Map(run.results.map((one, i) => [run.reviews[i].row, one]));
	const rows = extended(run.table, ["row", "verdict", "lean", "share", "note"], (row) => {
		const one = byRow.get(row);
		if (!one) return [row, "", "", "", "No review in this row."];
		const sides = hasShare(one) ? [one.lean ?? "", one.score] : ["", ""];
		return [row, WORDS[one.sentiment] ?? "", ...sides, noteOf(one)];
	});
	const csv = toCsv(rows, run.table.separator);
	const href = URL.createObjectURL(new Blob(["\uFEFF", ...csv], { type: "text/csv" }));
	element("a", { href, download: `${run.name}-verdicts.csv` }).click();
	setTimeout(URL.revokeObjectURL, 60_000, href);
}
