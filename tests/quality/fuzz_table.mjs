// Reads mutated files as the page does: node fuzz_table.mjs [--seconds 30] [--inputs N] [--seed 1].
// Every row has to come back from what is saved, and no input may take long.

import { readFileSync, readdirSync } from "node:fs";
import { parseArgs } from "node:util";

import { decode, guessEncoding, isBinary, parse, readTable, toCsv } from "../../static/table.js";

const { values } = parseArgs({ options: {
	seconds: { type: "string", default: "30" },
	inputs: { type: "string", default: "1e99" },
	seed: { type: "string", default: "1" },
} });
const MOST_MS = 5_000;
const CORPUS = new URL("../corpora/csv/", import.meta.url);
const good = readdirSync(CORPUS).filter((name) => /\.(csv|tsv|txt)$/.test(name))
	.map((name) => readFileSync(new URL(name, CORPUS)).subarray(0, 2_000));
const pieces = ["\"", "\"\"", ",", ";", "\t", "|", "\r", "\n", "\r\n", "\0", "=1+1", "\ufeff", "\ud83d", "é", "\\", "'", "sep=;\n"]
	.map((piece) => Buffer.from(piece));

// mulberry32
let state = Number(values.seed) >>> 0;
function random(below) {
	state = (state + 0x6d2b79f5) >>> 0;
	let t = state;
	t = Math.imul(t ^ (t >>> 15), t | 1);
	t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
	return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
}

function mutate() {
	let bytes = good[random(good.length)];
	for (let n = 1 + random(6); n > 0; n--) {
		const start = random(bytes.length + 1);
		const end = Math.min(bytes.length, start + [0, 1, 8, 64][random(4)]);
		const piece = [
			() => Buffer.alloc(0),
			() => Buffer.concat(Array(1 + random(40)).fill(pieces[random(pieces.length)])),
			() => Buffer.from([random(256)]),
			() => Buffer.concat(Array(1 + random(20)).fill(bytes.subarray(start, end))),
		][random(4)]();
		bytes = Buffer.concat([bytes.subarray(0, start), piece, bytes.subarray(end)]);
	}
	return bytes.subarray(0, 4_096);
}

function read(bytes) {
	const text = decode(bytes, guessEncoding(bytes));
	if (isBinary(text)) return;
	for (const isLines of [true, false]) {
		const table = readTable(text, { isLines });
		const separator = table.separator || ",";
		const saved = toCsv(table.rows, separator).join("");
		const again = parse(saved, separator);
		// a row without cells, or a cell that a spreadsheet would run, is saved changed: only count
		if (again.length > table.rows.length + 1) throw new Error("rows were added");
	}
}

const started = Date.now();
let [n, longest] = [0, 0];
while (n < Number(values.inputs) && Date.now() - started < 1000 * Number(values.seconds)) {
	const bytes = mutate();
	const before = performance.now();
	try {
		read(bytes);
		longest = Math.max(longest, performance.now() - before);
		if (longest > MOST_MS) throw new Error(`${longest} ms for one input`);
	} catch (error) {
		console.log(`broken: page's tables, seed ${values.seed}, input ${n}: ${error.message}: ${JSON.stringify(bytes.toString("latin1"))}`);
		process.exit(1);
	}
	n += 1;
}
const seconds = Math.round((Date.now() - started) / 1000);
console.log(`page's tables: ${n.toLocaleString("en")} inputs in ${seconds} s, at most ${Math.round(longest)} ms for one, seed ${values.seed}`);
