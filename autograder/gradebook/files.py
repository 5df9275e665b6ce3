"""Files that are whole or absent, and reading that follows no link."""

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from autograder.gradebook.words import shown


class RefusedFile(ValueError):
    """A path that is not a plain file inside its folder; the message is in plain words."""


def write_bytes(path: Path, content: bytes, mode: int = 0o644, *, lasting: bool = True) -> None:
    """Write a file so that a reader sees the old one or the new one, never a part.

    ``lasting`` waits until it is on the disk; what can be made again need not wait.
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:40]}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            if lasting:
                file.flush()
                os.fsync(file.fileno())
        os.chmod(name, mode)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write_text(path: Path, content: str, mode: int = 0o644, *, lasting: bool = True) -> None:
    """Write text as UTF-8, whole or not at all."""
    write_bytes(path, content.encode("utf-8"), mode, lasting=lasting)


def entries(folder: Path) -> list[os.DirEntry[str]]:
    """What a folder holds, in order of name; nothing where there is no folder."""
    try:
        with os.scandir(folder) as found:
            return sorted(found, key=lambda entry: entry.name)
    except FileNotFoundError:
        return []


@contextmanager
def open_plain(root: Path, *parts: str) -> Iterator[int]:
    """A descriptor for reading ``root/part/part``: no part a link, the last a plain file.

    Each part is opened from the one before it, so that nothing can be put in its place in between.

    Raises:
        RefusedFile: in plain words, where it is a link, ``..``, no plain file, or absent.
    """
    at = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
    try:
        for i, part in enumerate(parts):
            if part in ("", ".", "..") or "/" in part or "\0" in part:
                raise RefusedFile(
                    f"the path holds {shown(part)}, which could lead out of its folder"
                )
            last = i == len(parts) - 1
            below = _open_below(at, part, last)
            os.close(at)
            at = below
        yield at
    finally:
        os.close(at)


def _open_below(folder: int, name: str, is_file: bool) -> int:
    try:
        kind = os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode
    except FileNotFoundError:
        what = "the notebook" if is_file else "the folder"
        raise RefusedFile(f"{what} {shown(name)} is missing") from None
    if stat.S_ISLNK(kind):
        raise RefusedFile(
            f"{shown(name)} is a link to another place; a submission must be a plain file"
        )
    if is_file and not stat.S_ISREG(kind):
        raise RefusedFile(f"{shown(name)} is not a plain file")
    if not is_file and not stat.S_ISDIR(kind):
        raise RefusedFile(f"{shown(name)} is not a folder")
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | (0 if is_file else os.O_DIRECTORY)
    try:
        return os.open(name, flags, dir_fd=folder)
    except OSError as error:
        raise RefusedFile(f"{shown(name)} cannot be opened: {error.strerror}") from None
