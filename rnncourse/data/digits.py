"""Handwritten digits shown one pixel, or one row, at a time.

The images have 8 by 8 pixels, so a sequence has T = 64 steps of one number, or 8 steps of eight.
With `permuted` all images' pixels come in one random order, the same for all: neighbours are far
apart, and memory of the last few steps helps less.

Chance: the most frequent digit is 183 of the 1797 images, so who always says it is right in about
1/10 of the cases; the cross-entropy of ten equal guesses is ln 10 ≈ 2.303.

The file does not say who wrote which digit, so the parts share their writers: a test accuracy here
says nothing of a hand never seen.

Source: E. Alpaydin and C. Kaynak, Optical recognition of handwritten digits, UCI Machine Learning
Repository (1998), test set, as scikit-learn carries it. The task on larger images: Q. V. Le,
N. Jaitly and G. E. Hinton, A simple way to initialize recurrent networks of rectified linear units
(2015).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from rnncourse import _init, _validate
from rnncourse._validate import Array
from rnncourse.data._packages import need
from rnncourse.data.splits import Split, split

__all__ = ["Digits", "digits", "pixel_order", "scans"]


class Digits(NamedTuple):
    """Images as sequences."""

    x: Array  # (T, N, I), from 0 to 1
    y: Array  # (N,)       the digit, 0 to 9


def digits(
    by: str = "pixel",
    *,
    permuted: int | None = None,
    seed: int = 0,
    shares: tuple[float, float, float] = (0.7, 0.15, 0.15),
    dtype: Any = np.float64,
) -> Split:
    """1797 digits as sequences, in three parts; chance is 1/10 right.

    Args:
        by: "pixel" for T = 64 steps, row after row, or "row" for T = 8.
        permuted: the seed of the pixels' order; in reading order when left out.
        seed: which images go to which part.
        shares: of training, validation and test.
        dtype: float32 or float64.

    Returns:
        A Split of Digits.

    Raises:
        ValueError: by is neither, shares that do not add to 1, dtype not floating.
        ModuleNotFoundError: scikit-learn is not installed.

    >>> train, valid, test = digits()
    >>> train.x.shape, valid.x.shape, test.x.shape
    ((64, 1258, 1), (64, 269, 1), (64, 270, 1))
    >>> digits(by="row").train.x.shape
    (8, 1258, 8)
    """
    order = None if permuted is None else pixel_order(permuted)
    carried = need("sklearn.datasets", "digits").load_digits()
    x = scans(carried.images / 16, by, order=order, dtype=dtype)
    parts = (list(part) for part in split(range(len(carried.target)), seed=seed, shares=shares))
    return Split(*(Digits(x[:, part], carried.target[part]) for part in parts))


def pixel_order(seed: int, pixels: int = 64) -> Array:
    """The order in which permuted digits show their pixels.

    >>> sorted(pixel_order(0).tolist()) == list(range(64))
    True
    """
    return np.random.default_rng(seed).permutation(pixels)


def scans(images: Any, by: str = "pixel", *, order: Any = None, dtype: Any = np.float64) -> Array:
    """Images as sequences of pixels or of rows, from the top.

    Args:
        images: (N, rows, columns).
        by: "pixel" or "row".
        order: which pixel comes when, all of them once; in reading order when left out.
        dtype: float32 or float64.

    Returns:
        (rows · columns, N, 1), or (rows, N, columns).

    Raises:
        ValueError: another shape, by is neither, an order that leaves out a pixel, dtype not
            floating.

    >>> scans([[[1, 2], [3, 4]]])[:, 0, 0].tolist(), scans([[[1, 2], [3, 4]]], "row")[:, 0].tolist()
    ([1.0, 2.0, 3.0, 4.0], [[1.0, 2.0], [3.0, 4.0]])
    """
    images = np.asarray(images)
    _validate.shape("images", images, ("N", "rows", "columns"))
    _validate.floating(dtype)
    N, rows, columns = images.shape
    _init.sizes(rows=rows, columns=columns)
    if by not in ("pixel", "row"):
        raise ValueError(f"by must be pixel or row, got {by!r}")
    pixels = images.reshape(N, rows * columns)
    if order is not None:
        order = np.asarray(order)
        if sorted(order.tolist()) != list(range(rows * columns)):
            raise ValueError(
                f"order must hold each of the {rows * columns} pixels once, got {order.tolist()}"
            )
        pixels = pixels[:, order]
    width = 1 if by == "pixel" else columns
    steps = pixels.reshape(N, rows * columns // width, width)
    return np.ascontiguousarray(steps.transpose(1, 0, 2).astype(dtype))
