"""What the random layers' PyTorch readings share: when they are random, and by which masks.

A module in training draws a key from PyTorch's generator at each call, so `torch.manual_seed` rules
it; one that was given a key keeps to it. From the key on the masks are the NumPy layer's own: that
is what lets a test compare the two. A module in evaluation drops nothing.
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

import torch
from torch import Tensor, nn

from rnncourse.nn import _layers


class Masked(nn.Module):
    """A module that reads a random NumPy layer, `self.layer`."""

    layer: Any

    def __getstate__(self) -> dict[str, Any]:
        """Its memory, to be copied or stored: of the layer what says how, not the cell's file."""
        how = {field.name: getattr(self.layer, field.name) for field in fields(self.layer)}
        how.pop("cell", None)  # a module of Python's cannot be copied
        return {**self.__dict__, "layer": (type(self.layer), how)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Be what was copied or stored."""
        super().__setstate__(state)  # type: ignore[no-untyped-call]
        kind, how = self.layer
        within: Any = getattr(self, "cell", None)
        self.layer = kind(**how) if within is None else kind(cell=within.cell, **how)

    def now(self) -> Any:
        """The NumPy layer with the key of this call, or without one in evaluation."""
        if not self.training:
            return replace(self.layer, key=None)
        if self.layer.key is not None:
            return self.layer
        return replace(self.layer, key=int(torch.randint(2**62, ())))

    def as_given(self) -> Any:
        """Itself, in training or in evaluation as the NumPy layer is."""
        return self.train(self.layer.key is not None)


def begin(cell: Any, x: Tensor, state: Any, lengths: Any) -> tuple[Tensor, Any, Tensor | None]:
    """Zero the padding of x; with it the cell's state and which entries (T, B, 1) are real."""
    _, real = _layers.batch(x, lengths)
    _, state = cell(x[:0], state)
    return (x if real is None else torch.where(real, x, x.new_zeros(()))), state, real


def chosen(real: Tensor | None, new: Any, old: Any) -> Any:
    """The new state for sequences that still run, the old one for those that have ended."""
    if real is None:
        return new
    parts = zip(new, old, strict=True)
    return type(new)(*(torch.where(real.view(-1, *(1,) * (n.ndim - 1)), n, o) for n, o in parts))


def stacked(outputs: list[Tensor], state: Any, real: Tensor | None) -> Tensor:
    """The outputs of all steps (T, B, H), zero beyond a sequence's end."""
    if not outputs:
        empty: Tensor = state[0].new_zeros(0, *state[0].shape)
        return empty
    h = torch.stack(outputs)
    return h if real is None else h * real


def tensor(mask: Any, like: Tensor) -> Tensor:
    """A NumPy mask where `like` is, of its dtype."""
    return torch.from_numpy(mask).to(like)
