"""Reference networks, data, pictures and visible checks of the course on recurrent networks.

`import rnncourse` costs little more than `import numpy`: each module loads when it is first named,
so `rnncourse.elman` needs no import of its own, and PyTorch and matplotlib stay out until a
function asks for them.

>>> import rnncourse
>>> rnncourse.elman.scalar(w=0.5, u=1.0).states([1, 0, 0]).round(4).tolist()
[0.7616, 0.3634, 0.1797]
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

_MODULES = (
    "checks",
    "data",
    "derivation",
    "elman",
    "figures",
    "gradcheck",
    "graphs",
    "linear",
    "losses",
    "network",
    "nn",
    "notebook",
    "optim",
    "plots",
    "steps",
    "truncated",
)
_NAMES = {"check_gradients": "gradcheck", "check": "checks"}

__all__ = ["__version__", "load_ipython_extension", *sorted([*_MODULES, *_NAMES])]

if TYPE_CHECKING:
    from rnncourse import (
        data,
        elman,
        gradcheck,
        graphs,
        linear,
        losses,
        network,
        nn,
        optim,
        plots,
        steps,
        truncated,
    )
    from rnncourse.gradcheck import check_gradients


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        return import_module(f"{__name__}.{name}")
    if name in _NAMES:
        value = getattr(import_module(f"{__name__}.{_NAMES[name]}"), name)
        globals()[name] = value
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def load_ipython_extension(ipython: Any) -> None:
    """What `%load_ext rnncourse` runs: registers the `%%derivation` cell magic."""
    from rnncourse.notebook import load_ipython_extension as load

    load(ipython)
