"""The coordinator of a grading run: reads the course, has tasks run, and alone writes what came."""

import fcntl
import hashlib
import os
import traceback
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

from autograder.assignment import Assignment
from autograder.gradebook import database, released, verdicts
from autograder.gradebook.course import Course, CourseError, resolve
from autograder.gradebook.database import DatabaseError
from autograder.gradebook.intake import Intake, take_in
from autograder.gradebook.record import record, recorded_students
from autograder.gradebook.runlog import RunLog
from autograder.gradebook.sanitize import blank
from autograder.gradebook.seeds import Seeds
from autograder.gradebook.settle import failed
from autograder.gradebook.template import Template
from autograder.grading import executors, fingerprint
from autograder.grading import task as tasks
from autograder.grading.task import Executor, Judge, Result, Setup, Task
from autograder.verdict import SubmissionVerdict

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class _Job:
    """What is the same for every submission of a run."""

    course: Course
    assignment: Assignment
    template: Template
    seeds: Seeds
    run: str
    force: bool
    recorded: frozenset[str]  # students with this assignment in the gradebook
    known: dict[str, str]  # the part of every verdict's basis that all share
    definitions: fingerprint.Definitions
    log: RunLog


@dataclass(frozen=True)
class _Taken:
    """A submission that is under way."""

    task: Task
    intake: Intake
    basis: dict[str, str]
    result: Result | None  # where it is known without a judge


def grade(
    course: Course,
    assignment: Assignment | str,
    students: Sequence[str] | None = None,
    *,
    workers: int = 0,
    seed: int | None = None,
    force: bool = False,
    sandbox: str | AbstractContextManager[Any] | None = "bubblewrap",
    judge: Judge | str | None = None,
    scheduler: str | None = None,
    progress: Progress | None = None,
) -> list[SubmissionVerdict]:
    """Grade what was handed in, and write the gradebook.

    A submission is skipped, and its verdict given back with ``extra["resumed"]``, where that rests
    on the same file, release, grader and definition of every item. So a run that was killed goes on
    where it was, and after a change only what it touches is judged again. What cannot be read or
    run gets a verdict with a ``problem``; the others go on. Where the grader itself failed, or a
    worker was lost twice, ``extra["retry"]`` is set, and the next run tries again.

    Args:
        course: an open course.
        assignment: which one, or its name.
        students: ids; all who handed in where None.
        workers: processes that judge; one for each core where 0. Of no meaning with ``scheduler``.
        seed: of the hidden cases, as a verdict records it, to replay them; each file's own where
            None.
        force: grade again what is graded.
        sandbox: "bubblewrap", "none" (no protection at all), None where the judge runs nothing, or
            an open sandbox of the caller's own, used in this process.
        judge: another judge than the course's: "module:function", or the function itself, which is
            then called in this process.
        scheduler: address of a Dask cluster on which to run instead, such as "tls://host:8786".
        progress: called as ``progress(done, total, student)`` by this thread.

    Returns:
        Verdicts in the order of students.

    Raises:
        CourseError: where a student handed in nothing, or the course is not ready.
        SandboxUnavailable: where this system has no sandbox.
        ClusterError: where the cluster cannot be used, or has another version of the grader.
    """
    assignment = resolve(assignment, course)
    release = released.text(course, assignment)
    chosen = _chosen(course, assignment, students)
    seeds = Seeds(course, seed)
    count = workers or os.cpu_count() or 1
    if count < 1:
        raise ValueError(f"workers must be 0 or more, not {workers}")
    setup = Setup(assignment, release)
    log = RunLog(course.root / "runs", assignment=assignment.name, seed=seed, workers=count)
    with ExitStack() as stack:
        stack.enter_context(_only_run(course))
        stack.enter_context(log)
        stack.enter_context(database.kept_open(course.db_url))
        job = _Job(
            course,
            assignment,
            setup.template(),
            seeds,
            log.name,
            force,
            recorded_students(course, assignment),
            {"release": _hash(release), "grader": fingerprint.of_grader()},
            fingerprint.Definitions(assignment),
            log,
        )
        executor = stack.enter_context(
            executors.choose(setup, judge or _own_judge(), sandbox, count, scheduler)
        )
        found: dict[str, SubmissionVerdict] = {}
        for verdict in _verdicts(job, chosen, executor):
            found[verdict.student] = verdict
            if progress is not None:
                progress(len(found), len(chosen), verdict.student)
    return [found[student] for student in chosen]


def _own_judge() -> Judge | str:
    return tasks.JUDGE


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _chosen(course: Course, assignment: Assignment, students: Sequence[str] | None) -> list[str]:
    present = course.students(assignment.name)
    if students is None:
        return list(present)
    unknown = sorted(set(students) - set(present))
    if unknown:
        raise CourseError(
            f"students: nothing of {', '.join(unknown[:5])} is in "
            f"{course.root / 'submitted'} for {assignment.name}"
        )
    return sorted(set(students))


@contextmanager
def _only_run(course: Course) -> Iterator[None]:
    """Keep out a second run on the same course: formgrader's button and a command, say."""
    with (course.root / ".grading.lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CourseError(
                f"another grading run is going on in {course.root}; wait for it, or stop it"
            ) from None
        yield


def _verdicts(
    job: _Job, students: Sequence[str], executor: Executor
) -> Iterator[SubmissionVerdict]:
    """Verdicts as they come; never more under way than there are slots, so that little is held."""
    waiting = deque(students)
    under_way: dict[str, _Taken] = {}

    def begin() -> Iterator[SubmissionVerdict]:
        while waiting and len(under_way) < executor.slots:
            taken = _take(job, waiting.popleft())
            if isinstance(taken, SubmissionVerdict):
                job.log.add(taken)
                yield taken
            elif taken.result is not None:
                yield _write(job, taken, taken.result)
            else:
                under_way[taken.task.student] = taken
                executor.submit(taken.task)

    yield from begin()
    while under_way:
        result = executor.next()
        taken = under_way.pop(result.verdict.student)
        # the worker that is free now has its next task before this one's result is written
        begun = list(begin())
        yield _write(job, taken, result)
        yield from begun
        yield from begin()


def _take(job: _Job, student: str) -> _Taken | SubmissionVerdict:
    """Read one submission; its earlier verdict where nothing has changed since."""
    basis = {
        **job.known,
        **{f"item:{cell}": h for cell, h in job.definitions.of_student(student).items()},
    }
    earlier = None if job.force else _graded_before(job, student, basis)
    known = earlier.basis["submission"] if earlier is not None else ""
    try:
        intake = take_in(job.course, job.assignment, student, known)
    except Exception as error:
        # what nobody thought of in one file must not keep the others from being graded
        task = Task(student, job.seeds.of(job.assignment.name, student, ""))
        broken = tasks.failed(task, job.assignment, job.template, error)
        return _Taken(task, Intake(b"", "", "", None, None), {}, broken)
    if earlier is not None and intake.digest == known:
        return replace(earlier, extra={**earlier.extra, "resumed": "yes"})
    seed = job.seeds.of(job.assignment.name, student, intake.digest)
    task = Task(student, seed, intake.content)
    result = None
    if intake.problem:
        result = tasks.unusable(task, job.assignment, job.template, intake.problem)
    return _Taken(task, intake, {"submission": intake.digest, **basis}, result)


def _graded_before(job: _Job, student: str, basis: dict[str, str]) -> SubmissionVerdict | None:
    """The verdict that holds still if the file is still the same."""
    if student not in job.recorded:
        return None
    earlier = verdicts.read(job.course.verdict_file(job.assignment, student))
    if earlier is None or "retry" in earlier.extra or not earlier.basis.get("submission"):
        return None
    if {**earlier.basis, **basis} != earlier.basis or len(earlier.basis) != len(basis) + 1:
        return None
    if job.seeds.given is not None and earlier.seed != job.seeds.given:
        return None
    if not job.course.notebook("autograded", job.assignment, student).is_file():
        return None
    return earlier


def _write(job: _Job, taken: _Taken, result: Result) -> SubmissionVerdict:
    digest = taken.basis.get("submission", "")
    rest = _hash(repr(sorted((k, v) for k, v in taken.basis.items() if k != "submission")))
    extra = {"run": job.run, "content": f"{digest}/{rest}" if digest else ""}
    if result.failed:
        extra["retry"] = "yes"
    verdict = replace(
        result.verdict, extra={**result.verdict.extra, **extra}, basis=dict(taken.basis)
    )
    stamp, when = taken.intake.timestamp, taken.intake.submitted_at
    trace = result.trace
    try:
        recorded = record(
            job.course, job.assignment, verdict, result.nb, timestamp=stamp, submitted_at=when
        )
    except (CourseError, DatabaseError, OSError):
        raise
    except Exception as error:
        # a verdict that cannot be written, such as one point too many, is the grader's fault
        trace = traceback.format_exc()
        verdict = replace(
            failed(job.assignment, verdict.student, verdict.seed, error),
            extra={**extra, "retry": "yes"},
        )
        # nothing of the submission: what could not be written may be in it
        nb = blank(job.template).nb
        recorded = record(
            job.course, job.assignment, verdict, nb, timestamp=stamp, submitted_at=when
        )
    job.log.add(verdict, dropped_hand_grades=list(recorded.dropped), trace=trace)
    return verdict
