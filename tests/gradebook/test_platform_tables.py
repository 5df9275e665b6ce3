"""What goes back to Moodle and Canvas: only marks change, and nothing in it runs."""

import csv
import io
import zipfile
from dataclasses import replace

import nbformat
import pytest

from autograder.cli import roster
from autograder.gradebook import grade as grading
from autograder.gradebook import policies
from autograder.gradebook.collect import collect
from autograder.lms import feedback_zip, lists, marks, people, tables
from autograder.reports.export import grades
from autograder.reports.gather import gather, write_feedback

WHO = ("ada", "ben", "zoe", "lou")
SEPARATORS = {"commas": ",", "semicolons": ";", "tabs": "\t"}
CODES = {"utf-8": (b"", "utf-8"), "utf-8 with a mark": (b"\xef\xbb\xbf", "utf-8"),
         "utf-16": (b"\xff\xfe", "utf-16-le")}  # fmt: skip


@pytest.fixture
def graded(course, assignment, stand_ins):
    """Ada has 5 of 10, Ben 3, both without the written answer; Zoe is excused, Lou absent."""
    roster.enter(course, [{"id": who, "email": f"{who}@example.org"} for who in WHO])
    right = stand_ins.RIGHT | {"why": ""}
    stand_ins.hand_in(course, "ada", **right)
    stand_ins.hand_in(course, "ben", **(right | {"steps": "nothing"}))
    judge(course, assignment, stand_ins)
    known = policies.read(course)
    policies.write(course, policies.with_excuse(known, "tiny", "zoe", "ill"))
    return course


def judge(course, assignment, stand_ins):
    from contextlib import nullcontext

    grading.grade(course, assignment, sandbox=nullcontext(), judge=stand_ins.judge)


def filled(course, assignment, path, **wish):
    found = lists.read(path)
    linked = people.link(course, found)
    rows = grades(course, ["tiny"])
    return marks.fill(found, linked, assignment, rows, marks.Wish(**wish))


def parsed(raw, table):
    text = raw[len(table.mark) :].decode(table.encoding)
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=table.separator))


@pytest.mark.parametrize("separator", SEPARATORS)
@pytest.mark.parametrize("code", CODES)
def test_a_table_comes_back_byte_for_byte(platforms, tmp_path, separator, code):
    rows = [
        platforms.participant(1, 'Lovelace, "Ada"; x\ty', "ada", Feedback_comments="a\r\nb"),
        platforms.participant(2, "李雷", "ben"),
    ]
    mark, encoding = CODES[code]
    path = platforms.sheet(
        tmp_path / "x.csv", rows, separator=SEPARATORS[separator], mark=mark, encoding=encoding
    )
    table = tables.read(path)
    assert table.rows == tuple(rows) and table.header == platforms.MOODLE
    assert tables.dump(table) == path.read_bytes()


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (b"a,b\n1,2,3\n", "row 2 has more cells"),
        (b"", "is empty"),
        (b"\xff\xff\xff", "not UTF-8"),
        (b'a,b\n"1,2\n', "no CSV that can be read"),
        (b"a,\0b\n", "is no text"),
        (b"Grade,grade\n1,2\n", "'Grade' 2 times"),
    ],
)
def test_files_that_are_no_tables(tmp_path, raw, words):
    (tmp_path / "x.csv").write_bytes(raw)
    with pytest.raises(ValueError, match=words):
        tables.read(tmp_path / "x.csv").needed("Grade")


def test_a_spreadsheets_hint_on_the_separator(tmp_path):
    (tmp_path / "x.csv").write_bytes(b"sep=;\r\na,b;c\r\n1;2\r\n")
    assert tables.read(tmp_path / "x.csv").header == ("a,b", "c")


def worksheet(platforms, path, most="10.00", **options):
    rows = [
        platforms.participant(1, "=cmd|' /C calc'!A0", "ada", Maximum_grade=most),
        platforms.participant(2, "Ben, the 2nd", "ben", Maximum_grade=most, Feedback_comments="=x"),
        platforms.participant(3, "Zoë", "zoe", Maximum_grade=most),
        platforms.participant(4, "Lou", "lou", Maximum_grade=most),
        platforms.participant(5, "Eve", "eve", Maximum_grade=most),
    ]
    return platforms.sheet(path, rows, **options)


@pytest.mark.parametrize("separator", SEPARATORS)
@pytest.mark.parametrize("code", CODES)
def test_moodles_worksheet_comes_back_with_marks(
    graded, assignment, platforms, tmp_path, separator, code
):
    mark, encoding = CODES[code]
    options = {"separator": SEPARATORS[separator], "mark": mark, "encoding": encoding}
    path = worksheet(platforms, tmp_path / "w.csv", **options)
    done = filled(graded, assignment, path)
    header, ada, ben, zoe, lou, eve = parsed(tables.dump(done.table), done.table)
    assert tuple(header) == platforms.MOODLE
    cell = dict(zip(header, ada, strict=True))
    assert (cell["Identifier"], cell["Grade"]) == ("Participant 1", "5.00")
    assert cell["Full name"].startswith("'=cmd")  # a spreadsheet runs nothing
    assert cell["Last modified (grade)"] == "-"  # Moodle compares it
    assert cell["Feedback comments"] == "5 of 10 points."
    cell = dict(zip(header, ben, strict=True))
    assert (cell["Grade"], cell["Feedback comments"]) == ("3.00", "=x")  # what is there stays
    assert zoe[5] == "" and zoe[-1] == "Excused."
    assert lou[5] == "" and eve[5] == ""
    assert done.filled == 2
    assert done.left["Lou (4)"] == "nothing handed in" and "Eve" in done.left["Eve (5)"]
    assert filled(graded, assignment, path, missing_as_zero=True).table.rows[3][5] == "0.00"


def test_points_that_differ_are_refused_or_scaled(graded, assignment, platforms, tmp_path):
    path = worksheet(platforms, tmp_path / "w.csv", most="100,00")
    with pytest.raises(ValueError, match="has 10 points, and 100 on the platform"):
        filled(graded, assignment, path)
    done = filled(graded, assignment, path, scale=True)
    assert done.table.rows[0][5] == "50,00"  # as the platform writes numbers


def test_what_moodle_will_not_change_is_left(graded, assignment, platforms, tmp_path):
    rows = [platforms.participant(1, "Ada", "ada", Grade_can_be_changed="No", Grade="1.00")]
    done = filled(graded, assignment, platforms.sheet(tmp_path / "w.csv", rows))
    assert done.table.rows[0][5] == "1.00" and "cannot be changed" in done.left["Ada (1)"]


def test_half_graded_work_waits(graded, assignment, platforms, stand_ins, tmp_path):
    stand_ins.hand_in(graded, "lou", **stand_ins.RIGHT)
    judge(graded, assignment, stand_ins)
    path = worksheet(platforms, tmp_path / "w.csv")
    assert "still to grade" in filled(graded, assignment, path).left["Lou (4)"]
    assert filled(graded, assignment, path, provisional=True).table.rows[3][5] == "5.00"


def canvas_rows(platforms):
    return [
        ("", "", "", "", "", "Manual Posting", "", ""),
        platforms.POINTS,
        platforms.enrolled(11, "=2+3, Ada", "ada", "7"),
        platforms.enrolled(12, "Jr., Ben", "ben"),
        platforms.enrolled(13, "Å, Zoë", "zoe"),
        platforms.enrolled(14, "L, Lou", "lou", "N/A"),
        platforms.enrolled(15, "Student, Test", ""),
    ]


@pytest.mark.parametrize("separator", SEPARATORS)
def test_canvas_gradebook_comes_back_with_one_column(
    graded, assignment, platforms, tmp_path, separator
):
    path = platforms.sheet(
        tmp_path / "g.csv", canvas_rows(platforms), platforms.CANVAS,
        separator=SEPARATORS[separator], mark=b"\xef\xbb\xbf",
    )  # fmt: skip
    done = filled(graded, assignment, path)
    table = parsed(tables.dump(done.table), done.table)
    # what Canvas needs: these columns in this order, then the assignment with its id
    assert table[0] == [*platforms.CANVAS[:5], "A tiny assignment (777)"]
    assert table[2] == ["    Points Possible", "", "", "", "", "10"]
    assert table[3] == ["'=2+3, Ada", "11", "S11", "ada", "RNN, Group 1", "5"]
    assert [row[-1] for row in table[3:]] == ["5", "3", "EX", "N/A", ""]
    assert list(done.left) == ["L, Lou (14)"]


def test_the_column_in_canvas_must_be_clear(graded, assignment, platforms, tmp_path):
    header = tuple(title.replace("A tiny assignment", "Homework 1") for title in platforms.CANVAS)
    path = platforms.sheet(tmp_path / "g.csv", canvas_rows(platforms), header)
    with pytest.raises(ValueError, match=r"--column: 'Warm-up \(501\)', 'Homework 1 \(777\)'"):
        filled(graded, assignment, path)
    assert filled(graded, assignment, path, column="Homework 1").filled == 2
    with pytest.raises(ValueError, match="has 10 points, and 5 on the platform"):
        filled(graded, assignment, path, column="Warm-up (501)")
    with pytest.raises(ValueError, match="does not import"):
        filled(graded, assignment, path, column="Current Score")


def book(platforms, path, *more, header=None, **options):
    rows = [
        platforms.in_book("=Ada", "de la Cruz", "ada", grade="1.00"),
        platforms.in_book("Ben", "B", "", "ben@example.org"),
        platforms.in_book("Zoë", "Å", "zoe"),
        platforms.in_book("Lou", "L", "lou", grade="2.00"),
        *more,
    ]
    return platforms.sheet(path, rows, header or platforms.MOODLE_BOOK, **options)


@pytest.mark.parametrize("separator", SEPARATORS)
@pytest.mark.parametrize("last", ["Last name", "Surname"])
def test_moodles_gradebook_comes_back_with_one_column(
    graded, assignment, platforms, tmp_path, separator, last
):
    header = tuple(last if title == "Last name" else title for title in platforms.MOODLE_BOOK)
    path = book(platforms, tmp_path / "b.csv", header=header, separator=SEPARATORS[separator])
    done = filled(graded, assignment, path)
    # the row of whoever has no mark is not there, or Moodle would take the old one away; Ben has
    # no number, or Moodle would give him Ada's
    assert parsed(tables.dump(done.table), done.table) == [
        ["First name", last, "Email address", "Assignment: A tiny assignment (Real)",
         "Last downloaded from this course"],
        ["'=Ada", "de la Cruz", "ada@example.org", "5.00", platforms.EXPORTED],
        ["Ben", "B", "ben@example.org", "3.00", platforms.EXPORTED],
    ]  # fmt: skip
    assert done.filled == 2 and done.left == {"L, Lou (lou@example.org)": "nothing handed in"}
    assert len(filled(graded, assignment, path, missing_as_zero=True).table.rows) == 3


def test_a_list_of_moodles_participants_gets_a_column(graded, assignment, platforms, tmp_path):
    header = ("First name", "Last name", "Email address", "Groups")
    rows = [("Ada", "L", "ada@example.org", "1"), ("Eve", "E", "eve@example.org", "1")]
    done = filled(graded, assignment, platforms.sheet(tmp_path / "p.csv", rows, header))
    assert done.table.header == (*header[:3], "A tiny assignment")
    assert done.table.rows == (("Ada", "L", "ada@example.org", "5.00"),)
    assert list(done.left) == ["E, Eve (eve@example.org)"]


def test_the_column_in_moodles_gradebook_must_be_clear(graded, assignment, platforms, tmp_path):
    titles = [title.replace("A tiny assignment", "Homework 1") for title in platforms.MOODLE_BOOK]
    path = book(platforms, tmp_path / "b.csv", header=titles)
    offered = r"--column: 'Assignment: Warm-up \(Real\)', 'Assignment: Homework 1 \(Real\)'"
    with pytest.raises(ValueError, match=offered):
        filled(graded, assignment, path)
    assert filled(graded, assignment, path, column="homework 1").filled == 2
    with pytest.raises(ValueError, match="maximum grade of its item to 10"):
        filled(graded, assignment, path, scale=True)


def test_nobody_gets_another_ones_grade_in_moodle(graded, assignment, platforms, tmp_path):
    header = [title for title in platforms.MOODLE_BOOK if title != "Email address"]
    rows = [
        [cell for i, cell in enumerate(platforms.in_book(who, who, number)) if i != 4]
        for who, number in (("ada", "ada"), ("ben", ""))
    ]
    path = platforms.sheet(tmp_path / "b.csv", rows, header)
    done = filled(graded, assignment, path)
    assert [row[2] for row in done.table.rows] == ["ada"] and list(done.left) == [
        "ben, ben (row 3)"
    ]
    found = lists.read(path)
    both = people.Linked({"ada": "ada", "row 3": "ben"})
    with pytest.raises(ValueError, match="give one student's grade to another"):
        marks.fill(found, both, assignment, grades(graded, ["tiny"]))


def test_moodles_gradebook_is_a_class_list_and_names_no_files(course, platforms, tmp_path):
    path = book(platforms, tmp_path / "b.csv")
    (ada, *_) = roster.read(path, "Email address")
    assert ada == {"id": "ada@example.org", "first_name": "=Ada", "last_name": "de la Cruz",
                   "email": "ada@example.org", "lms_user_id": ""}  # fmt: skip
    with pytest.raises(ValueError, match="grading worksheet"):
        lists.names(course, path)


def packed_feedback(course, assignment, path, to):
    gathered = gather(course, assignment)
    write_feedback(course, assignment, gathered.results, lambda *_: None)
    found = lists.read(path)
    linked = people.link(course, found)
    done = feedback_zip.write(to, course, assignment, found, linked, gathered.results)
    with zipfile.ZipFile(to) as archive:
        return done, {name: archive.read(name) for name in archive.namelist()}


def test_feedback_for_moodle_goes_under_its_names(graded, assignment, platforms, tmp_path):
    rows = [
        platforms.participant(1, "Ada_King O'Neil", "ada"),
        platforms.participant(3, "Zoë", "zoe"),
    ]
    path = platforms.sheet(tmp_path / "w.csv", rows)
    done, held = packed_feedback(graded, assignment, path, tmp_path / "f.zip")
    # as importziplib.php takes it apart: number second, then the plugin's type and name
    (name,) = held
    assert name == "Ada King ONeil_1_assignsubmission_file/tiny-feedback.html"
    assert name.split("/")[0].split("_")[1:] == ["1", "assignsubmission", "file"]
    page = (graded.root / "feedback/ada/tiny/tiny.html").read_bytes()
    assert held[name] == page and done.written == 1
    assert done.left == {"Zoë (3)": "there is no feedback"}


def test_feedback_for_canvas_answers_each_file_in_kind(
    course, assignment, platforms, stand_ins, tmp_path
):
    roster.enter(course, [{"id": who} for who in WHO])
    rows = [
        platforms.POINTS,
        platforms.enrolled(11, "L, Ada", "ada"),
        platforms.enrolled(12, "B, Ben", "ben"),
        platforms.enrolled(13, "Z, Zoe", "zoe"),
    ]
    path = platforms.sheet(tmp_path / "g.csv", rows, platforms.CANVAS)
    right = nbformat.writes(stand_ins.answer(course, **stand_ins.RIGHT))
    zip_path = platforms.zipped(
        tmp_path / "s.zip",
        {
            "lada_LATE_11_900_tiny-2.ipynb": right,
            "bben_12_901_tiny.zip": platforms.packed("tiny.ipynb", right),
        },
    )
    collect(course, assignment, zip_path, names=lists.names(course, path))
    stand_ins.hand_in(course, "zoe", **stand_ins.RIGHT)  # not from Canvas
    judge(course, assignment, stand_ins)
    done, held = packed_feedback(course, assignment, path, tmp_path / "f.zip")
    assert sorted(held) == ["bben_12_901_tiny.zip", "lada_LATE_11_900_tiny-2.ipynb"]
    nb = nbformat.reads(held["lada_LATE_11_900_tiny-2.ipynb"].decode(), as_version=4)
    nbformat.validate(nb)
    assert nb.cells[0].source.startswith("# A tiny assignment: 5 of 10 points")
    assert "| Double | 3 | 3 |" in nb.cells[0].source
    with zipfile.ZipFile(io.BytesIO(held["bben_12_901_tiny.zip"])) as inner:
        assert inner.namelist() == ["tiny-feedback.html"]
        assert b"<!doctype html>" in inner.read("tiny-feedback.html")[:20].lower()
    assert "not collected from Canvas" in done.left["Z, Zoe (13)"]


def test_a_round_trip_changes_no_id(graded, assignment, platforms, tmp_path):
    """What went out can come in again as the list of the next upload."""
    path = worksheet(platforms, tmp_path / "w.csv")
    done = filled(graded, assignment, path)
    (tmp_path / "next.csv").write_bytes(tables.dump(done.table))
    again = filled(graded, assignment, tmp_path / "next.csv")
    assert replace(again.table, name="") == replace(done.table, name="")
