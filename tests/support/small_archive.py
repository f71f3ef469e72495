"""A small archive in the original's layout, with reviews of our own making: templates that a small
model learns in seconds, with enough noise that it has something to learn."""

import io
import random
import tarfile
from pathlib import Path

_SUBJECTS = (
    "the acting",
    "the story",
    "the camera work",
    "the music",
    "the ending",
    "the dialogue",
    "the lead performance",
    "the pacing",
    "the humour",
    "the direction",
)
_GOOD = (
    "is superb",
    "is wonderful",
    "is moving",
    "is a delight",
    "won me over at once",
    "is the best I have seen in years",
    "made me smile",
    "is simply great",
)
_BAD = (
    "is awful",
    "is terrible",
    "is boring",
    "is a mess",
    "put me to sleep",
    "is the worst I have seen in years",
    "made me wince",
    "is painfully bad",
)
_NEUTRAL = (
    "I saw this film on a rainy evening with two friends.",
    "It runs for about two hours.",
    "The story begins in a small town by the sea.",
    "There is a long scene on a train in the middle.",
    "My neighbour had recommended this movie to me.",
)
_VERDICTS = {
    1: ("I loved every minute of it.", "One of the best movies of the year.", "See this film!"),
    0: ("I hated every minute of it.", "One of the worst movies of the year.", "Avoid this film."),
}


def small_archive(
    *, train: int = 150, test: int = 60, unlabelled: int = 60, seed: int = 1
) -> bytes:
    """The archive as gzipped tar: `train` and `test` reviews per class, `unlabelled` without."""
    draw = random.Random(seed)  # noqa: S311 - reviews, not secrets
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        _add(tar, "aclImdb/README", "Reviews made by a program for tests.\n")
        for split, count in (("train", train), ("test", test)):
            for label, folder in ((1, "pos"), (0, "neg")):
                for number in range(count):
                    stars = draw.choice((7, 8, 9, 10) if label else (1, 2, 3, 4))
                    path = f"aclImdb/{split}/{folder}/{number}_{stars}.txt"
                    _add(tar, path, review(draw, label))
        for folder in ("pos", "neg"):
            addresses = (
                f"http://www.imdb.com/title/tt{number // 3:07}/usercomments\n"
                for number in range(train)
            )
            _add(tar, f"aclImdb/train/urls_{folder}.txt", "".join(addresses))
        for number in range(unlabelled):
            text = review(draw, draw.choice((0, 1)))
            _add(tar, f"aclImdb/train/unsup/{number}_0.txt", text)
    return buffer.getvalue()


def review(draw: random.Random, label: int) -> str:
    """One review; now and then a sentence of it disagrees with the rest."""
    sentences = [draw.choice(_NEUTRAL), draw.choice(_VERDICTS[label])]
    for subject in draw.sample(_SUBJECTS, draw.randint(3, 6)):
        agrees = draw.random() < 0.9
        words = _GOOD if agrees == bool(label) else _BAD
        sentences.append(f"{subject.capitalize()} {draw.choice(words)}.")
    draw.shuffle(sentences)
    return draw.choice((" ", "<br /><br />")).join(sentences)


def _add(tar: tarfile.TarFile, path: str, text: str) -> None:
    content = text.encode()
    member = tarfile.TarInfo(path)
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))


def write_small_archive(path: Path) -> Path:
    """The file at `path`, which now holds the archive."""
    path.write_bytes(small_archive())
    return path
