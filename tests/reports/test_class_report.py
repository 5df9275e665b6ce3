import re
from dataclasses import replace

import pytest

from autograder.gradebook.lateness import Lateness
from autograder.reports.class_data import ClassFacts
from autograder.reports.class_report import class_report
from autograder.reports.plots import distribution
from autograder.reports.results import HandGrade, Result
from autograder.verdict import Incident


@pytest.fixture
def results(made_up):
    cheat = Incident("edited-check", "The check cell was rewritten.", "backward-check", cheat=True)
    return [
        Result(made_up.verdict("ada"), {"explanation": HandGrade(4)}, name="Ada L"),
        Result(made_up.verdict("ben", incidents=(cheat,))),
        Result(made_up.verdict("cy", problem="The file is empty.", verdicts=())),
    ]


def part(html, name):
    """The words of the section with this id."""
    body = html[html.index(f'<section aria-labelledby="{name}"') :]
    return " ".join(re.sub(r"<[^>]+>", " ", body[: body.index("</section>")]).split())


def test_it_names_cheats_failures_and_the_missing(results, made_up):
    html = class_report(results, made_up.assignment(), ClassFacts(missing=["dee"]))
    assert "ben The check cell was rewritten." in part(html, "cheats")
    look = part(html, "look")
    assert "cy Could not be run: The file is empty." in look
    assert "ada Ada L Truncated BPTT: timed out. Still running after 10 s." in look
    assert "Nothing from dee" in look
    assert "check cell was rewritten" not in look


def test_it_lists_who_came_late(results, made_up):
    ben = replace(results[1], late_penalty=1.5, timing="Due then, with an extension.")
    facts = ClassFacts(excused=["ben"], late={"ben": Lateness(seconds=3 * 3600)})
    words = part(class_report([results[0], ben], made_up.assignment(), facts), "late")
    assert words.endswith("ben 3 h 1.5 Due then, with an extension. Excused.")
    assert "ada" not in words


def test_it_says_what_waits_for_a_grader(results, made_up):
    words = part(class_report(results, made_up.assignment()), "hand")
    assert "1 answer: ben" in words
    assert "ada" not in words


def test_it_says_what_to_teach_again(results, made_up):
    words = part(class_report(results, made_up.assignment()), "mistakes")
    assert "state-one-late 2 students" in words
    assert "Which state did the weight multiply at step t?" in words


def test_the_grid_has_every_student_and_item(results, made_up):
    words = part(class_report(results, made_up.assignment()), "students")
    assert "ada Ada L 4 2 timed out 0 4 10" in words
    assert "ben 4 2 timed out 0 by hand 6" in words
    assert "cy – – – – 0" in words


def test_the_plot_tells_its_numbers_in_words(results, made_up):
    html = class_report(results, made_up.assignment())
    label = re.search(r'role="img" aria-label="([^"]+)"', html)[1]
    assert label == "Students by points, of 19. 5.7 to 7.6: 1, 9.5 to 11.4: 1. Median 8."


def test_a_plot_has_a_column_for_each_class_that_is_not_empty():
    svg = distribution([1, 1, 39, 40], 40, 20)
    assert svg.count('class="column"') == 2
    heights = {float(h) for h in re.findall(r'class="column".*?height="([\d.]+)"', svg)}
    assert len(heights) == 1


@pytest.mark.parametrize("count", [0, 1])
def test_small_classes_have_a_report(made_up, count):
    html = class_report([Result(made_up.verdict("ada"))] * count, made_up.assignment())
    assert "Class report" in html
    assert ("Median" in html) == bool(count)


def test_a_class_where_nothing_could_be_run_has_a_report(made_up):
    broken = Result(made_up.verdict("ada", problem="empty", verdicts=(), seconds=0.0))
    assert "Could not be run: empty" in class_report([broken], made_up.assignment())


def test_it_stands_alone(results, made_up):
    html = class_report(results, made_up.assignment())
    assert "default-src &#39;none&#39;" in html
    assert not re.search(r"<script|<link|https?://|url\(", html)
