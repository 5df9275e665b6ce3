"""Which known mistakes give the values of a wrong line: one, one and a factor, or two at once.

Two mistakes in two terms of a sum change its value each by its own amount, so that a line with both
is off by the two amounts together.
"""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Protocol

TOLERANCE = 1e-9  # of the largest true value
TWO = "Two things come together here."


class KnownMistake(Protocol):
    """A wrong line of the catalogue."""

    @property
    def id(self) -> str:
        """What it is called."""

    @property
    def hint(self) -> str:
        """What it earns."""

    @property
    def step(self) -> str:
        """The step that it gets wrong."""

    @property
    def source(self) -> str:
        """The wrong line."""


@dataclass(frozen=True)
class Alternative:
    """A mistake with its values, in the order of the student's."""

    mistake: KnownMistake
    values: tuple[float, ...]


class KnownPair(Protocol):
    """Two mistakes in one line."""

    @property
    def first(self) -> KnownMistake:
        """The one."""

    @property
    def second(self) -> KnownMistake:
        """The other."""

    @property
    def source(self) -> str:
        """The line with both."""


@dataclass(frozen=True)
class Explained:
    """The mistakes that explain a value, and what is to be said before their hints."""

    mistakes: tuple[KnownMistake, ...]
    lead: str = ""


Pairs = Callable[[str], Sequence[KnownPair]]  # by step


def no_pairs(step: str) -> Sequence[KnownPair]:
    """Where none are known."""
    return ()


def agreed(pairs: Sequence[KnownPair]) -> Explained | None:
    """What pairs that give the same values have in common; None where they have nothing."""
    several = [(p.first, p.second) for p in pairs]
    shared = tuple(m for m in several[0] if all(m in p for p in several)) if several else ()
    return Explained(shared, TWO if len(shared) > 1 else "") if shared else None


def explained(
    got: Sequence[float], truth: Sequence[float], known: Sequence[Alternative]
) -> Explained | None:
    """What explains the values ``got``; None where nothing does, or several things do alike."""
    known = [a for a in known if len(a.values) == len(got)]
    if not all(map(math.isfinite, got)):
        return None
    scale = max((abs(v) for v in truth), default=0.0)
    for alternative in known:
        if same(got, alternative.values):
            return Explained((alternative.mistake,))
    for several, lead in ((_multiples, ""), (_sums, TWO)):
        ways = list(several(got, truth, known, scale))
        shared = [m for m in ways[0].mistakes if all(m in w.mistakes for w in ways)] if ways else []
        if shared:
            return Explained(tuple(shared), (ways[0].lead or lead) if len(ways) == 1 else "")
        if ways:
            return None
    return None


def _multiples(
    got: Sequence[float], truth: Sequence[float], known: Sequence[Alternative], scale: float
) -> Iterator[Explained]:
    """A mistake times a number."""
    for alternative in known:
        factor = multiple(got, alternative.values)
        own = multiple(alternative.values, truth)  # itself nothing but a wrong factor
        if factor is not None and own is None and abs(factor) > TOLERANCE:
            what = "The sign is wrong." if abs(factor + 1) < 1e-6 else "There is a wrong factor."
            yield Explained((alternative.mistake,), f"{TWO} {what}")


def _sums(
    got: Sequence[float], truth: Sequence[float], known: Sequence[Alternative], scale: float
) -> Iterator[Explained]:
    """Two mistakes whose amounts add up."""
    off = [g - t for g, t in zip(got, truth, strict=True)]
    amounts = [[v - t for v, t in zip(a.values, truth, strict=True)] for a in known]
    for (a, first), (b, second) in combinations(zip(known, amounts, strict=True), 2):
        if same(off, list(map(float.__add__, first, second)), scale):
            yield Explained((a.mistake, b.mistake))


def multiple(got: Sequence[float], truth: Sequence[float]) -> float | None:
    """The c for which got = c × truth, or None where there is none."""
    squares = sum(t * t for t in truth)
    if not squares or not math.isfinite(squares):
        return None
    c = sum(map(float.__mul__, got, truth)) / squares
    size = max(abs(t) for t in truth) * max(1.0, abs(c))
    exact = all(abs(g - c * t) <= TOLERANCE * size for g, t in zip(got, truth, strict=True))
    return c if exact else None


def same(a: Sequence[float], b: Sequence[float], scale: float | None = None) -> bool:
    """Whether the values are the same; ``scale`` is the largest of the second where left out."""
    if len(a) != len(b):
        return False
    scale = max(map(abs, b), default=0.0) if scale is None else scale
    return all(abs(x - y) <= TOLERANCE * scale for x, y in zip(a, b, strict=True))
