"""Eyes on everything that a browser's pages do: what goes wrong in them fails the test."""

from playwright.sync_api import BrowserContext, ConsoleMessage, Request, WebError


class Watch:
    """Notes what goes wrong in all pages of its contexts.

    Wrong is: an error or warning on the console (a broken Content-Security-Policy is one), an
    exception, a request to anywhere but the page's own server.
    """

    def __init__(self) -> None:
        self._wrong: list[str] = []
        self._expected: list[str] = []

    def over(
        self, context: BrowserContext, urls: str | tuple[str, ...], expected: str | None = None
    ) -> None:
        """Watch what happens in `context`, where requests may go to what begins with `urls`.

        Console texts that contain `expected` are ignored.
        """
        servers = (urls,) if isinstance(urls, str) else urls
        if expected is not None:
            self._expected.append(expected)

        def on_console(message: ConsoleMessage) -> None:
            if message.type in ("error", "warning"):
                self._wrong.append(message.text)

        def on_error(error: WebError) -> None:
            self._wrong.append(str(error.error))

        def on_request(request: Request) -> None:
            if not request.url.startswith((*servers, "blob:")):
                self._wrong.append(f"request to {request.url}")

        context.on("console", on_console)
        context.on("weberror", on_error)
        context.on("request", on_request)

    @property
    def wrong(self) -> list[str]:
        """What went wrong so far and was not expected."""
        return [text for text in self._wrong if not any(part in text for part in self._expected)]
