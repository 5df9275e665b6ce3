"""Grading: submissions are read, run and judged by several workers, and written by one."""

import fcntl
import hashlib
import os
import secrets
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any

from autograder.assignment import Assignment
from autograder.gradebook import database, verdicts
from autograder.gradebook import template as templates
from autograder.gradebook.boxes import Boxes
from autograder.gradebook.course import Course, CourseError, resolve
from autograder.gradebook.database import DatabaseError
from autograder.gradebook.intake import Intake, take_in
from autograder.gradebook.record import record, recorded_students
from autograder.gradebook.runlog import RunLog
from autograder.gradebook.sanitize import blank
from autograder.gradebook.settle import failed, settle, unusable
from autograder.gradebook.template import Template
from autograder.sandbox import SandboxUnavailable
from autograder.verdict import SubmissionVerdict

Progress = Callable[[int, int, str], None]
Judge = Callable[..., tuple[Any, SubmissionVerdict]]


@dataclass(frozen=True)
class _Job:
    """What is the same for every submission of a run."""

    course: Course
    assignment: Assignment
    template: Template
    judge: Judge
    boxes: Boxes
    seed: int
    run: str
    replay: bool  # whether the seed was given
    force: bool
    recorded: frozenset[str]  # students with this assignment in the gradebook
    known: str  # fingerprint of the release and the assignment's points


@dataclass(frozen=True)
class _Done:
    verdict: SubmissionVerdict
    nb: Any = None  # None: nothing to record
    taken: Intake | None = None
    trace: str = ""  # of an error in the grader itself


def grade(
    course: Course,
    assignment: Assignment | str,
    students: Sequence[str] | None = None,
    *,
    workers: int = 0,
    seed: int | None = None,
    force: bool = False,
    sandbox: str | AbstractContextManager[Any] = "bubblewrap",
    judge: Judge | None = None,
    progress: Progress | None = None,
) -> list[SubmissionVerdict]:
    """Grade what was handed in, and write the gradebook.

    A submission whose file was graded before is skipped: its verdict is given back with
    ``extra["resumed"]``. So a run that was killed goes on where it was. What cannot be read or run
    gets a verdict with a ``problem``; the others go on. Where the grader itself failed,
    ``extra["retry"]`` is set, and the next run tries again.

    Args:
        course: an open course.
        assignment: which one, or its name.
        students: ids; all who handed in where None.
        workers: submissions at a time; one for each core where 0.
        seed: of the hidden cases, as a verdict records it, to replay them; a new one where None.
        force: grade again what is graded.
        sandbox: "bubblewrap", "none" (no protection at all), or an open sandbox of the caller's
            own.
        judge: another judge than the course's.
        progress: called as ``progress(done, total, student)`` by this thread.

    Returns:
        Verdicts in the order of students.

    Raises:
        CourseError: where a student handed in nothing, or the course is not ready.
        SandboxUnavailable: where this system has no sandbox.
    """
    assignment = resolve(assignment)
    template = templates.load(course, assignment)
    chosen = _chosen(course, assignment, students)
    if seed is not None and not 0 <= seed < 1 << 63:
        raise ValueError(f"seed must be from 0 to 2**63 - 1, not {seed}")
    run_seed = secrets.randbelow(1 << 32) if seed is None else seed
    count = workers or os.cpu_count() or 1
    if count < 1:
        raise ValueError(f"workers must be 0 or more, not {workers}")
    log = RunLog(course.root / "runs", assignment=assignment.name, seed=run_seed, workers=count)
    with ExitStack() as stack:
        stack.enter_context(_only_run(course))
        stack.enter_context(log)
        stack.enter_context(database.kept_open(course.db_url))
        boxes = stack.enter_context(Boxes(assignment, sandbox))
        job = _Job(
            course,
            assignment,
            template,
            judge or _own_judge(),
            boxes,
            run_seed,
            log.name,
            seed is not None,
            force,
            recorded_students(course, assignment),
            fingerprint(course, assignment),
        )
        found: dict[str, SubmissionVerdict] = {}
        for done in _in_parallel(job, chosen, count):
            found[done.verdict.student] = _write(job, done, log)
            if progress is not None:
                progress(len(found), len(chosen), done.verdict.student)
    return [found[student] for student in chosen]


def fingerprint(course: Course, assignment: Assignment) -> str:
    """What a result depends on beside the submission: the release, and the points of every part."""
    digest = hashlib.sha256(course.notebook("release", assignment).read_bytes())
    for item in assignment.items:
        digest.update(repr((item.cell, getattr(item, "points", item.max_points))).encode())
    return digest.hexdigest()


def _own_judge() -> Judge:
    from autograder.judge.submission import judge_submission  # it loads NumPy and PyTorch

    return judge_submission


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


def _in_parallel(job: _Job, students: Sequence[str], workers: int) -> Iterator[_Done]:
    """Results as they come; never more at a time than workers, so that few notebooks are held."""
    pool = ThreadPoolExecutor(max_workers=workers, thread_name_prefix="grade")
    waiting = list(reversed(students))
    running: set[Future[_Done]] = set()
    try:
        while waiting or running:
            while waiting and len(running) < workers:
                running.add(pool.submit(_one, job, waiting.pop()))
            finished, running = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                yield future.result()
    finally:
        # when stopped, the sandbox ends next, and with it what the workers wait for
        pool.shutdown(wait=not running and not waiting, cancel_futures=True)


def _one(job: _Job, student: str) -> _Done:
    """Read, run and judge one submission; never raises for what a student did."""
    try:
        taken = take_in(job.course, job.assignment, student, job.template)
    except Exception as error:
        # what nobody thought of in one file must not keep the others from being graded
        verdict = failed(job.assignment, student, job.seed, error)
        verdict = replace(verdict, extra={"run": job.run, "content": "", "retry": "yes"})
        empty = Intake(blank(job.template), verdict.problem, "", None, None)
        return _Done(verdict, empty.sanitized.nb, empty, traceback.format_exc())
    content = f"{taken.content}/{job.known}" if taken.content else ""
    extra = {"run": job.run, "content": content}
    if not job.force and content:
        earlier = _graded_before(job, student, content)
        if earlier is not None and student in job.recorded:
            return _Done(replace(earlier, extra={**earlier.extra, "resumed": "yes"}))
    if taken.problem:
        verdict = unusable(job.assignment, student, job.seed, taken.problem)
        return _Done(replace(verdict, extra=extra), taken.sanitized.nb, taken)
    trace = ""
    try:
        nb, verdict = job.boxes.call(
            lambda box: job.judge(
                taken.sanitized.nb, job.assignment, box, student=student, seed=job.seed
            )
        )
        verdict = settle(verdict, job.assignment, taken.sanitized)
    except SandboxUnavailable:
        raise
    except Exception as error:
        # a fault of the grader's own: the others must still be graded
        trace = traceback.format_exc()
        nb = taken.sanitized.nb
        verdict = failed(job.assignment, student, job.seed, error)
    if trace or any(i.kind == "judge-failed" for i in verdict.incidents):
        extra["retry"] = "yes"
    verdict = replace(verdict, extra={**verdict.extra, **extra})
    return _Done(verdict, nb, taken, trace)


def _graded_before(job: _Job, student: str, content: str) -> SubmissionVerdict | None:
    earlier = verdicts.read(job.course.verdict_file(job.assignment, student))
    if earlier is None or earlier.extra.get("content") != content or "retry" in earlier.extra:
        return None
    if job.replay and earlier.seed != job.seed:
        return None
    if not job.course.notebook("autograded", job.assignment, student).is_file():
        return None
    return earlier


def _write(job: _Job, done: _Done, log: RunLog) -> SubmissionVerdict:
    verdict = done.verdict
    if done.nb is None or done.taken is None:
        log.add(verdict)
        return verdict
    stamp, when = done.taken.timestamp, done.taken.submitted_at
    trace = done.trace
    try:
        recorded = record(
            job.course, job.assignment, verdict, done.nb, timestamp=stamp, submitted_at=when
        )
    except (CourseError, DatabaseError, OSError):
        raise
    except Exception as error:
        # a verdict that cannot be written, such as one point too many, is the grader's fault
        trace = traceback.format_exc()
        extra = {**verdict.extra, "retry": "yes"}
        verdict = replace(failed(job.assignment, verdict.student, job.seed, error), extra=extra)
        # nothing of the submission: what could not be written may be in it
        nb = blank(job.template).nb
        recorded = record(
            job.course, job.assignment, verdict, nb, timestamp=stamp, submitted_at=when
        )
    log.add(verdict, dropped_hand_grades=list(recorded.dropped), trace=trace)
    return verdict
