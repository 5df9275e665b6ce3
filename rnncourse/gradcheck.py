"""Is a hand-derived gradient right? Measure it, by routes that share nothing with the derivation.

    finite difference   (L(p + ε) - L(p - ε)) / 2ε      loses half the digits to cancellation
    complex step        Im L(p + i s) / s,  s = 1e-30    no subtraction, exact to rounding

The complex step needs a loss that accepts complex numbers and never takes an absolute value, a
maximum or a real part of them; the forward passes of this library do.

Source: W. Squire and G. Trapp, Using complex variables to estimate derivatives of real functions,
SIAM Review 40 (1998).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from rnncourse import _tree, _validate, _wiring
from rnncourse._report import Comparison, Report, compared
from rnncourse._validate import Array

__all__ = [
    "Comparison",
    "Report",
    "central_difference",
    "check_gradients",
    "compare",
    "complex_step",
]

Loss = Callable[[Any], Any]


def complex_step(loss: Loss, params: Any, step: float = 1e-30) -> Any:
    """The gradient of a real loss, entry by entry, from an imaginary nudge.

    Args:
        loss: from parameters (of the same nesting, complex) to a scalar.
        params: float64 arrays, nested in NamedTuples, tuples, lists or dicts.
        step: size of the nudge; nothing is subtracted, so it may be far below rounding.

    Raises:
        ValueError: an array is not float64, or the loss drops imaginary parts.

    >>> complex_step(lambda p: (p["w"] ** 3).sum(), {"w": np.array([2.0])})["w"].tolist()
    [12.0]
    """
    moving = _tree.apply(lambda p: np.array(p, np.complex128), _checked(params))
    gradients = _tree.apply(lambda p: np.zeros(np.shape(p)), params)
    for array, gradient in _pairs(moving, gradients):
        for index in np.ndindex(array.shape):
            array[index] += 1j * step
            value = loss(moving)
            array[index] = array[index].real
            if not np.iscomplexobj(value):
                raise ValueError(
                    "loss must return a complex number for complex parameters, got "
                    f"{type(value).__name__}: somewhere it drops the imaginary part"
                )
            gradient[index] = np.imag(value) / step
    return gradients


def central_difference(loss: Loss, params: Any, eps: float = 1e-5) -> Any:
    """The gradient of a loss, entry by entry, from two nudges of ±eps.

    Args:
        loss: from parameters (of the same nesting) to a scalar.
        params: float64 arrays, nested in NamedTuples, tuples, lists or dicts.
        eps: size of the nudges. The error of the formula falls with eps², that of rounding grows
            with 1/eps; 1e-5 is near the best in float64.

    Raises:
        ValueError: an array is not float64.

    >>> central_difference(lambda p: (p**3).sum(), np.array([2.0])).round(6).tolist()
    [12.0]
    """
    moving = _tree.apply(lambda p: np.array(p), _checked(params))
    gradients = _tree.apply(lambda p: np.zeros(np.shape(p)), params)
    for array, gradient in _pairs(moving, gradients):
        for index in np.ndindex(array.shape):
            here = array[index]
            array[index] = here + eps
            above = loss(moving)
            array[index] = here - eps
            below = loss(moving)
            array[index] = here
            gradient[index] = (above - below) / (2 * eps)
    return gradients


def compare(loss: Loss, params: Any, grads: Any, *, eps: float = 1e-5) -> Report:
    """Check the gradients of any loss.

    Args:
        loss: from parameters to a scalar; complex-safe.
        params: float64 arrays, nested in NamedTuples, tuples, lists or dicts.
        grads: the hand-derived gradients, nested alike.
        eps: nudge of the central differences.

    Returns:
        A `Report`; `report.worst` is the largest relative error.

    Raises:
        ValueError: an array is not float64, a gradient has not its parameter's shape, or the loss
            drops imaginary parts.

    >>> w = {"w": np.array([1.0, 2.0])}
    >>> report = compare(lambda p: (p["w"] ** 3).sum(), w, {"w": 3 * w["w"] ** 2})
    >>> report.worst < 1e-15
    True
    >>> wrong = compare(lambda p: (p["w"] ** 3).sum(), w, {"w": 2 * w["w"] ** 2})
    >>> print(wrong)
    gradient  shape  complex step  differences
    w         2           3.3e-01      3.3e-01
    worst: w[1], derived 8, measured 12 (3.3e-01 of the largest entry)
    """
    for (name, p), (_, g) in zip(_tree.leaves(params), _tree.leaves(grads), strict=True):
        _validate.shape(f"grads.{name}" if name else "grads", np.asarray(g), np.shape(p))
    return Report(
        exact=compared(grads, complex_step(loss, params)),
        differences=compared(grads, central_difference(loss, params, eps)),
    )


def check_gradients(
    cell: Any,
    T: int = 3,
    B: int = 2,
    I: int = 2,
    H: int = 3,
    *,
    seed: int = 0,
    eps: float = 1e-5,
    pytorch: bool = False,
) -> Report:
    """Check the backward pass of a cell: every weight, every input, the initial state.

    Where x is class numbers, below I, it has no gradient to check.

    The loss weighs every output and the state at the end with random numbers, so that every path
    of the gradient counts.

    Args:
        cell: a module with the call shape of `rnncourse.elman`, or a wrapper around one.
        T: steps.
        B: sequences in the batch.
        I: inputs.
        H: hidden units.
        seed: of the random weights, inputs and loss.
        eps: nudge of the central differences.
        pytorch: compare with `cell.to_torch` and automatic differentiation as well.

    Returns:
        A `Report` whose `worst` is about 1e-15 where the backward pass is right.

    Raises:
        ValueError: ``pytorch`` is asked for, and `torch.nn` has no such cell.

    >>> from rnncourse import elman
    >>> report = check_gradients(elman, T=3, B=2, I=1, H=1)
    >>> report.worst < 1e-13, report.worst_difference < 1e-7
    (True, True)
    """
    rng = np.random.default_rng(seed)
    params = cell.init(rng, I, H)
    x = _inputs(cell, rng, T, B, I)
    h, _, _ = cell.forward(params, x)
    # near a state that the cell can be in (a count is not negative), off the corners of its rules
    _, near, _ = cell.forward(params, _inputs(cell, rng, 3, B, I))
    state = _tree.apply(lambda part: part + 0.1 * rng.standard_normal(part.shape), near)
    d_h = rng.standard_normal(h.shape)
    d_state = _tree.apply(lambda part: rng.standard_normal(part.shape), state)

    def loss(at: Any) -> Any:
        params, moved, state = at
        h, end, _ = cell.forward(params, x if moved is None else moved, state)
        return (d_h * h).sum() + sum((d * s).sum() for d, s in _pairs(d_state, end))

    _, _, cache = cell.forward(params, x, state)
    d_x, d_params, d_initial = cell.backward(cache, d_h, d_state)
    grads = _by_name(d_params, d_x, d_initial)
    moves = None if _wiring.reads_numbers(cell) else x
    report = compare(
        lambda at: loss(_parts(at, params, state)), _by_name(params, moves, state), grads, eps=eps
    )
    if not pytorch:
        return report
    measured = _by_torch(cell, params, x, state, d_h, d_state)
    return Report(report.exact, report.differences, compared(grads, measured))


def _inputs(cell: Any, rng: np.random.Generator, T: int, B: int, I: int) -> Array:
    """Vectors (T, B, I), or class numbers (T, B) below I."""
    if _wiring.reads_numbers(cell):
        return rng.integers(I, size=(T, B))
    return rng.standard_normal((T, B, I))


def _by_name(params: Any, x: Array | None, state: Any) -> dict[str, Array | None]:
    states = {f"{name}[0]": part for name, part in _tree.leaves(state)}
    return {**dict(_tree.leaves(params)), "x": x, **states}


def _parts(at: dict[str, Any], params: Any, state: Any) -> tuple[Any, Any, Any]:
    arrays = iter(at.values())  # in the order in which a tree is walked
    weights = _tree.apply(lambda _: next(arrays), params)
    return weights, next(arrays), _tree.apply(lambda _: next(arrays), state)


def _by_torch(
    cell: Any, params: Any, x: Array, state: Any, d_h: Array, d_state: Any
) -> dict[str, Array]:
    import torch

    module = _twin(cell, params)
    kinds = 2 if module.mode == "LSTM" else 1  # h, and c: each for all layers and directions

    def grouped(tree: Any) -> list[Any]:
        parts = [torch.tensor(part) for _, part in _tree.leaves(tree)]
        return [torch.stack(parts[kind::kinds]) for kind in range(kinds)]

    inputs = torch.tensor(x, requires_grad=True)
    initial = [part.requires_grad_() for part in grouped(state)]
    h, end = module(inputs, initial[0] if kinds == 1 else tuple(initial))
    loss = (h * torch.tensor(d_h)).sum()
    for d, part in zip(grouped(d_state), [end] if kinds == 1 else end, strict=True):
        loss = loss + (part * d).sum()
    loss.backward()
    kept = module.hidden_size if module.mode == "GRU" else 0
    with torch.no_grad():  # the gradients take the weights' places, to be read as these are
        for name, p in module.named_parameters():
            p.copy_(p.grad)  # type: ignore[arg-type]
            if name.startswith("bias_hh"):  # it acts through b, but for the last rows of a GRU's
                p[: len(p) - kept] = 0
    starts = {
        f"{name}[0]": initial[k % kinds].grad[k // kinds].numpy()
        for k, (name, _) in enumerate(_tree.leaves(state))
    }
    weights = dict(_tree.leaves(cell.from_torch(module)))
    return {**weights, "x": inputs.grad.numpy(), **starts}  # type: ignore[union-attr]


def _twin(cell: Any, params: Any) -> Any:
    """The layer of `torch.nn` that computes the same."""
    import torch

    convert = getattr(cell, "to_torch", None)
    module = None if convert is None else convert(params)
    if not isinstance(module, torch.nn.RNNBase):
        name = getattr(cell, "__name__", type(cell).__name__)
        raise ValueError(
            f"pytorch: torch.nn has no recurrent layer like {name}, so there is nothing to compare "
            "with; complex step and differences need none (pytorch=False)"
        )
    return module


def _pairs(a: Any, b: Any) -> Iterator[tuple[Array, Array]]:
    for (_, first), (_, second) in zip(_tree.leaves(a), _tree.leaves(b), strict=True):
        yield first, second


def _checked(params: Any) -> Any:
    for name, p in _tree.leaves(params):
        if np.asarray(p).dtype != np.float64:
            raise ValueError(
                f"{name or 'params'} must be float64 for a gradient check, "
                f"got {np.asarray(p).dtype}"
            )
    return params
