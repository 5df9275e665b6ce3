"""What the public functions ask of their arguments, with messages that name the argument.

Every function raises `ValueError` saying which argument is meant, what came and what was wanted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


def shape(name: str, array: Array, wanted: tuple[int | str, ...], *, because: str = "") -> None:
    """Raise unless `array` has the shape `wanted`, where a string stands for any length."""
    fits = array.ndim == len(wanted) and all(
        isinstance(w, str) or n == w for n, w in zip(array.shape, wanted, strict=True)
    )
    if not fits:
        letters = ", ".join(str(w) for w in wanted) + ("," if len(wanted) == 1 else "")
        reason = f" ({because})" if because else ""
        raise ValueError(f"{name} must have shape ({letters}){reason}, got {array.shape}")


def inexact(name: str, dtype: np.dtype[Any]) -> None:
    """Raise unless `dtype` is floating (or complex, which the gradient check needs)."""
    if not np.issubdtype(dtype, np.inexact):
        raise ValueError(f"{name} must have a floating dtype such as float64, got {dtype}")


def same_dtype(name: str, array: Array, dtype: np.dtype[Any], of: str) -> None:
    """Raise when `array` would silently change the precision of a computation."""
    if array.dtype != dtype:
        raise ValueError(
            f"{name} has dtype {array.dtype}, but {of} {dtype}: "
            f"mixing precisions is refused; write {name}.astype({str(dtype)!r})"
        )


def parameters(params: Any, wanted: Mapping[str, tuple[int | str, ...]]) -> np.dtype[Any]:
    """Check shapes and the common dtype of a NamedTuple of arrays; returns that dtype."""
    kind = type(params).__name__
    first = next(iter(wanted))
    dtype: np.dtype[Any] = getattr(params, first).dtype
    for name, dimensions in wanted.items():
        array = getattr(params, name)
        shape(f"{kind}.{name}", array, dimensions)
        inexact(f"{kind}.{name}", array.dtype)
        same_dtype(f"{kind}.{name}", array, dtype, f"{kind}.{first} has")
    return dtype


def lengths(
    value: Any, T: int, B: int, *, name: str = "lengths", longest: str = "T"
) -> Array | None:
    """Sequence lengths as an int array (B,), or None when every sequence is T long."""
    if value is None:
        return None
    array = np.asarray(value)
    shape(name, array, (B,), because=f"one length for each of the B = {B} sequences")
    if B and not np.issubdtype(array.dtype, np.integer):
        raise ValueError(f"{name} must be integers, got dtype {array.dtype}")
    if B and (array.min() < 0 or array.max() > T):
        b = int(np.argmax((array < 0) | (array > T)))
        raise ValueError(f"{name}[{b}] must lie between 0 and {longest} = {T}, got {array[b]}")
    return array.astype(np.intp)


def real_steps(lengths: Array, T: int) -> Array:
    """Which entries (T, B) are part of a sequence and which are padding."""
    mask: Array = np.arange(T)[:, None] < lengths
    return mask


def finite(name: str, array: Array) -> None:
    """Raise at the first NaN or infinity, naming its index."""
    good = np.isfinite(array)
    if not good.all():
        index = tuple(int(i) for i in np.argwhere(~good)[0])
        where = ", ".join(map(str, index))
        raise ValueError(f"{name}[{where}] must be finite, got {array[index]}")
