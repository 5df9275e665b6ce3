"""Scans against the loop, against their own gradient measured, and their rule against itself."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse import gradcheck, scan

steady = settings(derandomize=True, deadline=None, max_examples=60)


def draw(T, width, seed=0, dtype=np.float64):
    rng = np.random.default_rng([seed, T, width])
    a = rng.uniform(-1, 1, (T, width)).astype(dtype)
    return (
        a,
        rng.standard_normal((T, width)).astype(dtype),
        rng.standard_normal(width).astype(dtype),
    )


@steady
@given(T=st.integers(0, 70), width=st.integers(1, 4), length=st.integers(1, 80))
def test_every_method_is_the_loop(T, width, length):
    a, b, h0 = draw(T, width)
    expected = scan.forward(a, b, h0, method="loop")
    assert expected.shape == (T, width)
    scale = np.abs(expected).max(initial=1)
    assert np.abs(scan.forward(a, b, h0) - expected).max(initial=0) < 1e-12 * scale
    assert (
        np.abs(scan.forward(a, b, h0, method="chunked") - expected).max(initial=0) < 1e-12 * scale
    )
    b = b.copy()
    b[:1] += a[:1] * h0
    assert np.abs(scan.chunked(a, b, length) - expected).max(initial=0) < 1e-12 * scale


@pytest.mark.parametrize("method", scan.METHODS)
@pytest.mark.parametrize("T", [1, 2, 127, 128, 129, 1000])
def test_float32(method, T):
    a, b, h0 = draw(T, 3, dtype=np.float32)
    h = scan.forward(a, b, h0, method=method)
    assert h.dtype == np.float32
    exact = scan.forward(*(v.astype(np.float64) for v in (a, b, h0)), method="loop")
    assert np.abs(h - exact).max() < 1e-5 * np.abs(exact).max()


def joined(first, then):
    return then[0] * first[0], then[0] * first[1] + then[1]


@steady
@given(st.lists(st.floats(-2, 2), min_size=6, max_size=6))
def test_joining_steps_is_associative(numbers):
    p, q, r = (tuple(numbers[k : k + 2]) for k in (0, 2, 4))
    assert joined(joined(p, q), r) == pytest.approx(joined(p, joined(q, r)), abs=1e-12)


@pytest.mark.parametrize("method", scan.METHODS)
@pytest.mark.parametrize("T", [1, 2, 5, 8])
def test_the_gradient(method, T):
    a, b, h0 = draw(T, 2)
    d_h = np.random.default_rng(1).standard_normal((T, 2))
    d_a, d_b, d_h0 = scan.backward(a, scan.forward(a, b, h0), h0, d_h, method=method)
    at, grads = {"a": a, "b": b, "h0": h0}, {"a": d_a, "b": d_b, "h0": d_h0}
    report = gradcheck.compare(lambda p: (d_h * scan.forward(**p, method=method)).sum(), at, grads)
    assert report.worst < 1e-13, report
    assert report.worst_difference < 1e-7, report


@pytest.mark.parametrize("method", scan.METHODS)
def test_the_gradient_of_complex_numbers_as_pairs(method):
    rng = np.random.default_rng(0)
    a, b, h0, d_h = (rng.standard_normal((*s, 2)) for s in [(5, 3), (5, 3), (3,), (5, 3)])

    def whole(pair):
        return pair[..., 0] + 1j * pair[..., 1]

    def pairs(number):
        return np.stack([number.real, number.imag], axis=-1)

    def loss(p):
        return (d_h * pairs(scan.forward(*(whole(p[n]) for n in "abh"), method=method))).sum()

    h = scan.forward(whole(a), whole(b), whole(h0), method=method)
    d_a, d_b, d_h0 = scan.backward(whole(a), h, whole(h0), whole(d_h), method=method)
    measured = gradcheck.central_difference(loss, {"a": a, "b": b, "h": h0})
    for name, derived in zip("abh", (d_a, d_b, d_h0), strict=True):
        assert np.abs(measured[name] - pairs(derived)).max() < 1e-7


@pytest.mark.parametrize("method", scan.METHODS)
def test_inputs_are_left_alone_and_may_be_views(method):
    a, b, h0 = draw(9, 2)
    for array in (a, b, h0):
        array.flags.writeable = False
    forth = scan.forward(a[::-1], b[::-1], h0, method=method)
    assert np.allclose(forth, scan.forward(a[::-1].copy(), b[::-1].copy(), h0, method="loop"))


def test_no_steps_have_no_gradient():
    a, b, h0 = draw(0, 2)
    d_a, d_b, d_h0 = scan.backward(a, scan.forward(a, b, h0), h0, b)
    assert d_a.shape == d_b.shape == (0, 2)
    assert not d_h0.any()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((np.ones((3, 2)), np.ones((3, 1))), r"b must have shape \(3, 2\).*got \(3, 1\)"),
        ((np.ones(3), np.ones(3, "f4")), "b has dtype float32, but a has float64"),
        ((np.ones(3, int), np.ones(3, int)), "a must have a floating dtype"),
        ((np.ones((3, 2)), np.ones((3, 2)), np.ones(3)), r"h0 must have shape \(2,\)"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_refusals(arguments, message):
    with pytest.raises(ValueError, match=message):
        scan.forward(*arguments)


def test_refuses_what_is_not_there():
    with pytest.raises(ValueError, match="method must be one of loop, doubling, chunked, got 'tre"):
        scan.forward(np.ones(3), np.ones(3), method="tree")
    with pytest.raises(ValueError, match="length must be at least 1, got 0"):
        scan.chunked(np.ones(3), np.ones(3), 0)
