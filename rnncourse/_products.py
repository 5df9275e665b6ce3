"""The same weights times a few rows at every step, as fast as OpenBLAS can."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable

import numpy as np

from rnncourse._validate import Array

DIRECT = 10**6  # multiplications up to which OpenBLAS has a kernel that copies nothing first


def times(W: Array, B: int) -> Callable[[Array, Array], Array]:
    """A function of a (B, K) and out (B, N) that writes a @ W into out and returns it.

    OpenBLAS copies both factors into the order that its kernel reads. A batch has so few rows that
    copying W (K, N) takes up to half of the product's time, at every step anew. With AVX-512 it
    multiplies small matrices as they lie, so there the product is cut into tiles of that size.

    >>> times_two = times(2 * np.eye(3), B=1)
    >>> times_two(np.array([[1.0, 2.0, 3.0]]), np.empty((1, 3))).tolist()
    [[2.0, 4.0, 6.0]]
    """
    K, N = W.shape
    rows, columns = tile(B, K, N) if has_direct_kernel() else (B, N)
    if (rows, columns) == (B, N):
        W = np.ascontiguousarray(W)
        return lambda a, out: np.dot(a, W, out=out)
    parts = np.ascontiguousarray(W.reshape(K, -1, columns).swapaxes(0, 1))  # (N / columns, K, …)

    def multiply(a: Array, out: Array) -> Array:
        tiles = out.reshape(B // rows, rows, -1, columns).swapaxes(1, 2)
        np.matmul(a.reshape(-1, 1, rows, K), parts, out=tiles)
        return out

    return multiply


def tile(B: int, K: int, N: int) -> tuple[int, int]:
    """Rows and columns of equal parts of a (B, N) product that are small enough, or B and N.

    >>> tile(32, 128, 384), tile(64, 256, 1024), tile(37, 1024, 1023)
    ((16, 384), (16, 128), (37, 1023))
    """
    rows, columns = B, N
    while rows * K * columns > DIRECT:
        if rows > 16 and rows % 2 == 0:
            rows //= 2
        elif columns > 32 and columns % 2 == 0:
            columns //= 2
        else:
            return B, N
    return rows, columns


@functools.cache
def has_direct_kernel() -> bool:
    """Whether OpenBLAS uses AVX-512, unless the user chose for it."""
    config = np.show_config("dicts")
    blas = config["Build Dependencies"].get("blas", {}).get("name", "")
    found = config["SIMD Extensions"].get("found", [])
    avx512 = any(name.startswith(("AVX512", "X86_V4")) for name in found)
    return avx512 and "openblas" in blas and "OPENBLAS_CORETYPE" not in os.environ
