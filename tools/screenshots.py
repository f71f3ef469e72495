"""Take the documents' pictures of the form, with the bundled model and a real browser.

python -m tools.screenshots        writes docs/{form,phone,several,states}.png
"""

from __future__ import annotations

import base64
import shutil
import socket
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import Browser, FilePayload, Page, sync_playwright

_DOCS = Path(__file__).parents[1] / "docs"
_DEADLINE_S = 120
_REVIEWS = """\
One of the best films I have seen in years
Two hours I will never get back
The photography is gorgeous, but the story goes nowhere
A joy from the first scene to the last
Wooden acting, and a script to match
I laughed, I cried, and I would see it again tomorrow
Loud, long and boring
Warm, wise and beautifully played
It has its moments, and then it has the other ninety minutes
The ending alone is worth the ticket
A cynical sequel that nobody needed
Small, honest and very funny
Not as bad as they say
The worst dialogue of the year
Superb
I left before the end"""
_STATES = (
    "It has its moments. Once is enough.",
    "I loved the photography and the music. The story is thin and the ending is silly.",
    "I saw it yesterday with my brother.",
    "Der Film war wirklich gut, und die Schauspieler sind toll.",
)
_SURVEY = """\
Survey of May;;
id;review;remark
1;A wonderful film, and a moving one;x
2;Two dull, boring hours;
3;I loved the music. The story is silly.;-
4;It has its moments. Once is enough.;
5;A man travels to Paris.;"""
_PHONE = (360, 560)  # of each state's picture


def take(url: str, browser: Browser) -> None:
    """Take the pictures of the form at `url`."""
    page = _open(browser, url, 1100, 900, "light")
    page.get_by_role("button", name="Mixed").click()
    page.get_by_role("button", name="Yes").wait_for()  # the question comes last
    _picture(page, "form")

    page = _open(browser, url, 390, 844, "dark")
    page.get_by_role("button", name="Praise").click()
    page.get_by_role("button", name="Yes").click()
    page.get_by_role("button", name="Send", exact=True).click()
    page.get_by_text("Thank you.").wait_for()
    _picture(page, "phone")

    page = _open(browser, url, 1100, 900, "light")
    page.get_by_role("tab", name="Several").click()
    page.get_by_label("Your movie reviews").fill(_REVIEWS)
    page.get_by_role("button", name="Judge all").click()
    page.locator("#bulk-result .sheet").wait_for()
    page.get_by_role("button", name="Verdict", exact=True).click()
    _picture(page, "several")

    _states(url, browser)


def _states(url: str, browser: Browser) -> None:
    """Write a picture of verdicts, a preview and a table on a phone, side by side."""
    page = _open(browser, url, *_PHONE, "light")
    pictures = []
    for review in _STATES:
        page.get_by_label("Your movie review", exact=True).fill(review)
        page.get_by_role("button", name="Submit").click()
        page.locator("#submit[aria-disabled=false]").wait_for()
        pictures.append(_part(page, ".result"))
    page.get_by_role("tab", name="Several").click()
    page.locator("#bulk:not([inert])").wait_for()
    survey = FilePayload(name="survey.csv", mimeType="text/csv", buffer=_SURVEY.encode())
    page.locator("#file").set_input_files(survey)
    page.locator("#preview table").wait_for()
    pictures.append(_part(page, "#bulk"))
    page.get_by_role("button", name="Judge all").click()
    page.locator("#bulk-result .sheet").wait_for()
    pictures.append(_part(page, "#bulk-result .sheet"))

    sheet = _open(browser, "about:blank", 3 * _PHONE[0] + 40, 100, "light")
    images = "".join(f'<img src="data:image/png;base64,{picture}">' for picture in pictures)
    grid = (
        f"margin: 10px; display: grid; gap: 10px; grid-template-columns: repeat(3, {_PHONE[0]}px)"
    )
    sheet.set_content(f'<body style="{grid}; background: #8d7d73">{images}')
    _picture(sheet, "states")


def _part(page: Page, selector: str) -> str:
    """Return the picture, in base64, of what begins at the element."""
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement.blur()")
    top = page.locator(selector).evaluate("part => part.getBoundingClientRect().top + scrollY")
    width, height = _PHONE
    picture = page.screenshot(
        full_page=True, clip={"x": 0, "y": top - 12, "width": width, "height": height}
    )
    return base64.b64encode(picture).decode()


def _picture(page: Page, name: str) -> None:
    """Write a picture of the whole page, without pointer and focus."""
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement.blur()")
    page.screenshot(path=_DOCS / f"{name}.png", full_page=True)


def _open(browser: Browser, url: str, width: int, height: int, scheme: str) -> Page:
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(url)
    return page


def main() -> None:
    """Start the system on this machine and take the pictures."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "run_local.py", "--port", str(port)]
    with subprocess.Popen(
        command, cwd=_DOCS.parent, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as running:
        try:
            for line in running.stdout or ():
                if "the form:" in line:
                    break
            chromium = shutil.which("chromium-headless-shell") or shutil.which("chromium")
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=chromium)
                take(f"http://127.0.0.1:{port}", browser)
                browser.close()
        finally:
            running.terminate()
            running.communicate(timeout=_DEADLINE_S)


if __name__ == "__main__":
    main()
