"""The regulariser for the flow of information in PyTorch: errors and ratios by differentiation.

    Ω = Σ_t (‖e[t+1] · ∂h[t+1]/∂h[t]‖ / ‖e[t+1]‖ - 1)²         e[t] = ∂L/∂h[t]

What `rnncourse.information_flow` derives by hand. Here e comes from `torch.autograd`, and Ω is a
tensor whose gradient is the immediate one: it depends on W_hh where it multiplies, nowhere else.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from rnncourse import elman
from rnncourse.nn.elman import Elman
from rnncourse.nn.relu_rnn import ReLURNN

__all__ = ["omega"]


def omega(
    module: Elman | ReLURNN, x: Tensor, loss: Callable[[Tensor], Tensor], state: Any = None
) -> tuple[Tensor, Tensor]:
    """Ω of a network on a batch of sequences of one length, mean over the batch.

    Args:
        module: the network.
        x: (T, B, I).
        loss: from the outputs h (T, B, H) to a scalar, whose gradient is the error signal.
        state: the state before the first step; zeros when left out.

    Returns:
        Ω, whose `backward()` adds ∂⁺Ω/∂W_hh to `module.W_hh.grad` and nothing else; and the ratios
        (T, B), 1 where there is no error.

    Raises:
        ValueError: another module.

    >>> _ = torch.manual_seed(0)
    >>> net = Elman(2, 3)
    >>> value, ratios = omega(net, torch.randn(4, 1, 2), lambda h: h[-1].sum())
    >>> value.backward()
    >>> tuple(ratios.shape), net.W_hh.grad is not None, net.W_ih.grad is None
    ((4, 1), True, True)
    """
    if not isinstance(module, Elman | ReLURNN):
        raise ValueError(f"module must be an Elman or a ReLURNN, got {type(module).__name__}")
    _, state = module(x[:0], state)
    states = []
    for x_t in x:
        state = module.step(x_t, state)
        states.append(state.h)
    if not states:
        return module.W_hh.new_zeros(()), module.W_hh.new_zeros(0, x.shape[1])
    errors = torch.autograd.grad(loss(torch.stack(states)), states, allow_unused=True)
    ratios = []
    for h, e in zip(states, errors, strict=True):
        if e is None:
            ratios.append(h.new_ones(len(h)))
            continue
        slope = 1 - h**2 if module.cell is elman else (h > 0).to(h)
        v = (slope.detach() * e) @ module.W_hh  # e and the states are numbers from here on
        error = _lengths(e)
        # the square root's slope at 0 is infinite: where nothing arrives, nothing is asked
        length = _lengths(torch.where((v == 0).all(dim=1, keepdim=True), v.detach(), v))
        heard = error > 0
        ratios.append(torch.where(heard, length / torch.where(heard, error, 1), 1))
    r = torch.stack(ratios)
    return ((r - 1) ** 2).sum() / max(1, x.shape[1]), r.detach()


def _lengths(a: Tensor) -> Tensor:
    """Norms (B,) of vectors (B, H), too small to be squared as some are."""
    top = a.detach().abs().amax(dim=1)
    top = torch.where(top > 0, top, 1)
    lengths: Tensor = top * (a / top[:, None]).norm(dim=1)
    return lengths
