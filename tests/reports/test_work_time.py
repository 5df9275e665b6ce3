import json

import pytest

from autograder.reports.work_time import minutes_at_work


def cell(start, end=None):
    noted = {"iopub.execute_input": start, "shell.execute_reply": end or start}
    return {"cell_type": "code", "metadata": {"execution": noted}, "source": ""}


def hand_in(course, student, content):
    folder = course.folder("submitted", "bptt", student)
    folder.mkdir(parents=True)
    text = content if isinstance(content, str) else json.dumps({"cells": content})
    (folder / "bptt.ipynb").write_text(text, "utf-8")


def test_gaps_are_added_up_and_pauses_left_out(released, bptt):
    cells = [
        cell("2026-03-01T10:00:00.5Z", "2026-03-01T10:00:30.5Z"),
        cell("2026-03-01T10:20:30.5Z"),
        cell("2026-03-02T09:00:00Z"),  # the next day
        cell("2026-03-02T10:05:00+01:00"),
    ]
    hand_in(released, "ada", cells)
    assert minutes_at_work(released, bptt, ["ada"]) == {"ada": pytest.approx(20.5 + 5)}


@pytest.mark.parametrize(
    "content",
    [
        [{"cell_type": "code", "metadata": {}, "source": ""}],
        [cell("yesterday"), cell(3), cell(None)],
        [cell("2026-03-01T10:00:00Z")],
        [{"metadata": {"execution": []}}, {"metadata": 3}, 3, {"execution": 1}],
        '{"cells": {"execution": 3}}',
        '"execution"',
        '{"execution": ' + "[" * 5_000,
    ],
)
def test_what_says_nothing_is_not_known(released, bptt, content):
    hand_in(released, "ada", content)
    assert minutes_at_work(released, bptt, ["ada", "nobody"]) == {}
