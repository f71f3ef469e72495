// The form for one review: request its verdict, show it, keep it over a reload, share it.

import {
	N_RETRIES, Problem, askVerdict, button, byId, countDown, element, hide, isVerdict, ticket,
} from "./verdict.js";
import { feedbackRow } from "./feedback.js";
import { startHistory } from "./history.js";
import { reasons } from "./reasons.js";
import { figure, makeFragment, readFragment, summary, withCommas } from "./words.js";

const SLOW_MS = 3_000;
const LIMIT = 20_000; // characters
const KEPT = "movie-sentiment.verdict";

const [form, box, count, errorLine, retryButton, result, shared] = [
	"form", "review", "count", "review-error", "retry", "result", "shared",
].map(byId);
const [submitButton, submitLabel, statusLine, why, stale] = [
	"submit", "submit-label", "status", "why", "stale",
].map(byId);

let pause = new AbortController(); // before a retry
let nRetries = 0;
let shown; // the review that the verdict is of

// ---- requesting ----

async function judge() {
	if (result.ariaBusy === "true") return;
	clearProblem();
	showVerdict();
	const review = box.value;
	if (!review.trim()) {
		showProblem({ message: "Please write or paste a review first.", isTheirs: true });
		return;
	}
	showBusy(true);
	const slow = setTimeout(() => { statusLine.textContent = "Still reading: the service is starting …"; }, SLOW_MS);
	try {
		const verdict = await askVerdict(review);
		forgetShared();
		showVerdict(review, verdict);
		why.append(...feedbackRow(review, verdict));
		keep(review, verdict);
		remember(review, verdict);
		result.scrollIntoView({ block: "nearest" }); // on a phone it is below the fold
	} catch (problem) {
		if (!(problem instanceof Problem)) throw problem;
		showProblem(problem);
	} finally {
		clearTimeout(slow);
		showBusy(false);
	}
}

function judgeAgain() {
	nRetries = 0;
	judge();
}

function showBusy(busy) {
	result.ariaBusy = busy;
	submitButton.ariaDisabled = busy; // keeps the focus, unlike disabled
	submitLabel.textContent = busy ? "Reading" : "Submit";
	statusLine.textContent = busy ? "Reading your review …" : "";
}

function showProblem({ message, isTheirs, retryAfterS }) {
	const when = retryAfterS ? ` in ${retryAfterS} seconds` : "";
	errorLine.textContent = isTheirs || /try again/.test(message) ? message : `${message} Please try again${when}.`;
	hide(retryButton, isTheirs, submitButton);
	retryButton.textContent = "Retry";
	if (isTheirs) {
		box.ariaInvalid = "true";
		box.focus();
	}
	nRetries += 1;
	if (!retryAfterS || nRetries > N_RETRIES) return;
	const tell = (left) => { retryButton.textContent = `Retry (in ${left} s)`; };
	countDown(retryAfterS, pause.signal, tell).then(judge, () => {});
}

function clearProblem() {
	pause.abort();
	pause = new AbortController();
	errorLine.textContent = "";
	hide(retryButton, true, submitButton);
	box.ariaInvalid = null;
}

// ---- the verdict ----

// Without arguments: none.
function showVerdict(review, verdict) {
	shown = review;
	result.replaceChildren(...(verdict ? [ticket(verdict)] : []));
	why.replaceChildren(...(verdict ? [...shareRow(review, verdict), ...reasons(review, verdict)] : []));
	showStale();
}

// The ticket stays while its text is changed, but says that it is of the earlier one.
function showStale() {
	const isStale = shown !== undefined && shown !== box.value;
	stale.textContent = isStale ? "You changed the text. This verdict is of the earlier one." : "";
	result.classList.toggle("result--stale", isStale);
}

// For a reload in this tab.
function keep(review, verdict) {
	try {
		sessionStorage.removeItem(KEPT);
		if (verdict) sessionStorage.setItem(KEPT, JSON.stringify({ review, verdict }));
	} catch { /* a browser without storage is not an error */ }
}

function restore() {
	try {
		const { review, verdict } = JSON.parse(sessionStorage.getItem(KEPT));
		if (isVerdict(verdict) && typeof review === "string") showVerdict(review, verdict);
	} catch { /* nothing was kept */ }
}

const remember = startHistory(({ review, verdict }) => {
	if (result.ariaBusy === "true") return;
	byId("tab-one").click();
	forgetShared();
	write(review);
	showVerdict(review, verdict);
	keep(review, verdict);
	result.scrollIntoView({ block: "nearest" });
});

// ---- sharing: the review only by choice, and never to a server ----

function shareRow(review, verdict) {
	if (!figure(verdict)) return [];
	const [address] = location.href.split("#");
	const said = element("span", { className: "hint", ariaLive: "polite" });
	const copier = (label, text, done) => button(label, () => navigator.clipboard.writeText(text).then(
		() => said.replaceChildren(done),
		() => said.replaceChildren(text))); // to copy manually
	return [element("div", "row",
		copier("Copy result", summary(verdict), "Copied."),
		copier("Copy link", `${address}#${makeFragment(verdict)}`, "Copied. The link has the verdict, not the review."),
		copier("Copy link with review", `${address}#${makeFragment(verdict, review)}`,
			"Copied. Anyone with the link can read the review."),
		said)];
}

function showShared() {
	const found = readFragment(location.hash);
	if (!found) return;
	const { review, verdict } = found;
	showVerdict();
	const judgeIt = button("Judge it again", () => {
		write(review);
		submitButton.focus();
		judgeAgain();
	});
	const judgeOwn = button("Judge your own", () => {
		forgetShared();
		box.focus();
	});
	shared.replaceChildren(
		element("p", "hint", "Somebody shared this verdict with you:"), ticket(verdict),
		...(review ? [element("blockquote", {}, review)] : []),
		element("div", "row", ...(review ? [judgeIt] : []), judgeOwn));
	shared.hidden = false;
	shared.scrollIntoView({ block: "nearest" });
}

function forgetShared() {
	shared.replaceChildren();
	shared.hidden = true;
	history.replaceState(null, "", location.href.split("#")[0]);
}

// ---- writing ----

// Undo restores the text.
function write(text) {
	const { activeElement } = document;
	box.select();
	box.focus();
	if (text) document.execCommand("insertText", false, text);
	else document.execCommand("delete");
	activeElement.focus();
}

function showCount() {
	const { length } = Array.from(box.value);
	count.textContent = `${withCommas(length)} of ${withCommas(LIMIT)} characters`;
	count.classList.toggle("count--over", length > LIMIT);
}

form.noValidate = true; // our own message, tied to the box
showCount();
form.onsubmit = (event) => {
	event.preventDefault();
	judgeAgain();
};
retryButton.onclick = judgeAgain;
byId("clear").onclick = () => {
	if (result.ariaBusy === "true") return;
	write("");
	clearProblem();
	showVerdict();
	keep();
	box.focus();
};
for (const example of document.querySelectorAll(".examples button")) {
	example.onclick = () => {
		if (result.ariaBusy === "true") return;
		write(example.value);
		judgeAgain();
	};
}
box.oninput = () => {
	clearProblem();
	showCount();
	showStale();
};
box.onkeydown = (event) => {
	if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) {
		event.preventDefault();
		judgeAgain();
	}
};
addEventListener("hashchange", showShared);
// After page.js has brought back the draft.
addEventListener("DOMContentLoaded", () => {
	if (!result.childElementCount) restore();
	showShared();
});
