"""What the wiring in PyTorch shares: which class reads which NumPy layer, and padding."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import torch
from torch import Tensor, nn

from rnncourse import _wiring
from rnncourse.bidirectional import Bidirectional
from rnncourse.deep import Deep
from rnncourse.embedding import Embedded
from rnncourse.nn import _padding, _validate
from rnncourse.nn._recurrent import Recurrent
from rnncourse.nn._windowed import Windowed
from rnncourse.pooling import Pooled


def reading(layer: Any, params: Any, **options: Any) -> nn.Module:
    """The PyTorch reading of a NumPy layer, with these weights.

    Args:
        layer: a cell module such as `rnncourse.lstm`, read by the class of the file of the same
            name; or a wrapper, read by the class of its own name.
        params: its weights.
        options: how a cell is built, such as `by_hand=True`, on to every cell within.

    Raises:
        ValueError: rnncourse.nn has none.
    """
    import rnncourse.nn as readings

    if isinstance(layer, ModuleType):
        file = layer.__name__.rpartition(".")[2]
        for name in (name for name, of in readings._MODULES.items() if of == file):
            kind: Any = getattr(readings, name)
            if issubclass(kind, Recurrent | Windowed):
                cell: nn.Module = kind.from_params(params, **options)
                return cell
    elif type(layer).__name__ in readings.__all__:
        kind = getattr(readings, type(layer).__name__)
        passed = options if isinstance(layer, Bidirectional | Deep | Embedded | Pooled) else {}
        wrapper: nn.Module = kind.from_params(layer, params, **passed)
        return wrapper
    raise ValueError(
        f"rnncourse.nn has no reading of {_wiring.label(layer)}: build the modules, and give them"
    )


def pools(module: Any) -> bool:
    """Whether a single step comes out of it for each sequence."""
    return bool(getattr(module, "pools", False))


def put_out(
    module: Any, x: Tensor, lengths: Tensor | None, real: Tensor | None = None
) -> tuple[Tensor | None, Tensor | None]:
    """The lengths of what a module puts out and which entries are real, from those of x."""
    if not pools(module):
        return lengths, real
    T, B = x.shape[:2]
    n = torch.full((B,), T, device=x.device) if lengths is None else lengths
    return n.clamp(max=1), (n > 0)[None, :, None]


def batch(x: Tensor, lengths: Any) -> tuple[Tensor | None, Tensor | None]:
    """The lengths as a tensor, and which entries (T, B, 1) are real; None for none.

    Raises:
        ValueError: x or lengths of another shape, or lengths out of range.
    """
    _validate.tensor("x", x, ("T", "B", "I"))
    if lengths is None:
        return None, None
    T, B, _ = x.shape
    lengths = _padding.known(lengths, T, B, x.device)
    return lengths, (torch.arange(T, device=x.device)[:, None] < lengths)[:, :, None]
