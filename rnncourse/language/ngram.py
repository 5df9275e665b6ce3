"""The n-gram model: the next symbol from the n - 1 symbols before it, by counting.

With c(h, w) how often w came after the context h, c(h) = Σ_w c(h, w), kinds(h) how many different
symbols came after h, h' the context h without its oldest symbol, and K symbols in all:

    none         p(w|h) = c(h, w) / c(h)
    add-k        p(w|h) = (c(h, w) + k) / (c(h) + k K)
    witten-bell  p(w|h) = (c(h, w) + kinds(h) p(w|h')) / (c(h) + kinds(h))
    kneser-ney   p(w|h) = max(c(h, w) - D, 0) / c(h) + D kinds(h) / c(h) · p(w|h')

The last two go down to the empty context, and there to 1/K. Below the longest context Kneser-Ney's
c(h, w) is another count: how many different symbols stood right before (h, w). So a symbol that
follows one other only, however often, is unlikely elsewhere. Every line has the same form,

    p(w|h) = share(h, w) + rest(h) · (p(w|h') or 1/K)

which is how it is stored. A context that was never seen has share 0 and rest 1; without smoothing
rest is 0 as well, so that p is 0, and the perplexity of a text with such a place infinite.

The first symbols of a text have fewer than n - 1 symbols before them: they are given those.

Source: C. Shannon, A mathematical theory of communication (1948); I. Witten and T. Bell, The
zero-frequency problem (1991), method C; R. Kneser and H. Ney, Improved backing-off for m-gram
language modeling (1995), interpolated as in S. Chen and J. Goodman, An empirical study of
smoothing techniques for language modeling (1999).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rnncourse._validate import Array
from rnncourse.language import _grams
from rnncourse.language._grams import Grams
from rnncourse.language.sampling import draw

__all__ = ["SMOOTHINGS", "NGram"]

SMOOTHINGS = ("none", "add-k", "witten-bell", "kneser-ney")


class NGram:
    """A model of order n, fitted to a sequence of class numbers.

    Args:
        numbers: (N,) class numbers from 0 to size - 1, at least one.
        order: n, at least 1; order 1 knows only how frequent each symbol is.
        size: K, how many symbols there are.
        smoothing: one of `SMOOTHINGS`.
        k: what add-k adds to every count, above 0.
        discount: Kneser-Ney's D, above 0 and below 1.

    Raises:
        ValueError: an argument out of range, or an unknown smoothing.

    >>> from rnncourse.language import Characters
    >>> letters = Characters("abracadabra")
    >>> numbers = letters.encode("abracadabra")
    >>> model = NGram(numbers, order=3, size=len(letters), smoothing="none")
    >>> model.probabilities(letters.encode("ra")).tolist()  # only c ever came after it
    [0.0, 0.0, 1.0, 0.0, 0.0]
    >>> smooth = NGram(numbers, order=3, size=len(letters))
    >>> smooth.probabilities(letters.encode("ra")).round(2).tolist()
    [0.24, 0.14, 0.39, 0.14, 0.08]
    """

    def __init__(
        self,
        numbers: Any,
        order: int,
        size: int,
        *,
        smoothing: str = "kneser-ney",
        k: float = 1.0,
        discount: float = 0.75,
    ) -> None:
        for name, value in (("order", order), ("size", size)):
            if value < 1:
                raise ValueError(f"{name} must be at least 1, got {value}")
        if smoothing not in SMOOTHINGS:
            raise ValueError(f"smoothing must be one of {', '.join(SMOOTHINGS)}; got {smoothing!r}")
        if not 0 < k < np.inf:
            raise ValueError(f"k must be above 0 and finite, got {k}")
        if not 0 < discount < 1:
            raise ValueError(f"discount must be above 0 and below 1, got {discount}")
        self.order, self.size, self.smoothing = order, size, smoothing
        numbers = self._numbers("numbers", numbers)
        if not len(numbers):
            raise ValueError("numbers must hold at least one class number, got none")
        self._k = k if smoothing == "add-k" else 0.0
        self._discount = discount
        self._levels = _grams.count(numbers, order, size)
        self._parts = [
            self._smoothed(level, level.befores if self._counts_befores(m) else level.times)
            for m, level in enumerate(self._levels)
        ]

    def __repr__(self) -> str:
        grams = sum(len(level.keys) - 1 for level in self._levels)
        return f"<NGram: order {self.order}, {self.smoothing}, {grams} counted>"

    def log_probabilities(self, numbers: Any) -> Array:
        """`log p` of each symbol of a text given those before it, in nats, (N,).

        Without smoothing it is -inf where the n-gram, or its context, never came in training.

        Raises:
            ValueError: class numbers out of range, or not of shape (N,).

        >>> model = NGram([0, 1, 0, 1, 0, 0], order=2, size=2, smoothing="none")
        >>> np.exp(model.log_probabilities([0, 1, 0, 0])).round(3).tolist()
        [0.667, 0.667, 1.0, 0.333]
        """
        numbers = self._numbers("numbers", numbers)
        p = np.full(len(numbers), 1 / self.size)
        for m, (context, gram) in enumerate(_grams.look_up(self._levels, numbers, self.size)):
            share, rest = self._parts[m]
            p[m:] = share[gram] + rest[context] * (p[m:] if self._goes_down else 1 / self.size)
        with np.errstate(divide="ignore"):
            log_p: Array = np.log(p)
        return log_p

    def probabilities(self, context: Any = ()) -> Array:
        """The distribution (K,) of the next symbol after a context of any length.

        Raises:
            ValueError: class numbers out of range, or not of shape (N,); without smoothing, a
                context after which nothing came in training.
        """
        context = self._context(context)
        p = self._next(context)
        if not p.any():
            raise ValueError(
                f"context {context.tolist()} was never followed by anything in training, and "
                "without smoothing there is no distribution for it"
            )
        return p

    def counts(self, context: Any = ()) -> Array:
        """How often each symbol (K,) came after a context of at most n - 1 symbols in training.

        Raises:
            ValueError: class numbers out of range, or more than n - 1 of them.

        >>> NGram([0, 1, 0, 1, 0, 0], order=2, size=2).counts([0]).tolist()
        [1, 2]
        """
        numbers = self._numbers("context", context)
        if len(numbers) >= self.order:
            raise ValueError(
                f"context must have at most order - 1 = {self.order - 1} symbols, "
                f"got {len(numbers)}"
            )
        found = np.zeros(self.size, np.intp)
        level = self._levels[len(numbers)]
        symbols, grams = _grams.following(level, self._contexts(numbers)[-1], self.size)
        found[symbols] = level.times[grams]
        return found

    def generate(
        self,
        rng: np.random.Generator,
        count: int,
        *,
        seed: Any = (),
        stop: int | None = None,
        temperature: float = 1.0,
        top_k: int | None = None,
        top_p: float | None = None,
    ) -> Array:
        """Draw symbol after symbol, each from the distribution after those before it.

        Without smoothing it ends early where the text ended on a context that comes nowhere else.

        Args:
            rng: source of the draws.
            count: how many numbers to draw, at least 1.
            seed: class numbers (N,) to begin with.
            stop: a number that ends the sequence; it is the last of the result.
            temperature: as in `sampling.distribution`.
            top_k: as in `sampling.distribution`.
            top_p: as in `sampling.distribution`.

        Returns:
            The numbers drawn, without the seed.

        Raises:
            ValueError: count below 1, or what `probabilities` and `distribution` refuse.

        >>> model = NGram([0, 1, 2, 0, 1, 2, 0], order=2, size=3, smoothing="none")
        >>> model.generate(np.random.default_rng(0), 5, seed=[1]).tolist()
        [2, 0, 1, 2, 0]
        """
        if count < 1:
            raise ValueError(f"count must be at least 1, got {count}")
        context = self._context(seed)
        p = self.probabilities(context)
        drawn: list[int] = []
        while p.any():
            with np.errstate(divide="ignore"):
                o = np.log(p)
            drawn.append(int(draw(rng, o, temperature=temperature, top_k=top_k, top_p=top_p)))
            if len(drawn) == count or drawn[-1] == stop:
                break
            context = self._context([*context, drawn[-1]])
            p = self._next(context)
        return np.array(drawn, np.intp)

    def _counts_befores(self, m: int) -> bool:
        return self.smoothing == "kneser-ney" and m + 1 < self.order

    @property
    def _goes_down(self) -> bool:
        return self.smoothing in ("witten-bell", "kneser-ney")

    def _numbers(self, name: str, value: Any) -> Array:
        numbers = np.asarray(value)
        if numbers.ndim != 1:
            raise ValueError(f"{name} must have shape (N,), got {numbers.shape}")
        if len(numbers) and not np.issubdtype(numbers.dtype, np.integer):
            raise ValueError(f"{name} must be integers, got dtype {numbers.dtype}")
        wrong = (numbers < 0) | (numbers >= self.size)
        if wrong.any():
            place = int(np.argmax(wrong))
            raise ValueError(
                f"{name}[{place}] must lie between 0 and size - 1 = {self.size - 1}, "
                f"got {numbers[place]}"
            )
        return numbers.astype(np.int64)

    def _context(self, value: Any) -> Array:
        """The symbols that the model looks at, the last n - 1."""
        numbers = self._numbers("context", value)
        return numbers[max(0, len(numbers) - self.order + 1) :]

    def _smoothed(self, level: Grams, amount: Array) -> tuple[Array, Array]:
        """Share (G + 1,) of each gram and rest (C + 1,) of each context."""
        amount, contexts = amount[:-1], level.contexts
        of = level.keys[:-1] // self.size
        total = np.bincount(of, weights=amount, minlength=contexts)
        kinds = np.bincount(of[amount > 0], minlength=contexts)
        counted: Array
        whole: Array
        spread: Any
        if self.smoothing == "kneser-ney":
            counted, whole, spread = amount - self._discount, total, self._discount * kinds
        elif self.smoothing == "witten-bell":
            counted, whole, spread = amount, total + kinds, kinds
        else:
            counted, whole, spread = amount, total + self._k * self.size, self._k * self.size
        seen = total > 0
        unseen = 0.0 if self.smoothing == "none" else 1.0
        share, rest = np.zeros(len(amount) + 1), np.full(contexts + 1, unseen)
        np.divide(np.maximum(counted, 0), whole[of], out=share[:-1], where=seen[of])
        np.divide(spread, whole, out=rest[:-1], where=seen)
        return share, rest

    def _contexts(self, numbers: Array) -> list[int]:
        """The number on each level of the last 0, 1, … N of these at most n - 1 symbols."""
        grams = (gram for _, gram in _grams.look_up(self._levels, numbers, self.size))
        return [0, *(int(gram[-1]) for gram in grams if len(gram))]

    def _next(self, context: Array) -> Array:
        uniform = np.full(self.size, 1 / self.size)
        p = uniform
        for place, level, (share, rest) in zip(
            self._contexts(context), self._levels, self._parts, strict=False
        ):
            p = rest[place] * (p if self._goes_down else uniform)
            symbols, grams = _grams.following(level, place, self.size)
            p[symbols] += share[grams]
        return p
