"""What the public functions ask of their arguments, with messages that name the argument.

Every function raises `ValueError` saying which argument is meant, what came and what was wanted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

Array = np.ndarray[Any, np.dtype[Any]]


def array(name: str, value: Any) -> Array:
    """`value` as an array; ragged lists and what else NumPy cannot read are refused by name."""
    try:
        result: Array = np.asarray(value)
    except (RuntimeError, TypeError, ValueError) as error:
        raise ValueError(f"{name} must be an array, got {type(value).__name__}: {error}") from error
    return result


def shape(name: str, array: Array, wanted: tuple[int | str, ...], *, because: str = "") -> None:
    """Raise unless `array` has the shape `wanted`, where a string stands for any length."""
    if not isinstance(array, np.ndarray | np.generic):
        raise ValueError(f"{name} must be an array of NumPy, got {type(array).__name__}")
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


def floating(dtype: Any) -> np.dtype[Any]:
    """The real floating dtype of that name."""
    try:
        found: np.dtype[Any] = np.dtype(dtype)
    except TypeError as error:
        raise ValueError(f"dtype must be one such as float64, got {dtype!r}") from error
    if not np.issubdtype(found, np.floating):
        raise ValueError(f"dtype must be floating, such as float64, got {found}")
    return found


def same_dtype(name: str, array: Array, dtype: np.dtype[Any], of: str) -> None:
    """Raise when `array` would silently change the precision of a computation."""
    if array.dtype != dtype:
        raise ValueError(
            f"{name} has dtype {array.dtype}, but {of} {dtype}: "
            f"mixing precisions is refused; write {name}.astype({str(dtype)!r})"
        )


def parameters(params: Any, wanted: Mapping[str, tuple[int | str, ...]]) -> np.dtype[Any]:
    """Check shapes, values and the common dtype of a NamedTuple of arrays; returns that dtype."""
    kind = type(params).__name__
    fields(params, *wanted)
    first = next(iter(wanted))
    dtype: np.dtype[Any] = getattr(params, first).dtype
    for name, dimensions in wanted.items():
        array = getattr(params, name)
        shape(f"{kind}.{name}", array, dimensions)
        inexact(f"{kind}.{name}", array.dtype)
        same_dtype(f"{kind}.{name}", array, dtype, f"{kind}.{first} has")
        finite(f"{kind}.{name}", array)
    return dtype


def fields(params: Any, *names: str) -> None:
    """Raise unless `params` has arrays of those names."""
    for name in names:
        if not isinstance(getattr(params, name, None), np.ndarray):
            found = type(getattr(params, name)).__name__ if hasattr(params, name) else "none"
            raise ValueError(
                f"params must have arrays {', '.join(names)}, "
                f"got {type(params).__name__}, whose {name} is {found}"
            )


def state(name: str, given: Any, kind: Any) -> Any:
    """The state of a cell, or a gradient by one, as the cell's own type."""
    if isinstance(given, kind):
        return given
    if type(given) in (tuple, list) and len(given) == len(kind._fields):
        return kind(*given)
    raise ValueError(f"{name} must be a {kind.__name__}, got {type(given).__name__}")


def lengths(
    value: Any, T: int, B: int, *, name: str = "lengths", longest: str = "T"
) -> Array | None:
    """Sequence lengths as an int array (B,), or None when every sequence is T long."""
    if value is None:
        return None
    given = array(name, value)
    shape(name, given, (B,), because=f"one length for each of the B = {B} sequences")
    if B and not np.issubdtype(given.dtype, np.integer):
        raise ValueError(f"{name} must be integers, got dtype {given.dtype}")
    if B and (given.min() < 0 or given.max() > T):
        b = int(np.argmax((given < 0) | (given > T)))
        raise ValueError(f"{name}[{b}] must lie between 0 and {longest} = {T}, got {given[b]}")
    return given.astype(np.intp)


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
