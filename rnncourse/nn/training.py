"""The training loop of `rnncourse.training` for PyTorch modules, which change in place.

    for each step:   loss = loss(module, *batch);  loss.backward()  norm = ‖gradient‖
                     the gradient is clipped;  optimizer.step()
                     now and then: is validate(module) the best so far? keep the weights

The n-th step seeds PyTorch's random numbers from `seed` and n, so that dropout too is what it
would have been in a run that was never cut.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from rnncourse import _fitting, _tree, _wiring, checkpoints
from rnncourse._fitting import Batches, Diverged, Fit, History, Plan

__all__ = ["Diverged", "Fit", "History", "fit", "load", "save"]


def fit(
    module: nn.Module,
    loss: Callable[..., Any],
    batches: Batches,
    optimizer: torch.optim.Optimizer,
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
    """Train a module; at the end it holds the weights of the result's `params`.

    Args:
        module: what to train.
        loss: from the module and a batch to a scalar, or to a scalar and the state to carry.
        batches: as for `rnncourse.training.fit`; NumPy arrays become tensors where the module is.
        optimizer: of `torch.optim`, over the module's parameters.
        steps: updates in all, those of `resume` counted.
        clip_norm: scale gradients down to this norm where they are longer.
        clip_value: cut every entry of a gradient to [-clip_value, clip_value].
        rate: the learning rate by step, from 1, of every group of parameters.
        carry: batches of a pass follow each other: `loss` is given `state=`, what it returned
            second for the batch before, detached (None for the first of a pass).
        validate: a number for the module, called in evaluation mode and without gradients;
            smaller is better.
        every: steps from one validation (and one call of `after`) to the next.
        patience: stop after so many validations in which none was better than the best before.
        seed: of the batches, where they are a function, and of PyTorch's random numbers.
        resume: a run to go on with; its weights are loaded into the module. The optimizer must be
            the one of that run, or as `load` leaves it.
        after: called with the run so far every `every` steps, to save or to draw it.
        progress: show a bar, in a terminal or a notebook.

    Returns:
        A `Fit` as that of `rnncourse.training.fit`; weights are dicts of NumPy arrays, as
        `module.state_dict()` names them.

    Raises:
        ValueError: an option that makes no sense, or batches that come to an end.
        Diverged: the loss or its gradient is no longer finite; it names the step.

    >>> from rnncourse.nn import Elman
    >>> module = Elman(2, 3)
    >>> def loss(module, x, y):
    ...     return ((module(x)[0] - y) ** 2).mean()
    >>> batches = [(np.ones((5, 4, 2), np.float32), np.full((5, 4, 3), 0.5, np.float32))]
    >>> run = fit(module, loss, batches, torch.optim.Adam(module.parameters(), 0.01), steps=100)
    >>> bool(run.history.loss[-1] < 0.1 * run.history.loss[0])
    True
    """
    _fitting.check_clipping(clip_norm, clip_value)
    learner = _Learner(module, loss, optimizer, clip_norm, clip_value, rate, carry, validate, seed)
    if resume is not None:
        learner.put(resume.latest)
        learner.state = _tree.apply(learner.tensor, resume.state)
    plan = Plan(steps, validate is not None, every, patience, seed, resume, after, progress)
    device = learner.device
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        result = _fitting.run(learner, batches, plan)
    learner.put(result.params)
    return result


class _Learner:
    """A module on its way."""

    def __init__(
        self,
        module: nn.Module,
        loss: Callable[..., Any],
        optimizer: torch.optim.Optimizer,
        clip_norm: float | None,
        clip_value: float | None,
        rate: Callable[[int], float] | None,
        carry: bool,
        validate: Callable[[Any], float] | None,
        seed: int,
    ) -> None:
        self.module, self.loss, self.optimizer = module, loss, optimizer
        self.clip_norm, self.clip_value = clip_norm, clip_value
        self.rate, self.carry, self.validate, self.seed = rate, carry, validate, seed
        self.state: Any = None
        self.device = next((p.device for p in module.parameters()), torch.device("cpu"))

    def learn(self, batch: Any, step: int, first: bool) -> tuple[float, float]:
        torch.manual_seed(int(np.random.SeedSequence([self.seed, step]).generate_state(1)[0]))
        given, named = _fitting.arguments(batch)
        self.optimizer.zero_grad()
        if self.carry:
            named = {**named, "state": None if first else self.state}
        result = self.loss(
            self.module,
            *(self.tensor(a) for a in given),
            **{name: self.tensor(a) for name, a in named.items()},
        )
        if self.carry and not (isinstance(result, tuple) and len(result) == 2):
            raise ValueError("loss must return a scalar and the state, for carry=True")
        loss, state = result if self.carry else (result, None)
        if self.carry and not _wiring.has_arrays(state):
            raise ValueError(f"carry must be False for a network without a state, got {state!r}")
        loss.backward()
        grads = [p.grad for p in self.module.parameters() if p.grad is not None]
        norm = math.sqrt(sum(float(g.double().square().sum()) for g in grads))
        _fitting.require_finite(loss.item(), norm)
        for g in grads:
            if self.clip_norm is not None and norm > self.clip_norm:
                g.mul_(self.clip_norm / norm)
            if self.clip_value is not None:
                g.clamp_(-self.clip_value, self.clip_value)
        if self.rate is not None:
            for group in self.optimizer.param_groups:
                group["lr"] = self.rate(step)
        self.optimizer.step()
        self.state = _tree.apply(Tensor.detach, state)
        return loss.item(), norm

    def carried(self) -> Any:
        return _tree.apply(_array, self.state)

    def value(self) -> float:
        if self.validate is None:
            return math.nan
        training = self.module.training
        self.module.eval()
        try:
            with torch.no_grad():
                return float(self.validate(self.module))
        finally:
            self.module.train(training)

    def weights(self) -> dict[str, Any]:
        return {name: _array(t) for name, t in self.module.state_dict().items()}

    def put(self, weights: dict[str, Any]) -> None:
        self.module.load_state_dict({k: torch.from_numpy(np.array(a)) for k, a in weights.items()})

    def tensor(self, argument: Any) -> Any:
        if isinstance(argument, np.ndarray):
            argument = torch.from_numpy(np.array(argument))  # a copy, which may be written
        return argument.to(self.device) if isinstance(argument, Tensor) else argument


def save(path: str | os.PathLike[str], run: Fit, optimizer: torch.optim.Optimizer) -> None:
    """Write a run and its optimizer's memory, so that `load` can go on with it.

    Args:
        path: of the file, a checkpoint; one that is there is replaced, as a whole or not at all.
        run: what `fit` returned, or passed to `after`.
        optimizer: the optimizer of the run.

    Raises:
        ValueError: the optimizer remembers something that is neither array nor number.
    """
    memory = {
        "kind": type(optimizer).__name__,
        "memory": _exchanged(optimizer.state_dict(), _array),
    }
    checkpoints.save(path, {"run": run, "optimizer": memory})


def load(
    path: str | os.PathLike[str],
    module: nn.Module,
    optimizer: torch.optim.Optimizer,
    *,
    state: Any = None,
) -> Fit:
    """Read a run, for `fit(…, resume=…)`; the optimizer is set to what it remembered.

    Args:
        path: of the file that `save` wrote, or of one of unknown origin.
        module: of the run's form; it is not changed.
        optimizer: a new optimizer of the run's kind, over the module's parameters.
        state: any state of the module for such a batch, where the run carried one.

    Raises:
        ValueError: the file is no checkpoint of a run, or is one of another module or optimizer.
    """
    found = checkpoints.load(path)
    try:
        memory, (n,) = found["optimizer"], {len(a) for a in found["run"]["history"].values()}
        of = memory["kind"]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ValueError(f"{os.fspath(path)} is a checkpoint, but not of a run") from error
    kind = type(optimizer).__name__
    if of != kind:
        raise ValueError(f"{os.fspath(path)} holds the memory of {of}, not of {kind}")
    weights = {name: _array(t) for name, t in module.state_dict().items()}
    state = _tree.apply(_array, state)
    like = Fit(weights, weights, History(*np.empty((4, n))), state, 0, "")
    run: Fit = checkpoints.load(path, {"run": like, "optimizer": memory})["run"]
    before = optimizer.state_dict()
    try:
        optimizer.load_state_dict(_exchanged(memory["memory"], _tensor))
        _check(optimizer)
    except Exception as error:  # PyTorch raises what it likes on a state that is not its own
        optimizer.load_state_dict(before)
        raise ValueError(f"{os.fspath(path)} holds another optimizer's memory: {error}") from error
    return run


def _check(optimizer: torch.optim.Optimizer) -> None:
    """Raise where a moment has not its parameter's shape."""
    for parameter, state in optimizer.state.items():
        for name, value in state.items():
            if isinstance(value, Tensor) and value.ndim and value.shape != parameter.shape:
                raise ValueError(f"{name} {tuple(value.shape)} for {tuple(parameter.shape)}")


def _exchanged(tree: Any, change: Callable[[Any], Any]) -> Any:
    """A nest of dicts, lists and tuples with `change` of what is no nest."""
    if isinstance(tree, dict):
        return {key: _exchanged(part, change) for key, part in tree.items()}
    if isinstance(tree, list | tuple):
        return type(tree)(_exchanged(part, change) for part in tree)
    return change(tree)


def _array(value: Any) -> Any:
    return value.detach().cpu().numpy().copy() if isinstance(value, Tensor) else value


def _tensor(value: Any) -> Any:
    return torch.from_numpy(np.array(value)) if isinstance(value, np.ndarray) else value
