import csv
import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from autograder.gradebook.lateness import Lateness
from autograder.reports.class_data import TABLES, ClassFacts, report_data, to_csv
from autograder.reports.class_report import class_report
from autograder.reports.results import HandGrade, Result
from autograder.similarity.evidence import CellFinding, Line
from autograder.similarity.findings import Pair, Similarity
from autograder.verdict import Outcome

LINES = (Line("h = <b>", True), Line("return h", False))
CELL = CellFinding("forward", 0.97, 41.0, 52, 60, 0.6, LINES, LINES)
NEAR = Similarity(
    5,
    ("forward",),
    (Pair(("ada", "ben"), 0.97, 41.0, (CELL,)),),
    (Pair(("cy",), 1.0, 33.0, (CELL,), "the solution"),),
)


@pytest.fixture
def results(made_up):
    made = []
    for number, student in enumerate(("ada", "ben", "cy", "dee", "eve")):
        whole = made_up.verdict(student)
        right = replace(whole.verdicts[1], outcome=Outcome.RIGHT, points=5, parts=())
        verdicts = (whole.verdicts[0], right if number < 2 else whole.verdicts[1])
        made.append(Result(replace(whole, verdicts=(*verdicts, *whole.verdicts[2:]))))
    hand = {"explanation": HandGrade(4)}
    return [replace(made[0], hand=hand, late_penalty=1.0, name="=Ada"), *made[1:]]


@pytest.fixture
def facts():
    due = datetime(2026, 12, 1, 23, tzinfo=UTC)
    late = Lateness(due + timedelta(hours=2), due, extended=True, seconds=7200, penalty=1.0)
    return ClassFacts(
        ["zed"], ["yo"], ["ill", "ada"], NEAR, {"ada": 90.0, "ben": 30.0}, {"ada": late}
    )


def test_it_says_the_same_as_json(results, facts, made_up):
    data = json.loads(json.dumps(report_data(results, made_up.assignment(), facts)))
    assert (data["schema"], data["submissions"], data["missing"]) == (1, 5, ["zed"])
    assert data["points"]["median"] == 6.0 and data["points"]["most"] == 12.0
    assert sum(c["students"] for c in data["points"]["distribution"]) == 5
    backward = data["items"][1]
    assert (backward["full"], backward["partly"], backward["nothing"]) == (2, 3, 0)
    assert backward["outcomes"] == {"partly right": 3, "right": 2}
    assert data["mistakes"][0]["students"] == ["cy", "dee", "eve"]
    assert data["time"]["at_work_median_minutes"] == 60.0
    (late,) = data["late"]
    assert (late["student"], late["by"], late["seconds"], late["penalty"]) == (
        "ada",
        "2 h",
        7200,
        1,
    )
    assert late["submitted"] == "2026-12-02T01:00:00+00:00" and late["extended"]
    assert late["excused"] and not late["nothing_earned"]
    assert {row["student"] for row in data["needs_a_human"]} == {"ada", "ben", "cy", "dee", "eve"}
    assert data["students"][0]["near"] == ["ben"]
    assert data["similarity"]["pairs"][0]["cells"][0]["verbatim"] == 0.6


@pytest.mark.parametrize("table", TABLES)
def test_every_table_is_csv_with_equal_rows(results, facts, made_up, table):
    text = to_csv(report_data(results, made_up.assignment(), facts), table)
    rows = list(csv.reader(io.StringIO(text, newline="")))
    assert len(rows) > 1 and len({len(row) for row in rows}) == 1


def test_a_name_is_guarded_and_a_negative_number_is_none(results, facts, made_up):
    data = report_data(results, made_up.assignment(), facts)
    assert "'=Ada" in to_csv(data)
    data["items"][0]["discrimination"] = -0.5
    assert ",-0.5," in to_csv(data, "items")


def test_an_unknown_table_is_refused(results, facts, made_up):
    with pytest.raises(ValueError, match="table must be one of students, items"):
        to_csv(report_data(results, made_up.assignment(), facts), "all")


def test_the_page_lays_the_texts_side_by_side(results, facts, made_up):
    html = class_report(results, made_up.assignment(), facts)
    assert "<mark>h = &lt;b&gt;</mark>" in html
    assert "ada</span> and <span" in html and "52 of 60" in html
    assert "the solution" in html
    assert '<td class="by">2 h</td>' in html
    assert "2 of 5 notebooks carry the times" in html


def test_the_page_says_what_is_not_known(results, made_up):
    html = class_report(results, made_up.assignment())
    assert "Not known: no notebook carries the times" in html
    nobody = class_report(results, made_up.assignment(), ClassFacts(similarity=Similarity(5, ())))
    assert "no two are nearer each other" in nobody


def test_the_items_plot_tells_its_numbers_in_words(results, made_up):
    html = class_report(results, made_up.assignment())
    assert "Backward pass: 2 all the points, 3 some, 0 none." in html
