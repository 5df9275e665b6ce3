"""Visible cases whose truth was computed elsewhere: arguments and right outputs, as a file.

Exercises of an instructor's own are carried whole: what is asked, too, is in the file.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from rnncourse import _beside
from rnncourse.checks.exercise import Arrays, CodeExercise, Output


def stored_cases(name: str) -> list[tuple[dict[str, Any], Arrays]]:
    """Arguments and right outputs of an exercise's visible cases.

    Args:
        name: of the exercise; ``exercise/member`` for a version of a personal one.
    """
    found = _beside.carried(name.partition(".")[0])
    cases = found.plain["cases"][name] if found else _packaged(name)
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


def plain_exercise(exercise: CodeExercise) -> dict[str, Any]:
    """What is asked, as JSON has it.

    Raises:
        ValueError: where it cannot be carried without the author's code.
    """
    if exercise.properties:
        raise ValueError(
            f"properties: {exercise.name} has some, and they are code of your own, which students "
            "do not have; ask for one right value"
        )
    outputs = [{"name": o.name, "symbol": o.symbol, "axes": o.axes} for o in exercise.outputs]
    return {
        "name": exercise.name,
        "function": exercise.function,
        "signature": exercise.signature,
        "outputs": outputs,
        "inputs": {name: list(axes) for name, axes in exercise.inputs.items()},
        "tolerance": exercise.tolerance,
    }


def read_exercise(plain: Mapping[str, Any]) -> CodeExercise:
    """What ``plain_exercise`` wrote; its cases are stored, too."""
    outputs = (Output(o["name"], o["symbol"], tuple(o["axes"])) for o in plain["outputs"])
    return CodeExercise(
        name=plain["name"],
        function=plain["function"],
        signature=plain["signature"],
        outputs=tuple(outputs),
        draw=_no_draw,
        solve=None,
        tolerance=plain["tolerance"],
        inputs={name: tuple(axes) for name, axes in plain["inputs"].items()},
    )


def _no_draw(*_: Any, **__: Any) -> dict[str, Any]:
    raise ValueError("the cases of this exercise are stored, none is drawn")


def _packaged(name: str) -> Any:
    file, _, member = name.partition("/")
    plain = _file(file)
    return plain[member] if member else plain


@cache
def _file(file: str) -> Any:
    folder = files("rnncourse.checks.exercises")
    return json.loads((folder / f"{file}.json").read_text(encoding="utf-8"))
