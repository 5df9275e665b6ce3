"""The comparison's networks in PyTorch, on a GPU where there is one: what the paper's scale needs.

The recurrent networks are PyTorch's own, `torch.nn.RNN`, `LSTM` and `GRU`, whose steps run fused on
a GPU; the TCN is `rnncourse.nn.DropoutTCN`, with its weight normalisation and its dropout.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from experiments.experiment import Show
from experiments.sequence_tasks import Problem
from rnncourse.nn import DropoutTCN, training

CELLS = {"elman": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


class Reader(nn.Module):
    """A network and the output layer on its states, x (T, B, I) to o (T, B, K)."""

    def __init__(self, kind: dict[str, Any], input_size: int, output_size: int) -> None:
        super().__init__()
        units = kind["units"]
        if kind["cell"] == "tcn":
            sizes = {"levels": kind["levels"], "kernel_size": kind["kernel_size"]}
            normed, rate = kind.get("normed", False), kind.get("dropout", 0.0)
            self.cell: Any = DropoutTCN(input_size, units, rate, normed=normed, **sizes)
        else:
            self.cell = CELLS[kind["cell"]](input_size, units)
        self.out = nn.Linear(units, output_size)

    def forward(self, x: Tensor) -> Tensor:
        """Outputs o of every step."""
        o: Tensor = self.out(self.cell(x)[0])
        return o


def device(wanted: str | None = None) -> str:
    """That which is wanted, or the GPU where there is one.

    Raises:
        ValueError: a GPU is wanted and PyTorch sees none.
    """
    there = torch.cuda.is_available()
    if wanted is not None and wanted.startswith("cuda") and not there:
        raise ValueError(f"device must be cpu, as PyTorch sees no GPU, got {wanted}")
    return wanted or ("cuda" if there else "cpu")


def train(
    problem: Problem,
    kind: dict[str, Any],
    seed: int,
    show: Show,
    *,
    every: int,
    enough: float,
    on: str,
) -> tuple[int, list[float]]:
    """Train one network in rounds, as `experiments.compare.train` does: its weights, its tests."""
    torch.manual_seed(seed)
    module = Reader(kind, *problem.sizes).to(on)
    rule = getattr(torch.optim, kind.get("optimizer", "Adam"))(module.parameters(), kind["lr"])
    curve: list[float] = []

    def loss(module: Any, x: Tensor, y: Tensor) -> Tensor:
        o: Tensor = module(x)
        if problem.error == "squared":
            return nn.functional.mse_loss(o[-1], y)
        o = o if problem.error == "entropy" else o[-1]
        return nn.functional.cross_entropy(o.flatten(0, -2), y.flatten())

    def batches(rng: np.random.Generator) -> Iterator[Any]:
        while True:
            yield problem.draw(rng)

    clip: Any = {} if kind.get("clip") is None else {"clip_norm": kind["clip"]}
    for turn in range(kind["updates"] // every):
        options: Any = {"steps": every, "seed": 1000 * seed + turn, "progress": False}
        training.fit(module, loss, batches, rule, **options, **clip)
        curve.append(test(module, problem, on))
        show((turn + 1) * every / kind["updates"], f"test {curve[-1]:.3g}")
        if curve[-1] <= enough:
            break
    return sum(weight.numel() for weight in module.parameters()), curve


@torch.no_grad()
def test(module: Any, problem: Problem, on: str, at_once: int = 250) -> float:
    """The problem's error on its other sequences, some at once."""
    x, y = problem.test
    found, count = 0.0, x.shape[1]
    module.eval()
    for first in range(0, count, at_once):
        part = slice(first, first + at_once)
        o = module(torch.from_numpy(np.ascontiguousarray(x[:, part])).to(on))
        wanted = torch.from_numpy(y[:, part] if problem.error == "entropy" else y[part]).to(on)
        if problem.error == "squared":
            error = ((o[-1] - wanted) ** 2).mean()
        elif problem.error == "wrong":
            error = (o[-1].argmax(dim=-1) != wanted).double().mean()
        else:
            error = nn.functional.cross_entropy(o.flatten(0, 1), wanted.flatten())
        found += float(error) * o.shape[1] / count
    module.train()
    return found
