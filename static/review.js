// One review: its form without a page load.

import { byId } from "./dom.js";
import { EXAMPLES } from "./examples.js";
import { feedbackRow } from "./feedback.js";
import { note } from "./history.js";
import { reasons } from "./reasons.js";
import { Problem, askVerdict } from "./service.js";
import { shareRow, sharedTicket } from "./share.js";
import { keep, recall } from "./storage.js";
import { ticket } from "./verdict.js";

const SLOW_MS = 3_000;
const LIMIT = 20_000; // characters, as the service says as well
const N_RETRIES = 3; // by itself, in a row
const DRAFT = "draft";

const [box, count, errorLine, retryButton] = ["review", "count", "review-error", "retry"].map(byId);
const [submitButton, submitLabel, statusLine, result, why] = ["submit", "submit-label", "status", "result", "why"].map(byId);

let isBusy = false;
let countdown; // the timer of a retry to come
let nRetries = 0;

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

// Says how long it is to the next try, and tries; after some tries in a row only the button does.
function countDown(message, seconds) {
	errorLine.textContent = `${message} Please try again in ${seconds} seconds.`;
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

function showBusy(busy) {
	isBusy = busy;
	result.ariaBusy = busy;
	submitButton.ariaDisabled = busy; // keeps the focus, unlike disabled
	submitLabel.textContent = busy ? "Reading" : "Submit";
	statusLine.textContent = busy ? "Reading your review …" : "";
}

function showCount() {
	const { length } = Array.from(box.value);
	count.textContent = `${length.toLocaleString("en")} of 20,000 characters`;
	count.classList.toggle("count--over", length > LIMIT);
}

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
		note(review, verdict);
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

function onInput() {
	clearProblem();
	showCount();
	keep("sessionStorage", DRAFT, box.value || null); // a reload loses nothing
}

export function startReview() {
	const form = byId("form");
	form.noValidate = true; // our own sentence, tied to the box
	box.value ||= recall("sessionStorage", DRAFT) ?? "";
	showCount();
	if (!result.childElementCount) result.replaceChildren(...sharedTicket());
	form.addEventListener("submit", (event) => {
		event.preventDefault();
		judgeAnew();
	});
	retryButton.addEventListener("click", () => {
		submitButton.focus(); // the button pressed is about to go
		judgeAnew();
	});
	for (const example of document.querySelectorAll("[data-example]")) {
		example.addEventListener("click", () => {
			box.value = EXAMPLES[example.dataset.example];
			onInput();
			judgeAnew();
		});
	}
	box.addEventListener("input", onInput);
	box.addEventListener("keydown", (event) => {
		if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) {
			event.preventDefault();
			judgeAnew();
		}
	});
}
