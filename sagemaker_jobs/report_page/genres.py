"""Which genres a review speaks of, by the words in it.

The lists are short and ours; the report prints them. A review belongs to each genre of whose words
it holds at least two, the same one twice included: one mention is often a comparison. It may belong
to several genres or to none. Words are whole, in any case; a plural 's' is allowed for.
"""

from __future__ import annotations

import re

GENRE_WORDS: dict[str, tuple[str, ...]] = {
    "action": ("action", "stunt", "martial arts", "kung fu", "chase", "explosion"),
    "animation": ("animation", "animated", "anime", "cartoon", "pixar", "disney", "animator"),
    "comedy": ("comedy", "comedies", "comedic", "sitcom", "slapstick", "spoof", "comedian"),
    "crime": ("crime", "gangster", "mafia", "detective", "heist", "film noir", "noir", "mobster"),
    "documentary": ("documentary", "documentaries", "docudrama", "narrator", "filmmaker"),
    "drama": ("drama", "dramatic", "melodrama", "tragedy", "tragic"),
    "family": ("family film", "family movie", "kid", "children", "child"),
    "horror": ("horror", "slasher", "zombie", "vampire", "gore", "haunted", "werewolf", "scary"),
    "musical": ("musical", "song", "dance number", "broadway", "choreography", "singing"),
    "romance": ("romance", "romantic", "love story", "chick flick", "lover"),
    "sci-fi": ("sci-fi", "science fiction", "alien", "spaceship", "robot", "time travel"),
    "thriller": ("thriller", "suspense", "suspenseful", "serial killer", "hitchcock"),
    "war": ("war", "soldier", "wwii", "vietnam", "battlefield", "nazi", "world war"),
    "western": ("western", "cowboy", "sheriff", "gunfight", "outlaw", "gunslinger"),
}
LEAST_MENTIONS = 2


def genres_of(text: str) -> list[str]:
    """Return the genres that the review mentions often enough, in the order of `GENRE_WORDS`.

    >>> genres_of("A horror film with zombies, for a sheriff.")
    ['horror']
    >>> genres_of("A warm film about software.")
    []
    """
    lowered = text.lower()
    return [
        genre
        for genre, pattern in _PATTERNS.items()
        if sum(1 for _ in pattern.finditer(lowered)) >= LEAST_MENTIONS
    ]


def _pattern(words: tuple[str, ...]) -> re.Pattern[str]:
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})s?\b")


_PATTERNS = {genre: _pattern(words) for genre, words in GENRE_WORDS.items()}
