import re
from html.parser import HTMLParser

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.reports.feedback import feedback_page
from autograder.reports.results import HandGrade
from autograder.verdict import Incident, Outcome, Part, Verdict


class Page(HTMLParser):
    """A page's elements and its visible text."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.text = [], ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.text += data


def text(html):
    return " ".join(Page(html).text.split())


@pytest.fixture
def html(made_up):
    return feedback_page(made_up.notebook(), made_up.verdict(), made_up.assignment())


def test_it_says_points_outcomes_diagnosis_and_hint(html):
    words = text(html)
    assert "6 of 19 points" in words
    assert "5 of these points are graded by hand" in words
    for phrase in (
        "Partly right",
        "Ran out of time",
        "To be graded by hand",
        "Off by one step in time.",
    ):
        assert phrase in words
    assert "Which state did the weight multiply at step t?" in words
    assert "Still running after 10 s." in words
    assert "4711" in words


def test_it_shows_the_students_code_output_and_text(html, made_up):
    words = text(html)
    assert "def rnn_backward(params, x, y, h0):" in words
    assert "fine" in words
    assert "<strong>shrinks</strong>" in html
    assert made_up.PNG in html


def test_the_largest_loss_comes_first_in_what_to_do_next(html):
    steps = html[html.index('class="steps"') : html.index("</ol>")]
    assert steps.index("Truncated BPTT") < steps.index("Backward pass")
    assert "Forward pass" not in steps and "Explanation" not in steps


def test_nothing_of_the_assignment_but_titles_and_points(html):
    assert "RUBRIC-SECRET" not in html
    assert "state-one-late" not in html


def test_locked_and_instructor_cells_stay_out(made_up):
    nb = made_up.notebook()
    nb["cells"].append(
        {
            "cell_type": "code",
            "metadata": {"nbgrader": {"grade_id": "x", "locked": True, "solution": False}},
            "source": "HIDDEN-CHECK",
            "outputs": [],
        }
    )
    nb["cells"].append({"cell_type": "markdown", "metadata": {}, "source": "INSTRUCTIONS"})
    page = feedback_page(nb, made_up.verdict(), made_up.assignment())
    assert "HIDDEN-CHECK" not in page and "INSTRUCTIONS" not in page


def test_the_same_hint_is_said_once(made_up):
    parts = tuple(Part(name, 0, 1, f"{name} is off.", "ONE-HINT", "m") for name in ("a", "b"))
    verdict = Verdict("forward-check", "Forward pass", Outcome.WRONG, 0, 4, parts)
    page = feedback_page(None, made_up.verdict(verdicts=(verdict,)), made_up.assignment())
    assert page.count("ONE-HINT") == 1
    assert "a is off." in page and "b is off." in page


def test_hand_grades_and_comment_replace_pending(made_up):
    manual = {"explanation": HandGrade(3.5, "Say what happens at w = 1.\nThen measure it.")}
    page = feedback_page(made_up.notebook(), made_up.verdict(), made_up.assignment(), manual=manual)
    words = text(page)
    assert "9.5 of 19 points" in words
    assert "3.5 of 5 points" in words
    assert "Say what happens at w = 1." in words
    assert "To be graded by hand" not in words


def test_a_grader_may_overrule_the_judge(made_up):
    manual = {"backward-check": HandGrade(5)}
    words = text(feedback_page(None, made_up.verdict(), made_up.assignment(), manual=manual))
    assert "changed these points by hand; the automatic result was 2" in words
    assert "9 of 19 points" in words


def test_a_penalty_is_told(made_up):
    page = feedback_page(None, made_up.verdict(), made_up.assignment(), late_penalty=2)
    assert "2 points were taken off because the notebook came late (6 before)" in text(page)


def test_all_points_leave_nothing_to_do(made_up):
    right = Verdict("forward-check", "Forward pass", Outcome.RIGHT, 4, 4, (Part("h", 4, 4),))
    words = text(feedback_page(None, made_up.verdict(verdicts=(right,)), made_up.assignment()))
    assert "you have all the points" in words


def test_a_notebook_that_could_not_be_opened_gets_a_page(made_up):
    verdict = made_up.verdict(verdicts=(), problem="The file is not a notebook: it is empty.")
    words = text(feedback_page(None, verdict, made_up.assignment()))
    assert "Your notebook could not be graded" in words
    assert "The file is not a notebook: it is empty." in words
    assert "hand it in again" in words


def test_an_incident_is_told_without_a_charge(made_up):
    incidents = (Incident("opened-gradebook", "The notebook opened a gradebook.", cheat=True),) * 2
    page = feedback_page(None, made_up.verdict(incidents=incidents), made_up.assignment())
    assert page.count("The notebook opened a gradebook.") == 1
    assert "cheat" not in page.lower()


def test_the_page_stands_alone(html):
    page = Page(html)
    tags = {tag for tag, _ in page.elements}
    assert not tags & {"script", "link", "iframe", "form", "object", "base"}
    for tag, attributes in page.elements:
        assert not any(name.startswith("on") for name in attributes), tag
        assert attributes.get("href", "#").startswith("#")
        assert attributes.get("src", "data:").startswith("data:")
    policy = next(a["content"] for t, a in page.elements if t == "meta" and "http-equiv" in a)
    assert "default-src 'none'" in policy
    assert "img-src data:" in policy
    assert "script" not in policy
    assert not re.search(r"url\(|@import", html)


def test_every_link_has_its_place(html):
    page = Page(html)
    ids = {a["id"] for _, a in page.elements if "id" in a}
    assert {a["href"][1:] for _, a in page.elements if "href" in a} <= ids


_text = st.text(
    alphabet=st.sampled_from("<>\"'&/=abscripton{}%;:\ud800\x00\x1b\u202e\n"), max_size=30
)


@given(st.data(), st.booleans())
@settings(
    derandomize=True,
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.function_scoped_fixture],  # it holds functions, no state
)
def test_no_text_in_any_field_adds_an_element(made_up, data, opened):
    def page(words):
        part = Part(words(), 0, 1, words(), words(), "m")
        verdict = Verdict("forward-check", words(), Outcome.WRONG, 0, 1, (part,), words())
        whole = made_up.verdict(
            words(),
            verdicts=(verdict,),
            problem="" if opened else words(),
            incidents=(Incident("k", "y" + words()),),
        )
        nb = {
            "cells": [made_up.code_cell("x" + words(), "forward", [made_up.printed("x" + words())])]
        }
        hand = {"forward-check": HandGrade(None, "x" + words())}
        return feedback_page(nb, whole, made_up.assignment(), manual=hand)

    hostile = Page(page(lambda: "x" + data.draw(_text)))
    calm = Page(page(lambda: "x"))
    # the colouring of code adds spans; everything else is the template's own
    assert [t for t, _ in hostile.elements if t != "span"] == [
        t for t, _ in calm.elements if t != "span"
    ]


@pytest.mark.parametrize(
    "nb",
    [
        {},
        {"cells": None},
        {"cells": [None, 3, "x"]},
        {"cells": [{"cell_type": "code", "metadata": None, "source": None, "outputs": 3}]},
        {"cells": [{"cell_type": "code", "metadata": {"nbgrader": 3}, "source": ["a", "b"]}]},
        {
            "cells": [
                {"source": {"a": 1}, "metadata": {"nbgrader": {"solution": True, "grade_id": []}}}
            ]
        },
    ],
)
def test_a_malformed_notebook_still_gets_its_page(nb, made_up):
    assert "6 of 19 points" in text(feedback_page(nb, made_up.verdict(), made_up.assignment()))


def test_a_blank_text_is_not_shown_as_the_students(made_up):
    blank = Verdict("explanation", "Explanation", Outcome.MISSING, 0, 5, (), "Nothing was written.")
    nb = {"cells": [made_up.text_cell("YOUR ANSWER HERE", "explanation")]}
    page = feedback_page(nb, made_up.verdict(verdicts=(blank,)), made_up.assignment())
    assert "Nothing was written." in page
    assert "YOUR ANSWER HERE" not in page
