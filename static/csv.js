// Comma-separated values (RFC 4180), read and written.

const TITLES = ["review", "reviews", "text", "comment"]; // of the column to read

// The reviews of a CSV: the column named so, else the one whose first cell is the longest.
export function readCsv(text) {
	const rows = parse(text).filter((row) => row.some((cell) => cell.trim()));
	const named = (rows[0] ?? []).findIndex((title) => TITLES.includes(title.trim().toLowerCase()));
	const [first = []] = rows;
	const column = named < 0 ? first.indexOf(first.toSorted((one, other) => other.length - one.length)[0]) : named;
	return rows.slice(named < 0 ? 0 : 1).map((row) => row[column] ?? "");
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

export function writeCsv(rows) {
	return rows.map((row) => `${row.map(quote).join(",")}\r\n`).join("");
}

// A cell that a spreadsheet would compute gets an apostrophe before it.
function quote(value) {
	const text = String(value).replace(/^[=+\-@\t\r]/, "'$&");
	return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
