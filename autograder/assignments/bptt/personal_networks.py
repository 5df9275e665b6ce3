"""The students' own networks in PyTorch; their gradients are the truth.

One definition of each term serves both exercises: columns, one sequence, for the derivation; rows,
a batch, for the code.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.judge.truth import Trace, Truth
from rnncourse.derivation.exercises.bptt_personal import MEMBERS

if TYPE_CHECKING:
    from torch import Tensor


def units(activation: str, a: "Tensor") -> "Tensor":
    """What the units make of what goes into them."""
    import torch

    functions: dict[str, Callable[[Any], Any]] = {
        "tanh": torch.tanh,
        "logistic": torch.sigmoid,
        "softplus": torch.nn.functional.softplus,
    }
    return functions[activation](a)  # type: ignore[no-any-return]


def state(memory: str, alpha: "Tensor", h: "Tensor", s: "Tensor") -> "Tensor":
    """The new state from the old one and the units."""
    return (1 - alpha) * h + alpha * s if memory == "leak" else alpha * h + s


def penalty(kind: str, lam: float, before: "Tensor", h: "Tensor") -> "Tensor":
    """What the loss adds at one step."""
    return lam * ((h if kind == "size" else h - before) ** 2).sum() / 2


def truth(member: str) -> Truth:
    """The values of the derivation's symbols, for one network."""
    memory, activation, kind = MEMBERS[member]

    def network(n: Trace) -> "Tensor":
        import torch

        W, U, V = n.weight("W", "H", "H"), n.weight("U", "H", "I"), n.weight("V", "K", "H")
        b, c = n.weight("b", "H", "1"), n.weight("c", "K", "1")
        alpha, lam = n.learnt("alpha", 0.25, 0.75), n.number("lam", 0.2, 0.6)
        x, y, h = n.inputs("x", "I", "1"), n.classes("y", "K"), n.start("h", "H", "1")
        loss = torch.zeros((), dtype=torch.float64)
        for t in n.times:
            s = n.note("s", t, units(activation, n.note("a", t, b + W @ h + U @ x[t])))
            before, h = h, n.note("h", t, state(memory, alpha, h, s))
            yhat = n.note("yhat", t, torch.softmax(n.note("o", t, c + V @ h), dim=0))
            loss = loss - (y[t] * torch.log(yhat)).sum() + penalty(kind, lam, before, h)
        return loss

    return Truth(network, {f"d{name}": name for name in ("o", "h", "a", "W", "alpha")})


def solver(member: str) -> Callable[..., dict[str, Any]]:
    """Loss and gradients of a batch, for one network: the truth of the code exercise."""
    memory, activation, kind = MEMBERS[member]

    def solve(params: Mapping[str, Any], x: Any, y: Any, h0: Any) -> dict[str, Any]:
        import torch

        leaves = {
            name: torch.tensor(np.asarray(value), dtype=torch.float64, requires_grad=True)
            for name, value in {**params, "h0": h0}.items()
        }
        h, inputs, classes = leaves["h0"], torch.tensor(x), torch.tensor(y)
        B = len(h)
        loss = torch.zeros((), dtype=torch.float64)
        for x_t, y_t in zip(inputs, classes, strict=True):
            a = leaves["b_h"] + h @ leaves["W_hh"].T + x_t @ leaves["W_ih"].T
            before, h = h, state(memory, leaves["alpha"], h, units(activation, a))
            o = leaves["b_o"] + h @ leaves["W_ho"].T
            loss = loss + torch.nn.functional.cross_entropy(o, y_t)
            loss = loss + penalty(kind, float(params["lam"]), before, h) / B
        names = ("W_ih", "W_hh", "alpha", "h0")
        grads = torch.autograd.grad(loss, [leaves[name] for name in names])
        found = {f"d_{name}": g.numpy() for name, g in zip(names, grads, strict=True)}
        return {"loss": loss.detach().numpy(), **found}

    return solve
