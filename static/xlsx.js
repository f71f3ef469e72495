// Excel's .xlsx: a zip of XML files. Only what a table of texts needs is read. Loaded when it is needed.

const MOST_BYTES = 200_000_000; // unpacked: a small file can claim to be gigabytes
const N_ROWS = 100_000;
const N_COLUMNS = 1_000;

// Return { name, rows } for each sheet. Throws if this is not a workbook.
export async function readWorkbook(bytes) {
	const files = listFiles(bytes);
	const budget = { left: MOST_BYTES };
	const open = async (name) => files.has(name) && parseXml(await unpack(bytes, files.get(name), budget));
	const workbook = await open("xl/workbook.xml");
	if (!workbook) throw new Error("not a workbook");
	const targets = new Map(all(await open("xl/_rels/workbook.xml.rels"), "Relationship").map((one) => (
		[one.getAttribute("Id"), one.getAttribute("Target").replace(/^\/?(xl\/)?/, "xl/")])));
	const strings = all(await open("xl/sharedStrings.xml"), "si").map(textOf);
	const isDate = dateStyles(await open("xl/styles.xml"));
	const sheets = [];
	for (const sheet of all(workbook, "sheet")) {
		const id = [...sheet.attributes].find(({ name }) => name.endsWith(":id")).value;
		const rows = readRows(await open(targets.get(id)), strings, isDate);
		sheets.push({ name: sheet.getAttribute("name"), rows });
	}
	return sheets;
}

const all = (node, name) => (node ? [...node.getElementsByTagNameNS("*", name)] : []);

// ---- the zip ----

// The place of each file's local header, its method and its packed size.
function listFiles(bytes) {
	const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
	let end = bytes.length - 22;
	while (view.getUint32(end, true) !== 0x06054b50) end -= 1; // a RangeError if it is not there
	const files = new Map();
	let at = view.getUint32(end + 16, true);
	for (let left = view.getUint16(end + 10, true); left > 0; left -= 1) {
		const [nameSize, extraSize, commentSize] = [28, 30, 32].map((place) => view.getUint16(at + place, true));
		const name = new TextDecoder().decode(bytes.subarray(at + 46, at + 46 + nameSize));
		const start = view.getUint32(at + 42, true);
		files.set(name, {
			start: start + 30 + view.getUint16(start + 26, true) + view.getUint16(start + 28, true),
			method: view.getUint16(at + 10, true),
			size: view.getUint32(at + 20, true),
		});
		at += 46 + nameSize + extraSize + commentSize;
	}
	return files;
}

async function unpack(bytes, { start, method, size }, budget) {
	const packed = new Blob([bytes.subarray(start, start + size)]).stream();
	const parts = [];
	const reader = (method ? packed.pipeThrough(new DecompressionStream("deflate-raw")) : packed).getReader();
	for (let part = await reader.read(); !part.done; part = await reader.read()) {
		budget.left -= part.value.length;
		if (budget.left < 0) throw new Error("too large");
		parts.push(part.value);
	}
	return new Blob(parts).text();
}

function parseXml(text) {
	const made = new DOMParser().parseFromString(text, "application/xml");
	if (all(made, "parsererror").length) throw new Error("not XML");
	return made;
}

// ---- the cells ----

// '_x000D_' is how Excel writes a carriage return.
const textOf = (node) => all(node, "t").map(({ textContent }) => textContent).join("").replaceAll("_x000D_", "\r");

// Whether the style of a cell, by its number, shows a date or a time.
function dateStyles(styles) {
	const own = all(styles, "numFmt").filter((one) => /[ymdhs]/i.test(
		one.getAttribute("formatCode").replace(/"[^"]*"|\[[^\]]*\]|\\./g, "")));
	const ids = own.map((one) => one.getAttribute("numFmtId"));
	return all(all(styles, "cellXfs")[0], "xf").map((one) => one.getAttribute("numFmtId"))
		.map((id) => (id >= 14 && id <= 22) || (id >= 45 && id <= 47) || ids.includes(id));
}

function readRows(sheet, strings, isDate) {
	const rows = [];
	for (const row of all(sheet, "row")) {
		const place = Number(row.getAttribute("r") ?? rows.length + 1);
		if (!(place <= N_ROWS)) throw new Error("too many rows");
		while (rows.length < place - 1) rows.push([""]);
		const cells = [];
		for (const cell of all(row, "c")) {
			const column = cell.hasAttribute("r") ? columnOf(cell.getAttribute("r")) : cells.length;
			if (column >= N_COLUMNS) continue;
			while (cells.length < column) cells.push("");
			cells.push(contentOf(cell, strings, isDate));
		}
		rows.push(cells);
	}
	return rows;
}

// 'B7' -> 1
function columnOf(place) {
	return [...place.match(/^[A-Z]+/)[0]].reduce((n, letter) => 26 * n + letter.charCodeAt() - 64, 0) - 1;
}

function contentOf(cell, strings, isDate) {
	const type = cell.getAttribute("t");
	const value = all(cell, "v")[0]?.textContent ?? "";
	if (type === "inlineStr") return textOf(cell);
	if (type === "s") return strings[value] ?? "";
	if (type === "b") return value === "1" ? "TRUE" : "FALSE";
	if (type || !value || !isDate[cell.getAttribute("s")]) return value;
	// '2024-05-01 18:30:00', without the part that is not there
	const at = Date.UTC(1899, 11, 30) + Math.round(value * 86_400) * 1000;
	const shown = new Date(at).toISOString().slice(0, 19).split("T");
	return shown.filter((_, i) => (i ? value % 1 : value >= 1)).join(" ");
}
