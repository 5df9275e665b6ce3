"""What lies in a folder or a zip that students' work came in: plain files, each under its parts.

Nothing is followed, unpacked to a path of the archive's choosing, or read before it is wanted.
"""

import os
import stat
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from autograder.gradebook import files
from autograder.gradebook.files import RefusedFile
from autograder.gradebook.words import shown

MAX_ENTRIES = 50_000
MAX_EACH = 10_000  # in one folder: one student's files leave room for the others'
MAX_DEPTH = 6
JUNK = {"__MACOSX", ".DS_Store", ".ipynb_checkpoints", "Thumbs.db", "desktop.ini", "__pycache__"}

Refuse = Callable[[str, str], None]  # what, why


@dataclass(frozen=True)
class Arrival:
    """One plain file."""

    parts: tuple[str, ...]  # below the folder or in the zip
    label: str  # for messages
    open: Callable[[], AbstractContextManager[IO[bytes]]]
    when: datetime  # last changed, UTC


def in_folder(root: Path, refuse: Refuse) -> Iterator[Arrival]:
    """The plain files of a folder; links and devices are refused."""
    seen: Counter[str] = Counter()

    def below(folder: Path, parts: tuple[str, ...]) -> Iterator[Arrival]:
        outermost, most = (parts[0], MAX_EACH) if parts else ("", MAX_ENTRIES)
        for entry in files.entries(folder):
            seen[outermost] += 1
            if seen[outermost] > most:
                if seen[outermost] == most + 1:
                    label = outermost or str(root)
                    refuse(label, f"it holds more than {most} files; the rest was left out")
                return
            if entry.name in JUNK:
                continue
            here = (*parts, entry.name)
            label = "/".join(here)
            kind = entry.stat(follow_symlinks=False).st_mode
            if stat.S_ISLNK(kind):
                refuse(label, "it is a link to another place")
            elif stat.S_ISDIR(kind) and len(here) >= MAX_DEPTH:
                refuse(label, "it is nested too deep")
            elif stat.S_ISDIR(kind):
                yield from below(folder / entry.name, here)
            elif stat.S_ISREG(kind):
                changed = datetime.fromtimestamp(entry.stat().st_mtime, UTC)
                yield Arrival(here, label, _opener(root, here), changed)
            else:
                refuse(label, "it is a device or a pipe, and no plain file")

    yield from below(root, ())


def _opener(root: Path, parts: tuple[str, ...]) -> Callable[[], AbstractContextManager[IO[bytes]]]:
    @contextmanager
    def opened() -> Iterator[IO[bytes]]:
        with (
            files.open_plain(root, *parts) as descriptor,
            os.fdopen(os.dup(descriptor), "rb") as file,
        ):
            yield file

    return opened


def in_zip(path: Path, refuse: Refuse, name: str | None = None) -> Iterator[Arrival]:
    """The plain files of a zip; names that lead out of it, links and locked entries are refused.

    Args:
        path: the zip.
        refuse: told of what is not taken.
        name: the zip's, for messages; that of its file where None.
    """
    name = name or path.name
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        refuse(name, f"it is no zip that can be read ({error})")
        return
    folders = [tuple(info.filename.split("/")[:-1][:2]) for info in infos]
    crowded = {
        folder for folder, number in Counter(folders).items() if folder and number > MAX_EACH
    }
    for folder in sorted(crowded):
        refuse(f"{name}: {'/'.join(folder)}", f"it holds more than {MAX_EACH} files")
    infos = [info for info, folder in zip(infos, folders, strict=True) if folder not in crowded]
    if len(infos) > MAX_ENTRIES:
        refuse(name, f"it holds more than {MAX_ENTRIES} files")
        return
    names: set[str] = set()
    for info in infos:
        entry = _name(info)
        parts = tuple(entry.rstrip("/").split("/"))
        label = f"{name}: {entry}"
        fault = _fault(info, parts)
        if info.is_dir() and not fault:
            continue
        if set(parts) & JUNK:
            continue
        if fault:
            refuse(label, fault)
        elif entry in names:
            refuse(label, "the zip holds two files of this name")
        else:
            names.add(entry)
            yield Arrival(parts, label, _unzipper(path, info), _when(info))


def _name(info: zipfile.ZipInfo) -> str:
    """An entry's name; platforms write UTF-8 and some forget to say so."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("utf-8")
    except UnicodeError:
        return info.filename


def _fault(info: zipfile.ZipInfo, parts: tuple[str, ...]) -> str:
    """Why an entry is refused, or empty."""
    mode = info.external_attr >> 16
    if "\\" in info.filename or ":" in parts[0] or info.filename.startswith("/"):
        return "its name is an absolute path"
    if any(part in ("", ".", "..") for part in parts):
        return "its name leads out of the zip"
    if stat.S_ISLNK(mode):
        return "it is a link to another place"
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        return "it is a device or a pipe, and no plain file"
    if info.flag_bits & 1:
        return "it is locked with a password"
    return ""


def _unzipper(path: Path, info: zipfile.ZipInfo) -> Callable[[], AbstractContextManager[IO[bytes]]]:
    @contextmanager
    def opened() -> Iterator[IO[bytes]]:
        try:
            with zipfile.ZipFile(path) as archive, archive.open(info) as file:
                yield file
        except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError) as error:
            raise RefusedFile(f"{shown(info.filename)} cannot be unpacked: {error}") from None

    return opened


def _when(info: zipfile.ZipInfo) -> datetime:
    try:
        # a zip holds local time and does not say of where
        return datetime(*info.date_time).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return datetime.now(UTC)
