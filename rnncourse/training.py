"""The training loop: batches, gradients, clipping, an optimizer, validation and early stopping.

    for each step:   loss, grads = gradients(params, *batch)        norm = ‖grads‖
                     grads       = clipped(grads)
                     params      = optimizer.step(params, grads)
                     now and then: is validate(params) the best so far? keep the weights

`fit` is for the NumPy networks, whose weights are values: a step makes new ones. PyTorch's modules
change in place, and have `rnncourse.nn.training.fit`, with the same options and the same result.

A run is determined by its arguments. The batches of the n-th pass are drawn with
`np.random.default_rng([seed, n])`, so a run that is cut, saved and resumed draws what the uncut
one would have drawn, and ends in the same weights to the last bit.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Protocol

import numpy as np

from rnncourse import _fitting, _tree, _wiring, checkpoints, optim
from rnncourse._fitting import Batches, Diverged, Fit, History, Plan

__all__ = ["Diverged", "Fit", "History", "fit", "load", "save"]

Gradients = Callable[..., Any]  # (params, *batch) to (loss, grads), or more after these two


class Optimizer(Protocol):
    """What `rnncourse.optim` holds."""

    lr: float

    def step(self, params: Any, grads: Any) -> Any:
        """New weights."""


def fit(
    params: Any,
    gradients: Gradients,
    batches: Batches,
    optimizer: Optimizer,
    *,
    steps: int,
    clip_norm: float | None = None,
    clip_value: float | None = None,
    rate: Callable[[int], float] | None = None,
    carry: bool = False,
    validate: Callable[[Any], float] | None = None,
    every: int = 100,
    patience: int | None = None,
    seed: int = 0,
    resume: Fit | None = None,
    after: Callable[[Fit], None] | None = None,
    progress: bool = True,
) -> Fit:
    """Train the weights of a NumPy network.

    Ctrl-C ends the run after the step at hand, and what was learnt is returned.

    Args:
        params: the weights to begin with (not changed).
        gradients: from the weights and a batch to the loss and its gradients, such as
            `functools.partial(network.loss_and_gradients, lstm)`; further results are ignored.
        batches: what to learn from: an iterable, gone through again and again, or a function from
            a random generator to one, such as a generator function, called anew for each pass. A
            tuple is passed to `gradients` as arguments, a dict as named ones.
        optimizer: one of `rnncourse.optim`; it remembers its moments, so give each run its own.
        steps: updates in all, those of `resume` counted.
        clip_norm: scale gradients down to this norm where they are longer.
        clip_value: cut every entry of a gradient to [-clip_value, clip_value].
        rate: the learning rate by step, from 1; the optimizer's `lr` when left out.
        carry: batches of a pass follow each other, as the windows of truncated back-propagation
            do: `gradients` is given `state=`, what it returned third for the batch before (None
            for the first of a pass).
        validate: a number for the weights, such as the loss on held-out data; smaller is better.
        every: steps from one validation (and one call of `after`) to the next.
        patience: stop after so many validations in which none was better than the best before.
        seed: of the batches, where they are a function.
        resume: a run to go on with; its weights are taken in place of `params`, and its batches
            are drawn again and passed by. The optimizer must be the one of that run, or as `load`
            leaves it.
        after: called with the run so far every `every` steps, to save or to draw it.
        progress: show a bar, in a terminal or a notebook.

    Returns:
        A `Fit`: `params`, the weights with the best validation (the latest where there is none);
        `latest`; the `history`, arrays (n,) by step; the `state` carried; `best_step`; and `why`
        the run ended.

    Raises:
        ValueError: an option that makes no sense, or batches that come to an end.
        Diverged: the loss, its gradient or a weight is no longer finite; it names the step, and
            its `result` holds what was before.

    >>> from functools import partial
    >>> from rnncourse import data, elman, losses, network
    >>> def batches(rng):
    ...     while True:
    ...         x = rng.standard_normal((5, 16, 1))
    ...         yield x, np.cumsum(x, axis=0)
    >>> params = network.init(elman, np.random.default_rng(0), 1, 8, 1)
    >>> gradients = partial(network.loss_and_gradients, elman, loss=losses.squared_loss)
    >>> run = fit(params, gradients, batches, optim.Adam(0.01), steps=200, clip_norm=1.0)
    >>> len(run.history.loss), bool(run.history.loss[-1] < 0.1 * run.history.loss[0]), run.why
    (200, True, 'all steps done')
    """
    _fitting.check_clipping(clip_norm, clip_value)
    learner = _Learner(params, gradients, optimizer, clip_norm, clip_value, rate, carry, validate)
    if resume is not None:
        learner.params, learner.state = resume.latest, resume.state
    plan = Plan(steps, validate is not None, every, patience, seed, resume, after, progress)
    return _fitting.run(learner, batches, plan)


class _Learner:
    """The weights of a NumPy network on their way."""

    def __init__(
        self,
        params: Any,
        gradients: Gradients,
        optimizer: Optimizer,
        clip_norm: float | None,
        clip_value: float | None,
        rate: Callable[[int], float] | None,
        carry: bool,
        validate: Callable[[Any], float] | None,
    ) -> None:
        self.params, self.gradients, self.optimizer = params, gradients, optimizer
        self.clip_norm, self.clip_value = clip_norm, clip_value
        self.rate, self.carry, self.validate = rate, carry, validate
        self.state: Any = None

    def learn(self, batch: Any, step: int, first: bool) -> tuple[float, float]:
        given, named = _fitting.arguments(batch)
        if self.carry:
            named = {**named, "state": None if first else self.state}
        try:
            loss, grads, *more = self.gradients(self.params, *given, **named)
        except ValueError as error:  # is it that the networks refuse what is not finite?
            for name, array in _tree.leaves(self.params):
                if not np.isfinite(array).all():
                    what = f"the weight {name} is no longer finite"
                    raise _fitting.NotFiniteError(what) from error
            raise
        norm = optim.norm(grads)
        _fitting.require_finite(float(loss), norm)
        if self.clip_norm is not None:
            grads, _ = optim.clip_by_norm(grads, self.clip_norm)
        if self.clip_value is not None:
            grads = optim.clip_by_value(grads, self.clip_value)
        if self.rate is not None:
            self.optimizer.lr = self.rate(step)
        if self.carry and not more:
            raise ValueError("gradients must return the state third, for carry=True")
        if self.carry and not _wiring.has_arrays(more[0]):
            raise ValueError(
                f"carry must be False for a network without a state, got the state {more[0]!r}"
            )
        self.params = self.optimizer.step(self.params, grads)
        self.state = more[0] if self.carry else None
        return float(loss), norm

    def carried(self) -> Any:
        return self.state

    def value(self) -> float:
        return np.nan if self.validate is None else float(self.validate(self.params))

    def weights(self) -> Any:
        return self.params  # every step makes new ones


def save(path: str | os.PathLike[str], run: Fit, optimizer: Any) -> None:
    """Write a run and its optimizer's memory, so that `load` can go on with it.

    Args:
        path: of the file, a checkpoint; one that is there is replaced, as a whole or not at all.
        run: what `fit` returned, or passed to `after`.
        optimizer: the optimizer of the run.

    Raises:
        ValueError: the optimizer remembers something that is neither array nor number.
    """
    memory = {"kind": type(optimizer).__name__, **vars(optimizer)}
    checkpoints.save(path, {"run": run, "optimizer": memory})


def load(path: str | os.PathLike[str], params: Any, optimizer: Any, *, state: Any = None) -> Fit:
    """Read a run, for `fit(…, resume=…)`; the optimizer is set to what it remembered.

    Args:
        path: of the file that `save` wrote, or of one of unknown origin.
        params: weights of the network's form, such as freshly drawn ones.
        optimizer: a new optimizer of the run's kind; its settings become those of the run.
        state: any state of the network for such a batch, where the run carried one.

    Raises:
        ValueError: the file is no checkpoint of a run, or is one of another network or optimizer.

    >>> from tempfile import TemporaryDirectory
    >>> weights, batches = (np.array([1.0]),), [(np.array([0.5]),)]
    >>> def gradients(params, x):
    ...     return ((params[0] - x) ** 2).sum(), (2 * (params[0] - x),)
    >>> optimizer = optim.Adam(0.1)
    >>> half = fit(weights, gradients, batches, optimizer, steps=5)
    >>> again = optim.Adam()
    >>> with TemporaryDirectory() as folder:
    ...     save(f"{folder}/half.npz", half, optimizer)
    ...     half = load(f"{folder}/half.npz", weights, again)
    >>> cut = fit(weights, gradients, batches, again, steps=10, resume=half)
    >>> uncut = fit(weights, gradients, batches, optim.Adam(0.1), steps=10)
    >>> bool(cut.params[0] == uncut.params[0])
    True
    """
    found = checkpoints.load(path)
    try:
        memory, (n,) = found["optimizer"], {len(a) for a in found["run"]["history"].values()}
        of = memory["kind"]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{os.fspath(path)} is a checkpoint, but not of a run") from error
    kind, now = type(optimizer).__name__, vars(optimizer)
    if of != kind:
        raise ValueError(f"{os.fspath(path)} holds the memory of {of}, not of {kind}")
    form = {name: _form(memory.get(name, part), part, params) for name, part in now.items()}
    history = History(*np.empty((4, n)))
    like = {"run": Fit(params, params, history, state, 0, ""), "optimizer": {"kind": kind, **form}}
    read = checkpoints.load(path, like)
    now.update((name, read["optimizer"][name]) for name in form)
    run: Fit = read["run"]
    return run


def _form(found: Any, now: Any, params: Any) -> Any:
    """What a part of an optimizer's memory should look like: a setting, or a moment."""
    if isinstance(now, int | float) and isinstance(found, int | float):
        return found  # lr=1 is as good as lr=1.0
    arrays = dict(_tree.leaves(found))
    if now is None and all(isinstance(a, np.ndarray) for a in arrays.values()):
        return None if found is None else params  # before the first step there is no moment yet
    return now
