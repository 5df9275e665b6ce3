"""Visible cases whose truth was computed elsewhere: arguments and right outputs, as a file."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from rnncourse.checks.exercise import Arrays


def stored_cases(name: str) -> list[tuple[dict[str, Any], Arrays]]:
    """Arguments and right outputs of an exercise's visible cases.

    Args:
        name: of the exercise; ``exercise/member`` for a version of a personal one.
    """
    file, _, member = name.partition("/")
    plain = _file(file)
    cases = plain[member] if member else plain
    return [(read(case["arguments"]), read(case["truth"])) for case in cases]


def plain(value: Any) -> Any:
    """Arguments or outputs as JSON has them: nested lists, numbers, and dictionaries of them."""
    if isinstance(value, Mapping):
        return {key: plain(entry) for key, entry in value.items()}
    array = np.asarray(value)
    if array.dtype.kind == "f":
        # twelve figures are far more than any tolerance, and half as long
        return np.vectorize(lambda v: float(f"{v:.12g}"), otypes=[object])(array).tolist()
    return array.tolist()


def read(value: Mapping[str, Any]) -> dict[str, Any]:
    """What ``plain`` wrote: lists are arrays again."""
    return {
        key: read(entry)
        if isinstance(entry, dict)
        else np.asarray(entry)
        if isinstance(entry, list)
        else entry
        for key, entry in value.items()
    }


@cache
def _file(file: str) -> Any:
    folder = files("rnncourse.checks.exercises")
    return json.loads((folder / f"{file}.json").read_text(encoding="utf-8"))
