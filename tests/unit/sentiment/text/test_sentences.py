"""Where sentences end, in reviews as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sentiment.text.sentences import find_sentences
from sentiment.text.words import find_words

_TELLING = [
    "Good",
    "bad",
    "A",
    "9",
    " ",
    "\n",
    ".",
    "...",
    "!",
    '"',
    ")",
    ",",
    "<br />",
    "<i>",
    ">",
    ":)",
    "😀",
]
ANY_TEXT = st.lists(st.one_of(st.characters(), st.sampled_from(_TELLING))).map("".join)
WRAPPED_SENTENCES = [
    "I went to see this film with my whole family on\na rainy Sunday, and we all liked it.",
    "The kids,\nTom and Ann, laughed a lot.",
]
WRAPPED = " ".join(WRAPPED_SENTENCES)
ITEMS = [
    "- The music, which I have in my ears to this day",
    "- The cast, all of whom I would see again at once",
    "- The end, of which I will not say anything here",
]
MAIL = """\
Last night my brother and I went to see this because he likes Tom
Hanks, who is in it. The plot is thin and I liked it. With
Tom goes a ship
<br>The end

Bad
"""


@pytest.mark.parametrize(
    "marked",
    [
        "A film.| So-so?!| Yes!!!| An end",
        "Great film!|Loved it.",
        "The cast is bad.|The plot too, 3/10.|Avoid.",
        "I give it 3.5/5.| It cost $9.99 on imdb.com.",
        "Mr. Hulot meets Dr. No.| Samuel L. Jackson and J. Lo vs. everybody.",
        "I give it a C.| George C. Scott is great.",
        "Many U.S. films, e.g. this one, with cars etc. are bad.| Made in the U.S.A.| Yes.",
        "Well... it was okay...| Then it ended.",
        "In all of its two hours there was nothing that I had not seen before...| so dull.",
        'He said "what a film!" and left.| (A classic!)| "Bad."| Really?, I asked.',
        "It cost me 7.5.| A pity.",
        "<i>Great!</i>| What a <b>3.5</b> it was.",
        "See <a href='a.html?b=c'>this</a>.| Good",
        "Loved it! :)",
        "Loved it <- awful plot.| Bad cast -> never.",
        "it was bad.| the cast was bad!| really",
        "Loved it! :)| The cast is great. :(| The end?! <3 ^_^| Yes!:D| So... :P it goes",
        "I loved it!😀😀| The cast is great.👍| Bad. ❤️ 🙂| The end",
        "«Bon!»| Yes.",
        "Mr.Bean is great.|Dr.Who too.| My Ph.D. thesis.",
        "1.The cast.|2.The plot.|3.The music.",
        "great film.|first off,i liked it.|it is creepy.|i saw it with m.night, etc.and so on",
        "See imdb.com, www.Imdb.co.uk, en.wikipedia.org or a.b@Mail.Example.net about 9.a.m. today",
        "A novel by F. Scott Fitzgerald, starring F. Murray Abraham.| D. B. Cooper and A. Guy",
        "It is No. 1 and vol. 2 of all.| Oh no.| The end.| 12 good v. evil films, e.g. Alien",
        "Warner Bros. stars are Det. Bayliss, Pvt. Ryan, Sen. Smith and Gov. Bush.| So",
    ],
)
def test_marks_end_sentences_where_people_end_them(marked: str) -> None:
    """Not in numbers, names, abbreviations, quotations and markup."""
    expected = [sentence.strip() for sentence in marked.split("|")]
    assert texts(marked.replace("|", "")) == expected


@pytest.mark.parametrize(
    ("review", "sentences"),
    [
        ("I hated it<br /><br />The end", ["I hated it", "The end"]),
        ("<p>Good</p><p>Bad</p>So-so", ["Good", "Bad", "So-so"]),
        ("Pros:\n- cast\r\n- plot\n\nand more", ["Pros:", "- cast", "- plot", "and more"]),
        ("1. The cast\n2. The plot.", ["1. The cast", "2. The plot."]),
        ("good cast\nbad plot", ["good cast", "bad plot"]),
        (WRAPPED, WRAPPED_SENTENCES),
        (WRAPPED.replace("\n", "\r\n"), [s.replace("\n", "\r\n") for s in WRAPPED_SENTENCES]),
        ("\n".join(ITEMS), ITEMS),
    ],
)
def test_lines_end_sentences_unless_they_were_wrapped(review: str, sentences: list[str]) -> None:
    """Paragraphs and list items need no full stop; mail breaks lines within a sentence."""
    assert texts(review) == sentences


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\n> ", "\n>> "])
def test_a_wrapped_paragraph_ends_sentences_at_marks_alone(line_end: str) -> None:
    """Whatever begins its lines; it shows by its shape, in forms, files and quoted mail."""
    sentences = texts(MAIL.replace("\n", line_end))
    assert [" ".join(sentence.replace(">", " ").split()) for sentence in sentences] == [
        "Last night my brother and I went to see this because he likes Tom Hanks, who is in it.",
        "The plot is thin and I liked it.",
        "With Tom goes a ship",
        "The end",
        "Bad",
    ]
    assert not any(sentence.startswith(">") for sentence in sentences)


@given(ANY_TEXT)
def test_sentences_hold_every_word(review: str) -> None:
    """They are in order, do not overlap, are trimmed, and no word is outside or in two of them."""
    places = find_sentences(review)
    end = 0
    for start, stop in places:
        assert end <= start < stop
        assert review[start:stop] == review[start:stop].strip()
        end = stop
    for word in find_words(review):
        assert sum(start <= word.start and word.end <= stop for start, stop in places) == 1


def texts(review: str) -> list[str]:
    return [review[start:end] for start, end in find_sentences(review)]
