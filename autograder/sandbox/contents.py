"""What a box is given to read: the library without what is forbidden, the runner, fonts."""

import contextlib
import json
import os
import shutil
from collections.abc import Iterable, Sequence
from importlib.util import cache_from_source
from pathlib import Path
from typing import Any

import rnncourse

INSIDE = Path(__file__).with_name("inside")
PACKAGE = Path(rnncourse.__file__).parent
FONTS = "fonts"


def copy(folder: Path, forbidden: Iterable[str], roots: Sequence[str]) -> None:
    """Fill ``folder``.

    Args:
        folder: an empty folder.
        forbidden: modules to be left out.
        roots: the folders of this system that the box shows.
    """
    gone = {
        name.removeprefix("rnncourse.").replace(".", "/")
        for name in forbidden
        if name.startswith("rnncourse.")
    }

    def leave_out(directory: str, names: list[str]) -> set[str]:
        below = Path(directory).relative_to(PACKAGE)
        return {
            name
            for name in names
            if name == "__pycache__" or (below / name).with_suffix("").as_posix() in gone
        }

    shutil.copytree(PACKAGE, folder / "rnncourse", ignore=leave_out)
    shutil.copytree(INSIDE, folder / "inside", ignore=shutil.ignore_patterns("__pycache__"))
    _copy_compiled(PACKAGE, folder / "rnncourse")
    _copy_compiled(INSIDE, folder / "inside")
    _copy_font_list(folder / FONTS, roots)


def _copy_compiled(package: Path, copied: Path) -> None:
    """Bring the compiled form of what was copied, as far as it is of this very text.

    All others would carry the code of forbidden modules, or of what once stood there.
    """
    for source in copied.rglob("*.py"):
        compiled = Path(cache_from_source(str(package / source.relative_to(copied))))
        found = source.stat()
        stamp = b"".join(
            (n & 0xFFFFFFFF).to_bytes(4, "little") for n in (0, int(found.st_mtime), found.st_size)
        )
        with contextlib.suppress(OSError):
            code = compiled.read_bytes()
            if code[4:16] == stamp:
                target = source.parent / "__pycache__" / compiled.name
                target.parent.mkdir(exist_ok=True)
                target.write_bytes(code)


def _copy_font_list(folder: Path, roots: Sequence[str]) -> None:
    """Bring what matplotlib knows of the fonts below ``roots``: to look through them takes long."""
    folder.mkdir()
    home = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    cache = Path(os.environ.get("MPLCONFIGDIR") or home / "matplotlib")

    def seen(font: Any) -> bool:
        name = font["fname"]
        return not os.path.isabs(name) or name.startswith(tuple(f"{root}/" for root in roots))

    for path in cache.glob("fontlist-*.json"):
        with contextlib.suppress(OSError, ValueError, LookupError, TypeError):
            known = json.loads(path.read_text("utf-8"))
            for kind in ("afmlist", "ttflist"):
                known[kind] = [font for font in known[kind] if seen(font)]
            (folder / path.name).write_text(json.dumps(known), "utf-8")
