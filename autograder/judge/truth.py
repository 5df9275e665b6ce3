"""True values for a derivation: a few lines of PyTorch declare a network, its gradients follow.

A network is a function of a ``Trace`` that draws what it needs, notes what it computes, and returns
the loss::

    def elman(n: Trace) -> Tensor:
        W, U, b = n.weight("W", "H", "H"), n.weight("U", "H", "I"), n.weight("b", "H", "1")
        x, h = n.inputs("x", "I", "1"), n.start("h", "H", "1")
        for t in n.times:
            a = n.note("a", t, b + W @ h + U @ x[t])
            h = n.note("h", t, torch.tanh(a))
        ...
        return loss

Every dimension has another size, so that no wrong shape passes, and everything is float64.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from torch import Tensor

SIZES = {"H": 3, "I": 2, "K": 5}
STEPS = 4


class Trace:
    """What a network draws and computes on the way to its loss."""

    def __init__(self, rng: np.random.Generator, sizes: Mapping[str, int], steps: int) -> None:
        self.rng = rng
        self.sizes = sizes
        self.steps = steps
        self.times = range(1, steps + 1)
        self.constants: dict[str, Tensor] = {}
        self.sequences: dict[str, dict[int, Tensor]] = {}
        self.functions: dict[str, tuple[float, ...]] = {}

    def _draw(self, shape: tuple[str, ...], scale: float) -> "Tensor":
        import torch

        size = [1 if d == "1" else self.sizes[d] for d in shape]
        return torch.tensor(scale * self.rng.normal(size=size), dtype=torch.float64)

    def weight(self, name: str, *shape: str, scale: float = 0.8) -> "Tensor":
        """A matrix that is the same at every step, normally distributed."""
        self.constants[name] = self._draw(shape, scale).requires_grad_()
        return self.constants[name]

    def number(self, name: str, low: float, high: float) -> float:
        """A number between two bounds."""
        import torch

        value = float(self.rng.uniform(low, high))
        self.constants[name] = torch.tensor([[value]], dtype=torch.float64)
        return value

    def learnt(self, name: str, low: float, high: float) -> "Tensor":
        """A number between two bounds, of which the gradient is known afterwards."""
        import torch

        value = [[float(self.rng.uniform(low, high))]]
        self.constants[name] = torch.tensor(value, dtype=torch.float64, requires_grad=True)
        return self.constants[name]

    def inputs(
        self, name: str, *shape: str, scale: float = 1.0, with_gradient: bool = False
    ) -> dict[int, "Tensor"]:
        """A matrix for each of the steps 1 to T, normally distributed."""
        self.sequences[name] = {
            t: self._draw(shape, scale).requires_grad_(with_gradient) for t in self.times
        }
        return self.sequences[name]

    def classes(self, name: str, dimension: str) -> dict[int, "Tensor"]:
        """A one-hot column for each of the steps 1 to T."""
        import torch

        rows = torch.eye(self.sizes[dimension], dtype=torch.float64)
        drawn = self.rng.integers(self.sizes[dimension], size=self.steps)
        self.sequences[name] = {
            t: rows[int(k)][:, None] for t, k in zip(self.times, drawn, strict=True)
        }
        return self.sequences[name]

    def start(self, name: str, *shape: str) -> "Tensor":
        """The value of a sequence at step 0."""
        return self.note(name, 0, self._draw(shape, 0.6).requires_grad_())

    def note(self, name: str, time: int, value: "Tensor") -> "Tensor":
        """Keep a value of a sequence; its gradient is known afterwards."""
        if value.requires_grad:
            value.retain_grad()
        self.sequences.setdefault(name, {})[time] = value
        return value

    def keep(self, name: str, value: "Tensor") -> "Tensor":
        """Keep a value that has no time; its gradient is known afterwards."""
        if value.requires_grad:
            value.retain_grad()
        self.constants[name] = value
        return value

    def parameters(self, name: str, *bounds: tuple[float, float]) -> tuple[float, ...]:
        """The numbers of a function that the exercise leaves open."""
        self.functions[name] = tuple(float(self.rng.uniform(*b)) for b in bounds)
        return self.functions[name]


@dataclass(frozen=True)
class Truth:
    """The true values of an exercise's symbols, as ``DerivationItem.truth`` wants them."""

    network: Callable[[Trace], "Tensor"]
    gradients: Mapping[str, str]  # {"dh": "h"}: dh is the gradient of the loss by h
    multiples: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    # {"DW": ("eta", "W_hh")}: DW = -eta times the gradient by W_hh
    sizes: Mapping[str, int] = field(default_factory=lambda: dict(SIZES))
    steps: int = STEPS

    def __call__(self, rng: np.random.Generator) -> dict[str, Any]:
        """One draw as plain data: ``T``, ``sizes``, ``values``, ``functions``.

        Raises:
            ValueError: where a gradient is asked of something that the loss does not reach.
        """
        trace = Trace(rng, self.sizes, self.steps)
        self.network(trace).backward()  # type: ignore[no-untyped-call]
        values = {name: _plain(v) for name, v in trace.constants.items()}
        values |= {name: self._sequence(s) for name, s in trace.sequences.items()}
        for name, of in self.gradients.items():
            if of in trace.constants:
                values[name] = _plain(_gradient(trace.constants[of], of))
            else:
                sequence = {t: _gradient(v, of) for t, v in trace.sequences[of].items() if t > 0}
                values[name] = self._sequence(sequence)
        for name, (factor, of) in self.multiples.items():
            step = -trace.constants[factor] * _gradient(trace.constants[of], of)
            values[name] = _plain(step)
        sizes, functions = dict(self.sizes), dict(trace.functions)
        return {"T": self.steps, "sizes": sizes, "values": values, "functions": functions}

    def _sequence(self, values: Mapping[int, "Tensor"]) -> list[Any]:
        return [_plain(values[t]) if t in values else None for t in range(self.steps + 1)]


def _gradient(value: "Tensor", name: str) -> "Tensor":
    if value.grad is None:
        raise ValueError(f"gradients: the loss does not depend on {name}")
    return value.grad


def _plain(value: "Tensor") -> list[list[float]]:
    return value.detach().tolist()  # type: ignore[no-any-return, no-untyped-call]
