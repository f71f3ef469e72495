"""What a report's page holds, as a parser finds it."""

import re
from collections.abc import Sequence
from html.parser import HTMLParser

VOID = {"meta", "path", "use", "line", "rect", "br"}


class Page(HTMLParser):
    """What a page holds: sections with their headings, links, ids, plots, tables."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.plots: list[str] = []
        self.n_tables = self.n_captions = 0
        self.headers_without_scope = 0
        self.tags: set[str] = set()
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        found = {name: content or "" for name, content in attrs}
        self.tags.add(tag)
        self.ids += [found["id"]] if "id" in found else []
        self.links += [found[name] for name in ("href", "src") if name in found]
        self.links += re.findall(r"url\(([^)]*)\)", " ".join(found.values()))
        if tag == "svg" and found.get("role") == "img":
            self.plots.append(found["aria-label"])
        self.n_tables += tag == "table"
        self.n_captions += tag == "caption"
        self.headers_without_scope += tag == "th" and "scope" not in found
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: Sequence[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID:
            return
        assert self.open.pop() == tag
