"""Forms that wrong answers take in any exercise: a transpose, a sign, a factor, a lost sum."""

import dataclasses
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnncourse.checks.exercise import Output
from rnncourse.checks.unpack import Finding
from rnncourse.checks.words import axes, shape

Form = tuple[str, str]  # kind, and the rest of a sentence that begins with the output's name


@dataclass(frozen=True)
class Question:
    """One output of one call: what was wanted, what came, and what is known of the sizes."""

    output: Output
    truth: NDArray[Any]
    got: NDArray[Any]
    shares: (
        NDArray[Any] | None
    )  # (T, B, *shape of truth), summing to it over both; None where not known
    sizes: Mapping[str, int]  # by axis: {"t": 6, "b": 4, …}; may be empty
    tolerance: float

    @property
    def scale(self) -> float:
        """The largest right value; 1 where all are zero."""
        return float(np.abs(self.truth).max(initial=0.0)) or 1.0

    def error(self, value: NDArray[Any]) -> float:
        """Largest deviation of ``value`` from the truth, relative to the largest right value."""
        return float(np.abs(value - self.truth).max(initial=0.0)) / self.scale

    def equals(self, value: NDArray[Any], wanted: NDArray[Any]) -> bool:
        """Whether two arrays agree to the tolerance; two zeros prove nothing and do not count."""
        if value.shape != wanted.shape or not value.size or not np.isfinite(value).all():
            return False
        scale = float(np.abs(wanted).max())
        return scale > 0 and float(np.abs(value - wanted).max()) <= 10 * self.tolerance * scale

    def with_got(self, got: NDArray[Any]) -> "Question":
        """The same question with another array as the answer."""
        return dataclasses.replace(self, got=got)


def known_form(question: Question) -> Form | None:
    """The first form that explains a wrong array of the right shape, or None."""
    for form in (_zero, _transposed, _factor, _from_shares, _shifted, _offset):
        found = form(question)
        if found:
            return found
    return None


def shape_form(question: Question) -> Finding:
    """A finding for an array of a wrong shape, with the likely reason."""
    output, got = question.output, question.got
    reason = next((text for text in _shape_reasons(question)), "")
    letters = axes(output)
    wanted = f"{shape(question.truth.shape)}{f' = {letters}' if letters else ''}"
    message = f"{output.name} has {shape(got.shape)}, wanted {wanted}."
    if got.ndim == 0:
        message = f"{output.name} is a single number, wanted {wanted}."
    return Finding(
        output.name,
        reason[0] if reason else "shape",
        f"{message}{' ' + reason[1] if reason else ''}",
    )


def _shape_reasons(question: Question) -> Iterator[Form]:
    truth, got, sizes = question.truth, question.got, question.sizes
    T, B = sizes.get("t"), sizes.get("b")
    if got.ndim == 2 and got.T.shape == truth.shape:
        same = question.equals(got.T, truth)
        yield "transposed", "It is transposed." if same else "The two axes are swapped."
    time_major = question.output.axes[:2] == ("t", "b")
    if time_major and got.ndim == truth.ndim and got.swapaxes(0, 1).shape == truth.shape:
        yield (
            "batch-first",
            "Time comes first, then the batch (or put @batch_first above the function).",
        )
    if question.output.axes[:1] == ("t",) and got.shape == truth.shape[1:]:
        yield (
            "one-step",
            "The time axis is missing: one entry for each step is wanted"
            + (", and this is the last step's." if question.equals(got, truth[-1]) else "."),
        )
    in_time = question.output.axes[:1] == ("t",) and got.ndim == truth.ndim
    if in_time and got.shape == (truth.shape[0] + 1, *truth.shape[1:]):
        yield "shape", "One step too many: the initial state is not one of the T steps."
    for size, summed, kind in ((T, "time", "steps"), (B, "the batch", "sequences")):
        if size is not None and got.shape == (size, *truth.shape):
            yield (
                "unsummed",
                f"There is one for each of the {size} {kind}: the sum over {summed} is missing.",
            )
    both = T is not None and B is not None
    if both and got.shape in ((T, B, *truth.shape), (B, T, *truth.shape)):
        yield (
            "unsummed",
            "There is one for each step and sequence: the sums over time and batch are missing.",
        )
    if [n for n in got.shape if n > 1] == [
        n for n in truth.shape if n > 1
    ] and got.ndim > truth.ndim:
        yield "shape", "An axis of length 1 too many (keepdims, or a row or column vector)."


def _zero(q: Question) -> Form | None:
    if not q.got.any():
        return (
            "zero",
            "is zero everywhere: was it ever filled?"
            if q.got.ndim
            else "is zero: was it ever computed?",
        )
    if not q.truth.any():
        return "value", "should be zero here: nothing flows into it in this case."
    return None


def _transposed(q: Question) -> Form | None:
    if q.got.ndim == 2 and q.got.shape[0] == q.got.shape[1] > 1 and q.equals(q.got.T, q.truth):
        return "transposed", "is the transpose of what is wanted."
    return None


def _factor(q: Question) -> Form | None:
    """``got == c · truth`` with one number c for all entries."""
    c = float((q.got * q.truth).sum() / (q.truth * q.truth).sum())
    if q.got.size < 2 or not c or not q.equals(q.got / c, q.truth):
        if q.got.size != 1:
            return None
        known = _named_factor(
            c, q
        )  # a single number is always some multiple: only a telling one counts
        return ("factor", f"is {known}.") if known else None
    if abs(c - 1) < 0.005:
        return None  # "1 times what is wanted" tells nobody anything
    if abs(c + 1) <= 10 * q.tolerance:
        return "sign", "has the opposite sign in every entry, and the right size."
    known = _named_factor(c, q)
    times = f"{abs(c):.3g} times" + (", with the opposite sign," if c < 0 else "")
    return (
        "factor",
        f"is {known}." if known else f"is {times} what is wanted, the same in every entry.",
    )


def _named_factor(c: float, q: Question) -> str:
    T, B = q.sizes.get("t", 1), q.sizes.get("b", 1)
    names = [
        (-1.0, "right but for its sign"),
        (float(B), f"too large by the factor {B}, the number of sequences B"),
        (1 / B, f"too small by the factor {B}, the number of sequences B"),
        (float(T), f"too large by the factor {T}, the number of steps T"),
        (1 / T, f"too small by the factor {T}, the number of steps T"),
        (float(T * B), f"too large by the factor {T * B} = T·B"),
        (1 / (T * B), f"too small by the factor {T * B} = T·B"),
        (B / T, "too large by the factor B/T: a sum stands for a mean, or the other way round"),
        (T / B, "too large by the factor T/B: a sum stands for a mean, or the other way round"),
        (2.0, "twice what is wanted"),
        (0.5, "half of what is wanted"),
    ]
    found = (
        text
        for value, text in names
        if abs(value - 1) > 1e-3 and abs(c - value) <= 10 * q.tolerance * abs(value)
    )
    return next(found, "")


def _from_shares(q: Question) -> Form | None:
    """The truth is a sum over steps and sequences; the answer may be a part of it."""
    if q.shares is None:
        return None
    by_step, by_sequence = q.shares.sum(axis=1), q.shares.sum(axis=0)
    T, B = len(by_step), len(by_sequence)
    if T > 1:
        if q.equals(q.got, by_step[-1]):
            return "one-step", "holds the last step's share only, not the sum over all steps."
        for t in range(T - 1):
            if q.equals(q.got, by_step[t]):
                return (
                    "one-step",
                    f"holds the share of step t = {t + 1} only: the weight acts at every step.",
                )
        for t, name in ((0, "first"), (T - 1, "last")):
            if q.equals(q.got, q.truth - by_step[t]):
                return "step-missing", f"lacks the share of the {name} step, t = {t + 1}."
    if B > 1:
        for b in range(B):
            if q.equals(q.got, by_sequence[b]) or q.equals(q.got, B * by_sequence[b]):
                return (
                    "one-sequence",
                    f"holds the share of sequence {b} only, not of the whole batch.",
                )
    return None


def _shifted(q: Question) -> Form | None:
    if q.output.axes[:1] != ("t",) or len(q.truth) < 3:
        return None
    tests: tuple[tuple[Callable[[], bool], Form], ...] = (
        (
            lambda: q.equals(q.got[1:], q.truth[:-1]),
            ("shifted", "is one step late: what stands at t belongs to t − 1."),
        ),
        (
            lambda: q.equals(q.got[:-1], q.truth[1:]),
            ("shifted", "is one step early: what stands at t belongs to t + 1."),
        ),
        (
            lambda: q.equals(q.got[::-1], q.truth),
            ("reversed", "runs backwards in time: the first step stands last."),
        ),
    )
    return next((form for test, form in tests if test()), None)


def _offset(q: Question) -> Form | None:
    difference = q.got - q.truth
    if q.got.size > 3 and np.ptp(difference) <= 10 * q.tolerance * q.scale:
        return "offset", "is off by one and the same number in every entry."
    return None
