"""One submission from its bytes to its verdict: needs no disk that is shared, and no database."""

import importlib
import traceback
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

from autograder.assignment import Assignment
from autograder.gradebook import notebooks, settle, submission_file
from autograder.gradebook.sanitize import blank, sanitize
from autograder.gradebook.submission_file import UnreadableSubmission
from autograder.gradebook.template import Template, from_notebook
from autograder.sandbox import SandboxUnavailable
from autograder.verdict import Incident, SubmissionVerdict

Judge = Callable[..., tuple[Any, SubmissionVerdict]]
UseBox = Callable[[Callable[[Any], Any]], Any]  # calls what it is given with an open sandbox
JUDGE = "autograder.judge.submission:judge_submission"


@dataclass(frozen=True)
class Setup:
    """What is the same for every submission of a run; it travels to every worker.

    Args:
        assignment: which one; by name where the worker has it, whole where only the caller does.
        release: the released notebook, as text.
        judge: "module:function".
        sandbox: "bubblewrap", "none", or None where the judge needs none.
        fingerprint: of the grader and the assignment, which a worker must have alike; "" where the
            worker is of the same process tree as the caller.
    """

    assignment: str | Assignment
    release: str
    judge: str = JUDGE
    sandbox: str | None = "bubblewrap"
    fingerprint: str = ""

    def portable(self) -> "Setup":
        """The same, with the assignment by its name where a worker can load it by that."""
        from autograder.assignments import load, names

        given = self.assignment
        if isinstance(given, str) or given.name not in names() or load(given.name) is not given:
            return self
        return replace(self, assignment=given.name)

    def loaded(self) -> Assignment:
        """The assignment itself."""
        if isinstance(self.assignment, Assignment):
            return self.assignment
        from autograder.assignments import load

        return load(self.assignment)

    def template(self) -> Template:
        """What every submission is rebuilt from."""
        return from_notebook(notebooks.loads(self.release))

    def judging(self) -> Judge:
        """The judge itself."""
        module, _, name = self.judge.partition(":")
        return getattr(importlib.import_module(module), name)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Task:
    """One submission to be graded.

    ``problem`` says in plain words why its file could not be taken, where it could not.
    """

    student: str
    seed: int
    submission: bytes = b""
    problem: str = ""


@dataclass(frozen=True)
class Result:
    """What came of a task.

    ``failed`` where the grader itself did, so that the submission deserves another try; ``trace``
    is the error's, if it was one.
    """

    verdict: SubmissionVerdict
    nb: Any  # with the outputs of the run
    failed: bool = False
    trace: str = ""


class Executor(Protocol):
    """Runs tasks somewhere; a context manager."""

    @property
    def slots(self) -> int:
        """How many tasks are worth having under way."""

    def __enter__(self) -> "Executor": ...

    def __exit__(self, *about: Any) -> None: ...

    def submit(self, task: Task) -> None:
        """Begin a task, now or when a worker is free."""

    def next(self) -> Result:
        """Wait for one of the tasks that were submitted, in whatever order they end."""


def run(
    task: Task, assignment: Assignment, template: Template, judge: Judge, box: UseBox
) -> Result:
    """Read, rebuild, run and judge one submission; never raises for what a student did.

    Raises:
        SandboxUnavailable: where this system has no sandbox.
        MemoryError: where this process is out of memory, and unsound from now on.
    """
    try:
        sanitized = sanitize(submission_file.parse(task.submission), template)
    except UnreadableSubmission as error:
        return unusable(task, assignment, template, str(error))
    except MemoryError:
        raise
    except Exception as error:
        # what nobody thought of in one file must not keep the others from being graded
        return failed(task, assignment, template, error)
    try:
        nb, verdict = box(
            lambda open_box: judge(
                sanitized.nb, assignment, open_box, student=task.student, seed=task.seed
            )
        )
        verdict = settle.settle(verdict, assignment, sanitized)
    except (SandboxUnavailable, MemoryError):
        raise
    except Exception as error:
        # a fault of the grader's own: the others must still be graded
        verdict = settle.failed(assignment, task.student, task.seed, error)
        return Result(verdict, sanitized.nb, True, traceback.format_exc())
    return Result(verdict, nb, any(i.kind == "judge-failed" for i in verdict.incidents))


def unusable(task: Task, assignment: Assignment, template: Template, why: str) -> Result:
    """No points for what cannot be read."""
    problem = why[:1].upper() + why[1:] + ("" if why.endswith(".") else ".")
    verdict = settle.unusable(assignment, task.student, task.seed, problem)
    return Result(verdict, blank(template).nb)


def failed(task: Task, assignment: Assignment, template: Template, error: Exception) -> Result:
    """No points yet where the grader failed; to be called while ``error`` is handled."""
    verdict = settle.failed(assignment, task.student, task.seed, error)
    return Result(verdict, blank(template).nb, True, traceback.format_exc())


def given_up(task: Task, assignment: Assignment, template: Template, why: str) -> Result:
    """No points yet for a submission on which a worker was lost twice."""
    made = settle.failed(assignment, task.student, task.seed, RuntimeError(why))
    incident = Incident(
        "worker-lost", f"Twice a worker was lost on this submission: {why}. Grade it again."
    )
    return Result(replace(made, incidents=(incident,)), blank(template).nb, True)
