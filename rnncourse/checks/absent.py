"""What an assignment's notebook is graded without, and the cells by which it is known."""

import os
from collections.abc import Collection
from pkgutil import iter_modules

import rnncourse

# each differentiates what it runs, and so hands over what an exercise asks for
ENGINES = (
    *("torch", "jax", "jaxlib", "tensorflow", "keras", "autograd", "mxnet", "mlx", "paddle"),
    *("theano", "aesara", "pytensor", "tinygrad", "casadi", "chainer", "mindspore"),
)

# a student's notebook is graded without the rest: cells, and what differentiates or runs one
LEFT = frozenset(
    ("checks", "cli", "derivation", "notebook", "plots", "_beside", "_picture", "_validate")
)


def all_but(left: Collection[str], inside: str = "") -> tuple[str, ...]:
    """Every module of the package by its full name, but for those in ``left``.

    A list of what stays, not of what goes: a module that is added later is absent until somebody
    has seen that it hands over no answer. With ``inside``, the modules of that folder of it.
    """
    folders = [os.path.join(path, inside) for path in rnncourse.__path__]
    names = sorted(module.name for module in iter_modules(folders))
    package = f"rnncourse.{inside}" if inside else "rnncourse"
    return tuple(f"{package}.{name}" for name in names if name not in left)


def forbidden(*modules: str, left: Collection[str] = ()) -> tuple[str, ...]:
    """What is absent when an assignment is graded: the library, and all that differentiates.

    Args:
        modules: packages of others that are absent, too: "sklearn".
        left: modules of this package that stay beside those of ``LEFT``.
    """
    names = (*ENGINES, *modules, "rnncourse.checks.exercises", *all_but(LEFT | set(left)))
    return tuple(dict.fromkeys(names))


def named_cells(checked: Collection[str], *others: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Answer cells and check cells of a notebook, by which a hand-in is recognised.

    Args:
        checked: answers with a check of their own below them.
        others: answers without one, beside the cell for the student's id.
    """
    return ("student", *checked, *others), tuple(f"{name}-check" for name in checked)
