// The form for one review.

import {
	N_RETRIES, Problem, askVerdict, byId, countDown, feedbackRow, hide, reasons, remember, shareRow, sharedTicket, ticket,
} from "./verdict.js";

const SLOW_MS = 3_000;
const LIMIT = 20_000; // characters

const [form, box, count, errorLine, retryButton, result] = ["form", "review", "count", "review-error", "retry", "result"].map(byId);
const [submitButton, submitLabel, statusLine, why] = ["submit", "submit-label", "status", "why"].map(byId);

let pause = new AbortController(); // before a retry
let nRetries = 0;

// ---- one review: requesting ----

async function judge() {
	if (result.ariaBusy === "true") return;
	clearProblem();
	result.replaceChildren();
	why.replaceChildren();
	const review = box.value;
	if (!review.trim()) {
		showProblem({ message: "Please write or paste a review first.", isTheirs: true });
		return;
	}
	showBusy(true);
	const slow = setTimeout(() => { statusLine.textContent = "Still reading: waking the model up …"; }, SLOW_MS);
	try {
		const verdict = await askVerdict(review);
		result.replaceChildren(ticket(verdict));
		// The address may have another, shared verdict.
		history.replaceState(null, "", location.href.split("#")[0]);
		why.replaceChildren(...shareRow(verdict), ...reasons(review, verdict), ...feedbackRow(review, verdict));
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
	countDown(retryAfterS, pause.signal, (left) => { retryButton.textContent = `Retry (in ${left} s)`; }).then(judge, () => {});
}

function clearProblem() {
	pause.abort();
	pause = new AbortController();
	errorLine.textContent = "";
	hide(retryButton, true, submitButton);
	box.ariaInvalid = null;
}

function showShared() {
	const shared = sharedTicket();
	if (!shared.length) return;
	result.replaceChildren(...shared);
	why.replaceChildren();
}

// ---- one review: writing ----

function showCount() {
	const { length } = Array.from(box.value);
	count.textContent = `${length.toLocaleString("en")} of 20,000 characters`;
	count.classList.toggle("count--over", length > LIMIT);
}

form.noValidate = true; // our own message, tied to the box
showCount();
if (!result.childElementCount) showShared();
addEventListener("hashchange", showShared);
form.onsubmit = (event) => {
	event.preventDefault();
	judgeAgain();
};
retryButton.onclick = judgeAgain;
for (const example of document.querySelectorAll(".examples button")) {
	example.onclick = () => {
		if (result.ariaBusy === "true") return;
		box.select();
		box.focus();
		document.execCommand("insertText", false, example.value); // undo restores the text
		example.focus();
		judgeAgain();
	};
}
box.oninput = () => {
	clearProblem();
	showCount();
};
box.onkeydown = (event) => {
	if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) {
		event.preventDefault();
		judgeAgain();
	}
};
