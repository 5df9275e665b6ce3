"""Sequences side by side: a long one cut into parallel streams, or several padded to one length."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rnncourse._validate import Array

__all__ = ["pad", "streams"]


def streams(numbers: Any, batch_size: int) -> tuple[Array, Array]:
    """Cut one long sequence into B equal streams, each with what follows it as target.

    Stream b takes up where stream b - 1 ends, so truncated back-propagation can carry the state
    along each of them. Up to B - 1 numbers at the end are left out.

    Args:
        numbers: class numbers (N,).
        batch_size: B.

    Returns:
        x (T, B) and y (T, B) with y[t] = x[t + 1], where T = (N - 1) // B.

    Raises:
        ValueError: batch_size is below 1, or there are fewer than B + 1 numbers.

    >>> x, y = streams([0, 1, 2, 3, 4, 5, 6], batch_size=2)
    >>> x.T.tolist(), y.T.tolist()
    ([[0, 1, 2], [3, 4, 5]], [[1, 2, 3], [4, 5, 6]])
    """
    numbers = np.asarray(numbers)
    if numbers.ndim != 1:
        raise ValueError(f"numbers must have shape (N,), got {numbers.shape}")
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, got {batch_size}")
    T = (len(numbers) - 1) // batch_size
    if T < 1:
        raise ValueError(
            f"numbers must have at least batch_size + 1 = {batch_size + 1} entries, "
            f"got {len(numbers)}"
        )
    n = T * batch_size
    x = numbers[:n].reshape(batch_size, T).T
    y = numbers[1 : n + 1].reshape(batch_size, T).T
    return np.ascontiguousarray(x), np.ascontiguousarray(y)


def pad(sequences: Sequence[Any], value: Any = 0) -> tuple[Array, Array]:
    """Sequences of different lengths as one time-major array, and their lengths.

    Args:
        sequences: B arrays of shape (T_b, ...), equal beyond the first axis.
        value: what stands after a sequence's end.

    Returns:
        An array (T, B, ...) with T the longest length, and the lengths (B,).

    Raises:
        ValueError: there is no sequence, or they differ beyond the first axis.

    >>> x, lengths = pad([[1, 2, 3], [4]])
    >>> x.T.tolist(), lengths.tolist()
    ([[1, 2, 3], [4, 0, 0]], [3, 1])
    """
    arrays = [np.asarray(sequence) for sequence in sequences]
    if not arrays:
        raise ValueError("sequences must hold at least one sequence, got none")
    for b, array in enumerate(arrays):
        if array.ndim < 1 or array.shape[1:] != arrays[0].shape[1:]:
            wanted = ", ".join(["T", *map(str, arrays[0].shape[1:])])
            raise ValueError(
                f"sequences[{b}] must have shape ({wanted}) as sequences[0] has, got {array.shape}"
            )
    lengths = np.array([len(array) for array in arrays], np.intp)
    filled = [array for array in arrays if array.size]  # an empty list would make integers floats
    dtype = np.result_type(*(filled or arrays))
    padded = np.full((lengths.max(), len(arrays), *arrays[0].shape[1:]), value, dtype)
    for b, array in enumerate(arrays):
        padded[: len(array), b] = array
    return padded, lengths
