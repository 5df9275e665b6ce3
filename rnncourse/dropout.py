"""Dropout between the layers of a deep network: units vanish at random while it learns.

    h[t] = m[t] ⊙ x[t]      m is 0 with probability p = `rate`, else 1 / (1 - p); its mean is 1  (1)

and back, by the same masks:

    d_x[t] = m[t] ⊙ d_h[t]                                                                       (2)

As its mean is 1, nothing need be scaled when the network is used: then h = x.

`Dropout` is a layer with a cell's call shape, to stand between others, where Zaremba et al. have
it, and not inside their recurrence, where a fresh mask at every step would wear memory away:

    net = Deep([lstm, Dropout(0.3), lstm, Dropout(0.3)])

With `per="sequence"` one mask serves all steps of a sequence (Gal and Ghahramani; also known as
locked dropout). `rnncourse.variational` masks the recurrent connections too.

How it is random: a layer is frozen and drops nothing until `with_masks` gives it a key.

    for x, y in batches:
        loss, grads, _ = loss_and_gradients(with_masks(net, rng), params, x, y)

What it drops follows from the key and from the count of steps, which is all its state; see
`rnncourse._masks` for why.

Source: N. Srivastava et al., Dropout: a simple way to prevent neural networks from overfitting,
JMLR 15 (2014); W. Zaremba, I. Sutskever and O. Vinyals, Recurrent neural network regularization
(2014); Y. Gal and Z. Ghahramani, A theoretically grounded application of dropout in recurrent
neural networks (2016).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, NamedTuple

import numpy as np

from rnncourse import _init, _masks, _validate, _wiring
from rnncourse._masks import with_masks
from rnncourse._validate import Array

__all__ = ["Dropout", "DropoutState", "with_masks"]

PER = ("step", "sequence")


class DropoutState(NamedTuple):
    """How far the sequences are, so that their masks go on where they left off."""

    steps: Array  # (B,), in the dtype of x


class _Cache(NamedTuple):
    masks: Array | None  # (T, B, I), or (1, B, I) for all steps
    h: Array  # (T, B, I)
    real: Array | None  # (T, B, 1)
    steps: Array  # (B,)


@dataclass(frozen=True)
class Dropout(_masks.Random):
    """A layer that hands on its inputs, some of them dropped; it has no weights.

    Args:
        rate: probability that an input is dropped, at least 0, below 1.
        per: "step" for a fresh mask at each step, "sequence" for one mask for all of them.
        key: what the masks follow from; None drops nothing. `with_masks` sets it.

    Raises:
        ValueError: rate or per is none of these.

    >>> layer, x = with_masks(Dropout(0.5), np.random.default_rng(0)), np.ones((2, 1, 5))
    >>> layer.forward((), x)[0].tolist()
    [[[0.0, 0.0, 2.0, 0.0, 2.0]], [[2.0, 0.0, 2.0, 2.0, 2.0]]]
    >>> Dropout(0.5).forward((), x)[0].tolist()
    [[[1.0, 1.0, 1.0, 1.0, 1.0]], [[1.0, 1.0, 1.0, 1.0, 1.0]]]
    """

    rate: float
    per: str = "step"
    key: int | None = None
    shows_state: ClassVar = False  # what it puts out is no part of its state

    def __post_init__(self) -> None:
        _masks.rate("rate", self.rate)
        if self.per not in PER:
            raise ValueError(f"per must be one of {', '.join(PER)}, got {self.per!r}")

    def init(
        self,
        rng: np.random.Generator,
        input_size: int,
        hidden_size: int,
        *,
        dtype: Any = np.float64,
    ) -> tuple[()]:
        """Its weights: none. It is as wide as what it reads, whatever `hidden_size` says.

        Raises:
            ValueError: a size below 1, or a dtype that is not floating.
        """
        _init.sizes(input_size=input_size, hidden_size=hidden_size)
        _validate.floating(dtype)
        return ()

    def forward(
        self, params: Any, x: Array, state: DropoutState | None = None, *, lengths: Any = None
    ) -> tuple[Array, DropoutState, _Cache]:
        """Run over a batch of sequences.

        Args:
            params: (), as it has no weights.
            x: (T, B, I), floating.
            state: how many steps each sequence has behind it; none when left out.
            lengths: (B,) steps in each sequence, 0 to T. What x holds beyond changes nothing.

        Returns:
            h (T, B, I), zero beyond a sequence's end; the state at each sequence's end; and the
            cache for `backward`.

        Raises:
            ValueError: a shape or dtype that does not fit, lengths out of range, NaN or infinity
                within a sequence.
        """
        x, lengths, real = _wiring.batch(x, lengths)
        _validate.inexact("x", x.dtype)
        x = _wiring.zeroed(x, real)
        _validate.finite("x", x)
        T, B, I = x.shape
        steps = None if state is None else _validate.state("state", state, DropoutState).steps
        start, passed = _masks.passed("state.steps", steps, B, x.dtype)
        masks = None
        if self.key is not None:
            masks = self.masks(T, passed, I, x.dtype)
        h = x.copy() if masks is None else masks * x  # eq. 1
        end = start + x.dtype.type(T) if lengths is None else start + lengths.astype(x.dtype)
        return h, DropoutState(end), _Cache(masks, h, real, start)

    def backward(
        self, cache: _Cache, d_h: Array, d_state: DropoutState | None = None
    ) -> tuple[Array, tuple[()], DropoutState]:
        """Go back through the masks that `forward` drew.

        Args:
            cache: the third result of `forward`.
            d_h: (T, B, I) gradient of the loss by each output; ignored beyond a sequence's end.
            d_state: gradient by the count at the end; it passes unchanged.

        Returns:
            d_x (T, B, I), zero beyond a sequence's end; (), as it has no weights; the gradient by
            the count at the start.

        Raises:
            ValueError: a shape or dtype that does not fit that of the outputs.

        >>> layer = with_masks(Dropout(0.5), np.random.default_rng(0))
        >>> h, _, cache = layer.forward((), np.ones((3, 2, 4)))
        >>> np.array_equal(layer.backward(cache, np.ones((3, 2, 4)))[0], h)  # the same masks
        True
        """
        d_x = _wiring.slopes(d_h, cache.h, cache.real)
        if cache.masks is not None:
            d_x = cache.masks * d_x  # eq. 2
        if d_state is None:
            d_state = DropoutState(np.zeros_like(cache.steps))
        d_state = _validate.state("d_state", d_state, DropoutState)
        _validate.shape("d_state.steps", d_state.steps, cache.steps.shape, because="that of steps")
        return d_x, (), DropoutState(d_state.steps.copy())

    def masks(self, T: int, steps: Array, size: int, dtype: Any = np.float64) -> Array:
        """What a layer with a key multiplies its inputs by.

        Args:
            T: how many steps.
            steps: (B,) steps that each sequence has behind it, whole numbers.
            size: I.
            dtype: that of the inputs.

        Returns:
            (T, B, I), or (1, B, I) where one mask serves all steps.

        Raises:
            ValueError: the layer has no key.
        """
        if self.key is None:
            raise ValueError("key must be set for masks to be drawn: use with_masks(layer, rng)")
        if self.per == "sequence":
            T, steps = 1, np.zeros_like(steps)
        return _masks.kept(_masks.uniform(self.key, steps, T, size), self.rate, np.dtype(dtype))

    def shown(self, cache: _Cache, d_state: DropoutState, d_h: Array) -> DropoutState:
        """The gradient by its state given that by its outputs, which do not depend on it."""
        return d_state
