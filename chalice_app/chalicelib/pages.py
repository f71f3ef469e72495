"""The page made from static/index.html: empty for GET, filled in if JavaScript is off."""

from __future__ import annotations

import re
from collections.abc import Mapping
from html import escape

from chalicelib.assets import PAGE_NAME, Asset, cached_answer, fingerprint
from chalicelib.endpoint import Verdict
from chalicelib.errors import InvalidSetup, RequestError, WebError
from chalicelib.exchange import PAGE_HEADERS, PAGE_TYPE, Answer, Request, page_answer
from chalicelib.settings import EVEN

# Where index.html is filled in. Each occurs exactly once.
_HEAD = "<head>"
_TEXT_END = "</textarea><!-- of one review -->"
_ERROR = "<!-- error -->"
_RESULT = "<!-- result -->"
_BOX = 'id="review"'
_OUTCOME = 'id="result"'
_FEEDBACK = re.compile(r'<template id="feedback">.*?</template>\n', re.DOTALL)

# verdict.js builds the same in the browser, with the words of words.js; a test compares the two.
_VERDICT = """\
<div class="ticket ticket--{sentiment}">
<p><span class="label">Verdict</span>
<strong class="word">{word}</strong></p>{reason}
<p class="confidence"><strong class="percent">{number}</strong>
<span class="label">{counted}</span></p>
<div class="scale" aria-hidden="true"><svg viewBox="0 -1 100 2" preserveAspectRatio="none">\
<line x1="50" x2="{score}"/></svg>
<span>negative</span><span>even</span><span>positive</span></div>{how_read}
</div>"""
_NO_VERDICT = """\
<div class="ticket ticket--{sentiment} ticket--wordy">
<p><span class="label">No verdict</span>
<strong class="word">{word}</strong></p>{reason}{how_read}
</div>"""
_NOTE = '\n<p class="note">{sentence}</p>'
_TRUNCATED = "Only the beginning and the end of this long review were read."
_TRUNCATED_TO = "{n_words_read:,} of its {n_words:,} words were read: the beginning and the end."
_NOT_A_REVIEW = "This does not look like a review"
# Why an unsure verdict has no lean.
_WITHOUT_LEAN = {"no_opinion": "No clear opinion", "not_understood": "Not understood"}


class Page:
    """index.html with its assets' fingerprints in their URLs.

    Raises:
        InvalidSetup: index.html lacks a mark where it is filled in, or has one twice.
    """

    def __init__(self, assets: Mapping[str, Asset], *, asks_for_feedback: bool = False) -> None:
        page = assets[PAGE_NAME].text
        for name, asset in assets.items():
            page = page.replace(f'"static/{name}', f'"static/{name}?v={asset.fingerprint}')
        if len(_FEEDBACK.findall(page)) != 1:
            raise InvalidSetup(f"static/{PAGE_NAME} must have {_FEEDBACK.pattern} exactly once")
        for mark in (_HEAD, _TEXT_END, _ERROR, _RESULT, _BOX, _OUTCOME):
            if page.count(mark) != 1:
                raise InvalidSetup(f"static/{PAGE_NAME} must have {mark} exactly once")
        self._page = page if asks_for_feedback else _FEEDBACK.sub("", page)

    def empty(self, request: Request) -> Answer:
        """Return the empty form.

        API Gateway also serves it at `/prod`, without the slash that relative URLs need. A <base>
        element corrects them there.
        """
        page = self._page
        if not request.path.endswith("/"):
            base = f'<base href="{escape(request.path)}/">'
            page = page.replace(_HEAD, _HEAD + base)
        headers = {**PAGE_HEADERS, "Content-Type": f"{PAGE_TYPE}; charset=utf-8"}
        return cached_answer(request, page, fingerprint(page), headers)

    def with_verdict(self, text: str, verdict: Verdict) -> Answer:
        """Return the page with the verdict, and with the text still in its box."""
        page = self._page.replace(_RESULT, render_verdict(verdict))
        page = page.replace(_OUTCOME, _OUTCOME + ' tabindex="-1" autofocus')
        return page_answer(200, _keep_text(page, text))

    def with_error(self, text: str, error: WebError) -> Answer:
        """Return the page with the error's message at the box, and with the text still in it."""
        page = self._page.replace(_ERROR, escape(error.message))
        invalid = ' aria-invalid="true"' if isinstance(error, RequestError) else ""
        page = page.replace(_BOX, f"{_BOX}{invalid} autofocus")
        return page_answer(error.status, _keep_text(page, text))


def render_verdict(verdict: Verdict) -> str:
    """Return the verdict as HTML, without any text of the client."""
    figure = _figure(verdict)
    number, counted = figure or ("", "")
    return (_VERDICT if figure else _NO_VERDICT).format(
        sentiment=verdict["sentiment"],
        word=_title(verdict),
        number=number,
        counted=counted,
        score=f"{100 * verdict['score']:.1f}",
        reason=_note(verdict.get("reason", "")),
        how_read=_note(_how_read(verdict)),
    )


def _title(verdict: Verdict) -> str:
    because = verdict.get("unsure_because")
    if verdict["sentiment"] == "not_a_review":
        return _NOT_A_REVIEW
    if verdict["sentiment"] != "unsure":
        return str(verdict["sentiment"]).capitalize()
    if because == "mixed":
        return "Mixed"
    lean = _lean(verdict)
    leans = lean and _whole_percent(verdict["confidence"]) > 100 * EVEN
    return _WITHOUT_LEAN.get(because or "") or (f"Leans {lean}" if leans else "Unsure")


def _lean(verdict: Verdict) -> str | None:
    """Return where an unsure verdict leans; an older model's answer has only the score."""
    if verdict["sentiment"] != "unsure" or verdict.get("unsure_because") in _WITHOUT_LEAN:
        return None
    lean = verdict.get("lean", "positive" if verdict["score"] >= EVEN else "negative")
    return lean if lean in ("positive", "negative") else None


def _figure(verdict: Verdict) -> tuple[str, str] | None:
    """Return the verdict's number and what it counts; None if it has none."""
    confidence = verdict["confidence"]
    if verdict["sentiment"] in ("positive", "negative"):
        return percentage(confidence), "sure"
    lean = _lean(verdict)
    overall = " overall" if verdict.get("unsure_because") == "mixed" else ""
    counted = f"such reviews are {lean}{overall}"
    return (f"{_whole_percent(confidence)} of 100", counted) if lean else None


def _how_read(verdict: Verdict) -> str:
    if not verdict.get("truncated"):
        return ""
    return _TRUNCATED_TO.format(**verdict) if "n_words" in verdict else _TRUNCATED


def _note(sentence: str) -> str:
    return _NOTE.format(sentence=escape(sentence)) if sentence else ""


def percentage(confidence: float) -> str:
    """Return the confidence in whole percent, but never 100 %.

    >>> percentage(0.973), percentage(0.9999)
    ('97%', 'over 99%')
    """
    percent = _whole_percent(confidence)
    return "over 99%" if percent > 99 else f"{percent}%"  # noqa: PLR2004


def _whole_percent(confidence: float) -> int:
    """Round as the browser does, and as the model's own rule for unsure verdicts."""
    return int(100 * confidence + 0.5)


def _keep_text(page: str, text: str) -> str:
    # HTML drops one line break after <textarea>: without this one, the text would lose its own.
    start, end = page.split(_TEXT_END)
    return f"{start}\n{escape(text, quote=False)}{_TEXT_END}{end}"
