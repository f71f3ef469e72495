"""The page made from static/index.html: empty for GET, filled in if JavaScript is off."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape

from chalicelib.assets import PAGE_NAME, Asset, cached_answer, fingerprint
from chalicelib.endpoint import Verdict
from chalicelib.errors import RequestError, SetupError, WebError
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

# verdict.js builds the same in the browser; a test compares the two.
_VERDICT = """\
<div class="ticket ticket--{sentiment}">
<p><span class="label">Verdict</span>
<strong class="word">{word}</strong></p>
<p class="confidence"><strong class="percent">{percent}</strong>
<span class="label">sure</span></p>
<div class="scale" aria-hidden="true"><svg viewBox="0 -1 100 2" preserveAspectRatio="none">\
<line x1="50" x2="{score}"/></svg>
<span>negative</span> <span>positive</span></div>{notes}
</div>"""
_NO_VERDICT = """\
<div class="ticket ticket--not_a_review">
<p><span class="label">No verdict</span>
<strong class="word">This does not look like a review</strong></p>{notes}
</div>"""
_NOTE = '\n<p class="note">{sentence}</p>'
_TRUNCATED = "Only the beginning and the end of this long review were read."


class Page:
    """index.html with its assets' fingerprints in their URLs.

    Raises:
        SetupError: index.html lacks a mark where it is filled in, or has one twice.
    """

    def __init__(self, assets: Mapping[str, Asset], *, asks_for_feedback: bool = False) -> None:
        page = assets[PAGE_NAME].text
        for name, asset in assets.items():
            page = page.replace(f'"static/{name}"', f'"static/{name}?v={asset.fingerprint}"')
        if len(_FEEDBACK.findall(page)) != 1:
            raise SetupError(f"static/{PAGE_NAME} must have {_FEEDBACK.pattern} exactly once")
        for mark in (_HEAD, _TEXT_END, _ERROR, _RESULT, _BOX, _OUTCOME):
            if page.count(mark) != 1:
                raise SetupError(f"static/{PAGE_NAME} must have {mark} exactly once")
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
    if verdict["sentiment"] == "not_a_review":
        return _NO_VERDICT.format(notes=_render_notes([verdict["reason"]]))
    notes = []
    if verdict["sentiment"] == "unsure":
        notes.append(f"{verdict['reason']} {_leaning(verdict['score'])}")
    if verdict.get("truncated"):
        notes.append(_TRUNCATED)
    return _VERDICT.format(
        sentiment=verdict["sentiment"],
        word=verdict["sentiment"].capitalize(),
        percent=percentage(verdict["confidence"]),
        score=f"{100 * verdict['score']:.1f}",
        notes=_render_notes(notes),
    )


def _render_notes(sentences: Sequence[str]) -> str:
    return "".join(_NOTE.format(sentence=escape(sentence)) for sentence in sentences)


def _leaning(score: float) -> str:
    side = "positive" if score >= EVEN else "negative"
    return f"The review leans towards {side}."


def percentage(confidence: float) -> str:
    """Return the confidence in whole percent, but never 100 %.

    >>> percentage(0.973), percentage(0.9999)
    ('97%', 'over 99%')
    """
    percent = int(100 * confidence + 0.5)
    return "over 99%" if percent > 99 else f"{percent}%"  # noqa: PLR2004


def _keep_text(page: str, text: str) -> str:
    # HTML drops one line break after <textarea>: without this one, the text would lose its own.
    start, end = page.split(_TEXT_END)
    return f"{start}\n{escape(text, quote=False)}{_TEXT_END}{end}"
