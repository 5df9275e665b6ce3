"""Where the time of one submission goes, stage by stage, in one process that does nothing else."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

STUDENT = "the student's own cells"  # what every grader has to run


class Clock:
    """Seconds by stage; a stage that begins inside another is not counted twice."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self._open: list[str] = []
        self._since = 0.0

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """Count what is done inside for ``name``."""
        self._note()
        self._open.append(name)
        try:
            yield
        finally:
            self._note()
            self._open.pop()

    def move(self, name: str, seconds: float) -> None:
        """Count some of the open stage's time for another."""
        self.seconds[self._open[-1]] -= seconds
        self.seconds[name] += seconds

    def _note(self) -> None:
        now = time.perf_counter()
        if self._open:
            self.seconds[self._open[-1]] += now - self._since
        self._since = now


@contextmanager
def watched(clock: Clock) -> Iterator[None]:
    """Have the parts of grading tell the clock when they begin and end."""
    from autograder.gradebook import database
    from autograder.judge import derivation as derivations
    from autograder.judge import incidents, outputs, submission
    from autograder.judge.truth import Truth
    from autograder.sandbox import Checkpoint, Sandbox, Session
    from rnncourse.checks.exercise import CodeExercise

    started = Sandbox.session

    def session(self: Sandbox) -> Session:
        made = started(self)
        run_plain(made, "", cell="", count=0, timeout=60.0)  # answered when it is there
        return made

    run_plain = Session.run

    def run(self: Session, *args: Any, **options: Any) -> Any:
        with clock.stage("cells: shell, notes, transport"):
            result = run_plain(self, *args, **options)
            clock.move(STUDENT, result.seconds)
            return result

    places: list[tuple[Any, str, str]] = [
        (Session, "checkpoint", "checkpoints"),
        (Checkpoint, "call", "calls of the functions"),
        (Session, "close", "session: end"),
        (CodeExercise, "truth", "truths of functions"),
        (Truth, "__call__", "truths of derivations"),
        (derivations, "judge", "derivations: parse, evaluate, compare"),
        (submission, "judge_code", "functions: draw, compare, diagnose"),
        (incidents, "of_submission", "code read for attempts"),
        (outputs, "fill_in", "outputs into the notebook"),
        (database, "transaction", "gradebook"),
    ]
    with ExitStack() as stack:
        stack.enter_context(
            _in_place(Sandbox, "session", _staged(clock, session, "session: start"))
        )
        stack.enter_context(_in_place(Session, "run", run))
        for owner, name, stage in places:
            wrap = _held if name == "transaction" else _staged
            stack.enter_context(_in_place(owner, name, wrap(clock, getattr(owner, name), stage)))
        yield


def _staged(clock: Clock, function: Callable[..., Any], stage: str) -> Callable[..., Any]:
    def timed(*args: Any, **options: Any) -> Any:
        with clock.stage(stage):
            return function(*args, **options)

    return timed


def _held(clock: Clock, manager: Callable[..., Any], stage: str) -> Callable[..., Any]:
    @contextmanager
    def timed(*args: Any, **options: Any) -> Iterator[Any]:
        with clock.stage(stage), manager(*args, **options) as value:
            yield value

    return timed


@contextmanager
def _in_place(owner: Any, name: str, other: Any) -> Iterator[None]:
    before = getattr(owner, name)
    setattr(owner, name, other)
    try:
        yield
    finally:
        setattr(owner, name, before)
