"""A class of many, graded and graded again: `python -m benchmarks.regrade [--students N]`,
also under the rule that the best attempt counts: `--counts best`.

The second run finds nothing changed. The class is made of a few different notebooks of the first
assignment, and its first verdicts come from the judge's own words on these few, so that a class of
1,000 is made in a minute; what is measured, the second run, is `autograder grade` as a command of
its own, start to end.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

ASSIGNMENT = "bptt"


def made_class(
    folder: Path, students: int, counts: str = "last", *, db_url: str | None = None
) -> Any:
    """A course in which so many have handed in, each a file of their own."""
    from autograder.assignments import load, notebooks
    from autograder.gradebook import course as courses
    from autograder.gradebook import policies
    from autograder.gradebook.policies import Policies, Rule
    from autograder.gradebook.release import release

    course = courses.create(folder / "course", "bench", [ASSIGNMENT], db_url=db_url)
    release(course, ASSIGNMENT)
    policies.write(course, Policies(default=Rule(counts=counts)))
    solution = notebooks.solution(load(ASSIGNMENT))
    for number in range(students):
        place = course.root / "submitted" / f"student-{number:05d}" / ASSIGNMENT
        place.mkdir(parents=True)
        nb = dict(solution, metadata={**solution.metadata, "number": number})
        (place / f"{ASSIGNMENT}.ipynb").write_text(json.dumps(nb))
    return course


def judge(nb: Any, assignment: Any, sandbox: Any, *, student: str, seed: int) -> tuple[Any, Any]:
    """Everything is right: the first run only has to fill the gradebook."""
    from autograder.assignment import WrittenItem
    from autograder.verdict import Outcome, Part, SubmissionVerdict, Verdict

    found = []
    for item in assignment.items:
        by_hand = isinstance(item, WrittenItem)
        parts = () if by_hand else tuple(Part(n, p, p) for n, p in item.points.items())
        outcome = Outcome.MANUAL if by_hand else Outcome.RIGHT
        points = 0.0 if by_hand else item.max_points
        found.append(Verdict(item.cell, item.title, outcome, points, item.max_points, parts))
    return nb, SubmissionVerdict(student, assignment.name, seed, tuple(found), seconds=0.1)


def measured(students: int, folder: Path, counts: str = "last") -> dict[str, float]:
    """Seconds of the first run, without judging, and of the second, which finds all unchanged."""
    from autograder.gradebook.counting import grade

    course = made_class(folder, students, counts)
    start = time.perf_counter()
    grade(course, ASSIGNMENT, judge="benchmarks.regrade:judge", sandbox=None)
    first = time.perf_counter() - start
    command = [sys.executable, "-m", "autograder", "grade", ASSIGNMENT, "-c", str(course.root)]
    start = time.perf_counter()
    before = os.times()
    done = subprocess.run(command, capture_output=True, text=True)
    seconds = time.perf_counter() - start
    after = os.times()
    if f"({students} of them before, and unchanged since)" not in done.stdout:
        raise RuntimeError(f"not everything was unchanged: {done.stdout} {done.stderr[-2000:]}")
    cpu = (
        after.children_user - before.children_user + after.children_system - before.children_system
    )
    return {
        "students": students,
        "first run without judging, s": first,
        "second run, s": seconds,
        "second run, s of a processor": cpu,
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.regrade", description=__doc__)
    parser.add_argument("--students", type=int, default=1000)
    parser.add_argument("--counts", choices=("last", "best"), default="last", help="which attempt")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for name, value in measured(options.students, Path(folder), options.counts).items():
            print(f"{name:32} {value:.4g}")


if __name__ == "__main__":
    main()
