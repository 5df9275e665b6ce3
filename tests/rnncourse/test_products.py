"""The product of every step: the same numbers in one piece and in tiles."""

import numpy as np
import pytest

from rnncourse import _products, gru, lstm


@pytest.fixture(params=[False, True], ids=["whole", "in tiles"])
def direct(request, monkeypatch):
    """As on a processor without and with the kernel for small matrices."""
    monkeypatch.setattr(_products, "has_direct_kernel", lambda: request.param)
    return request.param


@pytest.mark.parametrize(
    "sizes", [(32, 128, 384), (64, 1024, 256), (64, 256, 1024), (37, 128, 512), (1, 3, 2)]
)
@pytest.mark.parametrize("dtype", ["float32", "float64", "complex128"])
def test_times_is_the_product(sizes, dtype, direct):
    B, K, N = sizes
    rng = np.random.default_rng(0)
    a, W = rng.standard_normal((B, K + 5)).astype(dtype)[:, :K], rng.standard_normal((K, N))
    out = np.empty((B, N), dtype)
    assert _products.times(W.astype(dtype), B)(a, out) is out
    np.testing.assert_allclose(out, a @ W, rtol=0, atol=1e-3 if dtype == "float32" else 1e-12)
    transposed = _products.times(np.asfortranarray(W.astype(dtype)), B)(a, np.empty_like(out))
    np.testing.assert_array_equal(transposed, out)


@pytest.mark.parametrize("sizes", [(32, 128, 384), (64, 1024, 256), (64, 256, 1024), (48, 300, 90)])
def test_tiles_are_equal_parts_small_enough(sizes):
    B, K, N = sizes
    rows, columns = _products.tile(B, K, N)
    assert B % rows == N % columns == 0
    assert rows * K * columns <= _products.DIRECT
    assert (rows, columns) != (B, N)


@pytest.mark.parametrize("sizes", [(32, 128, 128), (37, 1024, 1023), (0, 5, 5), (16, 10**6, 32)])
def test_what_is_small_or_has_no_equal_parts_stays_whole(sizes):
    B, _, N = sizes
    assert _products.tile(*sizes) == (B, N)


@pytest.mark.parametrize("cell", [gru, lstm])
def test_a_cell_in_tiles_is_the_cell(cell, monkeypatch):
    rng = np.random.default_rng(0)
    params = cell.init(rng, 3, 96)
    x = rng.standard_normal((4, 48, 3))
    results = []
    for kernel in (False, True):
        monkeypatch.setattr(_products, "has_direct_kernel", lambda kernel=kernel: kernel)
        h, state, cache = cell.forward(params, x)
        d_x, grads, d_start = cell.backward(cache, h, state)
        results.append([h, *state, d_x, *grads, *d_start])
    for whole, tiled in zip(*results, strict=True):
        np.testing.assert_allclose(tiled, whole, rtol=1e-11, atol=1e-12)


def test_a_kernel_that_the_user_chose_is_left_alone(monkeypatch):
    config = {
        "Build Dependencies": {"blas": {"name": "scipy-openblas"}},
        "SIMD Extensions": {"found": ["X86_V3", "X86_V4"]},
    }
    monkeypatch.setattr(np, "show_config", lambda mode: config)
    monkeypatch.delenv("OPENBLAS_CORETYPE", raising=False)
    asked = _products.has_direct_kernel.__wrapped__
    assert asked()
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    assert not asked()
    monkeypatch.delenv("OPENBLAS_CORETYPE")
    config["SIMD Extensions"] = {}
    assert not asked()
    config["SIMD Extensions"] = {"found": ["AVX512_SKX"]}
    config["Build Dependencies"] = {"blas": {"name": "accelerate"}}
    assert not asked()
