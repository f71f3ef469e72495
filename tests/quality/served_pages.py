"""Every kind of page that the app serves, as files for a validator.

    PYTHONPATH=chalice_app python -m tests.quality.served_pages FOLDER

The app is the real one; only the endpoint behind it is a stand-in.
"""

import logging
import sys
from pathlib import Path
from urllib.parse import urlencode

from chalicelib.assets import find_static, read_assets
from chalicelib.endpoint import Endpoint
from chalicelib.exchange import Request
from chalicelib.feedback import FeedbackTable
from chalicelib.web import Web, respond
from tests.support.fake_dynamodb import FakeDynamoDB
from tests.support.paths import APP_FOLDER
from tests.support.web_fakes import MISSING, FakeClient

_PAGE = {"accept": "text/html"}
_FORM = {**_PAGE, "content-type": "application/x-www-form-urlencoded"}
_REVIEWS = {
    "positive": "A wonderful <b>film</b> & a moving one",
    "negative": "boring",
    "lean": "good, bad",
    "no-opinion": "plot, good, bad",
    "not-a-review": "zxqvy",
    "cut": "good " * 1001,
    "empty": "",
    "too-long": "x" * 20_001,
}


def served_pages() -> dict[str, str]:
    """Return each page's HTML by a name for its file."""
    client = FakeClient()
    assets = read_assets(find_static(APP_FOLDER))
    endpoint = Endpoint(client, "movie-sentiment-local", sleep=lambda _: None)
    web = Web(endpoint, assets, FeedbackTable("the-table", FakeDynamoDB))

    def ask(web: Web, route: str, path: str, body: str | None = None) -> str:
        request = Request(
            "GET" if body is None else "POST",
            route,
            path=path,
            headers=_PAGE if body is None else _FORM,
            body=body,
        )
        handlers = {"/": web.form, "/review": web.review, "/docs": web.docs}
        return respond(request, handlers[route], web.endpoint_name).body

    pages = {
        "form": ask(web, "/", "/"),
        "form-below-a-stage": ask(web, "/", "/prod"),
        "about": assets["about.html"].text,
        "privacy": assets["privacy.html"].text,
        "form-without-feedback": ask(Web(endpoint, assets), "/", "/"),
        "reference": ask(web, "/docs", "/docs"),
    }
    for name, review in _REVIEWS.items():
        pages[name] = ask(web, "/review", "/review", urlencode({"review": review}))
    client.script[:] = [MISSING] * 3
    pages["no-model"] = ask(web, "/review", "/review", urlencode({"review": "good"}))
    return pages


def main(folder: Path) -> None:
    logging.disable()  # the app tells of each request
    folder.mkdir(parents=True, exist_ok=True)
    for name, html in served_pages().items():
        (folder / f"{name}.html").write_text(html, "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
