"""How long the sequences of a padded batch are, in PyTorch."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from rnncourse.nn import _validate


def known(lengths: Any, T: int, B: int, device: torch.device) -> Tensor:
    """The lengths (B,) as a tensor of integers from 0 to T.

    Raises:
        ValueError: another shape, what is no integer, or a length out of range.
    """
    found = _validate.numbers("lengths", lengths, device)
    if found.shape != (B,):
        raise ValueError(f"lengths must have shape {(B,)}, got {tuple(found.shape)}")
    if B and not 0 <= int(found.min()) <= int(found.max()) <= T:
        raise ValueError(f"lengths must lie between 0 and T = {T}, got {found.tolist()}")
    return found
