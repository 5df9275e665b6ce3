"""What the wiring in PyTorch shares: which class reads which NumPy layer, and padding."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn

from rnncourse import _wiring


def reading(layer: Any, params: Any) -> nn.Module:
    """The PyTorch reading of a NumPy layer, with these weights.

    Args:
        layer: a cell module such as `rnncourse.lstm`, or a wrapper; rnncourse.nn has a class for
            it: of the wrapper's own name, or the one whose `cell` it is.
        params: its weights.

    Raises:
        ValueError: rnncourse.nn has none.
    """
    import rnncourse.nn as readings

    if isinstance(layer, ModuleType):
        file = layer.__name__.rpartition(".")[2]
        classes = (getattr(readings, name) for name, of in readings._MODULES.items() if of == file)
        for found in classes:
            if hasattr(found, "from_params") and _runs(found):
                module: nn.Module = found.from_params(params)
                return module
    elif type(layer).__name__ in readings.__all__:
        module = getattr(readings, type(layer).__name__).from_params(layer, params)
        return module
    raise ValueError(
        f"rnncourse.nn has no reading of {_wiring.label(layer)}: build the modules, and give them"
    )


def _runs(kind: Any) -> bool:
    """Whether it is a cell over whole sequences, and not one step or a network with an output."""
    return "lengths" in kind.forward.__annotations__ and "Network" not in kind.__name__


def batch(x: Tensor, lengths: Any) -> tuple[Tensor | None, Tensor | None]:
    """The lengths as a tensor, and which entries (T, B, 1) are real; None for none.

    Raises:
        ValueError: x or lengths of another shape, or lengths out of range.
    """
    if x.ndim != 3:
        raise ValueError(f"x must have shape (T, B, I), got {tuple(x.shape)}")
    if lengths is None:
        return None, None
    T, B, _ = x.shape
    lengths = torch.as_tensor(lengths, device=x.device)
    if lengths.shape != (B,):
        raise ValueError(f"lengths must have shape {(B,)}, got {tuple(lengths.shape)}")
    if B and not 0 <= int(lengths.min()) <= int(lengths.max()) <= T:
        raise ValueError(f"lengths must lie between 0 and T = {T}, got {lengths.tolist()}")
    return lengths, (torch.arange(T, device=x.device)[:, None] < lengths)[:, :, None]
