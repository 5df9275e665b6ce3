"""The same networks as PyTorch modules, written by hand: automatic differentiation goes back.

PyTorch loads when a module is first named. Without it, `pip install "rnncourse[torch]"`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rnncourse.nn.elman import Elman, ElmanCell, ElmanNetwork

__all__ = ["Elman", "ElmanCell", "ElmanNetwork"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        from rnncourse.nn import elman
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        raise ModuleNotFoundError(
            f'rnncourse.nn.{name} needs PyTorch: pip install "rnncourse[torch]"', name="torch"
        ) from error
    return getattr(elman, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
