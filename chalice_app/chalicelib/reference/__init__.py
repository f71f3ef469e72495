"""The API's description: openapi.yaml, and the page that tools/api_reference.py makes of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from chalicelib.assets import cached_answer, fingerprint
from chalicelib.exchange import PAGE_HEADERS, PAGE_TYPE, Answer, Request

_FOLDER = Path(__file__).parent
_YAML_TYPE = "application/yaml"  # RFC 9512


@dataclass(frozen=True)
class Reference:
    """The text of openapi.yaml and docs.html."""

    yaml: str
    html: str

    @classmethod
    def read(cls) -> Reference:
        """Read both files."""
        return cls(*((_FOLDER / name).read_text("utf-8") for name in ("openapi.yaml", "docs.html")))

    def description(self, request: Request) -> Answer:
        """Return openapi.yaml, or 304 if the client has it."""
        return _answer(request, self.yaml, _YAML_TYPE)

    def page(self, request: Request) -> Answer:
        """Return docs.html, or 304 if the client has it."""
        return _answer(request, self.html, PAGE_TYPE)


def _answer(request: Request, text: str, media_type: str) -> Answer:
    headers = {**PAGE_HEADERS, "Content-Type": f"{media_type}; charset=utf-8"}
    return cached_answer(request, text, fingerprint(text), headers)
