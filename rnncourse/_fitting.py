"""The loop that all training shares, whatever the weights are made of."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import count, islice
from typing import Any, NamedTuple, Protocol

import numpy as np

from rnncourse import _progress
from rnncourse._validate import Array

Batches = Iterable[Any] | Callable[[np.random.Generator], Iterable[Any]]


class History(NamedTuple):
    """What happened at each of n steps."""

    loss: Array  # (n,), of the step's batch, before its update
    norm: Array  # (n,), of the gradient, before clipping
    validation: Array  # (n,), NaN where none was asked for
    seconds: Array  # (n,), since the beginning


class Fit(NamedTuple):
    """What a run of training found."""

    params: Any  # the weights with the best validation; the latest where there is none
    latest: Any  # the weights after the last step
    history: History
    state: Any  # of the network, for the next batch of the pass; None where none is carried
    best_step: int  # after which validation was best; 0 where there is none
    why: str  # why it ended


class Diverged(FloatingPointError):
    """The loss or its gradient is no longer finite; `result` is the `Fit` up to there."""

    def __init__(self, message: str, result: Fit) -> None:
        super().__init__(message)
        self.result = result


class NotFiniteError(ArithmeticError):
    """What a learner raises in place of an update that would spoil the weights."""


class Learner(Protocol):
    """Weights, and how one batch changes them."""

    def learn(self, batch: Any, step: int, first: bool) -> tuple[float, float]:
        """Update; the loss before it, and the gradient's norm before clipping.

        Args:
            batch: what to learn from.
            step: its number, from 1.
            first: whether it begins a pass.
        """

    def carried(self) -> Any:
        """The state to begin the next batch from, in arrays."""

    def value(self) -> float:
        """The validation, smaller being better."""

    def weights(self) -> Any:
        """The weights as they are, in arrays that later steps leave alone."""


class Plan(NamedTuple):
    """How long to train, and what to do on the way."""

    steps: int
    validated: bool
    every: int
    patience: int | None
    seed: int
    resume: Fit | None
    after: Callable[[Fit], None] | None
    progress: bool

    def check(self) -> None:
        """Raise ValueError where the plan makes no sense."""
        done = 0 if self.resume is None else len(self.resume.history.loss)
        if self.steps < done:
            raise ValueError(f"steps must be at least the {done} done before, got {self.steps}")
        if self.resume is not None and not 0 <= self.resume.best_step <= done:
            raise ValueError(
                f"resume.best_step must lie between 0 and its {done} steps, "
                f"got {self.resume.best_step}"
            )
        if self.every < 1:
            raise ValueError(f"every must be at least 1, got {self.every}")
        if self.patience is not None and self.patience < 1:
            raise ValueError(f"patience must be at least 1, got {self.patience}")
        if self.patience is not None and not self.validated:
            raise ValueError("patience must come with validate, which says what is better")
        if self.seed < 0:
            raise ValueError(f"seed must not be negative, got {self.seed}")


def run(learner: Learner, batches: Batches, plan: Plan) -> Fit:
    """Train; the arguments are documented at `rnncourse.training.fit`."""
    book = _Book(learner, plan)
    stream = islice(_stream(batches, plan.seed), book.done, None)
    try:
        with (
            _one_interrupt() as stopped,
            _progress.bar(plan.steps, book.done, wanted=plan.progress) as show,
        ):
            while not book.over():
                first, batch = next(stream)
                if stopped():  # the batch is drawn again by who resumes
                    return book.fit("interrupted")
                try:
                    loss, norm = learner.learn(batch, book.done + 1, first)
                except NotFiniteError as error:
                    raise book.diverged(str(error)) from error.__cause__
                book.note(loss, norm)
                if book.done % plan.every == 0:
                    book.validate()
                    if plan.after is not None:
                        plan.after(book.fit("still running"))
                show(book.done, book.words())
    except KeyboardInterrupt:
        return book.fit("interrupted")
    return book.fit(book.over())


def arguments(batch: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """A batch as arguments: a tuple or list in order, a dict by name, anything else alone."""
    if isinstance(batch, dict):
        return (), batch
    return (tuple(batch), {}) if isinstance(batch, tuple | list) else ((batch,), {})


def check_clipping(clip_norm: float | None, clip_value: float | None) -> None:
    """Raise ValueError unless at most one limit is given, and it is positive."""
    if clip_norm is not None and clip_value is not None:
        raise ValueError("clip_norm and clip_value cut the same gradient: give one of them")
    for name, limit in (("clip_norm", clip_norm), ("clip_value", clip_value)):
        if limit is not None and not limit > 0:
            raise ValueError(f"{name} must be positive, got {limit}")


def require_finite(loss: float, norm: float) -> None:
    """Raise unless both are finite."""
    for what, value in (("loss", loss), ("gradient's norm", norm)):
        if not np.isfinite(value):
            raise NotFiniteError(f"the {what} is {value}")


class _Book:
    """What the run has written down so far."""

    def __init__(self, learner: Learner, plan: Plan) -> None:
        plan.check()
        self.learner, self.plan, before = learner, plan, plan.resume
        lists: list[list[float]] = [[], [], [], []]
        if before is not None:
            lists = [part.tolist() for part in before.history]
        self.loss, self.norm, self.validation, self.seconds = lists
        self.best = None if before is None else before.params
        self.best_step = 0 if before is None else before.best_step
        self.begun = time.monotonic() - (self.seconds[-1] if self.seconds else 0)

    @property
    def done(self) -> int:
        return len(self.seconds)

    def over(self) -> str:
        """Why to stop; empty to go on."""
        if self.done >= self.plan.steps:
            return "all steps done"
        every, patience = self.plan.every, self.plan.patience
        if patience and self.done // every - self.best_step // every >= patience:
            return f"no better validation since step {self.best_step}"
        return ""

    def note(self, loss: float, norm: float) -> None:
        self.loss.append(loss)
        self.norm.append(norm)
        self.validation.append(np.nan)
        self.seconds.append(time.monotonic() - self.begun)

    def validate(self) -> None:
        if not self.plan.validated:
            return
        value = self.learner.value()
        self.validation[-1] = value = np.inf if np.isnan(value) else value
        if self.best_step == 0 or value < self.validation[self.best_step - 1]:
            self.best, self.best_step = self.learner.weights(), self.done

    def words(self) -> str:
        """A few, for the progress bar."""
        best = f", best {self.validation[self.best_step - 1]:.4g}" if self.best_step else ""
        return f"loss {self.loss[-1]:.4g}{best}"

    def fit(self, why: str) -> Fit:
        lists = self.loss, self.norm, self.validation, self.seconds
        history = History(*(np.array(numbers, float) for numbers in lists))
        latest = self.learner.weights()
        best = self.best if self.best_step else latest
        return Fit(best, latest, history, self.learner.carried(), self.best_step, why)

    def diverged(self, what: str) -> Diverged:
        step, before = self.done + 1, ""
        if self.done:
            before = f" (loss {self.loss[-1]:.4g}, norm {self.norm[-1]:.4g} at the step before)"
        return Diverged(
            f"{what} at step {step}{before}. Try a smaller learning rate or clip_norm=1.0, and "
            f"see whether the batch of step {step} holds numbers far out of range",
            self.fit("diverged"),
        )


def _stream(batches: Batches, seed: int) -> Iterator[tuple[bool, Any]]:
    """Batches without end, one pass after the other, each with its own random numbers.

    Yields:
        Whether the batch is the first of its pass, and the batch.
    """
    for turn in count():
        given = batches(np.random.default_rng([seed, turn])) if callable(batches) else batches
        n = 0
        for n, batch in enumerate(given, start=1):
            yield n == 1, batch
        if n == 0:
            raise ValueError(
                f"batches gave none in pass {turn + 1}; an iterator can be gone through only once: "
                "give a list, or a function that makes a new one"
            )


@contextmanager
def _one_interrupt() -> Iterator[Callable[[], bool]]:
    """The first Ctrl-C asks to stop after the step at hand, so that it is whole; the second stops.

    Yields:
        Whether to stop.
    """
    handler = signal.getsignal(signal.SIGINT)
    main = threading.current_thread() is threading.main_thread()
    if not main or handler is not signal.default_int_handler:  # somebody else sees to it
        yield lambda: False
        return
    asked = False

    def ask(_number: int, _frame: Any) -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True

    signal.signal(signal.SIGINT, ask)
    try:
        yield lambda: asked
    finally:
        signal.signal(signal.SIGINT, handler)
