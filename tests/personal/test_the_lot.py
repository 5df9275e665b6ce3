"""Which network is whose: the lot is fixed, fair, and does not hang on how an id is typed."""

import hashlib
import unicodedata
from collections import Counter

import personal_toy as toy
import pytest

from rnncourse.derivation.personal import Family, NoStudent, PersonalDerivation, normalised

FAMILY = toy.FAMILY


def test_the_lot_is_what_is_documented():
    """SHA-256 of family and id, its first eight bytes, by the number of networks."""
    for student in ("ab123", "student-07", "ünal"):
        digest = hashlib.sha256(f"toy\n{student}".encode()).hexdigest()
        assert FAMILY.of(student) == list(FAMILY.members)[int(digest[:16], 16) % 3]


def test_the_lot_never_changes():
    """Written down once: a student's network may not change with a new release of the course."""
    drawn = ["half", "whole", "half", "whole", "third", "third"]
    assert [FAMILY.of(f"student-{n:02d}") for n in (1, 8, 9, 12, 13, 14)] == drawn


@pytest.mark.parametrize(
    "typed",
    [
        "Müller.A7",
        "müller.a7",
        "  MÜLLER.A7\t\n",
        "Mu\u0308ller.A7",  # decomposed, as macOS writes names of files
        "Müller.\u200bA7",  # a blank of no width, as copied from a page
        "\ufeffMüller.A7",
        "Ｍüller.Ａ７",  # full width
        "Müller . A7",
    ],
)
def test_how_an_id_is_typed_does_not_count(typed):
    assert normalised(typed) == "müller.a7"
    assert FAMILY.of(typed) == FAMILY.of("Müller.A7")


@pytest.mark.parametrize(
    ("one", "other"), [("a1", "al"), ("ab12", "ab21"), ("u7", "ü7"), ("7", "07")]
)
def test_what_differs_for_a_reader_differs(one, other):
    assert normalised(one) != normalised(other)


def test_normalising_twice_changes_nothing():
    for number in range(0x3000):
        text = chr(number)
        once = normalised("a" + text)
        assert normalised(once) == once, hex(number)


@pytest.mark.parametrize(
    "empty", ["", "   ", "\t\n", "\u200b", "\ufeff\u00a0", None, 7, b"ab", ["a"]]
)
def test_no_id_no_network(empty):
    with pytest.raises(NoStudent):
        FAMILY.of(empty)


@pytest.mark.parametrize(
    "hostile",
    ["'; drop table", "../../etc/passwd", "\x00\x01", "a" * 100_000, "\ud800", "<b>x</b>"],
)
def test_any_text_gets_a_network(hostile):
    assert FAMILY.of("a" + hostile) in FAMILY.members


def test_the_lot_is_fair_and_hangs_on_the_family():
    students = [f"s{n}" for n in range(3000)]
    counts = Counter(FAMILY.of(s) for s in students)
    assert set(counts) == set(FAMILY.members)
    assert all(abs(count - 1000) < 4 * (3000 * 2 / 9) ** 0.5 for count in counts.values())
    other = Family("another", FAMILY.members, "toy.mine")
    same = sum(FAMILY.of(s) == other.of(s) for s in students)
    assert abs(same - 1000) < 4 * (3000 * 2 / 9) ** 0.5


def test_an_id_for_every_network():
    assert {FAMILY.of(FAMILY.stand_in(member)) for member in FAMILY.members} == set(FAMILY.members)
    assert FAMILY.stand_in(FAMILY.reference) == "solution"


def test_a_version_for_every_network_and_no_other():
    versions = dict(toy.DERIVATION.versions)
    versions.pop("half")
    with pytest.raises(ValueError, match=r"toy\.mine wants"):
        PersonalDerivation("toy.mine", FAMILY, versions)


def test_ids_are_compared_as_the_course_stores_them():
    """`collect` keeps ids apart by NFKC and case folding: they are the same for the lot."""
    for one, other in (("Straße", "STRASSE"), ("ﬁn", "fin")):
        folded = {unicodedata.normalize("NFKC", x).casefold() for x in (one, other)}
        assert len(folded) == 1 and normalised(one) == normalised(other)
