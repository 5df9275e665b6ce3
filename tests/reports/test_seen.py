"""What a feedback page draws: of the visible case alone, and as far as the course allows."""

import re
from dataclasses import replace

import numpy as np
import pytest

from autograder.gradebook import verdicts
from autograder.judge.visible import with_seen
from autograder.reports import seen_plots
from autograder.reports.feedback import feedback_page
from autograder.sandbox.replies import CallReply
from autograder.verdict import Outcome, Part, Seen, Verdict

CURVE = Seen(("t", "b", "h"), (4, 2, 3), (4, 2, 3), True, (0.0, 0.5, 1.0, 2.0), (0.0, None, 1, 9))
SHAPE = Seen(("h",), (3,), (1, 3), False, (1.0, 2.0, 3.0), (1.0, 2.0, 3.0))


def page(made_up, seen, plots):
    part = Part("h", 0, 4, "Off.", seen=seen)
    verdict = Verdict("forward-check", "Forward pass", Outcome.WRONG, 0, 4, (part,))
    whole = made_up.verdict(verdicts=(verdict,))
    return feedback_page(None, whole, made_up.assignment(), plots=plots)


@pytest.mark.parametrize(
    ("seen", "plots", "drawn"),
    [
        (CURVE, "none", 0),
        (CURVE, "shapes", 0),
        (CURVE, "values", 1),
        (SHAPE, "none", 0),
        (SHAPE, "shapes", 1),
        (SHAPE, "values", 1),
        (None, "values", 0),
    ],
)
def test_no_more_is_drawn_than_the_course_allows(made_up, seen, plots, drawn):
    html = page(made_up, seen, plots)
    assert html.count('class="seen"') == drawn
    assert ("9" in "".join(re.findall(r'aria-label="Values[^"]*"', html))) == (
        seen is CURVE and plots == "values"
    )


def test_a_plot_says_its_numbers():
    words = re.search(r'aria-label="([^"]+)"', str(seen_plots.values(CURVE)))[1]
    assert "Wanted: 0, 0.5, 1, 2. Yours: 0, no number, 1, 9." in words
    words = re.search(r'aria-label="([^"]+)"', str(seen_plots.shapes(SHAPE)))[1]
    assert words == "Wanted: (3,), 3 units. Yours: (1, 3)."


def test_it_survives_its_file(made_up):
    part = Part("h", 0, 4, "Off.", seen=CURVE)
    verdict = Verdict("forward-check", "Forward pass", Outcome.WRONG, 0, 4, (part,))
    whole = made_up.verdict(verdicts=(verdict,))
    assert verdicts.loads(verdicts.dumps(whole)) == whole


@pytest.fixture
def item(bptt):
    return bptt.item("forward-check")


def judged(item, *lost):
    parts = tuple(Part(n, 0.0 if n in lost else p, p) for n, p in item.points.items())
    return Verdict(item.cell, item.title, Outcome.PARTLY, 1, 3, parts)


def test_what_is_seen_is_the_visible_case(item):
    _, truth = next(item.exercise.visible_cases())
    h = truth["h"].copy()
    h[-1] += 1
    reply = CallReply(value=(h, truth["y_hat"], truth["loss"]))
    seen = {p.name: p.seen for p in with_seen(judged(item, "h", "loss"), item, reply).parts}
    assert seen["y_hat"] is None and seen["loss"] is None  # right, or right in this case
    assert seen["h"].by_step and seen["h"].wanted_shape == h.shape
    assert seen["h"].wanted == pytest.approx(truth["h"][:, 0, 0])
    assert seen["h"].got[-1] == pytest.approx(truth["h"][-1, 0, 0] + 1)


def test_what_is_no_number_is_none(item):
    _, truth = next(item.exercise.visible_cases())
    h = np.full(truth["h"].shape, np.nan)
    reply = CallReply(value=(h, truth["y_hat"], truth["loss"]))
    found = with_seen(judged(item, "h"), item, reply).parts[0].seen
    assert set(found.got) == {None}


@pytest.mark.parametrize("reply", [None, CallReply(value=None), CallReply(missing=True)])
def test_without_an_answer_nothing_is_seen(item, reply):
    before = judged(item, "h")
    assert with_seen(before, item, reply) == before


def test_what_worked_and_what_to_read_is_said(made_up, bptt):
    items = made_up.assignment().items
    items = (items[0], replace(items[1], mistakes=bptt.item("backward-check").mistakes), *items[2:])
    assignment = replace(made_up.assignment(), items=items)
    html = feedback_page(None, made_up.verdict(), assignment, site_url="https://example.org/rnn")
    words = " ".join(re.sub(r"<[^>]+>", " ", html).split())
    assert "What worked: d_W_ih" in words
    # no mistake was recognised in this item: its chapter, or that of the assignment
    assert 'Read <a href="https://example.org/rnn/recurrence/bptt.html"' in html
    assert "Read Back-propagation through time." in " ".join(
        re.sub(r"<[^>]+>", "", feedback_page(None, made_up.verdict(), assignment)).split()
    )
