"""Where the time of a submission goes: every stage of grading, in one process, one at a time."""

import time
from pathlib import Path
from typing import Any

from autograder.gradebook import course as courses
from autograder.gradebook import database, notebooks
from benchmarks.grading import forms
from benchmarks.grading.stages import Clock, watched

WARM = 3  # submissions before it counts: the first ones load what is loaded once


def where(form: str, folder: Path) -> dict[str, Any]:
    """Seconds a submission by stage, the largest first.

    Args:
        form: "PyTorch" or "NumPy".
        folder: a course with submissions, of which nothing is graded yet.
    """
    from autograder.gradebook.record import record
    from autograder.judge.submission import judge_submission
    from autograder.reports.gather import gather, write_feedback
    from autograder.sandbox import Sandbox

    course, asked = courses.open(folder), forms.assignment(form)
    students = course.students(asked.name)
    clock = Clock()
    began = time.perf_counter()
    with (
        database.kept_open(course.db_url),
        Sandbox(asked.forbidden, asked.limits) as box,
        watched(clock),
    ):
        start = time.perf_counter() - began
        for number, student in enumerate(students):
            if number == WARM:
                clock.seconds.clear()
            with clock.stage("read the notebook"):
                nb = notebooks.read(course.notebook("submitted", asked, student))
            with clock.stage("other parts of the judge"):
                nb, verdict = judge_submission(nb, asked, box, student=student, seed=1)
            with clock.stage("record: make harmless, write"):
                record(course, asked, verdict, nb)
    graded = len(students) - WARM
    results = gather(course, asked).results
    began = time.perf_counter()
    write_feedback(course, asked, results, lambda *_: None)
    page = (time.perf_counter() - began) / len(results)
    seconds = {name: total / graded for name, total in clock.seconds.items()}
    return {
        "form": form,
        "submissions": graded,
        "before": WARM,
        "start of the sandbox, s": start,
        "a submission, s": sum(seconds.values()),
        "stages, s": dict(sorted(seconds.items(), key=lambda stage: -stage[1])),
        "a feedback page, s": page,
    }
