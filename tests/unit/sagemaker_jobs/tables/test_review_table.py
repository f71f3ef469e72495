"""Files of reviews as people have them: what is read of each, and that all of it comes back."""

import csv
import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sagemaker_jobs.errors import InvalidData, InvalidSetting
from sagemaker_jobs.tables.review_table import read_table
from sagemaker_jobs.tables.verdict import Verdict

GOOD = Verdict("positive", "positive", 0.9, "")


def texts(content: str | bytes, name: str = "reviews.csv", column: str | None = None) -> list[str]:
    """Return the reviews read; an error is '! ' and its note."""
    raw = content.encode() if isinstance(content, str) else content
    reviews = read_table(raw, name, column).reviews
    return [review if isinstance(review, str) else f"! {review.note}" for review in reviews]


def rewritten(content: str | bytes, name: str = "reviews.csv") -> str:
    raw = content.encode() if isinstance(content, str) else content
    table = read_table(raw, name)
    return table.write([GOOD if isinstance(review, str) else review for review in table.reviews])


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (
            """id;review (free text, any language, at most 500 characters, optional);score
1;Good, in parts;5
2;Bad, truly, madly;1
3;So-so;3
""",
            ["Good, in parts", "Bad, truly, madly", "So-so"],
        ),
        (
            "title (year, month, day)\treview\nAlien (1979, 5, 25)\tGreat\nX (2001, 1, 1)\tDull\n",
            ["Great", "Dull"],
        ),
        (
            "Loved it, truly\nBad\nI wept; I laughed\n",
            ["Loved it, truly", "Bad", "I wept; I laughed"],
        ),
        ('1, "A film, truly", 5\n2, "Dull, too", 1\n', ["A film, truly", "Dull, too"]),
        (
            'id,review\n1,"He said \\"great, really\\" twice"\n2,"Bad, \\"so\\" bad"\n',
            ['He said "great, really" twice', 'Bad, "so" bad'],
        ),
        ("a|b|review\n1|x|Fine, I think\n2|y|Not; at all\n", ["Fine, I think", "Not; at all"]),
        ("review\nGood, fun\nBad, dull\nLong, slow\n", ["Good, fun", "Bad, dull", "Long, slow"]),
        ("id;score;review\n1;3,5;Nice\n2;4,5;Good\n", ["Nice", "Good"]),
        ('review\n"Two\nlines, one review"\nSecond\n', ["Two\nlines, one review", "Second"]),
        ('"Great" is the word\nBad\n', ['"Great" is the word', "Bad"]),
        ("sep=;\nid;review\n1;Good, fun\n", ["Good, fun"]),
        ("id,review\r1,Old Mac\r2,Second\r", ["Old Mac", "Second"]),
        ("id,review\r\n\r\n2,Second\r\n", ["", "Second"]),
        (
            "Export of May\nall films\n\nid,review,stars\n1,Good,5\n2,Bad,1\n3,Dull,2\n4,Fun,4\n",
            ["Good", "Bad", "Dull", "Fun"],
        ),
    ],
)
def test_records_are_found(content: str, expected: list[str]) -> None:
    """Whatever separates and quotes them."""
    assert texts(content) == expected


@pytest.mark.parametrize(
    ("titles", "column"),
    [
        ("comment,review", "review"),
        ("content,rating,review", "review"),
        ("body,comment,review", "review"),
        ("id,date,title,reviewer,rating,what_they_said", "what_they_said"),
        ("asin,reviewText,overall", "reviewText"),
        ("review_id,review_date,review_body", "review_body"),
        ("id,Comments,stars", "Comments"),
        ("userReview,n", "userReview"),
        ("id,Review:", "Review:"),
        ("Id,What did you think?", "What did you think?"),
        (",review,label", "review"),
        ("preview,context,tweet", "tweet"),
        ("name,opinion", "opinion"),
    ],
)
def test_the_column_is_found_by_its_title(titles: str, column: str) -> None:
    """The more telling title wins, then the column that reads most like prose."""
    names = titles.split(",")
    said = {"what_they_said", "What did you think?"}
    cells = ["I liked this film a lot" if name in said else "7" for name in names]
    if not said & set(names):
        cells = ["x" if name == column else str(n) for n, name in enumerate(names)]
    table = read_table(f"{titles}\n{','.join(cells)}\n".encode(), "a.csv")
    assert table.column == column
    assert len(table.reviews) == 1


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("A great film,pos\nA dull film,neg\n", ["A great film", "A dull film"]),
        ("5,I liked it\n1,I did not\n", ["I liked it", "I did not"]),
        ("Great review of life\nBad\n", ["Great review of life", "Bad"]),
    ],
)
def test_a_first_review_is_not_taken_for_titles(content: str, expected: list[str]) -> None:
    """Without titles the first record counts."""
    assert texts(content) == expected


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("id,review\n1,Amélie ★\n".encode() + b"2,Caf\xe9\n", ["Amélie ★", "Café"]),
        ("id,review\n1,Très bien\n".encode("latin-1"), ["Très bien"]),
        ("\ufeffreview,id\nGood,1\n".encode(), ["Good"]),
        ("Good ★\nBad\n".encode("utf-16-be"), ["Good ★", "Bad"]),
        ("id\treview\n1\tGood ★\n".encode("utf-16"), ["Good ★"]),
        ("id\treview\n1\tGood\n".encode("utf-16-le"), ["Good"]),
    ],
)
def test_each_encoding_is_read(content: bytes, expected: list[str]) -> None:
    """One bad byte spoils that byte, not the file."""
    assert texts(content) == expected


def test_a_broken_row_is_an_error_in_its_place() -> None:
    """The rows after it are read as if it were not there."""
    content = 'id,review\n1,Good\n2,a,b\n3\n4,"open\n5,Last\n'
    assert texts(content) == [
        "Good",
        "a,b",
        "! This row has only 1 of 2 cells.",
        "open",
        "Last",
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("id,review,n\n1,Slow, long, and dull,2\n2,Bad,1\n", ["Slow, long, and dull", "Bad"]),
        ("id,review\n1,Good,\n2,Bad,\n", ["Good", "Bad"]),
        ("Survey,,\n,,\nid,comment,n\n1,Good,5\n2,Bad,1\n", ["Good", "Bad"]),
        (",0\n0,Good\n1,Bad\n", ["Good", "Bad"]),
        ("1,https://example.org/a/very/long/address,Good film\n", ["Good film"]),
        (
            "1,Good\n2,Bad, dull\n",
            ["Good", "! This row has 3 cells instead of 2; put its text in quotes."],
        ),
    ],
)
def test_untidy_tables_are_read(content: str, expected: list[str]) -> None:
    """Cells beyond the titles belong to the review; captions, row numbers and links do not."""
    assert texts(content) == expected


def test_cells_beyond_the_titles_come_back_as_the_review() -> None:
    """So the columns after it stay in their places."""
    written = rewritten("id,review,n\n1,Slow, long,2\n")
    assert written.splitlines()[1] == '1,"Slow, long",2,positive,positive,0.9,'


def test_everything_comes_back_in_place() -> None:
    """All columns, empty rows, captions and ids; verdicts come after them."""
    content = 'Export\n\nid,"a ""title""",review,stars\n1,x,"Good, fun",5\n\n2,y,Bad,\n'
    assert rewritten(content) == (
        'Export\n\nid,"a ""title""",review,stars,verdict,lean,score,note\n'
        '1,x,"Good, fun",5,positive,positive,0.9,\n'
        ",,,,positive,positive,0.9,\n"
        "2,y,Bad,,positive,positive,0.9,\n"
    )


@pytest.mark.parametrize(
    ("content", "name", "first"),
    [
        ("\ufeffid;review\n1;Good\n", "a.csv", "\ufeffid;review;verdict;lean;score;note"),
        ("sep=;\nid;review\n1;Good\n", "a.csv", "sep=;"),
        ("id,review\r\n1,Good\r\n", "a.csv", "id,review,verdict,lean,score,note\r"),
        ("Good\n", "a.txt", "review,verdict,lean,score,note"),
        ("id\ttext\n1\tGood\n", "a.tsv", "id\ttext\tverdict\tlean\tscore\tnote"),
        ("review,score\nGood,3\n", "a.csv", "review,score,verdict,lean,model_score,note"),
        ("5,I liked it\n3,So-so\n", "a.csv", "column_1,review,verdict,lean,score,note"),
    ],
)
def test_the_format_stays(content: str, name: str, first: str) -> None:
    """Separator, byte order mark, Excel's line; a title that is taken is not taken twice."""
    assert rewritten(content, name).split("\n")[0] == first


def test_the_lines_of_a_text_are_reviews() -> None:
    """Also those with commas, quotes or nothing in them."""
    content = 'One, two\n"Three", he said\n\nFour; five'
    assert texts(content, "a.txt") == ["One, two", '"Three", he said', "", "Four; five"]


def test_a_text_with_tabs_is_a_table() -> None:
    """As cells are pasted from a spreadsheet."""
    assert texts("id\treview\n1\tGood, fun\n2\tBad\n", "a.txt") == ["Good, fun", "Bad"]


def test_json_lines_keep_their_fields() -> None:
    """Each object stays as it is, to the letter; a broken line gets an error in its place."""
    content = '{"id": 1e2, "review": "Good", "n": [1,2]}\n{"id": 2}\nnot json\n"Only text"\n{}\n'
    assert texts(content, "a.jsonl") == [
        "Good",
        "! The field review holds no text.",
        "! This line is not a JSON object.",
        "Only text",
        "! The field review holds no text.",
    ]
    lines = rewritten(content, "a.jsonl").splitlines()
    assert lines[0] == (
        '{"id": 1e2, "review": "Good", "n": [1,2], "verdict": "positive", "lean": "positive", '
        '"score": 0.9, "note": null}'
    )
    found = [json.loads(line) for line in lines]
    assert found[1]["verdict"] == "error"
    assert found[2]["line"] == "not json"
    assert found[3]["review"] == "Only text"


@pytest.mark.parametrize("column", ["stars", "STARS", "3"])
def test_a_column_can_be_chosen(column: str) -> None:
    """By its title or its number."""
    assert texts("id,review,stars\n1,Good,many\n", column=column) == ["many"]


def test_a_column_that_is_not_there_is_refused_with_those_that_are() -> None:
    """The error lists the columns to choose from."""
    with pytest.raises(InvalidSetting, match="no column reviw") as caught:
        texts("id,review\n1,Good\n", column="reviw")
    assert caught.value.hint == "--column with one of: id, review"
    with pytest.raises(InvalidSetting, match="no field x"):
        texts('{"review": "Good"}\n', "a.jsonl", column="x")


@pytest.mark.parametrize("content", [b"PK\x03\x04rest", b"\xd0\xcf\x11\xe0rest"])
def test_a_spreadsheets_own_format_gets_advice_how_to_save_it(content: bytes) -> None:
    """A workbook is not a table of text; the hint names the format to save it in."""
    with pytest.raises(InvalidData) as caught:
        texts(content)
    assert "CSV UTF-8" in caught.value.hint


def test_half_a_surrogate_pair_can_be_written() -> None:
    """JSON can hold one, UTF-8 cannot: it stays escaped."""
    (line,) = rewritten('"Half \\ud83d of it"\n', "a.jsonl").splitlines()
    assert line.encode().startswith(b'{"review": "Half \\ud83d of it"')


@pytest.mark.parametrize("name", ["a.csv", "a.txt", "a.jsonl"])
def test_an_empty_file_holds_no_review(name: str) -> None:
    """It is refused, not written again as an empty table."""
    with pytest.raises(InvalidData, match="holds no review"):
        texts("", name)


CELLS = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\x1f\0"))


@given(st.lists(st.tuples(CELLS, CELLS, st.integers(0, 9)), min_size=1), st.sampled_from(",;\t|"))
def test_any_written_csv_comes_back_whole(rows: list[tuple[str, str, int]], separator: str) -> None:
    """Every cell of a file that Python's csv wrote is there again, and each row is read."""
    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator, quoting=csv.QUOTE_ALL)
    writer.writerows([("id", "review", "stars"), *rows])
    table = read_table(out.getvalue().encode(), "a.csv", "review")
    assert table.reviews == [review for _, review, _ in rows]
    written = table.write([GOOD] * len(rows))
    read_again = list(csv.reader(io.StringIO(written, newline=""), delimiter=separator))[1:]
    assert [tuple(cells[:3]) for cells in read_again] == [(a, b, str(n)) for a, b, n in rows]


@given(st.binary(max_size=200), st.sampled_from(["a.csv", "a.tsv", "a.txt", "a.jsonl", "-"]))
def test_any_bytes_are_a_table_or_an_error_of_ours(content: bytes, name: str) -> None:
    """No file ends in a traceback, and what is read can be written."""
    try:
        table = read_table(content, name)
    except InvalidData:
        return
    verdicts = [GOOD if isinstance(review, str) else review for review in table.reviews]
    assert table.write(verdicts)
