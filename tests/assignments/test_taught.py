"""A hint says where the book explains the mistake, and the book, which item watches for it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from docutils import nodes
from docutils.utils import new_document

from autograder import taught
from autograder.assignment import Mistake
from autograder.assignments import load, names
from autograder.gradebook import course as courses
from autograder.judge.render import hint_text, verdict_text
from autograder.reports.class_report import class_report
from autograder.reports.feedback import feedback_page
from autograder.reports.results import Result
from autograder.verdict import Outcome, Part, SubmissionVerdict, Verdict
from tools.sphinx_ext import watched

ASSIGNMENTS = [load(name) for name in names()]
LABEL = "mistake-bptt-late-state"


def mistakes(assignment):
    return [m for item in assignment.items for m in getattr(item, "mistakes", ())]


@pytest.mark.parametrize("assignment", ASSIGNMENTS, ids=lambda a: a.name)
def test_every_label_is_in_the_book_and_every_assignment_has_some(assignment):
    labels = [m.taught for m in mistakes(assignment) if m.taught]
    assert len(set(labels)) >= 3
    assert [label for label in labels if taught.place_of(label) is None] == []


def test_a_label_says_of_which_chapter_it_is():
    """`mistake-<label of the chapter>-<name>`."""
    for place in taught.places().values():
        lines = (taught.BOOK / f"{place.page}.md").read_text(encoding="utf-8").splitlines()
        own = next(line for line in lines if line.startswith("(") and line.endswith(")="))
        assert place.label.startswith(f"mistake-{own[1:-2]}-"), (place.label, own)
        assert place.chapter and place.section and place.chapter != place.section


def test_the_books_list_is_what_the_catalogues_say():
    """Otherwise run `python -m autograder.judge.export`."""
    assert json.loads(taught.WATCHED.read_text("utf-8")) == taught.watched(iter(ASSIGNMENTS))


def test_the_books_list_gives_no_hint_and_no_answer_away():
    text = taught.WATCHED.read_text("utf-8")
    for assignment in ASSIGNMENTS:
        for mistake in mistakes(assignment):
            assert mistake.hint not in text
            for wrong in (mistake.source, *(new for _, new in mistake.edits)):
                assert len(wrong) < 8 or wrong not in text


def test_a_page_is_read_as_it_is_written(tmp_path):
    page = tmp_path / "part" / "page.md"
    page.parent.mkdir()
    page.write_text(
        "(page)=\n# The chapter\n\n```{code-cell}\n# no heading\n(mistake-page-no)=\nx\n```\n"
        "## Mistakes of `x`\n\n(mistake-page-one)=\n**One.**\n\n````{note}\n```python\n# no\n```\n"
        "(mistake-page-two)=\nTwo.\n````\n",
        encoding="utf-8",
    )
    found = taught.places(tmp_path)
    assert set(found) == {"mistake-page-one", "mistake-page-two"}
    assert {(p.chapter, p.section, p.page) for p in found.values()} == {
        ("The chapter", "Mistakes of `x`", "part/page")
    }
    again = page.with_name("other.md")
    again.write_text("# Other\n(mistake-page-one)=\nOne.\n", encoding="utf-8")
    taught.places.cache_clear()
    with pytest.raises(ValueError, match="mistake-page-one"):
        taught.places(tmp_path)


PART = Part("d_W_hh", 0, 3, "d_W_hh is wrong.", "What did W multiply?", "late", LABEL)
VERDICT = Verdict("backward-check", "Backward in code", Outcome.WRONG, 0, 3, (PART,))


def test_below_the_check_stands_where_to_read():
    place = taught.place_of(LABEL)
    assert f"Hint: What did W multiply? The book explains it: {place.words}." in verdict_text(
        VERDICT
    )
    assert hint_text(replace(PART, taught="mistake-gone")) == PART.hint
    assert hint_text(replace(PART, taught="")) == PART.hint


@pytest.mark.parametrize("site", ["", "https://example.org/rnn", "https://example.org/rnn/"])
def test_both_pages_carry_it_with_a_link_where_there_is_a_site(site):
    assignment = load("bptt")
    submission = SubmissionVerdict("ada", "bptt", 1, (VERDICT,))
    place = taught.place_of(LABEL)
    feedback = feedback_page(None, submission, assignment, site_url=site)
    report = class_report([Result(submission)], assignment, site_url=site)
    # the student meets it at the hint, and among what to read next
    for page, times in ((feedback, 2), (report, 1)):
        assert place.chapter in page and "The book explains it" in page
        link = f'href="https://example.org/rnn/recurrence/bptt.html#{LABEL}"'
        assert page.count(link) == (times if site else 0)


@pytest.mark.parametrize(
    "site", ["javascript:alert(1)", "ftp://x", 'https://x" onclick="y', "https://x y", "", 7]
)
def test_a_site_that_is_no_address_is_refused(tmp_path, site):
    with pytest.raises(courses.CourseError, match="site_url"):
        courses.create(tmp_path / "c", "c", ["bptt"], site_url=site)


def test_the_site_is_a_setting_of_the_course(tmp_path):
    made = courses.create(tmp_path / "c", "c", ["bptt"], site_url="https://example.org/rnn")
    assert courses.open(made.root).site_url == "https://example.org/rnn"
    settings = made.root / courses.SETTINGS
    plain = json.loads(settings.read_text())
    del plain["site_url"]  # a course made before there was one
    settings.write_text(json.dumps(plain))
    assert courses.open(made.root).site_url == ""


def test_the_page_gets_a_line_after_the_labelled_block(monkeypatch):
    about = {"assignment": "bptt", "title": "BPTT", "item": "Backward in code"}
    monkeypatch.setattr(watched, "_watched", lambda: {LABEL: [about]})
    document = new_document("page")
    section = nodes.section()
    document += section
    section += nodes.target("", "", refid=LABEL)
    section += nodes.paragraph("", "The mistake.")
    section += nodes.target("", "", refid="mistake-bptt-unwatched")
    section += nodes.paragraph("", "Another.")
    watched._add_lines(None, document)
    kinds = [type(node).__name__ for node in section]
    assert kinds == ["target", "paragraph", "paragraph", "target", "paragraph"]
    line = section[2]
    assert line.astext() == "Graded work watches for this: “Backward in code” in BPTT."
    (link,) = [node for node in line if node.tagname == "pending_xref"]
    assert link["reftarget"] == "/assignments/bptt"


def test_a_mistake_may_be_in_no_chapter():
    assert Mistake("x", "hint").taught == "" and taught.place_of("") is None


def test_the_list_is_found_where_the_extension_looks():
    assert Path(watched._LIST) == taught.WATCHED
