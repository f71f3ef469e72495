"""The page's main states in stock Firefox and in WebKit, on a phone's screen."""

import os
from collections.abc import Iterator

import pytest

from tests.support.browser.engines import ENGINES, Engine, is_installed
from tests.support.web_fakes import CRASHED, FakeRuntime

# What each script below may use; what goes wrong in the page ends it.
_TOOLS = """
    const wrong = [];
    for (const kind of ["error", "unhandledrejection", "securitypolicyviolation"]) {
      addEventListener(kind, ({ message, reason, violatedDirective }) => {
        wrong.push(String(message ?? reason ?? violatedDirective));
      });
    }
    const find = (selector) => document.querySelector(selector);
    const text = (selector) => find(selector).innerText.replace(/\\s+/g, " ").trim();
    const until = (isTrue) => new Promise((resolve, reject) => {
      const look = () => {
        if (wrong.length) reject(wrong.join());
        if (!isTrue()) return;
        watch.disconnect();
        resolve();
      };
      const watch = new MutationObserver(look);
      const all = { subtree: true, childList: true, attributes: true, characterData: true };
      watch.observe(document, all);
      look();
    });
    const write = (selector, value) => {
      find(selector).value = value;
      find(selector).dispatchEvent(new Event("input"));
    };
    const isNarrow = () => document.documentElement.scrollWidth <= innerWidth;
    await until(() => find("#form")?.noValidate); // the page's scripts have run
"""


@pytest.fixture(scope="module", params=ENGINES)
def engine(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Engine]:
    if not is_installed(request.param):
        programs, _ = ENGINES[request.param]
        reason = f"needs {' and '.join(programs)}"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    with ENGINES[request.param][1](tmp_path_factory.mktemp(request.param)) as engine:
        yield engine


def test_every_engine_shows_a_verdict_with_its_reasons(
    engine: Engine, base_url: str, runtime: FakeRuntime
) -> None:
    """A review gets its verdict; its sentences are tinted, and the arrow keys walk them."""
    engine.open(base_url)
    script = """
        write("#review", "A wonderful, moving film. A bit boring.");
        find("#submit").click();
        await until(() => find(".ticket--positive") && find(".reasons"));
        const [first, second] = document.querySelectorAll("blockquote .tint");
        first.focus();
        first.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowRight", bubbles: true }));
        return [text(".ticket .word"), text(".percent"), first.className, second.className,
          document.activeElement === second, text(".spot"), isNarrow(), wrong];"""
    assert engine.run(_TOOLS + script) == [
        "Positive",
        "97%",
        "tint tint--positive",
        "tint tint--negative",
        True,
        "towards negative, a lot: “A bit boring.”; towards negative, a lot: “boring”",
        True,
        [],
    ]
    assert len(runtime.asked) == 1


def test_lean_and_a_text_that_changed(engine: Engine, base_url: str, runtime: FakeRuntime) -> None:
    """An unsure verdict leans; a reload keeps it, and an edit marks it."""
    engine.open(base_url)
    script = """
        write("#review", "Good and bad.");
        find("#submit").click();
        await until(() => find(".ticket--unsure"));
        return [text(".ticket .word"), text(".confidence").toLowerCase(), isNarrow(), wrong];"""
    share = "62 of 100 such reviews are negative"
    assert engine.run(_TOOLS + script) == ["Leans negative", share, True, []]
    engine.open(f"{base_url}/")
    script = """
        await until(() => find(".ticket--unsure"));
        write("#review", "Good and bad!");
        return text("#stale");"""
    changed = "You changed the text. This verdict is of the earlier one."
    assert engine.run(_TOOLS + script) == changed
    assert len(runtime.asked) == 1


def test_other_verdicts(engine: Engine, base_url: str, runtime: FakeRuntime) -> None:
    """Mixed, no clear opinion, not understood and not a review have each their ticket."""
    engine.open(base_url)
    script = """
        const shown = [];
        const reviews = ["Good, however bad.", "Plot: good, bad.", "Jargon, good, bad.", "Zxqvy"];
        for (const review of reviews) {
          write("#review", review);
          find("#submit").click();
          await until(() => !find(".ticket"));
          await until(() => find(".ticket"));
          const middle = find(".scale")?.children[2].textContent ?? "";
          shown.push([text(".ticket .word"), middle, isNarrow()]);
        }
        return [shown, wrong];"""
    assert engine.run(_TOOLS + script) == [
        [
            ["Mixed", "even", True],
            ["No clear opinion", "", True],
            ["Not understood", "", True],
            ["This does not look like a review", "", True],
        ],
        [],
    ]
    assert len(runtime.asked) == 4


def test_an_error_keeps_the_text(engine: Engine, base_url: str, runtime: FakeRuntime) -> None:
    """An empty box and a failed model each have their sentence, and the text stays."""
    runtime.fail(CRASHED)
    engine.open(base_url)
    script = """
        write("#review", "");
        find("#submit").click();
        await until(() => text("#review-error"));
        const empty = text("#review-error");
        write("#review", "good");
        find("#submit").click();
        await until(() => !find("#retry").hidden);
        return [empty, text("#review-error"), find("#review").value, wrong];"""
    assert engine.run(_TOOLS + script) == [
        "Please write or paste a review first.",
        "The model failed on this review. Please try again later.",
        "good",
        [],
    ]


def test_several_from_a_file(engine: Engine, base_url: str, runtime: FakeRuntime) -> None:
    """A CSV file is read and judged; the table fits on the phone."""
    engine.open(base_url)
    script = """
        find("#tab-many").click();
        const files = new DataTransfer();
        files.items.add(new File(["id,review\\n1,wonderful\\n2,\\"boring, dull\\"\\n"], "a.csv"));
        find("#file").files = files.files;
        find("#file").dispatchEvent(new Event("change"));
        const preview = find("#preview");
        await until(() => find(".sheet td") || (preview && !preview.hidden));
        if (preview) find("#bulk-submit").click();
        await until(() => text("#bulk-summary"));
        return [text("#bulk-summary").split(".")[0], isNarrow(), wrong];"""
    assert engine.run(_TOOLS + script) == ["2 reviews: 1 positive, 1 negative", True, []]
    assert len(runtime.asked) == 1


def test_page_that_the_server_writes(engine: Engine, base_url: str, runtime: FakeRuntime) -> None:
    """What a plain form post answers, shown without a script of ours, has the verdict too."""
    engine.open(base_url)
    script = """
        const body = new URLSearchParams({ review: "boring" });
        const headers = { Accept: "text/html" };
        const answer = await fetch("review", { method: "POST", headers, body });
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        document.body.replaceWith(document.adoptNode(page.body));
        const written = find("#review").value.trim();
        return [text(".ticket .word"), text(".percent"), written, isNarrow(), wrong];"""
    assert engine.run(_TOOLS + script) == ["Negative", "96%", "boring", True, []]
    assert len(runtime.asked) == 1
