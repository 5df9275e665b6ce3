"""The page of the speed of grading shows what was stored, and nothing else."""

import json

from tools.site import grading

RACE = {
    "form": "NumPy",
    "submissions": 60,
    "grade, nbgrader, a minute": 30.0,
    "grade, autograder, a minute": 270.0,
    "grade, ratio": 9.0,
    "feedback, nbgrader, a minute": 400.0,
    "feedback, autograder, a minute": 2000.0,
    "feedback, ratio": 5.0,
    "memory, nbgrader, MiB": 200.0,
    "memory, autograder, MiB": 500.0,
}
STAGES = {
    "form": "NumPy",
    "submissions": 20,
    "before": 3,
    "start of the sandbox, s": 1.25,
    "a submission, s": 0.4,
    "stages, s": {"the student's own cells": 0.3, "gradebook": 0.1},
    "a feedback page, s": 0.01,
}


def test_the_page(tmp_path, monkeypatch):
    results = tmp_path / "grading.json"
    results.write_text(
        json.dumps({"machine": ["some processor"], "race": [RACE], "stages": [STAGES]})
    )
    monkeypatch.setattr(grading, "RESULTS", results)
    page = grading.grading()
    assert "```text\nsome processor\n```" in page
    assert "| NumPy, 60 submissions | submissions graded a minute | 30 | 270 | 9.0 |" in page
    assert "| NumPy, 60 submissions | feedback pages a minute | 400 | 2000 | 5.0 |" in page
    assert "| NumPy, 60 submissions | peak memory, MiB | 200 | 500 | 2.5 |" in page
    assert f"| gradebook | 0.1000 | 25% | {'█' * 8} |" in page
    assert "In all 0.40 s, of which 75% in the student's own cells." in page
    assert "after the first 3" in page


def test_what_is_stored_is_what_the_benchmark_gives():
    stored = json.loads(grading.RESULTS.read_text("utf8"))
    assert [row["form"] for row in stored["race"]] == ["PyTorch", "NumPy"]
    for row, found in zip(stored["race"], stored["stages"], strict=True):
        assert RACE.keys() <= row.keys()
        assert STAGES.keys() <= found.keys()
        assert abs(sum(found["stages, s"].values()) - found["a submission, s"]) < 1e-9
