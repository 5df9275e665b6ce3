"""What a function returned instead of numbers, in the judge's words."""

import builtins

from autograder.sandbox.inside.values import Unsupported

KNOWN_TYPES = frozenset(
    {name for name, value in vars(builtins).items() if isinstance(value, type)}
    | {"function", "builtin_function_or_method", "method", "generator", "module", "NoneType"}
    | {"Tensor", "DataFrame", "Series", "Figure", "Axes", "dict_values", "dict_keys", "zip", "map"}
)
UNSUPPORTED = frozenset(
    (
        "a value nested too deeply",
        "an integer of more than 64 bits",
        "a dict with keys that are not text",
        "a list of lists of unequal lengths",
        "an array of objects",
    )
)


def in_words(value: Unsupported) -> str:
    """What came instead of numbers, in words of ours: a type's own name could carry an input."""
    if value.what in UNSUPPORTED:
        return value.what
    if value.what.startswith("an array of"):
        return "an array of something that is no number"
    name = value.what.removeprefix("an object of type ")
    return f"an object of type {name}" if name in KNOWN_TYPES else "an object of another type"
