"""What a student's function returned, as arrays by name, or what is wrong with it as a whole."""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rnncourse.checks.exercise import CodeExercise


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with an answer.

    Attributes:
        output: name of the output ("d_W_hh"), or "" where the answer as a whole is meant.
        kind: stable id: "nothing", "count", "missing", "type", "shape", "not-finite", "zero",
            "transposed", "sign", "factor", "offset", "shifted", "reversed", "batch-first",
            "unsummed", "one-step", "step-missing", "one-sequence", "value".
        message: plain text for the student, one or two sentences; never a right value.
        error: largest deviation, relative to the largest right value; None where it makes no sense.
    """

    output: str
    kind: str
    message: str
    error: float | None = None


def unpack(exercise: CodeExercise, got: Any) -> tuple[dict[str, NDArray[Any]], list[Finding]]:
    """Sort the returned value into arrays by output name.

    Accepts what the exercise promises: the value alone for one output; a tuple, list or dict for
    several; arrays, nested lists and numbers of any real type as values.

    Returns:
        The arrays that could be read, and a finding for everything that could not.
    """
    names = [output.name for output in exercise.outputs]
    if got is None:
        return {}, [
            _whole(
                "nothing", f"{exercise.function} returned nothing (None). Is the `return` missing?"
            )
        ]
    if isinstance(got, Mapping):
        values, findings = _from_mapping(exercise, got)
    elif len(names) == 1:
        alone = isinstance(got, tuple) and len(got) == 1
        values, findings = {names[0]: got[0] if alone else got}, []
    elif not isinstance(got, tuple | list):
        what = (
            f"one array of shape {got.shape}"
            if isinstance(got, np.ndarray)
            else f"one {type(got).__name__}"
        )
        return {}, [
            _whole("count", f"{exercise.function} returned {what}, wanted {_wanted(names)}.")
        ]
    elif len(got) != len(names):
        return {}, [
            _whole(
                "count", f"{exercise.function} returned {len(got)} things, wanted {_wanted(names)}."
            )
        ]
    else:
        values, findings = dict(zip(names, got, strict=True)), []
    arrays: dict[str, NDArray[Any]] = {}
    for name, value in values.items():
        try:
            arrays[name] = as_real_array(value)
        except ValueError as error:
            findings.append(
                Finding(name, "nothing" if value is None else "type", f"{name} {error}.")
            )
    return arrays, findings


def as_real_array(value: Any) -> NDArray[Any]:
    """Read ``value`` as an array of real floating point numbers; integers become float64.

    Raises:
        ValueError: where that cannot be done; the text goes on from the output's name.
    """
    if value is None:
        raise ValueError("is None: it was never computed")
    try:
        array = np.asarray(value)
    except Exception:
        raise ValueError(
            f"cannot be read as an array: it is a {type(value).__name__} with rows of different "
            "lengths, or holds something that is no number"
        ) from None
    if array.dtype.kind in "biu":
        return array.astype(np.float64)
    if array.dtype.kind == "c":
        raise ValueError("holds complex numbers, wanted real ones")
    if array.dtype.kind != "f":
        raise ValueError(
            f"cannot be read as numbers: it is a {type(value).__name__}, wanted an array"
        )
    return array


def _from_mapping(
    exercise: CodeExercise, got: Mapping[Any, Any]
) -> tuple[dict[str, Any], list[Finding]]:
    names = [output.name for output in exercise.outputs]
    strange = [str(key) for key in got if key not in names]
    findings = []
    for name in names:
        if name not in got:
            near = difflib.get_close_matches(name, strange, n=1)
            hint = f" There is {near[0]!r}: the name must be exactly {name!r}." if near else ""
            findings.append(
                Finding(name, "missing", f"{name} is not in the returned dictionary.{hint}")
            )
    return {name: got[name] for name in names if name in got}, findings


def _whole(kind: str, message: str) -> Finding:
    return Finding("", kind, message)


def _wanted(names: list[str]) -> str:
    if len(names) == 1:
        return f"{names[0]} alone"
    return f"{len(names)}: the tuple {', '.join(names)}, or a dictionary with these names"
