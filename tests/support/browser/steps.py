"""What a person does with the form, and what they see."""

import re
from collections.abc import Callable
from datetime import UTC, datetime

from playwright.sync_api import Page, expect

BOX = "Your movie review"
GOOD = "A wonderful film, and a moving one."
BAD = "Two dull, boring hours."
MANY = [f"{'wonderful' if n % 3 else 'boring'} film number {n}" for n in range(300)]
FAILED_LOAD = "Failed to load resource"  # what Chromium's console says of a 4xx, a 5xx, no network

# A stopped clock stops setTimeout, but not the browser's own timeouts.
_TIMEOUT_BY_THE_CLOCK = """
    AbortSignal.timeout = (ms) => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(), ms);
      return controller.signal;
    };"""


def stop_clock(page: Page) -> None:
    """Reload the page with a clock that only `page.clock` advances."""
    page.clock.install(time=datetime(2026, 1, 1, 12, tzinfo=UTC))
    page.add_init_script(_TIMEOUT_BY_THE_CLOCK)
    page.reload()
    page.clock.pause_at(datetime(2026, 1, 1, 13, tzinfo=UTC))


def write(page: Page, text: str) -> None:
    page.get_by_label(BOX, exact=True).fill(text)


def submit(page: Page, text: str) -> None:
    write(page, text)
    page.get_by_role("button", name="Submit").click()


def verdict(page: Page) -> str:
    ticket = page.get_by_role("region", name="Verdict", exact=True).locator(".ticket")
    expect(ticket).to_be_visible()
    return " ".join(ticket.locator("p").all_inner_texts()).replace("\n", " ").lower()


def expect_error(page: Page, text: str, *, kept: str) -> None:
    """The sentence is tied to the box, and the box still holds what was typed."""
    box = page.get_by_label(BOX, exact=True)
    expect(page.locator("#review-error")).to_contain_text(text)
    expect(box).to_have_accessible_description(re.compile(re.escape(text)))
    expect(box).to_have_value(kept)
    expect(page.locator(".ticket")).to_have_count(0)


def open_bulk(open_page: Callable[..., Page], expected: str | None = None) -> Page:
    page = open_page(expected)
    open_several(page)
    return page


def open_several(page: Page) -> None:
    """Open the tab, and wait for its scripts."""
    page.get_by_role("tab", name="Several").click()
    expect(page.locator("#bulk:not([inert])")).to_be_visible()


def choose(page: Page, name: str, content: bytes) -> None:
    page.locator("#file").set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})


def judge_file(page: Page, name: str, content: bytes) -> None:
    """Choose the file, and judge what the preview says it will read."""
    choose(page, name, content)
    expect(page.locator("#preview-title")).to_have_text(name)
    judge_all(page)


def judge_all(page: Page) -> None:
    """Judge all reviews, and wait for the table."""
    page.get_by_role("button", name="Judge all").click()
    expect(page.locator(".summary")).not_to_be_empty()


def column(page: Page, name: str) -> list[str]:
    """Return the texts of the table's column; a review without its note and its button."""
    inside = " .text" if name == "review" else ""
    return page.locator(f"#bulk-result td.{name}{inside}").all_inner_texts()


def shown(page: Page) -> str:
    """The review as it is shown back, without the numbers meant for screen readers."""
    text: str = page.evaluate(
        """() => {
          const copy = document.querySelector("blockquote").cloneNode(true);
          copy.querySelectorAll(".unseen").forEach((part) => part.remove());
          return copy.textContent;
        }"""
    )
    return text
