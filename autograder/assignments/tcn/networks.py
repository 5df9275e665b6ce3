"""The residual block behind the derivation, in PyTorch; its gradients are the truth."""

from typing import TYPE_CHECKING

from autograder.judge.truth import Trace, Truth

if TYPE_CHECKING:
    from torch import Tensor

DILATION = 2


def residual_block(n: Trace) -> "Tensor":
    """Two dilated causal convolutions of two taps and a path around them, with squared error."""
    import torch

    P, Q = n.weight("P", "H", "I"), n.weight("Q", "H", "I")
    R, S = n.weight("R", "I", "H"), n.weight("S", "I", "H")
    b, c = n.weight("b", "H", "1"), n.weight("c", "I", "1")
    gain, shift, slope = n.parameters("f", (0.6, 1.2), (-0.5, 0.5), (0.1, 0.4))
    x, y = n.inputs("x", "I", "1", with_gradient=True), n.inputs("y", "I", "1")

    def f(z: "Tensor") -> "Tensor":
        return gain * torch.tanh(z + shift) + slope * z

    u: dict[int, Tensor] = {}
    loss = torch.zeros((), dtype=torch.float64)
    for t in n.times:
        before = t - DILATION
        a = b + P @ x[t] + (Q @ x[before] if before > 0 else 0)
        u[t] = n.note("u", t, f(n.note("a", t, a)))
        e = c + R @ u[t] + (S @ u[before] if before > 0 else 0)
        v = n.note("v", t, f(n.note("e", t, e)))
        h = n.note("h", t, f(n.note("z", t, v + x[t])))
        loss = loss + ((h - y[t]) ** 2).sum() / 2
    return loss


BLOCK = Truth(residual_block, {f"d{name}": name for name in "zeuaxcSQ"}, steps=6)
