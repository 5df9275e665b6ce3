"""What of this package an assignment's notebook is graded without."""

from collections.abc import Collection
from pkgutil import iter_modules

import rnncourse


def all_but(left: Collection[str]) -> tuple[str, ...]:
    """Every module of the package by its full name, but for those in ``left``.

    A list of what stays, not of what goes: a module that is added later is absent until somebody
    has seen that it hands over no answer.
    """
    names = sorted(module.name for module in iter_modules(rnncourse.__path__))
    return tuple(f"rnncourse.{name}" for name in names if name not in left)
