// The form without a page load. Without this file the form still works: it is a plain POST.

const TIMEOUT_MS = 25_000; // the service gives up after 17 s; API Gateway after 29 s
const SLOW_MS = 4_000;

const form = document.getElementById("form");
const box = document.getElementById("review");
const errorLine = document.getElementById("review-error");
const submitButton = document.getElementById("submit");
const submitLabel = document.getElementById("submit-label");
const retryButton = document.getElementById("retry");
const statusLine = document.getElementById("status");
const result = document.getElementById("result");

let isBusy = false;

// ---- asking ----

class Problem extends Error {
  constructor(sentence, { canRetry = true, atBox = false } = {}) {
    super(sentence);
    this.canRetry = canRetry;
    this.atBox = atBox; // the text itself is what has to change
  }
}

async function askVerdict(text) {
  const response = await send(text);
  const answer = await readJson(response);
  if (!response.ok) throw problemFrom(response, answer);
  if (!isVerdict(answer)) throw new Problem("The service gave an answer this page does not understand. Please try again.");
  return answer;
}

async function send(text) {
  const giveUp = new AbortController();
  const timer = setTimeout(() => giveUp.abort(), TIMEOUT_MS);
  try {
    const response = await fetch("review", {
      method: "POST",
      headers: { "Content-Type": "application/json", Accept: "application/json" },
      body: JSON.stringify({ review: text }),
      signal: giveUp.signal,
    });
    const body = await response.text(); // within the same time limit
    return { ok: response.ok, status: response.status, headers: response.headers, body };
  } catch {
    if (giveUp.signal.aborted) throw new Problem("This took too long, so we stopped waiting. Please try again.");
    if (!navigator.onLine) throw new Problem("The service could not be reached: you seem to be offline. Your review is still here; try again once you are connected.");
    throw new Problem("The service could not be reached. Please check your connection and try again.");
  } finally {
    clearTimeout(timer);
  }
}

async function readJson(response) {
  try {
    return JSON.parse(response.body);
  } catch {
    return null; // a gateway's HTML page: its status says enough
  }
}

function isVerdict(answer) {
  if (answer === null || !Number.isFinite(answer.score) || !Number.isFinite(answer.confidence)) return false;
  return ["positive", "negative"].includes(answer.sentiment)
    || (["unsure", "not_a_review"].includes(answer.sentiment) && typeof answer.reason === "string");
}

const SENTENCES = {
  413: "This review is too long. Please shorten it.",
  429: "Too many people are asking at once.",
  503: "The model is not ready yet.",
  504: "The model took too long to answer.",
};

function problemFrom(response, answer) {
  const { status } = response;
  const own = answer?.error?.message; // our service's own sentence
  const isTheirs = status >= 400 && status < 500 && status !== 429;
  let sentence = typeof own === "string" ? own : SENTENCES[status] ?? "The service is in trouble at the moment.";
  const seconds = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
  if (seconds > 0) sentence = `${firstSentence(sentence)} Please try again in ${inWords(seconds)}.`;
  else if (!isTheirs && !/try again/i.test(sentence)) sentence += " Please try again.";
  return new Problem(sentence, { canRetry: !isTheirs, atBox: isTheirs });
}

function firstSentence(text) {
  return text.split(/(?<=\.)\s/)[0];
}

function inWords(seconds) {
  if (seconds < 60) return seconds === 1 ? "one second" : `${seconds} seconds`;
  const minutes = Math.ceil(seconds / 60);
  return minutes === 1 ? "a minute" : `${minutes} minutes`;
}

// ---- showing ----

function element(name, className, ...children) {
  const made = document.createElement(name);
  made.className = className;
  made.append(...children);
  return made;
}

function svgElement(name, attributes, ...children) {
  const made = document.createElementNS("http://www.w3.org/2000/svg", name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

const WORDS = { positive: "Positive", negative: "Negative", unsure: "Unsure" };

// The server builds the same in chalicelib/pages.py for browsers without JavaScript.
function ticket(verdict) {
  if (verdict.sentiment === "not_a_review") {
    return element("div", "ticket ticket--not_a_review",
      element("p", "ticket__verdict", element("span", "ticket__label", "No verdict"), "\n", element("strong", "ticket__word", "This does not look like a review")),
      note(verdict.reason));
  }
  const made = element("div", `ticket ticket--${verdict.sentiment}`,
    element("p", "ticket__verdict", element("span", "ticket__label", "Verdict"), "\n", element("strong", "ticket__word", WORDS[verdict.sentiment])),
    element("p", "ticket__confidence", element("strong", "ticket__percent", percentage(verdict.confidence)), "\n", element("span", "ticket__label", "sure")),
    scale(100 * verdict.score));
  if (verdict.sentiment === "unsure") {
    const side = verdict.score >= 0.5 ? "positive" : "negative";
    made.append(note(`${verdict.reason} The review leans towards ${side}.`));
  }
  if (verdict.truncated) made.append(note("Only the beginning and the end of this long review were read."));
  return made;
}

function note(sentence) {
  return element("p", "ticket__note", sentence);
}

function scale(score) {
  const made = element("div", "scale",
    svgElement("svg", { class: "scale__bar", viewBox: "0 0 100 2", preserveAspectRatio: "none" },
      svgElement("rect", { class: "scale__track", width: "100", height: "2" }),
      svgElement("rect", { class: "scale__fill", x: Math.min(score, 50).toFixed(1), width: Math.abs(score - 50).toFixed(1), height: "2" }),
      svgElement("rect", { class: "scale__middle", x: "49.8", width: "0.4", height: "2" })),
    element("span", "scale__end", "negative"), " ", element("span", "scale__end", "positive"));
  made.setAttribute("aria-hidden", "true"); // the percentage says it in words
  return made;
}

function percentage(confidence) {
  const percent = Math.floor(100 * confidence + 0.5);
  return percent > 99 ? "over 99%" : `${percent}%`; // never certain
}

function showVerdict(verdict) {
  result.replaceChildren(ticket(verdict));
  result.scrollIntoView({ block: "nearest" }); // on a phone it is below the fold
}

function showProblem(problem) {
  errorLine.textContent = problem.message;
  retryButton.hidden = !problem.canRetry;
  if (problem.atBox) {
    box.setAttribute("aria-invalid", "true");
    box.focus();
  }
}

function clearProblem() {
  errorLine.textContent = "";
  retryButton.hidden = true;
  box.removeAttribute("aria-invalid");
}

function showBusy(busy) {
  isBusy = busy;
  form.classList.toggle("card--busy", busy);
  result.setAttribute("aria-busy", String(busy));
  submitButton.setAttribute("aria-disabled", String(busy)); // keeps the focus, unlike disabled
  submitLabel.textContent = busy ? "Reading" : "Submit";
  statusLine.textContent = busy ? "Reading your review …" : "";
}

// ---- acting ----

async function judge() {
  if (isBusy) return;
  clearProblem();
  result.replaceChildren();
  if (!box.value.trim()) {
    showProblem(new Problem("Please write or paste a review first.", { canRetry: false, atBox: true }));
    return;
  }
  showBusy(true);
  const slow = setTimeout(() => { statusLine.textContent = "Still reading. The model may be waking up …"; }, SLOW_MS);
  try {
    showVerdict(await askVerdict(box.value));
  } catch (problem) {
    if (!(problem instanceof Problem)) throw problem;
    showProblem(problem);
  } finally {
    clearTimeout(slow);
    showBusy(false);
  }
}

function start() {
  const isMac = /Mac|iPhone|iPad/.test(navigator.userAgent);
  const shortcut = document.getElementById("shortcut");
  shortcut.textContent = `or ${isMac ? "⌘" : "Ctrl"} + Enter`;
  shortcut.hidden = false;
  form.noValidate = true; // our own sentence, tied to the box
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    judge();
  });
  retryButton.addEventListener("click", () => {
    submitButton.focus(); // the button pressed is about to go
    judge();
  });
  box.addEventListener("input", clearProblem);
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.isComposing) {
      event.preventDefault();
      judge();
    }
  });
}

start();
