"""Our stemmer against NLTK's."""

from itertools import product

from hypothesis import example, given
from hypothesis import strategies as st
from nltk.stem.porter import PorterStemmer

from sentiment.text.porter import stem

NLTKS = PorterStemmer()
ENDINGS = (
    *("", "s", "es", "ies", "sses", "ss", "ed", "ied", "eed", "ing", "ated", "bling", "ized", "y"),
    *("ational", "tional", "enci", "anci", "izer", "bli", "abli", "alli", "alalli", "entli", "eli"),
    *("ousli", "ization", "ation", "ator", "alism", "iveness", "fulness", "ousness", "aliti"),
    *(
        "iviti",
        "biliti",
        "fulli",
        "logi",
        "icate",
        "ative",
        "alize",
        "iciti",
        "ical",
        "ful",
        "ness",
    ),
    *("al", "ance", "ence", "er", "ic", "able", "ible", "ant", "ement", "ment", "ent", "ion"),
    *("sion", "tion", "ou", "ism", "ate", "iti", "ous", "ive", "ize", "e", "ll", "lle"),
)
LETTERS = st.text("aeiouybcdlstwxz09", max_size=6)


@given(LETTERS, st.lists(st.sampled_from(ENDINGS), max_size=3).map("".join))
@example("", "news")
@example("", "skies")
@example("t", "ying")
def test_every_word_has_nltks_stem(beginning: str, ending: str) -> None:
    """Letter for letter, irregular words, digits and endings upon endings included."""
    word = beginning + ending
    assert stem(word) == NLTKS.stem(word)


def test_every_ending_of_short_words_has_nltks_stem() -> None:
    """The same words each time: vowels, consonants, y, and the letters that the rules name."""
    for length in range(4):
        for letters in product("aelswy", repeat=length):
            for ending in ENDINGS:
                word = "".join(letters) + ending
                assert stem(word) == NLTKS.stem(word), word
