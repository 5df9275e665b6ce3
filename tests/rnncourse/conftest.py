"""Every cell of the library, one after the other, for the tests that ask the same of all."""

import signal
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType, SimpleNamespace
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch

from rnncourse import nn, steps

READINGS = {  # cell module: its PyTorch reading in rnncourse.nn
    "clockwork": "Clockwork",
    "elman": "Elman",
    "gru": "GRU",
    "gru_before": "GRUBefore",
    "jordan": "Jordan",
    "leaky": "Leaky",
    "lru": "LRU",
    "lstm": "LSTM",
    "lstm_coupled": "CoupledLSTM",
    "lstm_peephole": "PeepholeLSTM",
    "mingru": "MinGRU",
    "minlstm": "MinLSTM",
    "mlstm": "MLSTM",
    "output_recurrence": "OutputRecurrence",
    "relu_rnn": "ReLURNN",
    "skip": "Skip",
    "slstm": "SLSTM",
}
IN_TORCH = ["elman", "gru", "lstm"]  # of which torch.nn has its own


class Case(NamedTuple):
    """A network, a batch, an initial state, and a loss's gradients by outputs and last state."""

    params: Any
    x: Any
    d_h: Any
    state: Any
    d_end: Any


@dataclass(frozen=True)
class Cell:
    """A cell module, and its results as arrays by name, from each independent route."""

    name: str
    module: ModuleType

    def draw(self, size: tuple[int, int, int, int], dtype: Any = np.float64) -> Case:
        """Random numbers of the given T, B, I, H; the state is one that the cell can be in."""
        T, B, I, H = size
        rng = np.random.default_rng(size)
        params = self.module.init(rng, I, H, dtype=dtype)

        def normal(shape: Any) -> Any:
            return rng.standard_normal(shape).astype(dtype)

        x = normal((T, B, I))
        _, state, _ = self.module.forward(params, normal((3, B, I)))
        h, _, _ = self.module.forward(params, x, state)
        d_end = type(state)(*(normal(part.shape) for part in state))
        return Case(params, x, normal(h.shape), state, d_end)

    def run(self, case: Case, lengths: Any = None) -> dict[str, Any]:
        """Forward and backward by the cell."""
        params, x, d_h, state, d_end = case
        h, end, cache = self.module.forward(params, x, state, lengths=lengths)
        return named(h, end, *self.module.backward(cache, d_h, d_end))

    def run_steps(self, case: Case) -> dict[str, Any]:
        """The same by the chapter's steps."""
        params, x, d_h, state, d_end = case
        h, end, cache = steps.forward(self.module, params, x, state)
        return named(h, end, *steps.backward(self.module, cache, d_h, d_end))

    def in_steps(self) -> Any:
        """The chapter's steps with the call shape of a cell."""
        return steps_of(self.module)

    def run_torch(self, case: Case, lengths: Any = None) -> dict[str, Any]:
        """The same by torch.nn and its packed sequences."""
        layer = self.module.to_torch(case.params)
        x, state = _leaf(case.x), [_leaf(part) for part in case.state]
        start = tuple(part[None] for part in state)
        given: Any = x
        if lengths is not None:
            given = torch.nn.utils.rnn.pack_padded_sequence(x, lengths, enforce_sorted=False)
        h, end = layer(given, start[0] if len(start) == 1 else start)
        if lengths is not None:
            h, _ = torch.nn.utils.rnn.pad_packed_sequence(h, total_length=len(x))
        ends = [part[0] for part in (end if isinstance(end, tuple) else (end,))]
        _loss(case, h, ends).backward()
        weights = [_grad(w) for w in (layer.weight_ih_l0, layer.weight_hh_l0, layer.bias_ih_l0)]
        if "b_hn" in case.params._fields:  # the only row of the second bias that is not the first's
            weights.append(_grad(layer.bias_hh_l0)[-case.params.b_hn.size :])
        return _arrays(case, h, ends, x, weights, state)

    @property
    def reading(self) -> Any:
        """The class of the same name in rnncourse.nn."""
        return getattr(nn, READINGS[self.name])

    def run_reading(self, case: Case, lengths: Any = None, **how: Any) -> dict[str, Any]:
        """The same by the PyTorch reading of this library and automatic differentiation."""
        reading = self.reading.from_params(case.params, **how)
        x, state = _leaf(case.x), [_leaf(part) for part in case.state]
        h, end = reading(x, state[0] if len(state) == 1 else tuple(state), lengths)
        ends = list(end) if isinstance(end, tuple) else [end]
        _loss(case, h, ends).backward()
        weights = [_grad(reading.get_parameter(name)) for name in case.params._fields]
        return _arrays(case, h, ends, x, weights, state)


def steps_of(cell: Any) -> Any:
    """A cell whose `forward` and `backward` are the loop over its steps."""

    def forward(params: Any, x: Any, state: Any = None) -> Any:
        if state is None:
            state = cell.forward(params, x[:0])[1]
        return steps.forward(cell, params, x, state)

    def backward(cache: Any, d_h: Any, d_state: Any) -> Any:
        return steps.backward(cell, cache, d_h, d_state)

    return SimpleNamespace(init=cell.init, forward=forward, backward=backward)


def named(h: Any, end: Any, d_x: Any, grads: Any, d_state: Any) -> dict[str, Any]:
    """Results by name: h, d_x, the gradients of the weights, end.…, d_state.…."""
    ends = {f"end.{name}": part for name, part in end._asdict().items()}
    starts = {f"d_state.{name}": part for name, part in d_state._asdict().items()}
    return {"h": h, **ends, "d_x": d_x, **grads._asdict(), **starts}


def _leaf(array: Any) -> torch.Tensor:
    return torch.tensor(array, requires_grad=True)


def _grad(leaf: Any) -> Any:
    """Its gradient; PyTorch leaves None where no path leads from the loss to it."""
    return torch.zeros_like(leaf) if leaf.grad is None else leaf.grad


def _loss(case: Case, h: torch.Tensor, ends: list[torch.Tensor]) -> torch.Tensor:
    pairs = [(h, case.d_h), *zip(ends, case.d_end, strict=True)]
    return sum((a * torch.tensor(d)).sum() for a, d in pairs)  # type: ignore[return-value]


def _arrays(case: Case, h: Any, ends: Any, x: Any, weights: Any, state: Any) -> dict[str, Any]:
    State, Params = type(case.state), type(case.params)
    ends = State(*(part.detach().numpy() for part in ends))
    grads = Params(*(g.numpy() for g in weights))
    starts = State(*(_grad(part).numpy() for part in state))
    return named(h.detach().numpy(), ends, _grad(x).numpy(), grads, starts)


def _cells(names: Any) -> list[Any]:
    return [pytest.param(Cell(name, import_module(f"rnncourse.{name}")), id=name) for name in names]


@pytest.fixture(scope="session", params=_cells(READINGS))
def cell(request: pytest.FixtureRequest) -> Cell:
    """Each cell of the library."""
    found: Cell = request.param
    return found


@pytest.fixture(scope="session")
def in_steps() -> Any:
    """From a cell module to its chapter's steps with the call shape of a cell."""
    return steps_of


@pytest.fixture(scope="session", params=_cells(IN_TORCH))
def torch_cell(request: pytest.FixtureRequest) -> Cell:
    """Each cell that torch.nn has as well."""
    found: Cell = request.param
    return found


@pytest.fixture
def ctrl_c() -> Iterator[None]:
    """Ctrl-C as in a program that somebody started; other tests and `nohup` change it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
