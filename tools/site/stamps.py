"""Lets a step of the build be left out where nothing that it reads or has written has changed."""

from collections.abc import Callable, Iterable
from pathlib import Path

from .freshness import digest
from .paths import BUILD

STAMPS = BUILD / "stamps"


def files(*places: Path) -> list[Path]:
    """All files at or below the places, compiled ones left out."""
    found = {
        file for place in places for file in ([place] if place.is_file() else place.rglob("*"))
    }
    return sorted(f for f in found if f.is_file() and "__pycache__" not in f.parts)


def contents(paths: Iterable[Path]) -> str:
    """Name some files with what they hold."""
    parts: list[bytes] = []
    for path in paths:
        parts += [str(path).encode(), path.read_bytes() if path.is_file() else b"(missing)"]
    return digest(*parts)


def once(name: str, key: str, step: Callable[[], Iterable[Path]]) -> bool:
    """Take a step, unless it was taken with the same key and what it wrote is still there.

    Args:
        name: The step's name.
        key: The name of all that it reads.
        step: What it does; it gives the files, or folders, that it has written.

    Returns:
        Whether the step was taken.
    """
    stamp = STAMPS / name
    if stamp.exists():
        kept, written, *paths = stamp.read_text("utf8").splitlines()
        if kept == key and paths and contents(files(*map(Path, paths))) == written:
            return False
    places = [Path(path) for path in step()]
    STAMPS.mkdir(parents=True, exist_ok=True)
    lines = [key, contents(files(*places)), *map(str, places)]
    stamp.write_text("\n".join(lines), "utf8")
    return True
