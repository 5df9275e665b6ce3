"""Call a student's function once, and say in plain words what goes wrong on the way."""

import copy
import inspect
import linecache
import os
import traceback
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import FrameType
from typing import Any

import numpy as np

from rnncourse.checks.exercise import CodeExercise

_OURS = os.path.dirname(os.path.abspath(__file__))


@dataclass(frozen=True)
class Called:
    """How a call ended: with a value, or with a problem."""

    value: Any = None
    problem: str = ""  # plain words; the call gave no value
    missing: bool = False  # the function is still the stub
    notes: tuple[
        str, ...
    ] = ()  # not wrong in itself: a warning of NumPy, an argument that was changed


def not_a_function(exercise: CodeExercise, answer: Any) -> str:
    """Why ``answer`` cannot be called, or ""."""
    if callable(answer):
        return ""
    kind = type(answer).__name__
    if isinstance(answer, str):
        return f"the function itself is wanted: {exercise.function}, without quotation marks."
    return (
        f"the function itself is wanted, not its result (got a {kind}): "
        f'write check("{exercise.name}", {exercise.function}) without calling it.'
    )


def call(
    exercise: CodeExercise, function: Callable[..., Any], arguments: Mapping[str, Any]
) -> Called:
    """Call ``function`` with copies of the arguments, in the order of the exercise's signature."""
    given = copy.deepcopy(dict(arguments))
    misfit = _signature_misfit(exercise, function, len(given))
    if misfit:
        return Called(problem=misfit)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            value = function(*given.values())
        except NotImplementedError as error:
            if error.args:
                return Called(problem=_crash(exercise, function, error, arguments))
            return Called(problem=f"{exercise.function} is not written yet.", missing=True)
        except Exception as error:
            return Called(problem=_crash(exercise, function, error, arguments))
    notes = [
        f"NumPy warned: {w.message}." for w in caught if issubclass(w.category, RuntimeWarning)
    ]
    if changed := _changed(arguments, given):
        argument = "argument" if len(changed) == 1 else "arguments"
        notes.append(
            f"{exercise.function} changes its {argument} {', '.join(changed)}: whoever calls it "
            "with the same again gets another result. Work on a copy. It costs no points."
        )
    return Called(value=value, notes=tuple(dict.fromkeys(notes)))


def _signature_misfit(exercise: CodeExercise, function: Callable[..., Any], count: int) -> str:
    try:
        inspect.signature(function).bind(*range(count))
    except TypeError:
        name = getattr(function, "__name__", exercise.function)
        return (
            f"it is called as {exercise.signature}, with {count} arguments, "
            f"but yours is {name}{inspect.signature(function)}."
        )
    except ValueError:  # a built-in without a signature: let the call itself tell
        return ""
    return ""


def _crash(
    exercise: CodeExercise,
    function: Callable[..., Any],
    error: Exception,
    arguments: Mapping[str, Any],
) -> str:
    text = str(error).strip().rstrip(".") or "no message"
    if isinstance(error, KeyError):
        text = f"there is no key {text}" + _keys(arguments)
    where = _line(function, error)
    sizes = ", ".join(f"{axis.upper()} = {n}" for axis, n in exercise.sizes(arguments).items())
    in_call = f" (in a call with {sizes})" if sizes else ""
    return f"it stopped with {type(error).__name__}{where}: {text}{in_call}."


def _keys(arguments: Mapping[str, Any]) -> str:
    params = arguments.get("params")
    return f"; params has {', '.join(params)}" if isinstance(params, Mapping) else ""


def _line(function: Callable[..., Any], error: Exception) -> str:
    """`` in line 4, `h[t] = W @ x` ``: the innermost line that the student wrote."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    home = code.co_filename if code else None
    frames = [
        (frame, number)
        for frame, number in traceback.walk_tb(error.__traceback__)
        if not frame.f_code.co_filename.startswith(_OURS)
    ]
    own = [(f, n) for f, n in frames if f.f_code.co_filename == home] or [
        (f, n) for f, n in frames if "site-packages" not in f.f_code.co_filename
    ]
    if not own:
        return ""
    frame, number = own[-1]
    source = _source(frame, number)
    return f" in line {number}, `{source}`" if source else f" in line {number}"


def _source(frame: FrameType, number: int) -> str:
    return linecache.getline(frame.f_code.co_filename, number, frame.f_globals).strip()


def _changed(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    changed = []
    for name, value in before.items():
        if isinstance(value, Mapping):
            inner = after[name]
            changed += [
                f"{name}[{k!r}]" for k in value if k not in inner or _differ(value[k], inner[k])
            ]
        elif _differ(value, after[name]):
            changed.append(name)
    return changed


def _differ(before: Any, after: Any) -> bool:
    return not np.array_equal(np.asarray(before), np.asarray(after))
