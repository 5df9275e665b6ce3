"""What the vocabularies and the byte pairs share: from numbers to symbols, and their files."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, TypeVar

from rnncourse._validate import Array

Symbol = TypeVar("Symbol", str, bytes)

_LARGEST = 1 << 26  # bytes of a file that may come from anywhere


def symbols_of(numbers: Iterable[int] | Array, symbols: Sequence[Symbol]) -> list[Symbol]:
    """The symbols that stand at these places."""
    found = []
    for place, number in enumerate(numbers):
        if not 0 <= number < len(symbols):
            raise ValueError(
                f"numbers[{place}] must lie between 0 and {len(symbols) - 1}, got {number}"
            )
        found.append(symbols[number])
    return found


def write(path: str | PathLike[str], kind: str, **content: Any) -> None:
    """Write JSON that says what it is; in ASCII, so that no encoding can spoil it."""
    Path(path).write_text(json.dumps({"kind": kind, **content}) + "\n", encoding="ascii")


def read(path: str | PathLike[str], kind: str) -> dict[str, Any]:
    """What `write` wrote, or a ValueError."""
    size = Path(path).stat().st_size
    if size > _LARGEST:
        raise ValueError(f"{path} must have at most {_LARGEST} bytes, got {size}")
    try:
        content = json.loads(Path(path).read_text(encoding="ascii"))
    except (RecursionError, ValueError) as error:
        raise ValueError(f"{path} must hold {kind} as JSON: {error}") from error
    found = content.get("kind") if isinstance(content, dict) else None
    if found != kind:
        raise ValueError(f"{path} must hold {kind}, got {found!r}")
    return dict(content)
