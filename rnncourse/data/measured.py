"""What was measured once and stored: the results of the repository's `experiments/`.

They travel with the package, so that a chapter that shows them runs wherever it is opened. Each
was written by the script of its name, with the seeds and the time that it took.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

__all__ = ["measured", "measured_names"]

_PACKAGE = Path(__file__).parents[1]
_FOLDERS = (_PACKAGE / "_measured", _PACKAGE.parent / "experiments" / "results")


def measured_names() -> list[str]:
    """List the stored results.

    >>> "adding" in measured_names()
    True
    """
    return sorted(path.stem for path in _folder().glob("*.json"))


def measured(name: str) -> dict[str, Any]:
    """Give one stored result: its claim, facts, settings, seeds, seconds, values and curves.

    Args:
        name: of the experiment, such as "adding".

    Raises:
        ValueError: there is no such result; the message names those there are.

    >>> sorted(measured("adding"))[:3]
    ['claim', 'curves', 'facts']
    """
    if name not in measured_names():
        raise ValueError(f"name must be one of {', '.join(measured_names())}, got {name!r}")
    found: dict[str, Any] = json.loads((_folder() / f"{name}.json").read_text("utf8"))
    return found


def _folder() -> Path:
    """Where they lie: inside an installed package, or in the repository that it runs from."""
    return next((folder for folder in _FOLDERS if folder.is_dir()), _FOLDERS[0])
