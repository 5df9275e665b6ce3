"""The cells behind the derivations and the students' own, in PyTorch: gradients are the truth.

One definition of a personal cell serves both exercises: columns, one sequence, for the derivation;
rows, a batch, for the code.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.judge.truth import Trace, Truth
from rnncourse.derivation.exercises.gated import MEMBERS

if TYPE_CHECKING:
    from torch import Tensor

Sums = dict[str, Any]


def _drawn(n: Trace, gates: str) -> tuple[dict[int, Any], Callable[[str, int, Any], Any]]:
    """Inputs and targets, and what goes into a gate from its three weights."""
    weights = {
        gate: (
            n.weight(f"b_{gate}", "H", "1", scale=0.5),
            n.weight(f"W_{gate}", "H", "H"),
            n.weight(f"U_{gate}", "H", "I"),
        )
        for gate in gates
    }
    x, y = n.inputs("x", "I", "1"), n.inputs("y", "H", "1")

    def into(gate: str, t: int, h: Any) -> Any:
        b, W, U = weights[gate]
        return b + W @ h + U @ x[t]

    return y, into


def lstm(n: Trace) -> "Tensor":
    """An LSTM whose every state is compared with what it should be."""
    import torch

    y, into = _drawn(n, "ifgo")
    h, c = n.start("h", "H", "1"), n.start("c", "H", "1")
    loss = torch.zeros((), dtype=torch.float64)
    for t in n.times:
        a = {gate: n.note(f"a_{gate}", t, into(gate, t, h)) for gate in "ifgo"}
        i, f, o = (n.note(gate, t, torch.sigmoid(a[gate])) for gate in "ifo")
        g = n.note("g", t, torch.tanh(a["g"]))
        c = n.note("c", t, f * c + i * g)
        h = n.note("h", t, o * torch.tanh(c))
        loss = loss + ((h - y[t]) ** 2).sum() / 2
    return loss


class LSTMTruth(Truth):
    """With the two values that no gradient by a sequence of steps is."""

    def __call__(self, rng: np.random.Generator) -> dict[str, Any]:
        """One draw: ``dplus_h`` with h held alone, ``dc0`` by the cell before the first step."""
        found: dict[str, Any] = {}

        def network(n: Trace) -> "Tensor":
            found["trace"] = n
            return lstm(n)

        drawn = Truth(network, self.gradients, sizes=self.sizes, steps=self.steps)(rng)
        trace = found["trace"]
        h, y, c = (trace.sequences[name] for name in "hyc")
        immediate = [None, *((h[t] - y[t]).detach().tolist() for t in trace.times)]
        values = {**drawn["values"], "dplus_h": immediate, "dc0": c[0].grad.tolist()}
        return {**drawn, "values": values}


LSTM = LSTMTruth(lstm, {f"d{name}": name for name in ("h", "c", "a_i", "a_f", "a_g", "a_o", "W_f")})


def cell(
    member: str, into: Callable[[str], Any], p: Any, c: Any, note: Callable[[str, Any], Any]
) -> tuple[Any, Any]:
    """One step of a personal cell: the new state and the new cell.

    Args:
        member: which of the family.
        into: what a gate gets from the state and the input.
        p: the peephole's weights.
        c: the old cell.
        note: called with each value on the way, and gives it back.
    """
    import torch

    coupling, peephole, shown = MEMBERS[member]

    def gate(name: str, looks_at: Any) -> Any:
        a = into(name) + p * looks_at if peephole == name else into(name)
        return note(name, torch.sigmoid(note(f"a_{name}", a)))

    u = gate("u", c)
    g = note("g", torch.tanh(note("a_g", into("g"))))
    if coupling == "output":
        v = gate("v", c)
        c = note("c", u * c + v * g)
        shows = 1 - u
    else:
        kept = u if coupling == "input" else 1 - u
        c = note("c", kept * c + (1 - kept) * g)
        shows = gate("v", c)
    return note("h", shows * (torch.tanh(c) if shown == "bent" else c)), c


def truth(member: str) -> Truth:
    """The values of the derivation's symbols, for one cell."""

    def network(n: Trace) -> "Tensor":
        import torch

        p = n.weight("p", "H", "1")
        y, into = _drawn(n, "uvg")
        h, c = n.start("h", "H", "1"), n.start("c", "H", "1")
        loss = torch.zeros((), dtype=torch.float64)
        for t in n.times:

            def from_state(gate: str, t: int = t, h: Any = h) -> Any:
                return into(gate, t, h)

            def note(name: str, value: Any, t: int = t) -> Any:
                return n.note(name, t, value)

            h, c = cell(member, from_state, p, c, note)
            loss = loss + ((h - y[t]) ** 2).sum() / 2
        return loss

    return Truth(network, {f"d{name}": name for name in ("h", "c", "a_u", "a_v", "a_g", "p")})


def solver(member: str) -> Callable[..., dict[str, Any]]:
    """Loss and gradients of a batch, for one cell: the truth of the code exercise."""

    def solve(params: Mapping[str, Any], x: Any, y: Any, h0: Any, c0: Any) -> dict[str, Any]:
        import torch

        leaves = {
            name: torch.tensor(np.asarray(value), dtype=torch.float64, requires_grad=True)
            for name, value in {**params, "h0": h0, "c0": c0}.items()
        }
        h, c = leaves["h0"], leaves["c0"]
        B = len(h)
        loss = torch.zeros((), dtype=torch.float64)
        for x_t, y_t in zip(torch.tensor(x), torch.tensor(y), strict=True):
            a = leaves["b"] + h @ leaves["W_hh"].T + x_t @ leaves["W_ih"].T
            rows = dict(zip("uvg", torch.chunk(a, 3, dim=1), strict=True))
            h, c = cell(member, rows.__getitem__, leaves["p"], c, lambda _, value: value)
            loss = loss + ((h - y_t) ** 2).sum() / (2 * B)
        names = ("W_hh", "p", "c0")
        grads = torch.autograd.grad(loss, [leaves[name] for name in names])
        found = {f"d_{name}": g.numpy() for name, g in zip(names, grads, strict=True)}
        return {"loss": loss.detach().numpy(), **found}

    return solve
