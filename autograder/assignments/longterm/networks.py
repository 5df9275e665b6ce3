"""Leaky units of six kinds, in PyTorch; automatic differentiation gives their Jacobians."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from autograder.judge.truth import Trace, Truth
from rnncourse.derivation.exercises.longterm import MEMBERS

if TYPE_CHECKING:
    from torch import Tensor


def truth(member: str) -> Truth:
    """The true values for one network."""
    leak, activation = MEMBERS[member]

    def network(n: Trace) -> "Tensor":
        import torch

        keep, take = shares(leak, n.number("alpha", 0.2, 0.45))
        act = torch.tanh if activation == "tanh" else torch.sigmoid
        W, U, b = n.weight("W", "H", "H"), n.weight("U", "H", "I"), n.weight("b", "H", "1")
        x, h = n.inputs("x", "I", "1"), n.start("h", "H", "1")

        def step(before: "Tensor", read: "Tensor") -> "Tensor":
            return keep * before + take * act(b + W @ before + U @ read)

        def last_state(first_input: "Tensor") -> "Tensor":
            state = step(n.sequences["h"][0].detach(), first_input)
            for t in n.times[1:]:
                state = step(state, x[t])
            return state

        for t in n.times:
            before, a = h.detach(), n.note("a", t, b + W @ h + U @ x[t])
            s = n.note("s", t, act(a))
            h = n.note("h", t, keep * h + take * s)
            n.note("J", t, _jacobian(partial(step, read=x[t]), before))
            n.note("D", t, _jacobian(partial(step, before), x[t]))
        n.constants["I"] = torch.eye(len(W), dtype=torch.float64)
        product = n.note("P", n.steps, n.constants["I"])
        for t in reversed(n.times[:-1]):
            product = n.note("P", t, product @ n.sequences["J"][t + 1])
        n.constants["G"] = _jacobian(last_state, x[1])
        return torch.sin(2 * h).sum()  # any loss of the last state alone

    return Truth(network, {"dh": "h"})


def shares(leak: str, alpha: float) -> tuple[float, float]:
    """What a leak keeps of the old state, and takes of the new."""
    return {
        "replaced": (1 - alpha, alpha),
        "kept": (alpha, 1 - alpha),
        "added": (alpha, 1.0),
    }[leak]


def _jacobian(function: "Callable[[Tensor], Tensor]", at: "Tensor") -> "Tensor":
    import torch

    found: Tensor = torch.autograd.functional.jacobian(function, at)  # type: ignore[no-untyped-call]
    return found[:, 0, :, 0]
