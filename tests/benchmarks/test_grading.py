"""The benchmark of grading: equal work on both sides, and costs that are what they say."""

import os
import re
import sys

import numpy as np
import pytest

from autograder.gradebook.notebooks import grade_id
from benchmarks.grading import forms, race, stages, stock
from benchmarks.grading.tree import CommandFailed, cost


def test_the_class_is_the_same_every_time_and_half_of_it_right():
    handed_in = list(forms.submissions("NumPy", 40))
    assert handed_in == list(forms.submissions("NumPy", 40))
    right = [s for s in handed_in if s.sources == handed_in[0].sources]
    assert 12 < len(right) < 28
    assert not any("SOLUTION" in text for s in handed_in for text in s.sources.values())


def test_the_numpy_form_leaves_out_what_needs_differentiation():
    nb = forms.notebook("NumPy")
    checks = {i.cell for i in forms.assignment("NumPy").items}
    assert checks == {"forward-check", "backward-check", "truncated-check", "explanation"}
    names = {grade_id(cell) for cell in nb.cells}
    assert checks < names
    assert not any("tags" in cell.metadata for cell in nb.cells)  # read once more, once each
    assert not names & {"gradients", "personal", "personal-backward-check", "student"}
    with pytest.raises(ValueError, match="PyTorch, NumPy, not 'both'"):
        forms.assignment("both")


@pytest.mark.parametrize(
    ("change", "points"),
    [
        (("", ""), 6.0),
        (("d_b_o += d_o.sum(axis=0)", "d_b_o += d_o.mean(axis=0)"), 5.0),
        (("d_a.T @ h_before", "d_a.T @ h[t]"), 5.0),
        (("/= B", "/= 1"), 0.0),
    ],
)
def test_a_stock_test_cell_gives_points_by_output(change, points):
    cells = {grade_id(cell): cell.source for cell in stock.source("NumPy").cells}
    space = {"np": np}
    exec(cells["forward"], space)
    exec(cells["backward"].replace(*change), space)
    program, _, value = cells["backward-check"].rpartition("\n_points(")
    exec(program, space)
    assert eval("_points(" + re.sub("### END.*", "", value), space) == points


def test_every_hidden_case_of_the_judge_is_in_a_stock_test_cell():
    cells = {grade_id(cell): cell.source for cell in stock.source("PyTorch").cells}
    for item in forms.assignment("PyTorch").items:
        for case in getattr(item, "cases", ()):
            assert repr(dict(case.options)) in cells[item.cell]


def test_memory_of_all_processes_counts(tmp_path):
    child = "import time; kept = bytearray(80 << 20); time.sleep(1.3)"
    program = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {child!r}])"
    spent = cost([sys.executable, "-c", program], tmp_path, os.environ)
    assert spent.seconds > 1.3
    assert 80 << 20 < spent.peak_bytes < 200 << 20


def test_a_command_that_fails_is_told_with_what_it_wrote(tmp_path):
    with pytest.raises(CommandFailed, match="ended with 3:\nno such thing"):
        cost([sys.executable, "-c", "print('no such thing'); exit(3)"], tmp_path, os.environ)


def test_other_marks_end_the_benchmark():
    race.same_marks({"a": 3.0, "b": 2.0}, {"a": 3.0, "b": 2.0}, 2)
    with pytest.raises(RuntimeError, match=r"1 of 2 students have other marks .*b: 2.0 and 1.0"):
        race.same_marks({"a": 3.0, "b": 2.0}, {"a": 3.0, "b": 1.0}, 2)
    with pytest.raises(RuntimeError, match="0 of 2 students"):
        race.same_marks({"a": 3.0}, {"a": 3.0}, 2)


def test_a_stage_inside_another_is_counted_once(monkeypatch):
    times = iter([0.0, 1.0, 4.0, 6.0])
    monkeypatch.setattr(stages.time, "perf_counter", lambda: next(times))
    clock = stages.Clock()
    with clock.stage("outer"), clock.stage("inner"):  # from 0 to 6, from 1 to 4
        clock.move("student", 1.0)
    assert dict(clock.seconds) == {"outer": 3.0, "inner": 2.0, "student": 1.0}
