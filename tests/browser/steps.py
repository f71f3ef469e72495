"""What a person does with the form, and what they see."""

import re

from playwright.sync_api import Page, expect

BOX = "Your movie review"
GOOD = "A wonderful film, and a moving one."
BAD = "Two dull, boring hours."
FAILED_LOAD = "Failed to load resource"  # what Chromium's console says of a 4xx, a 5xx, no network


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
