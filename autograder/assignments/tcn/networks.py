"""The residual blocks behind the derivation, in PyTorch; their gradients are the truth."""

from typing import TYPE_CHECKING

from autograder.judge.truth import Trace, Truth
from rnncourse.derivation.exercises.tcn import DILATIONS, MEMBERS

if TYPE_CHECKING:
    from torch import Tensor


def truth(member: str) -> Truth:
    """The values of the derivation's symbols, for one block: squared error after it."""
    dilation, path = MEMBERS[member]

    def network(n: Trace) -> "Tensor":
        import torch

        P, Q = n.weight("P", "H", "I"), n.weight("Q", "H", "I")
        R, S = n.weight("R", "I", "H"), n.weight("S", "I", "H")
        b, c = n.weight("b", "H", "1"), n.weight("c", "I", "1")
        gain, shift, slope = n.parameters("f", (0.6, 1.2), (-0.5, 0.5), (0.1, 0.4))
        alpha = n.number("alpha", 0.3, 0.7) if path == "weighted" else 1.0
        x, y = n.inputs("x", "I", "1", with_gradient=True), n.inputs("y", "I", "1")

        def f(z: "Tensor") -> "Tensor":
            return gain * torch.tanh(z + shift) + slope * z

        u: dict[int, Tensor] = {}
        loss = torch.zeros((), dtype=torch.float64)
        for t in n.times:
            before = t - DILATIONS[dilation]
            a = b + P @ x[t] + Q @ x.get(before, 0 * x[t])  # before the first step is zero
            u[t] = n.note("u", t, f(n.note("a", t, a)))
            e = c + R @ u[t] + S @ u.get(before, 0 * u[t])
            v = n.note("v", t, f(n.note("e", t, e)))
            h = n.note("h", t, f(n.note("z", t, v + alpha * x[t])))
            loss = loss + ((h - y[t]) ** 2).sum() / 2
        return loss

    return Truth(network, {f"d{name}": name for name in "zeuaxcSQ"}, steps=7)
