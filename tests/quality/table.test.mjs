// The pure parts of the page's table: each file of the corpus, csv-spectrum, and what is saved.

import assert from "node:assert/strict";
import { readFileSync, readdirSync } from "node:fs";
import { test } from "node:test";

import {
	decode, extended, guessEncoding, isBinary, parse, readTable, toCsv,
} from "../../static/table.js";

const CORPUS = new URL("../corpora/csv/", import.meta.url);
const names = readdirSync(CORPUS).filter((name) => /\.(csv|tsv|txt)$/.test(name));

// Node 20 decodes windows-1252 as Latin-1; browsers do not.
const isOldNode = decode(Uint8Array.of(0x96), "windows-1252") !== "–";

for (const name of names) {
	const skip = isOldNode && name.startsWith("windows-1252") && "this Node cannot decode windows-1252";
	test(`${name} is read as its JSON says`, { skip }, () => {
		const bytes = new Uint8Array(readFileSync(new URL(name, CORPUS)));
		const expected = JSON.parse(readFileSync(new URL(`${name}.json`, CORPUS), "utf8"));
		const encoding = guessEncoding(bytes);
		const text = decode(bytes, encoding);
		assert.equal(isBinary(text), false);
		const table = readTable(text, { isLines: !name.endsWith(".csv") });
		assert.deepEqual({
			encoding,
			separator: table.separator,
			titles_row: table.header + 1 || null,
			column: table.column + 1,
			reviews: table.reviews,
			cells: table.rows,
		}, {
			encoding: expected.encoding,
			separator: expected.separator,
			titles_row: expected.titles_row,
			column: expected.column,
			reviews: expected.reviews,
			cells: expected.cells,
		}, expected.why);
	});
}

const SPECTRUM = new URL("spectrum/", CORPUS);
for (const name of readdirSync(SPECTRUM).filter((one) => one.endsWith(".csv"))) {
	test(`csv-spectrum's ${name} is parsed as its JSON says`, () => {
		const read = (path) => readFileSync(new URL(path, SPECTRUM), "utf8");
		const [titles, ...rows] = parse(read(name), ",");
		const records = rows.map((row) => Object.fromEntries(titles.map((title, i) => [title, row[i]])));
		assert.deepEqual(records, JSON.parse(read(name.replace(".csv", ".json"))));
	});
}

test("what is saved is read again, whatever the cells hold", () => {
	const rows = [["a", "b \"c\"", ""], ["1,5", "x;y", "\"\""], ["line\r\nend", "tab\there", "bar|"], ["-5", "+1.5", "-12%"]];
	for (const separator of [",", ";", "\t", "|"]) {
		assert.deepEqual(parse(toCsv(rows, separator).join(""), separator), rows);
	}
});

test("no saved cell begins as a formula, under any country's separator", () => {
	const dangerous = ["=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1", "\r=1", "＝1+1", "＋1", "－1", "＠x", " =1+1", "a;=1+1", "a,=1", "a\t=1", "a; =1"];
	for (const separator of [",", ";", "\t", "|"]) {
		const saved = toCsv(dangerous.map((cell) => [cell]), separator);
		for (const [i, line] of saved.entries()) {
			assert.doesNotMatch(line, /^"?[\s]*[=+\-@＝＋－＠]|[,;\t|] *[=＝]/, dangerous[i]);
			if (/[,;\t|]/.test(dangerous[i])) assert.match(line, /^"/);
		}
	}
});

test("every row comes back in its place, with its own number", () => {
	const table = readTable("Survey\n\nid,review\n1,Good film\n\n3,\n4\n5,Bad,\n6,Fine\n");
	const rows = extended(table, ["row", "verdict"], (row) => [row, "x"]);
	assert.deepEqual(rows, [
		["Survey"], [""], ["id", "review", "row", "verdict"], ["1", "Good film", 4, "x"], [""],
		["3", "", 6, "x"], ["4", "", 7, "x"], ["5", "Bad", 8, "x"], ["6", "Fine", 9, "x"],
	]);
});

test("a file without titles gets some, and names that are taken get a number", () => {
	assert.deepEqual(extended(readTable("1,A good film\n"), ["row"], (row) => [row]), [
		["column 1", "review", "row"], ["1", "A good film", 1],
	]);
	assert.deepEqual(extended(readTable("row,review\n1,A good film\n"), ["row"], (row) => [row])[0], ["row", "review", "row (2)"]);
});

test("what is chosen is not guessed", () => {
	const text = "id,review,comment\n1,A good film,B\n";
	assert.equal(readTable(text, { column: 2 }).reviews[0].text, "B");
	assert.deepEqual(readTable(text, { hasTitles: false }).reviews.map(({ row }) => row), [1, 2]);
	assert.equal(readTable(text, { separator: ";" }).width, 1);
	assert.equal(readTable("\n1,A good film\n", { hasTitles: true }).header, 1);
});

test("pictures, archives and documents are not text", () => {
	for (const start of ["\x89PNG\r\n\x1A\n\0\0\0\rIHDR\0\0\0\x01", "PK\x03\x04\x14\0\x06\0", "%PDF-1.7\n", "\xD0\xCF\x11\xE0\0\0\0\0"]) {
		const bytes = Uint8Array.from(start, (character) => character.charCodeAt(0));
		assert.equal(isBinary(decode(bytes, guessEncoding(bytes))), true, start);
	}
});

// A ratio, so that the machine's speed does not matter: eight times the text in about eight times the
// time; a quadratic step would take 64 times.
test("the worst texts are read and saved in linear time", () => {
	const worst = [
		(n) => ",".repeat(n), (n) => "a,\n".repeat(n), (n) => ",\"a".repeat(n), (n) => ",\"\"x".repeat(n),
		(n) => `"${"\"\"".repeat(n)}`, (n) => ",\"\"\"\"x".repeat(n), (n) => `\\"a${"\\".repeat(n)}"`,
		(n) => ", \"".repeat(n), (n) => `${"1".repeat(n)}x\n`, (n) => `${"-".repeat(n)}1a`, (n) => "(".repeat(n),
		(n) => `${"a,".repeat(n)}\n${"1\n".repeat(n)}`, (n) => `${" ".repeat(n)}x\n`, (n) => "\r".repeat(n),
		(n) => `${"1,".repeat(n)}1\n`.repeat(3), (n) => "\t".repeat(n), (n) => `${",".repeat(n)}\n`.repeat(3),
	];
	const timeOf = (text) => {
		const before = process.cpuUsage();
		const table = readTable(text);
		toCsv(table.rows, table.separator);
		return process.cpuUsage(before).user;
	};
	const fastest = (text) => Math.min(timeOf(text), timeOf(text), timeOf(text));
	for (const make of worst) {
		const [one, eight] = [fastest(make(2_000)), fastest(make(16_000))];
		assert.ok(eight < 24 * Math.max(one, 2_000), `${one} and ${eight} µs: ${make(5)}`);
	}
});
