"""Moodle's and Canvas's zips: whose hand-in is whose, and what is nobody's."""

import unicodedata
from dataclasses import replace

import pytest

from autograder.cli import roster
from autograder.gradebook import attempts, policies
from autograder.gradebook.collect import collect
from autograder.lms import canvas, lists, moodle

ADAS = "Ada Lovelace_101_assignsubmission_file"
PEOPLE = [
    {"id": who, "first_name": "", "last_name": "", "email": f"{who}@example.org"}
    for who in ("ada", "ben", "zoe", "lou", "mal")
]


@pytest.fixture
def run(course, assignment):
    roster.enter(course, PEOPLE)

    def collected(zip_path, list_path, **options):
        names = lists.names(course, list_path, options.pop("id_column", None))
        return collect(course, assignment, zip_path, names=names, **options)

    return collected


def texts(done):
    return {one.student: one.path.read_text() for one in done.taken}


def why(done):
    return {r.what.partition(": ")[2]: r.why for r in done.refused}


@pytest.fixture
def worksheet(platforms, tmp_path):
    return platforms.sheet(
        tmp_path / "worksheet.csv",
        [
            platforms.participant(
                101, "Ada Lovelace", "ada", "Friday, 27 November 2026, 11:58 PM",
                Status="Submitted for grading - 2 days 3 hours late",
            ),
            platforms.participant(
                102, "Ben O'Neil, Jr.", "ben", "Saturday, November 28, 2026, 9:05 AM"
            ),
            platforms.participant(103, "Zoë_李 Ångström", "zoe", "27 Nov 2026, 12:00 am"),
            platforms.participant(104, "Mallory Alice", "mal", "Sunday, 1 March 2026, 12:30 PM"),
            platforms.participant(105, "Nobody Here", "not-in-the-gradebook"),
        ],
        mark=b"\xef\xbb\xbf",
    )  # fmt: skip


@pytest.mark.parametrize("layout", ["folders", "folders before 4.1", "flat", "in a folder"])
@pytest.mark.parametrize("flag", [True, False])
def test_moodles_zips(run, course, assignment, platforms, worksheet, tmp_path, layout, flag):
    between = {"folders": "/", "folders before 4.1": "_/", "flat": "_", "in a folder": "/"}[layout]
    around = "all of them/" if layout == "in a folder" else ""
    zip_path = platforms.zipped(
        tmp_path / "moodle.zip",
        {
            f"{around}{who}_assignsubmission_file{between}{file}": text
            for who, file, text in [
                ("Ada Lovelace_101", "tiny.ipynb", "A"),
                # Moodle takes quotation marks out; the student packed it with `rnncourse submit`
                ("Ben ONeil, Jr._102", "tiny-submission.zip", platforms.packed("tiny.ipynb", "B")),
                (unicodedata.normalize("NFD", "Zoë 李 Ångström_103"), "My work (1).ipynb", "Z"),
                ("Mallory Alice_104", "Ada Lovelace_101_assignsubmission_file_tiny.ipynb", "M"),
            ]
        },
        flag=flag,
    )
    policies.write(course, replace(policies.read(course), zone="Europe/Vienna"))
    done = run(zip_path, worksheet)
    assert not done.refused and not done.ignored
    assert texts(done) == {"ada": "A", "ben": "B", "zoe": "Z", "mal": "M"}
    times = {
        one.student: attempts.kept(course, assignment, one.student)[0].arrived for one in done.taken
    }
    # Vienna is an hour before UTC in winter; the zip's own times are those of the download
    assert f"{times['ada'].when:%Y-%m-%d %H:%M}" == "2026-11-27 22:58"
    assert f"{times['ben'].when:%Y-%m-%d %H:%M}" == "2026-11-28 08:05"
    assert f"{times['zoe'].when:%Y-%m-%d %H:%M}" == "2026-11-26 23:00"
    assert times["ada"].late == "2 days 3 hours late" and times["ben"].late == ""
    stamp = (course.root / "submitted/ada/tiny/timestamp.txt").read_text()
    assert stamp == "2026-11-27 22:58:00.000000 UTC"
    again = run(zip_path, worksheet)
    assert all(one.unchanged for one in again.taken) and len(again.taken) == 4


def test_what_moodle_does_not_say_is_reported_and_nobodys(
    run, course, platforms, worksheet, tmp_path
):
    zip_path = platforms.zipped(
        tmp_path / "moodle.zip",
        {
            "Ada Lovelace_102_assignsubmission_file/tiny.ipynb": "another's number",
            "Group 7_101_assignsubmission_file/tiny.ipynb": "a group's number",
            "Eve_999_assignsubmission_file/tiny.ipynb": "not in the list",
            "Nobody Here_105_assignsubmission_file/tiny.ipynb": "not in the gradebook",
            "Mallory Alice_104_assignsubmission_file/essay.pdf": "no notebook",
            "Zoë 李 Ångström_103_assignsubmission_onlinetext/onlinetext.html": "text",
            # a group without a number, and what one of it made up inside
            f"Default group_assignsubmission_file/{ADAS}/tiny.ipynb": "",
            f"mine/{ADAS}/tiny.ipynb": "",
            "ada.ipynb": "a name of the course's own, in a zip of Moodle's",
        },
    )  # fmt: skip
    done = run(zip_path, worksheet)
    assert not done.taken and not (course.root / "submitted/ada").exists()
    said = why(done)
    assert "'Ben O'Neil, Jr.\"" in said[
        "Ada Lovelace_102_assignsubmission_file/tiny.ipynb"
    ].replace('"Ben', "'Ben")
    assert "group" in said["Group 7_101_assignsubmission_file/tiny.ipynb"]
    assert "not in the grading worksheet" in said["Eve_999_assignsubmission_file/tiny.ipynb"]
    assert "nobody in the gradebook" in said["Nobody Here_105_assignsubmission_file/tiny.ipynb"]
    assert "no notebook" in said["Mallory Alice_104_assignsubmission_file/essay.pdf"]
    assert sum("none that Moodle gives" in words for words in said.values()) == 3
    assert len(done.ignored) == 2


def test_a_worksheet_without_names_goes_by_number(run, platforms, tmp_path):
    header = ("Identifier", "ID number", "Grade", "Last modified (grade)")
    path = platforms.sheet(tmp_path / "w.csv", [("Participant 7", "ada", "", "-")], header)
    zip_path = platforms.zipped(
        tmp_path / "m.zip", {"Participant_7_assignsubmission_file/tiny.ipynb": "A"}
    )
    assert texts(run(zip_path, path)) == {"ada": "A"}


@pytest.fixture
def gradebook(platforms, tmp_path):
    return platforms.sheet(
        tmp_path / "gradebook.csv",
        [
            ("", "", "", "", "", "Manual Posting", "", ""),
            platforms.POINTS,
            platforms.enrolled(11, "Lovelace, Ada", "ada"),
            platforms.enrolled(12, "O'Neil Jr., Ben", "ben@example.org"),
            platforms.enrolled(13, "Ångström, Zoë", "ZOE"),
            platforms.enrolled(14, "mallory_11", "mal"),
            platforms.enrolled(15, "Student, Test", ""),
            platforms.enrolled(16, "Nobody, Here", "who"),
        ],
        platforms.CANVAS,
    )


@pytest.mark.parametrize("flag", [True, False])
def test_canvas_zips(run, course, assignment, platforms, gradebook, tmp_path, flag):
    zip_path = platforms.zipped(
        tmp_path / "submissions.zip",
        {
            "lovelaceada_LATE_11_9001_tiny-1.ipynb": "A",
            "oneiljrben_12_9002_tiny-submission.zip": platforms.packed("tiny.ipynb", "B"),
            "ångströmzoë_13_9003_lovelaceada_11_9001_tiny.ipynb": "Z",
            # as Canvas itself reads it this is the file of user 11
            "mallory_11_14_9004_tiny.ipynb": "M",
        },
        flag=flag,
    )
    done = run(zip_path, gradebook)
    assert not done.refused
    assert texts(done) == {"ada": "A", "ben": "B", "zoe": "Z", "mal": "M"}
    ada, ben = (attempts.kept(course, assignment, who)[0].arrived for who in ("ada", "ben"))
    assert (ada.late, ben.late) == ("LATE", "") and ada.clock is attempts.Clock.MARKER
    assert ada.name == "lovelaceada_LATE_11_9001_tiny-1.ipynb"


def test_what_canvas_does_not_say_is_reported_and_nobodys(
    run, course, platforms, gradebook, tmp_path
):
    zip_path = platforms.zipped(
        tmp_path / "submissions.zip",
        {
            "mallory_14_9001_tiny.ipynb": "a name that is not the id's",
            "lovelaceada_99_9001_tiny.ipynb": "an id that is nobody's",
            "anon_x7Gq2_9001_tiny.ipynb": "anonymous",
            "herenobody_16_1_tiny.ipynb": "the name the wrong way round",
            "nobodyhere_16_1_tiny.ipynb": "nobody in the gradebook",
            "lovelaceada_11_9001_text.html": "typed into Canvas",
            "ben.ipynb": "a name of the course's own, in a zip of Canvas's",
        },
    )
    done = run(zip_path, gradebook)
    assert not done.taken and len(done.refused) == 7
    said = why(done)
    assert "nobody of that id and that name" in said["mallory_14_9001_tiny.ipynb"]
    assert "nobody of that id and that name" in said["lovelaceada_99_9001_tiny.ipynb"]
    assert "none that Canvas gives" in said["anon_x7Gq2_9001_tiny.ipynb"]
    assert "nobody in the gradebook" in said["nobodyhere_16_1_tiny.ipynb"]
    assert "no notebook" in said["lovelaceada_11_9001_text.html"]


def test_a_name_that_two_readings_fit_is_nobodys(run, platforms, tmp_path):
    rows = [
        platforms.POINTS,
        platforms.enrolled(5, "x", "ada"),
        platforms.enrolled(6, "x_5", "ben"),
    ]
    path = platforms.sheet(tmp_path / "g.csv", rows, platforms.CANVAS)
    zip_path = platforms.zipped(tmp_path / "s.zip", {"x_5_6_77_tiny.ipynb": "?"})
    (refused,) = run(zip_path, path).refused
    assert "has both" in refused.why


def test_accounts_that_cannot_be_told_apart_are_reported(course, platforms, tmp_path):
    roster.enter(course, [*PEOPLE, {"id": "ada2", "email": "ada@example.org"}])
    rows = [
        platforms.participant(1, "Ada", "ada", **{"Email address": "ben@example.org"}),
        platforms.participant(2, "Zoe", "zoe"),
        platforms.participant(3, "Zoe the second", "ZOE"),
        platforms.participant(4, "Lou", "", **{"Email address": "lou@example.org"}),
        platforms.participant(5, "Ada", "", **{"Email address": "ada@example.org"}),
    ]
    path = platforms.sheet(tmp_path / "w.csv", rows)
    linked = lists.people.link(course, lists.read(path))
    assert linked.students == {"4": "lou"}
    assert "could be 'ada' or 'ben'" in linked.problems["1"]
    assert "another account are both 'zoe'" in linked.problems["2"]
    assert "another account are both 'zoe'" in linked.problems["3"]
    assert "could be 'ada' or 'ada2'" in linked.problems["5"]
    by_column = lists.people.link(course, lists.read(path), "ID number")
    assert by_column.students == {"1": "ada"}  # as the gradebook writes it; doubles are nobody's
    assert "nothing in the column" in by_column.problems["4"]


def test_numbers_of_accounts_are_no_students_ids(course, platforms, tmp_path):
    """A student's own number may be another's number on the platform."""
    roster.enter(course, [{"id": "4711"}, {"id": "lou", "lms_user_id": "12"}])
    rows = [platforms.POINTS, platforms.enrolled(4711, "A", "who"), platforms.enrolled(12, "B", "")]
    path = platforms.sheet(tmp_path / "g.csv", rows, platforms.CANVAS)
    linked = lists.people.link(course, lists.read(path))
    assert linked.students == {"12": "lou"} and "4711" in linked.problems


def test_without_a_class_list_a_column_must_be_named(course, platforms, worksheet):
    with pytest.raises(ValueError, match="--id-column"):
        lists.names(course, worksheet)
    with pytest.raises(ValueError, match="no column 'Matrikel'; it has Identifier, Full name"):
        lists.names(course, worksheet, "Matrikel")
    lists.names(course, worksheet, "ID number")


@pytest.mark.parametrize(
    ("header", "rows", "words"),
    [
        (("Name", "Mark"), [("a", "1")], "neither Moodle's grading worksheet"),
        (("Identifier", "Grade"), [("Participant", "")], "no identifier such as"),
        (("Identifier", "Grade"), [("Participant 1", ""), ("Teilnehmer/in1", "")], "two rows"),
        (("Student", "ID", "Section"), [("A", "x", "")], "no number in the column ID"),
        (("Student", "ID", "Section"), [("A", "1", ""), ("B", "1", "")], "two rows"),
    ],
)
def test_lists_that_are_none(platforms, tmp_path, header, rows, words):
    with pytest.raises(ValueError, match=words):
        lists.read(platforms.sheet(tmp_path / "x.csv", rows, header))


def test_a_class_list_from_a_platform(course, platforms, worksheet, gradebook):
    rows = {row["id"]: row for row in roster.read(worksheet, "ID number")}
    assert (rows["ada"]["first_name"], rows["ada"]["last_name"]) == ("Ada", "Lovelace")
    assert rows["ada"]["lms_user_id"] == ""  # Moodle's number belongs to one assignment
    with pytest.raises(ValueError, match=r"--id-column\): Student, ID"):
        roster.read(gradebook)
    rows = {row["id"]: row for row in roster.read(gradebook, "SIS User ID")}
    assert (rows["S11"]["first_name"], rows["S11"]["lms_user_id"]) == ("Ada", "11")


@pytest.mark.parametrize(
    ("name", "squeezed"),
    [
        ("Lovelace, Ada", "lovelaceada"),
        ("O'Neil-Smith Jr., Ben", "oneilsmithjrben"),
        ("a_12_b", "a12b"),
        ("李, 雷", "李雷"),
    ],
)
def test_names_as_canvas_squeezes_them(name, squeezed):
    assert canvas.squeezed(name) == squeezed


@pytest.mark.parametrize(
    "text", ["-", "", "yesterday", "31 February 2026, 1:00 PM", "1 Foo 2026, 1:00"]
)
def test_what_is_no_date_of_moodles(text):
    assert moodle.when(text, "UTC") is None
