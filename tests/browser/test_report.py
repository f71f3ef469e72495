"""The report's page in a real browser: readable on a phone, in both themes, and on paper."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page

from sagemaker_jobs.steps.report import report
from sagemaker_jobs.terminal import Ui
from tests.browser.test_axe import assert_axe_is_content
from tests.support.browser.watch import Watch
from tests.support.reports.made_scores import (
    made_rows,
    write_made_archive,
    write_made_model,
    write_made_scores,
)

NewContext = Callable[..., BrowserContext]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page about made scores, all details open."""
    folder = tmp_path_factory.mktemp("report")
    rows = made_rows()
    made = report(
        write_made_model(folder / "model.tar.gz"),
        write_made_archive(folder / "aclImdb", rows, "A horror film, no comedy: pure horror."),
        folder / "out",
        scores=write_made_scores(folder / "scores.csv", rows),
        ui=Ui(io.StringIO()),
    )
    page = Path(made.page)
    page.write_text(page.read_text("utf-8").replace("<details>", "<details open>"), "utf-8")
    return page.as_uri()


@pytest.fixture
def show(new_context: NewContext, url: str) -> Iterator[Callable[..., Page]]:
    """Open the page; at the end, nothing may have gone wrong in it."""
    watch = Watch()

    def open_page(**options: object) -> Page:
        context = new_context(**options)
        watch.over(context, (url, "data:"))
        page = context.new_page()
        page.goto(url)
        return page

    yield open_page
    assert watch.wrong == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(show: Callable[..., Page], scheme: str) -> None:
    """No violation of WCAG 2.2 AA or of best practice, in either theme."""
    assert_axe_is_content(show(color_scheme=scheme), scheme)


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_nothing_runs_off_the_side(show: Callable[..., Page], width: int) -> None:
    """The page never scrolls sideways; a wide table does so in its own box."""
    page = show(viewport={"width": width, "height": 700})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_plots_can_be_read_on_a_phone(show: Callable[..., Page]) -> None:
    """The smallest writing in a plot is at least nine pixels high on the screen."""
    page = show(viewport={"width": 375, "height": 700})
    heights = page.evaluate(
        "[...document.querySelectorAll('svg.plot text')].map(text =>"
        " parseFloat(getComputedStyle(text).fontSize) * text.ownerSVGElement.getScreenCTM().a)"
    )
    assert len(heights) > 50
    assert min(heights) >= 9


def test_paper_is_white(show: Callable[..., Page]) -> None:
    """Printed from the dark theme, the page is black on white."""
    page = show(color_scheme="dark")
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    red = "Number(getComputedStyle(document.body).color.match(/\\d+/)[0])"
    assert page.evaluate(red) < 60
