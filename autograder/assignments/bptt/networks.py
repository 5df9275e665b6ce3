"""The networks behind the derivations, in PyTorch; their gradients are the truth."""

from typing import TYPE_CHECKING

from autograder.judge.truth import Trace, Truth

if TYPE_CHECKING:
    from torch import Tensor


def elman_softmax(n: Trace) -> "Tensor":
    """An Elman network with tanh and softmax, its cross-entropy summed over the steps."""
    import torch

    W, U, V = n.weight("W", "H", "H"), n.weight("U", "H", "I"), n.weight("V", "K", "H")
    b, c = n.weight("b", "H", "1"), n.weight("c", "K", "1")
    x, y, h = n.inputs("x", "I", "1"), n.classes("y", "K"), n.start("h", "H", "1")
    loss = torch.zeros((), dtype=torch.float64)
    for t in n.times:
        a = n.note("a", t, b + W @ h + U @ x[t])
        h = n.note("h", t, torch.tanh(a))
        o = n.note("o", t, c + V @ h)
        yhat = n.note("yhat", t, torch.softmax(o, dim=0))
        loss = loss - (y[t] * torch.log(yhat)).sum()
    return loss


def elman_squared(n: Trace) -> "Tensor":
    """An Elman network without biases, its activations left open, with the squared error."""
    import torch

    W_ih, W_hh = n.weight("W_ih", "H", "I"), n.weight("W_hh", "H", "H")
    W_ho = n.weight("W_ho", "K", "H")
    bounds = ((0.6, 1.2), (-0.5, 0.5), (0.1, 0.4))  # gain, shift, slope
    f_H, f_O = n.parameters("f_H", *bounds), n.parameters("f_O", *bounds)
    x, d, h = n.inputs("x", "I", "1"), n.inputs("d", "K", "1"), n.start("h", "H", "1")
    n.number("eta", 0.1, 0.5)

    def act(z: "Tensor", numbers: tuple[float, ...]) -> "Tensor":
        gain, shift, slope = numbers
        return gain * torch.tanh(z + shift) + slope * z

    error = torch.zeros((), dtype=torch.float64)
    for t in n.times:
        h_in = n.note("h_in", t, W_ih @ x[t] + W_hh @ h)
        h = n.note("h", t, act(h_in, f_H))
        y_in = n.note("y_in", t, W_ho @ h)
        y = n.note("y", t, act(y_in, f_O))
        error = error + ((d[t] - y) ** 2).sum() / 2
    return error


GRADIENTS = Truth(elman_softmax, {f"d{name}": name for name in "ohacbVWU"})
CHAIN = Truth(elman_softmax, {f"d{name}": name for name in "oha"})
DELTA = Truth(
    elman_squared, {"delta_o": "y_in", "delta_h": "h_in"}, multiples={"DW": ("eta", "W_hh")}
)
