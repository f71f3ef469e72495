// One review: its form without a page load, and the history of this browser's verdicts.

import {
	Problem, WORDS, askVerdict, byId, element, percentage, reasons, sendFeedback, shareRow, sharedTicket, ticket,
} from "./verdict.js";

const SLOW_MS = 3_000;
const LIMIT = 20_000; // characters
const N_RETRIES = 3; // by itself, in a row
const HISTORY = "history";
const N_REMEMBERED = 50;

const [form, box, count, errorLine, retryButton, result] = ["form", "review", "count", "review-error", "retry", "result"].map(byId);
const [submitButton, submitLabel, statusLine, why] = ["submit", "submit-label", "status", "why"].map(byId);
const [wanted, list, clear] = ["history-on", "history-list", "history-clear"].map(byId);

let isBusy = false;
let countdown; // the timer of a retry to come
let nRetries = 0;

// ---- asking ----

async function judge() {
	if (isBusy) return;
	clearProblem();
	result.replaceChildren();
	why.replaceChildren();
	const review = box.value;
	if (!review.trim()) {
		showProblem(new Problem("Please write or paste a review first.", { isTheirs: true }));
		return;
	}
	showBusy(true);
	const slow = setTimeout(() => { statusLine.textContent = "Still reading: waking the model up …"; }, SLOW_MS);
	try {
		const verdict = await askVerdict(review);
		result.replaceChildren(ticket(verdict));
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

function judgeAnew() {
	nRetries = 0;
	judge();
}

function showBusy(busy) {
	isBusy = busy;
	result.ariaBusy = busy;
	submitButton.ariaDisabled = busy; // keeps the focus, unlike disabled
	submitLabel.textContent = busy ? "Reading" : "Submit";
	statusLine.textContent = busy ? "Reading your review …" : "";
}

// ---- troubles ----

function showProblem({ message, isTheirs, retryAfterS }) {
	errorLine.textContent = message;
	retryButton.hidden = isTheirs;
	retryButton.textContent = "Retry";
	if (retryAfterS) countDown(message, retryAfterS);
	if (isTheirs) {
		box.ariaInvalid = "true";
		box.focus();
	}
}

// Says how long it is to the next try, and tries; after some in a row only the button does.
function countDown(message, seconds) {
	errorLine.textContent = `${message} Please try again in ${seconds < 60 ? `${seconds} seconds` : "a minute"}.`;
	if (nRetries === N_RETRIES) return;
	let left = seconds;
	const tell = () => { retryButton.textContent = `Retry (in ${left} s)`; };
	tell();
	countdown = setInterval(() => {
		left -= 1;
		tell();
		if (left) return;
		nRetries += 1;
		judge();
	}, 1000);
}

function clearProblem() {
	clearInterval(countdown);
	errorLine.textContent = "";
	retryButton.hidden = true;
	box.ariaInvalid = null;
}

// ---- writing ----

function showCount() {
	const { length } = Array.from(box.value);
	count.textContent = `${length.toLocaleString("en")} of 20,000 characters`;
	count.classList.toggle("count--over", length > LIMIT);
}

form.noValidate = true; // our own sentence, tied to the box
showCount();
if (!result.childElementCount) result.replaceChildren(...sharedTicket());
form.onsubmit = (event) => {
	event.preventDefault();
	judgeAnew();
};
retryButton.onclick = () => {
	submitButton.focus(); // the button pressed is about to go
	judgeAnew();
};
for (const example of document.querySelectorAll(".examples button")) {
	example.onclick = () => {
		box.value = example.value;
		box.dispatchEvent(new Event("input"));
		judgeAnew();
	};
}
box.oninput = () => {
	clearProblem();
	showCount();
};
box.onkeydown = (event) => {
	if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) {
		event.preventDefault();
		judgeAnew();
	}
};

// ---- 'Was this right?': one answer a verdict; the review goes along only where its box is ticked ----

function feedbackRow(review, { sentiment, score, model_version }) {
	const template = byId("feedback"); // absent where the service keeps none
	if (!template || sentiment === "not_a_review") return [];
	const row = template.content.firstElementChild.cloneNode(true);
	const [legend, consent, said] = ["legend", "input", "[role=status]"].map((part) => row.querySelector(part));
	const buttons = row.querySelectorAll("button");
	const allow = (allowed) => { for (const button of buttons) button.disabled = !allowed; };
	if (sentiment === "unsure") legend.textContent = "Does it lean that way?";
	for (const button of buttons) {
		button.onclick = async () => {
			allow(false);
			said.textContent = "Sending …";
			said.focus(); // the button pressed takes no focus any more
			try {
				await sendFeedback({ right: button.value === "yes", score, model_version, ...(consent.checked && { review }) });
				said.textContent = consent.checked ? "Thank you. Your review is kept for a year." : "Thank you.";
				consent.disabled = true;
			} catch (problem) {
				if (!(problem instanceof Problem)) throw problem;
				said.textContent = problem.message;
				allow(true);
			}
		};
	}
	return [row];
}

// ---- the history: kept only if the person says so, sent nowhere, gone at a click ----

// null where no history is wanted.
function readHistory() {
	try {
		return JSON.parse(localStorage.getItem(HISTORY));
	} catch {
		return null;
	}
}

function writeHistory(entries) {
	try {
		if (entries) localStorage.setItem(HISTORY, JSON.stringify(entries));
		else localStorage.removeItem(HISTORY);
	} catch { /* a browser that keeps nothing is no error */ }
	showHistory();
}

function showHistory() {
	const entries = readHistory();
	wanted.checked = entries !== null;
	clear.hidden = !entries?.length;
	list.replaceChildren(...(entries ?? []).map(({ sentiment, confidence, start, at }) => element("li", {},
		element("strong", `is-${sentiment}`, WORDS[sentiment]),
		` ${percentage(confidence)} “${start}” ${new Date(at).toLocaleString()}`)));
}

function remember(review, { sentiment, confidence }) {
	const entries = readHistory();
	if (!entries) return;
	const start = Array.from(review.trim().replace(/\s+/g, " ")).slice(0, 80).join("");
	writeHistory([{ sentiment, confidence, start, at: Date.now() }, ...entries].slice(0, N_REMEMBERED));
}

showHistory();
wanted.onchange = () => writeHistory(wanted.checked ? [] : null);
clear.onclick = () => {
	wanted.focus(); // the button pressed is about to go
	writeHistory([]);
};
