"""Where random masks come from: a key that the layer holds, and how many steps have passed.

A mask must be the same in the forward pass, in the backward pass and in every call of a gradient
check, and other at the next update. A generator that is moved on by each call cannot give that. So
a layer has a key, a number; what it draws follows from the key and the count of steps alone, and
nothing moves. `with_masks` hands out new keys; a layer without one drops nothing.

The count is part of the layer's state. So the masks of a sequence do not depend on the windows that
it is cut into, and truncated back-propagation sees those of the whole.
"""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np

from rnncourse import _validate
from rnncourse._validate import Array


class Random:
    """What `with_masks` looks for: a frozen dataclass with a field `key`, None when evaluated."""


def with_masks(layer: Any, rng: np.random.Generator) -> Any:
    """The same network, each of its random layers with a key of its own, drawn from `rng`.

    Call it once for each update. The given network is not changed, and evaluates: it drops nothing.
    Both take the same weights.

    Args:
        layer: a random layer, or a network that holds some at any depth, such as
            `Deep([lstm, Dropout(0.3), lstm])`. One without any comes back as it is.
        rng: source of the keys. The same seed gives the same masks.

    Returns:
        A network of the same structure, but that a repeated layer of a `Deep` is written out, so
        that no two of its layers share their masks, and neither do the directions of a
        `Bidirectional`.
    """
    if isinstance(layer, tuple | list):
        parts = [with_masks(part, rng) for part in layer]
        return tuple(parts) if isinstance(layer, tuple) else parts
    if not is_dataclass(layer) or isinstance(layer, type):
        return layer
    given: dict[str, Any] = {f.name: getattr(layer, f.name) for f in fields(layer) if f.init}
    if isinstance(given.get("layers"), int) and _is_random(layer):
        given.update(cell=(given["cell"],) * given["layers"], layers=None)
    if "back" in given and given["back"] is None and _is_random(layer):
        given["back"] = given["cell"]
    new = {name: with_masks(part, rng) for name, part in given.items()}
    if isinstance(layer, Random):
        new["key"] = int(rng.integers(2**63))
    return replace(layer, **new)


def _is_random(layer: Any) -> bool:
    """Whether there is a random layer in it."""
    if isinstance(layer, Random):
        return True
    if isinstance(layer, tuple | list):
        return any(map(_is_random, layer))
    if not is_dataclass(layer) or isinstance(layer, type):
        return False
    return any(_is_random(getattr(layer, f.name)) for f in fields(layer))


def uniform(key: int, steps: Array, T: int, width: int) -> Array:
    """Numbers in [0, 1), (T, B, width), for the T steps after `steps` (B,) have passed.

    The stream of a key holds, step after step, `width` numbers for each sequence; so they can be
    had from any step on. Sequences that stand at the same step are drawn together.
    """
    B = len(steps)
    blocks = -(-B * width // 4)  # the generator counts in fours
    drawn = np.empty((T, B, width))
    for start in np.unique(steps):
        bits = np.random.Philox(key=key)
        bits.advance(int(start) * blocks)
        whole = np.random.Generator(bits).random((T, 4 * blocks))[:, : B * width]
        now = steps == start
        drawn[:, now] = whole.reshape(T, B, width)[:, now]
    return drawn


def kept(uniform: Array, rate: float, dtype: np.dtype[Any]) -> Array:
    """Masks of dropout: 0 with probability `rate`, else 1 / (1 - rate), so that the mean is 1."""
    mask: Array = ((uniform >= rate) / (1 - rate)).astype(_real(dtype))
    return mask


def _real(dtype: np.dtype[Any]) -> np.dtype[Any]:
    return np.zeros(0, dtype).real.dtype


def rate(name: str, value: float) -> None:
    """Raise unless `value` is a probability below 1."""
    if not isinstance(value, int | float | np.number) or not 0 <= value < 1:
        raise ValueError(f"{name} must lie in [0, 1), got {value!r}")


def passed(name: str, steps: Any, B: int, dtype: np.dtype[Any]) -> tuple[Array, Array]:
    """Steps so far as a layer's state holds them, (B,), and the same as whole numbers.

    Args:
        name: for the message.
        steps: as given, or None for zeros.
        B: sequences.
        dtype: that of the inputs, in which the state counts.
    """
    if steps is None:
        steps = np.zeros(B, dtype)
    _validate.shape(name, steps, (B,), because="B as in x")
    _validate.same_dtype(name, steps, dtype, "x has")
    _validate.finite(name, steps)
    whole = np.rint(steps.real).astype(np.int64)
    if B and whole.min() < 0:
        b = int(whole.argmin())
        raise ValueError(f"{name}[{b}] must be 0 or more, got {steps[b]}")
    return steps, whole
