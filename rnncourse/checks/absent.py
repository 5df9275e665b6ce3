"""What an assignment's notebook is graded without."""

import os
from collections.abc import Collection
from pkgutil import iter_modules

import rnncourse

# each differentiates what it runs, and so hands over what an exercise asks for
ENGINES = (
    *("torch", "jax", "jaxlib", "tensorflow", "keras", "autograd", "mxnet", "mlx", "paddle"),
    *("theano", "aesara", "pytensor", "tinygrad", "casadi", "chainer", "mindspore"),
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
