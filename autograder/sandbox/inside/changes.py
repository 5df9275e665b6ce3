"""Notes that a cell put something else in the place of a check or a comparison, however it did so.

Reading a cell's text misses what is done by ``exec``, ``vars`` or a name put together from pieces;
what stands in the place of a function afterwards does not lie. As with ``events``, the notes are
made in the student's own process: they help an instructor, and decide nothing.
"""

import builtins
import math
import sys
from collections.abc import Iterator
from types import FunctionType, ModuleType
from typing import Any

import numpy as np
import numpy.testing

from . import forbid

COMPARISON: tuple[tuple[ModuleType, tuple[str, ...]], ...] = (
    (np, ("allclose", "isclose", "array_equal", "array_equiv", "all", "any", "equal", "not_equal")),
    (np, ("abs", "absolute", "asarray", "array", "isfinite", "isnan", "max", "sum")),
    (np.linalg, ("norm",)),
    (np.testing, tuple(n for n in vars(numpy.testing) if n.startswith("assert"))),
    (math, ("isclose", "isfinite", "isnan")),
    (builtins, ("abs", "all", "any", "callable", "float", "getattr", "isinstance", "len", "max")),
    (builtins, ("min", "round", "sum", "type")),
)
SHELL = {
    "changed-ipython": (
        "run_cell",
        "run_cell_async",
        "run_ast_nodes",
        "run_code",
        "transform_cell",
    ),
    "changed-tracebacks": ("showtraceback", "_showtraceback", "custom_exceptions"),
}
Place = tuple[str, str]  # kind of the note, and what is looked at


class Watch:
    """What stood where when it was made."""

    def __init__(self, shell: Any) -> None:
        self._shell = shell
        self._was = dict(_places(shell))

    def new(self) -> list[list[str]]:
        """What has changed since the last call, as [kind, detail]."""
        now = dict(_places(self._shell))
        found = [
            [kind, name]
            for (kind, name), was in self._was.items()
            if not _same(was, now.get((kind, name)))
        ]
        self._was = {place: now[place] for place in self._was if place in now}
        return found


def _places(shell: Any) -> Iterator[tuple[Place, Any]]:
    for kind, names in SHELL.items():
        for name in names:
            # a method found through an object is a new object every time
            found = getattr(shell, name, None)
            found = getattr(found, "__func__", found)
            yield (kind, f"IPython's {name}"), (found, getattr(found, "__code__", found))
    for module, names in COMPARISON:
        for name in names:
            if name in vars(module):
                yield ("changed-verdict", f"{module.__name__}.{name}"), vars(module)[name]
    if any(isinstance(finder, forbid.Forbidden) for finder in sys.meta_path):
        yield ("changed-checks", "the refusal of forbidden modules"), forbid.Forbidden
    for title, module in list(sys.modules.items()):
        if title.startswith("rnncourse.checks") and isinstance(module, ModuleType):
            for name, value in list(vars(module).items()):
                if isinstance(value, FunctionType | type):
                    code = getattr(value, "__code__", None)
                    yield ("changed-checks", f"{title}.{name}"), (value, code)


def _same(was: Any, now: Any) -> bool:
    """Whether it is the same thing; a module that was loaded once more has the same functions."""
    if isinstance(was, tuple) and isinstance(now, tuple):
        (old, old_code), (new, new_code) = was, now
        return (old is new and old_code is new_code) or (
            _origin(old) == _origin(new) and old_code == new_code
        )
    return was is now


def _origin(value: Any) -> tuple[Any, Any]:
    return getattr(value, "__module__", None), getattr(value, "__qualname__", None)
