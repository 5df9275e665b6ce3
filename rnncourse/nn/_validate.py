"""What the PyTorch readings ask of their arguments; the messages are `rnncourse._validate`'s."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from rnncourse import _validate as _arrays


def tensor(name: str, value: Any, wanted: tuple[int | str, ...]) -> None:
    """Raise unless `value` is a tensor of the shape `wanted`; a string stands for any length."""
    if not isinstance(value, Tensor):
        raise ValueError(f"{name} must be a tensor of PyTorch, got {type(value).__name__}")
    fits = value.ndim == len(wanted) and all(
        isinstance(w, str) or n == w for n, w in zip(value.shape, wanted, strict=True)
    )
    if not fits:
        letters = ", ".join(map(str, wanted)) + ("," if len(wanted) == 1 else "")
        raise ValueError(f"{name} must have shape ({letters}), got {tuple(value.shape)}")


def same_dtype(name: str, value: Tensor, dtype: torch.dtype, of: str = "the weights have") -> None:
    """Raise when `value` would silently change the precision of a computation."""
    if value.dtype != dtype:
        raise ValueError(f"{name} has dtype {value.dtype}, but {of} {dtype}")


def numbers(name: str, value: Any, device: torch.device) -> Tensor:
    """Whole numbers as a tensor of int64."""
    try:
        found: Tensor = torch.as_tensor(value, device=device)
    except (RuntimeError, TypeError, ValueError) as error:
        raise ValueError(f"{name} must be integers, got {type(value).__name__}: {error}") from error
    if found.numel() and (found.is_floating_point() or found.is_complex()):
        raise ValueError(f"{name} must be integers, got {found.dtype}")
    if found.numel() and found.dtype == torch.bool:
        raise ValueError(f"{name} must be integers, got {found.dtype}")
    return found.long()


def floating(dtype: Any) -> torch.dtype:
    """The dtype of the weights: PyTorch's default for None.

    >>> floating(None), floating(torch.float64)
    (torch.float32, torch.float64)
    """
    found = torch.get_default_dtype() if dtype is None else dtype
    if not isinstance(found, torch.dtype) or not found.is_floating_point:
        raise ValueError(
            f"dtype must be a floating one of PyTorch, such as torch.float64, got {dtype!r}"
        )
    return found


def module(name: str, value: Any, kind: type[nn.Module] = nn.Module) -> None:
    """Raise unless `value` is a module of PyTorch, or one of that kind."""
    if not isinstance(value, kind):
        which = "PyTorch" if kind is nn.Module else f"the kind {kind.__name__}"
        found = getattr(value, "__name__", type(value).__name__)
        raise ValueError(f"{name} must be a module of {which}, such as LSTM(2, 3), got {found}")


def weights(params: Any, kind: Any) -> None:
    """Raise unless `params` has the arrays that NamedTuple has, and no others."""
    wanted = getattr(kind, "_fields", ())
    _arrays.fields(params, *wanted)
    if more := [name for name in getattr(params, "_fields", ()) if name not in wanted]:
        raise ValueError(
            f"params must be {kind.__name__}, got {type(params).__name__}, with {', '.join(more)}"
        )


def of_kind(name: str, value: Any, kind: Any) -> None:
    """Raise unless `value` is one of that NamedTuple."""
    if not isinstance(value, kind):
        raise ValueError(f"{name} must be {kind.__name__}, got {type(value).__name__}")
