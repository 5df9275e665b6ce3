"""Seconds a submission: the judge's whole work, against only running the cells in a Jupyter kernel.

The notebook is the solution of the first assignment, another student's each time. The kernel has
to start, run the cells with the visible checks and stop, which a grader with a kernel for each
submission cannot do without; it judges nothing. `python -m benchmarks.grading` runs this alone.
"""

import copy
import itertools
import os
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.measure import THREADS, machine, side_by_side

SUBMISSIONS = 20


def lines() -> Iterator[Callable[[float], dict[str, Any]]]:
    """The one comparison."""
    yield _compared


def _compared(seconds: float) -> dict[str, Any]:
    from nbclient import NotebookClient

    from autograder.assignments import notebooks
    from autograder.assignments.bptt import ASSIGNMENT
    from autograder.judge import judge_submission
    from autograder.sandbox import Sandbox

    solution = notebooks.solution(ASSIGNMENT)
    automatic = sum(i.max_points for i in ASSIGNMENT.items if hasattr(i, "points"))
    students = (f"student{n}" for n in itertools.count())

    def judged() -> None:
        nb = copy.deepcopy(solution)
        _, verdict = judge_submission(nb, ASSIGNMENT, box, student=next(students), seed=1)
        if verdict.points != automatic:
            raise RuntimeError(f"the solution got {verdict.points} of {automatic} points")

    def run_in_kernel() -> None:
        nb, quiet = copy.deepcopy(solution), ["--log-level=ERROR"]
        NotebookClient(nb, kernel_name="python3", timeout=60, extra_arguments=quiet).execute()

    ours, kernel = "ours", "kernel"
    functions: dict[str, Callable[[], object]] = {ours: judged, kernel: run_in_kernel}
    with Sandbox(ASSIGNMENT.forbidden, ASSIGNMENT.limits) as box:
        times = side_by_side(functions, seconds=seconds, least=SUBMISSIONS)
    return {
        "notebook": ASSIGNMENT.notebook,
        "judged, s (median)": times[ours].median,
        "judged, s (least)": times[ours].least,
        "cells in a kernel, s (median)": times[kernel].median,
        "cells in a kernel, s (least)": times[kernel].least,
        "ratio of medians": times[ours].median / times[kernel].median,
        "ratio of least": times[ours].least / times[kernel].least,
        "submissions": times[ours].calls,
    }


if __name__ == "__main__":
    for name in THREADS:  # read when NumPy and PyTorch load
        os.environ.setdefault(name, "1")
    print(machine())
    for line in lines():
        for name, value in line(0.0).items():
            print(f"{name:32} {value:.3g}" if isinstance(value, float) else f"{name:32} {value}")
