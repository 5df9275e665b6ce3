"""A wrong answer beside the right one, on the first visible case: what a feedback page may draw.

Nothing of a hidden case is here. The visible case, and what is right in it, are in the package
that every student has.
"""

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from autograder.assignment import CodeItem
from autograder.sandbox.errors import SessionEnded
from autograder.sandbox.replies import CallReply
from autograder.verdict import Part, Seen, Verdict
from rnncourse.checks.exercise import CodeExercise
from rnncourse.checks.unpack import unpack

MOST = 40  # entries of an output that are kept


def with_seen(verdict: Verdict, item: CodeItem, public: CallReply | SessionEnded | None) -> Verdict:
    """The verdict, with what the visible case gave for each part that lost points in it.

    Args:
        verdict: on the item.
        item: the exercise.
        public: what the student's function gave in the first visible case.
    """
    lost = [part.name for part in verdict.parts if part.points < part.max_points]
    if not lost or not isinstance(public, CallReply) or public.raised or public.missing:
        return verdict
    try:
        return replace(verdict, parts=_with_seen(verdict.parts, lost, item.exercise, public.value))
    except Exception:
        return verdict  # a picture that cannot be drawn must cost no marks


def _with_seen(
    parts: tuple[Part, ...], lost: list[str], exercise: CodeExercise, value: Any
) -> tuple[Part, ...]:
    with np.errstate(all="ignore"):
        _, truth = next(exercise.visible_cases())
        arrays = unpack(exercise, value)[0]
    axes = {output.name: output.axes for output in exercise.outputs if output.compared}
    return tuple(
        replace(part, seen=_seen(axes[part.name], truth, arrays, part.name))
        if part.name in lost and part.name in arrays and part.name in axes
        else part
        for part in parts
    )


def _seen(
    axes: tuple[str, ...], truth: Mapping[str, Any], arrays: Mapping[str, Any], name: str
) -> Seen | None:
    wanted, got = np.asarray(truth[name], dtype=float), np.asarray(arrays[name], dtype=float)
    same = wanted.shape == got.shape
    with np.errstate(all="ignore"):
        scale = max(1e-12, float(np.abs(wanted).max(initial=0.0)))
        if same and np.allclose(wanted, got, rtol=0, atol=1e-6 * scale):
            return None  # right in the visible case: nothing to show
    by_step = bool(axes) and axes[0] == "t" and wanted.ndim == got.ndim > 0
    return Seen(
        axes=axes,
        wanted_shape=wanted.shape,
        got_shape=got.shape,
        by_step=by_step,
        wanted=_entries(wanted, by_step),
        got=_entries(got, by_step),
    )


def _entries(array: Any, by_step: bool) -> tuple[float | None, ...]:
    """Of a sequence its first unit over time, of anything else the entries row by row."""
    if array.size == 0:
        return ()
    flat = array.reshape(len(array), -1)[:, 0] if by_step else array.ravel()
    return tuple(float(v) if math.isfinite(v) else None for v in flat[:MOST])
