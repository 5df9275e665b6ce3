"""IPython: the cell magic ``%%derivation`` and what it shows."""

from typing import Any


def load_ipython_extension(ipython: Any) -> None:
    """What ``%load_ext rnncourse`` runs: registers ``%%derivation``."""
    from rnncourse.notebook.magic import DerivationMagics

    ipython.register_magics(DerivationMagics)
