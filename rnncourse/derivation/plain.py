"""A derivation's specification as plain data and back: what a file beside a notebook holds."""

from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields
from typing import Any

from rnncourse.derivation.exercise import DerivationExercise, Display, Function, Step, Symbol
from rnncourse.derivation.functions import (
    STANDARD,
    activation,
    activation_derivative,
    open_activation,
)

_STANDARD = {function.name: function for function in STANDARD}
_TEXTS = ("network", "indices", "notes")


def to_plain(exercise: DerivationExercise) -> dict[str, Any]:
    """The specification as JSON has it.

    Raises:
        ValueError: where a function of the language is code of the author's own.
    """
    return {
        "name": exercise.name,
        "title": exercise.title,
        "symbols": [_entry(symbol) for symbol in exercise.symbols],
        "steps": [_entry(step) for step in exercise.steps],
        "functions": [
            _function(exercise, function)
            for function in exercise.functions
            if function.apply is not activation_derivative  # comes with its activation
        ],
        **{name: list(getattr(exercise, name)) for name in _TEXTS},
    }


def from_plain(plain: Mapping[str, Any]) -> DerivationExercise:
    """What ``to_plain`` wrote."""
    functions: list[Function] = []
    for entry in plain["functions"]:
        if isinstance(entry, str):
            functions.append(_STANDARD[entry])
        else:
            functions += open_activation(entry["open"], entry["description"])
    return DerivationExercise(
        name=plain["name"],
        title=plain["title"],
        symbols=tuple(_symbol(entry) for entry in plain["symbols"]),
        steps=tuple(Step(**_with_tuples(entry)) for entry in plain["steps"]),
        functions=tuple(functions),
        **{name: tuple(plain[name]) for name in _TEXTS},
    )


def _entry(value: Symbol | Step) -> dict[str, Any]:
    """The fields that are not as they are by default."""
    plain = asdict(value)
    defaults = {f.name: f.default for f in fields(value) if f.default is not MISSING}
    made = {k: v for k, v in plain.items() if k not in defaults or getattr(value, k) != defaults[k]}
    if isinstance(value, Symbol) and "display" in made:
        made["display"] = {k: v for k, v in made["display"].items() if v}
    return made


def _symbol(plain: Mapping[str, Any]) -> Symbol:
    display = Display(**plain.get("display", {}))
    return Symbol(**{**_with_tuples(plain), "display": display})


def _with_tuples(plain: Mapping[str, Any]) -> dict[str, Any]:
    return {k: tuple(v) if isinstance(v, list) else v for k, v in plain.items()}


def _function(exercise: DerivationExercise, function: Function) -> Any:
    if _STANDARD.get(function.name) is function:
        return function.name
    if function.apply is activation:
        label = function.parameters.removeprefix("f_")
        return {"open": label, "description": function.description}
    raise ValueError(
        f"functions: {function.name!r} of {exercise.name} is code of your own, which students do "
        "not have; use those of STANDARD, or open_activation"
    )
