"""Packages that only some data sets need: loaded when such a data set is asked for."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def need(module: str, what: str) -> Any:
    """The module, or an error that says how to get it.

    Args:
        module: its name, such as "sklearn.datasets".
        what: the data that need it, such as "digits".

    Raises:
        ModuleNotFoundError: the package is not installed.
    """
    package = module.partition(".")[0]
    try:
        import_module(package)
    except ModuleNotFoundError as error:
        if error.name != package:
            raise  # the package is there, and something else is amiss
        raise ModuleNotFoundError(
            f'rnncourse.data.{what} needs {package}: pip install "rnncourse[data]"', name=package
        ) from error
    return import_module(module)
