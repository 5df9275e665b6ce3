"""Code that a cell carries as a text: encoded, compressed, an archive. What it is, and what of it.

Nothing of it is run. Unpacking stops at a megabyte, so that a small text cannot grow without end.
"""

import ast
import base64
import binascii
import bz2
import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Collection, Iterable, Iterator
from typing import Any

LEAST = 400  # characters: less holds no function worth hiding
PIECE = 40  # of a text in pieces
MOST = 1 << 20  # bytes that are unpacked
LAYERS = 4
_DEFINES = re.compile(r"(?m)^[ \t]*(?:async[ \t]+)?(?:def|class)[ \t]+([\w.]{1,80})")
_ENCODED = re.compile(rb"[\s!-z{|}~]+")
_ARCHIVE = re.compile(r"([\w./-]+)\.py[co]?$")


def packed(
    nodes: Iterable[ast.AST], graded: Collection[str], forbidden: Collection[str]
) -> Iterator[str]:
    """What is said of each packed text in a cell: ``holds packed code as text: defines forward``.

    Args:
        nodes: all parts of the cell.
        graded: names of the functions that are asked.
        forbidden: modules that the assignment forbids.
    """
    for raw in _texts(nodes):
        found = unpack(raw)
        if found is None:
            continue
        names = list(dict.fromkeys(_names(found)))
        telling = [n for n in names if n in graded or n in forbidden]
        shown = ", ".join((telling or names)[:5])
        if shown:
            yield f"holds packed code as a text of {len(raw):,} characters: {shown}"
        elif not found.isascii():
            yield f"holds packed data as a text of {len(raw):,} characters"


def _texts(nodes: Iterable[ast.AST]) -> Iterator[bytes]:
    """Long texts, and all that may be pieces of one, in their order."""
    pieces: list[bytes] = []
    for node in nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
            value = node.value
            raw = value.encode("utf-8", "replace") if isinstance(value, str) else value
            if len(raw) >= LEAST:
                yield raw
            elif len(raw) >= PIECE and b" " not in raw:
                pieces.append(raw)
    joined = b"".join(pieces)
    if len(pieces) > 1 and len(joined) >= LEAST:
        yield joined


def unpack(raw: bytes) -> bytes | None:
    """What lies under the layers of ``raw``; None where there is no layer."""
    start = raw
    for _ in range(LAYERS):
        inner = _decompressed(raw)
        if inner is None:
            inner = _decoded(raw)
        if inner is None:
            break
        raw = inner
    return None if raw is start else raw


def _decoded(raw: bytes) -> bytes | None:
    """Base 64, 16, 85, where that gives something that is packed itself, or a program."""
    if not _ENCODED.fullmatch(raw[: 1 << 16]):
        return None
    plain = b"".join(raw.split())
    ways: tuple[Any, ...] = (
        binascii.unhexlify,
        lambda b: base64.b64decode(
            b + b"=" * (-len(b) % 4), b"-_" if set(b) & set(b"-_") else None, True
        ),
        base64.b85decode,
        base64.a85decode,
        base64.b32decode,
    )
    for way in ways:
        for text in (plain, plain[::-1]):
            try:
                made = bytes(way(text))
            except (ValueError, binascii.Error, OverflowError):
                continue
            if _decompressed(made) is not None or _DEFINES.search(made.decode("latin-1")):
                return made
            if _decoded_again(made):
                return made
    return None


def _decoded_again(made: bytes) -> bool:
    return len(made) >= LEAST and made.isascii() and made.decode().isprintable()


def _decompressed(raw: bytes) -> bytes | None:
    if raw[:2] == b"PK":
        return _members(raw)
    ways: list[Any] = []
    if raw[:2] == b"\x1f\x8b" or raw[:1] == b"\x78":
        ways.append(zlib.decompressobj(wbits=47))
    elif raw[:3] == b"BZh":
        ways.append(bz2.BZ2Decompressor())
    elif raw[:5] in (b"\xfd7zXZ", b"\x5d\x00\x00\x80\x00"):
        ways.append(lzma.LZMADecompressor(memlimit=64 << 20))
    for way in ways:
        try:
            return bytes(way.decompress(raw, MOST)) or None
        except (OSError, zlib.error, lzma.LZMAError, EOFError, ValueError):
            continue
    return None


def _members(raw: bytes) -> bytes | None:
    """Names and texts of an archive's programs, one after another."""
    parts: list[bytes] = []
    left = MOST
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            for info in archive.infolist()[:200]:
                if match := _ARCHIVE.search(info.filename):
                    parts.append(f"def {match[1].replace('/', '.')}:\n".encode())
                if info.filename.endswith(".py") and info.file_size < left:
                    with archive.open(info) as file:
                        parts.append(file.read(left))
                    left -= len(parts[-1])
    except (zipfile.BadZipFile, zlib.error, OSError, ValueError, NotImplementedError, EOFError,
            RuntimeError, KeyError, UnicodeError):  # fmt: skip
        pass
    return b"\n".join(parts) or None


def _names(found: bytes) -> Iterator[str]:
    for match in _DEFINES.finditer(found.decode("utf-8", "replace")):
        yield match[1]
