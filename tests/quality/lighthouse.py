"""Lighthouse and axe-core on the deployed app; the figures go to docs/quality.md.

    python -m tests.quality.lighthouse

The app is deployed to local_aws as to AWS: the Lambda's zip behind API Gateway, which compresses,
with the bundled model's endpoint behind it. Exit code 1 where a score is not 100.
"""

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any
from xml.etree import ElementTree  # noqa: ICN001 - so it is called

from axe_playwright_python.base import AXE_FILE_PATH

import local_aws
from tests.support.deployed_app import deployed_app
from tests.support.paths import ROOT

RECORD = ROOT / "docs" / "quality.md"
_PROGRAM = Path(__file__).parent / "node_modules" / ".bin" / "lighthouse"
_BROWSERS = ("chromium", "chromium-headless-shell", "google-chrome")
_CATEGORIES = ("performance", "accessibility", "best-practices", "seo")
_METRICS = ("first-contentful-paint", "largest-contentful-paint", "total-blocking-time",
            "cumulative-layout-shift")  # fmt: skip
_COLUMNS = ("page, screen", *_CATEGORIES, "first paint", "largest paint", "blocked", "layout shift")
_PAGES = {"form": "", "reference": "docs"}
_SCREENS: dict[str, list[str]] = {"mobile": [], "desktop": ["--preset=desktop"]}
_N_RUNS = 3  # other work on the machine shows in a single one
_TIMEOUT_S = 180
_BEGIN, _END = "<!-- measured: begin -->\n", "<!-- measured: end -->\n"


def measure(url: str, screen: str, folder: Path, browser: str) -> list[dict[str, Any]]:
    """Return Lighthouse's reports on the page, one a run."""
    reports = []
    for run in range(_N_RUNS):
        path = folder / f"{screen}-{run}.json"
        flags = "--chrome-flags=--headless=new --no-sandbox"  # root has no sandbox
        command = [str(_PROGRAM), url, *_SCREENS[screen], "--quiet", "--output=json", flags]
        subprocess.run(
            [*command, f"--output-path={path}"],
            env={**os.environ, "CHROME_PATH": browser},
            timeout=_TIMEOUT_S,
            check=True,
        )
        reports.append(json.loads(path.read_text()))
    return reports


def scores(reports: list[dict[str, Any]]) -> dict[str, float]:
    """Return the median score of each category, of 100."""
    return {
        category: 100 * median(report["categories"][category]["score"] for report in reports)
        for category in _CATEGORIES
    }


def row(page: str, screen: str, reports: list[dict[str, Any]]) -> str:
    """Return the page's line in the table: its scores, and the metrics of its middle run."""
    middle = sorted(reports, key=lambda report: report["categories"]["performance"]["score"])
    audits = middle[len(middle) // 2]["audits"]
    cells = [f"{score:.0f}" for score in scores(reports).values()]
    cells += [audits[name]["displayValue"].replace("\xa0", " ") for name in _METRICS]
    return f"| {page}, {screen} | {' | '.join(cells)} |"


def weight(url: str) -> str:
    """Return what all that the page loads weighs, compressed as it comes and unpacked."""

    def fetch(address: str) -> bytes:
        request = urllib.request.Request(address, headers={"Accept-Encoding": "gzip"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            body: bytes = answer.read()
            assert answer.headers["Content-Encoding"] == "gzip"
            return body

    page = fetch(url)
    names = set(re.findall(r'"(static/[^"]+)"', gzip.decompress(page).decode()))
    bodies = [page, *(fetch(url + name) for name in names)]
    packed, unpacked = (sum(map(len, all_)) for all_ in (bodies, map(gzip.decompress, bodies)))
    return (
        f"The form's {len(bodies)} files: {packed:,} bytes as they come, {unpacked:,} unpacked.\n"
    )


def axe_rows() -> list[str]:
    """Run the tests that look at every state of the page with axe; return what they recorded."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "axe.xml"
        tests = ["tests/browser/test_axe.py", "tests/browser/test_docs.py"]
        command = [sys.executable, "-m", "pytest", "-q", *tests, f"--junitxml={path}"]
        timeout_s = 10 * _TIMEOUT_S
        subprocess.run(command, cwd=ROOT, stdout=sys.stderr, timeout=timeout_s, check=True)
        properties = ElementTree.parse(path).iter("property")  # noqa: S314 - pytest wrote it
        found = {item.get("name", ""): item.get("value", "") for item in properties}
    states = dict.fromkeys(name.rpartition(", ")[0] for name in found)
    return [
        f"| {state} | {found[f'{state}, light']} | {found[f'{state}, dark']} |" for state in states
    ]


def record(rows: list[str], weighed: str, axe: list[str], versions: Mapping[str, str]) -> None:
    """Write the figures between the marks in docs/quality.md."""
    day = datetime.now(UTC).date().isoformat()
    told = ", ".join(f"{name} {version}" for name, version in versions.items())
    lines = [
        f"Measured {day} by `make lighthouse`, the median of {_N_RUNS} runs:",
        f"{told}.\n",
        f"| {' | '.join(_COLUMNS)} |",
        f"|{'---|' * len(_COLUMNS)}",
        *rows,
        f"\n{weighed}",
        "| state, axe-core's rules held and violated | light | dark |",
        "|---|---|---|",
        *axe,
    ]
    before, _, rest = RECORD.read_text("utf-8").partition(_BEGIN)
    _, _, after = rest.partition(_END)
    RECORD.write_text(f"{before}{_BEGIN}{chr(10).join(lines)}\n{_END}{after}", "utf-8")


def main() -> int:
    browser = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if browser is None or not _PROGRAM.exists():
        sys.exit("error: Lighthouse or Chromium is not here; try: make lighthouse")
    rows, perfect = [], True
    with (
        local_aws.start() as aws,
        tempfile.TemporaryDirectory() as folder,
        deployed_app(aws.environment, Path(folder)) as app,
    ):
        app.bring_endpoint()
        weighed = weight(app.url)
        for page, path in _PAGES.items():
            for screen in _SCREENS:
                with urllib.request.urlopen(app.url + path, timeout=30):  # the Lambda is warm
                    reports = measure(app.url + path, screen, Path(folder), browser)
                perfect = perfect and set(scores(reports).values()) == {100}
                rows.append(row(page, screen, reports))
                print(rows[-1], flush=True)
    agent = reports[-1]["environment"]["hostUserAgent"]
    versions = {
        "Lighthouse": reports[-1]["lighthouseVersion"],
        "Chromium": re.findall(r"Chrome/(\d+)", agent)[0],
        "axe-core": re.findall(r"axe v([\d.]+)", AXE_FILE_PATH.read_text("utf-8"))[0],
    }
    record(rows, weighed, axe_rows(), versions)
    print(f"recorded in {RECORD.relative_to(ROOT)}")
    return 0 if perfect else 1


if __name__ == "__main__":
    sys.exit(main())
