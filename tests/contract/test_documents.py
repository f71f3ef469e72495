"""The documents: their length, links, commands and sentences."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from sagemaker_jobs.cli import STEPS, build_parser
from tests.support.paths import ROOT

PAGES = [
    ROOT / name
    for name in subprocess.check_output(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"],
        cwd=ROOT,
        text=True,
    ).splitlines()
    if (ROOT / name).is_file()
]
# the lab notes keep the commands and the sentences of their day, the changelog those of releases
GUIDES = [
    page
    for page in PAGES
    if not page.is_relative_to(ROOT / "docs" / "lab-notes") and page.name != "CHANGELOG.md"
]
MAX_LINES = {"README.md": 120, "pretrained/MODEL_CARD.md": 150, "docs/performance.md": 150}
MAX_LINE_LENGTH = 110
MAX_SENTENCE_WORDS = 30
MAX_TERMINAL_WIDTH = 80
PARTS = {"help", "check-page", "check-page-with-node", "system-packages"}
MAKEFILE = (ROOT / "Makefile").read_text("utf-8")


def name_of(page: Path) -> str:
    return str(page.relative_to(ROOT))


def split_code(page: Path) -> tuple[list[str], list[str]]:
    """Return the page's lines outside of code blocks, and those inside; metadata is neither."""
    text = re.sub(r"\A---\n.*?\n---\n", "", page.read_text("utf-8"), flags=re.DOTALL)
    prose: list[str] = []
    code: list[str] = []
    here = prose
    for line in text.splitlines():
        if line.startswith("```"):
            here = code if here is prose else prose
            prose.append("")  # a block ends a paragraph
        else:
            here.append(line)
    return prose, code


def find_commands(page: Path) -> Iterator[str]:
    """Yield the command lines of `python -m` and `make`, of code blocks and in the text."""
    prose, code = split_code(page)
    quoted = re.findall(r"`([^`]+)`", "\n".join(prose))
    for line in [*code, *quoted]:
        command = " ".join(line.partition("  #")[0].split()).strip("()")
        if re.match(r"([A-Z_]+=\S+ )*(python -m|make) ", command):
            yield command


COMMANDS = sorted({(name_of(page), command) for page in GUIDES for command in find_commands(page)})


@pytest.mark.parametrize(("name", "limit"), MAX_LINES.items())
def test_pages_of_first_resort_are_short(name: str, limit: int) -> None:
    """The README, the model card and the page on speed keep within their lines."""
    assert len((ROOT / name).read_text("utf-8").splitlines()) <= limit


@pytest.mark.parametrize("document", PAGES, ids=name_of)
def test_no_line_is_long(document: Path) -> None:
    """Outside of tables and code no line has more than 110 characters."""
    long = [
        line
        for line in split_code(document)[0]
        if len(line) > MAX_LINE_LENGTH and not line.startswith("|")
    ]
    assert long == []


@pytest.mark.parametrize("document", PAGES, ids=name_of)
def test_every_relative_link_resolves(document: Path) -> None:
    """Each link and picture names a file or folder that is there."""
    prose = "\n".join(split_code(document)[0])
    targets = re.findall(r"\]\(([^)\s]+)\)", prose) + re.findall(r'src="([^"]+)"', prose)
    missing = [
        target
        for target in targets
        if not re.match(r"[a-z]+:|#", target)
        and not (document.parent / target.partition("#")[0]).exists()
    ]
    assert missing == []


@pytest.mark.parametrize("document", GUIDES, ids=name_of)
def test_no_sentence_is_long(document: Path) -> None:
    """Outside of tables and code no sentence has more than 30 words."""
    text = ""
    for line in split_code(document)[0]:
        if line.startswith(("|", "#", "<!--")):
            continue
        starts_again = not line.strip() or re.match(r"\s*([-*]|\d+\.) |!\[", line)
        text += ("\n" if starts_again else " ") + line
    text = re.sub(r"\]\([^)]*\)", "]", text)
    sentences = [
        part for line in text.split("\n") for part in re.split(r"(?<=[.?!]['*)]) |[.?!] ", line)
    ]
    assert [part for part in sentences if len(part.split()) > MAX_SENTENCE_WORDS] == []


def test_commands_are_found() -> None:
    """The documents name a good number of commands, and each kind of them."""
    commands = [command for _, command in COMMANDS]
    assert len(commands) > 50
    for start in (
        "make ",
        "python -m sagemaker_jobs ",
        "python -m evaluation.",
        "python -m tools.",
    ):
        assert any(command.startswith(start) for command in commands), start


@pytest.mark.parametrize(("name", "command"), COMMANDS)
def test_every_command_exists(name: str, command: str) -> None:
    """Each command line is one that its program's parser, or the Makefile, accepts."""
    words = shlex.split(command)
    while "=" in words[0]:
        assert is_make_variable(words.pop(0)), name
    program, *words = words
    if program == "make":
        for word in words:
            assert is_make_variable(word) if "=" in word else is_make_target(word), name
    elif words[1] == "sagemaker_jobs":
        if words[2] not in {"STEP", "--help"}:
            build_parser({}).parse_args(words[2:])
    else:
        source = source_of(words[1]).read_text("utf-8")
        for option in (word for word in words[2:] if word.startswith("--")):
            assert f'"{option}"' in source, name


@pytest.mark.parametrize("name", [step.name for step in STEPS])
def test_every_step_is_in_a_guide(name: str) -> None:
    """A step that no guide names cannot be found."""
    assert any(command.startswith(f"python -m sagemaker_jobs {name}") for _, command in COMMANDS)


def test_make_help_lists_every_command_in_80_columns() -> None:
    """`make help` explains each target that is not a part of another one."""
    lines = re.findall(r"^# (make ([\w-]+) +\S.*)$", MAKEFILE, re.MULTILINE)
    assert [line for line, _ in lines if len(line) > MAX_TERMINAL_WIDTH] == []
    phony = " ".join(re.findall(r"^\.PHONY:(.*)$", MAKEFILE, re.MULTILINE)).split()
    assert {target for _, target in lines} == {*phony} - PARTS


def is_make_target(word: str) -> bool:
    return re.search(rf"^{re.escape(word)}:", MAKEFILE, re.MULTILINE) is not None


def is_make_variable(word: str) -> bool:
    name = word.partition("=")[0]
    return f"$({name})" in MAKEFILE or f"$(or $({name})" in MAKEFILE or name.startswith("PIP_")


def source_of(module: str) -> Path:
    """Return the file that `python -m MODULE` runs."""
    path = ROOT / module.replace(".", "/")
    return path / "__main__.py" if path.is_dir() else path.with_suffix(".py")


def test_the_messages_in_troubleshooting_exist() -> None:
    """Each message of ours that the page explains is in the code, as far as its first gap."""
    page = (ROOT / "docs" / "troubleshooting.md").read_text("utf-8")
    sources = "\n".join(
        path.read_text("utf-8")
        for folder in ("model_pkg", "sagemaker_jobs", "local_aws")
        for path in (ROOT / folder).rglob("*.py")
    )
    messages = re.findall(r"^\| `error: ([^`]+)`", page, re.MULTILINE)
    ours = [message for message in messages if not message.startswith(("port ", "Python "))]
    parts = [part.strip(" :,") for message in ours for part in message.split("...")]
    assert len(ours) > 8
    assert [part for part in parts if part not in sources] == []
