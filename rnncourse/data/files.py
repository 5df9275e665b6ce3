"""Data sets that readers have as files: MNIST, Penn Treebank, text8, plays of Shakespeare.

Nothing is downloaded. Each function takes where the files are and compares their checksums with
those of the published edition, so that results can be compared with published ones; a file with
another checksum is refused by name. `checksums=None` reads another edition on purpose, and a
mapping from file names to SHA-256 or MD5 sums asks for another one.

Chance: MNIST 1/10 right. Of text, who knows only how frequent each symbol is pays its entropy:
`unigram_entropy` computes it from the training part.

Source of the checksums: MNIST packed, and tiny Shakespeare: those of TensorFlow Datasets, and the
same elsewhere; MNIST unpacked, text8: the same in several independent projects; Penn Treebank: the
MD5 sums of torchtext, as no SHA-256 is published.
"""

from __future__ import annotations

import gzip
import hashlib
import io
import math
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np

from rnncourse._validate import Array
from rnncourse.data.splits import Split, split

__all__ = [
    "CHECKSUMS", "Images", "Mnist", "idx", "mnist", "penn_treebank", "text8", "tiny_shakespeare",
    "unigram_entropy",
]  # fmt: skip

#: as sha256sum and md5sum write them
_SUMS = """
440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609  train-images-idx3-ubyte.gz
3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c  train-labels-idx1-ubyte.gz
8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6  t10k-images-idx3-ubyte.gz
f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6  t10k-labels-idx1-ubyte.gz
ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db  train-images-idx3-ubyte
65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5  train-labels-idx1-ubyte
0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7  t10k-images-idx3-ubyte
ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2  t10k-labels-idx1-ubyte
f26c4b92c5fdc7b3f8c7cdcb991d8420  ptb.train.txt
aa0affc06ff7c36e977d7cd49e3839bf  ptb.valid.txt
8b80168b89c18661a38ef683c0dc3721  ptb.test.txt
a6640522afe85d1963ad56c05b0ede0a0c000dddc9671758a6cc09b7a38e5232  text8.zip
6e890197040d37d85beb962ae1f041ff1d9a9ca8d20c7d99c85027eebf51dca7  text8
86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed  input.txt
"""
CHECKSUMS: Mapping[str, str] = {
    name: checksum for checksum, name in map(str.split, _SUMS.strip().splitlines())
}
_KINDS = {64: "sha256", 32: "md5"}  # by the number of digits

_MOST_BYTES = 2**31  # a header that promises more is not believed
_TEXT8_SYMBOLS = b" abcdefghijklmnopqrstuvwxyz"


class Images(NamedTuple):
    """Grey images and the digits that they show; `rnncourse.data.scans` makes sequences of them."""

    images: Array  # (N, rows, columns) uint8
    y: Array  # (N,) 0 to 9


class Mnist(NamedTuple):
    """MNIST's two parts; what to choose by is to be taken from the first."""

    train: Images
    test: Images


def mnist(folder: str | Path, *, checksums: Mapping[str, str] | None = CHECKSUMS) -> Mnist:
    """MNIST's digits from its four files, packed (.gz) or not; chance is 1/10 right.

    Args:
        folder: where train-images-idx3-ubyte.gz and the other three are.
        checksums: by file name; None for another edition.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: another checksum, a damaged file, images and labels that do not fit.

    Source: Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, Gradient-based learning applied to
    document recognition (1998).
    """
    parts = []
    for part in ("train", "t10k"):
        images, labels = (
            idx(_packed_or_not(Path(folder), f"{part}-{name}-ubyte"), checksums=checksums)
            for name in ("images-idx3", "labels-idx1")
        )
        if images.ndim != 3 or labels.shape != images.shape[:1]:
            raise ValueError(
                f"{part} must have images (N, rows, columns) and labels (N,), "
                f"got {images.shape} and {labels.shape}"
            )
        if labels.size and labels.max() > 9:
            raise ValueError(f"{part} labels must be digits, got {labels.max()}")
        parts.append(Images(images, labels.astype(np.intp)))
    return Mnist(*parts)


def idx(path: str | Path, *, checksums: Mapping[str, str] | None = None) -> Array:
    """An array of bytes from a file of the IDX format, packed if its name ends in .gz.

    The format: two zero bytes, the type (8 for bytes), the number of axes, each axis's length as
    four bytes with the highest first, the values.

    Args:
        path: the file.
        checksums: by file name; not compared when left out.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: another checksum, or a file that is damaged or of another type.
    """
    path = Path(path)
    raw = _read(path, path.name, checksums)
    stream: IO[bytes] = io.BytesIO(raw)
    if path.suffix == ".gz":
        stream = gzip.GzipFile(fileobj=stream)  # type: ignore[assignment]
    try:
        start = _bytes(stream, 4, path, "header")
        if start[:3] != b"\0\0\x08" or not start[3]:
            raise ValueError(f"{path} must begin with bytes 0 0 8 and its axes, got {[*start]}")
        axes = struct.unpack(f">{start[3]}I", _bytes(stream, 4 * start[3], path, "header"))
        size = math.prod(axes)
        if size > _MOST_BYTES:
            raise ValueError(
                f"{path} must hold at most {_MOST_BYTES} bytes, its header says {axes}"
            )
        values = _bytes(stream, size, path, f"values of shape {axes}")
        if stream.read(1):
            raise ValueError(f"{path} must end after its values of shape {axes}, and goes on")
    except (OSError, EOFError, zlib.error) as error:
        raise ValueError(f"{path} must be a whole .gz file: {error}") from None
    return np.frombuffer(values, np.uint8).reshape(axes).copy()


def penn_treebank(folder: str | Path, *, checksums: Mapping[str, str] | None = CHECKSUMS) -> Split:
    """Words of the Wall Street Journal, rare ones as <unk>, with <eos> at each line's end.

    Args:
        folder: where ptb.train.txt, ptb.valid.txt and ptb.test.txt are.
        checksums: by file name; None for another edition.

    Returns:
        A Split of lists of words; the published edition has 929,589, 73,760 and 82,430.

    Raises:
        FileNotFoundError: a file is missing.
        ValueError: another checksum, or bytes that are no text.

    Source: M. Marcus et al. (1993), in the edition of T. Mikolov et al., Recurrent neural network
    based language model (2010).
    """
    parts = []
    for part in Split._fields:
        text = _text(Path(folder) / f"ptb.{part}.txt", f"ptb.{part}.txt", checksums)
        parts.append([word for line in text.splitlines() for word in [*line.split(), "<eos>"]])
    return Split(*parts)


def text8(path: str | Path, *, checksums: Mapping[str, str] | None = CHECKSUMS) -> Split:
    """A hundred million letters and spaces of Wikipedia: 90, 5 and 5 of a hundred parts.

    Args:
        path: text8, or text8.zip as it is distributed.
        checksums: by file name; None for another edition.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: another checksum, a damaged file, a symbol that is neither a to z nor a space.

    Source: M. Mahoney, About the test data (2011).
    """
    path = Path(path)
    name = "text8.zip" if path.suffix == ".zip" else "text8"
    raw = _read(path, name, checksums)
    if path.suffix == ".zip":
        try:
            with zipfile.ZipFile(io.BytesIO(raw)) as packed, packed.open("text8") as stream:
                raw = stream.read(_MOST_BYTES)
        except (zipfile.BadZipFile, KeyError, EOFError, zlib.error, RuntimeError) as error:
            raise ValueError(f"{path} must be a .zip file that holds text8: {error}") from None
    others = raw.translate(None, _TEXT8_SYMBOLS)
    if others:
        place = raw.index(others[:1])
        raise ValueError(f"{path} must hold a to z and spaces, got {others[:1]!r} at {place}")
    return split(raw.decode("ascii"), shares=(0.9, 0.05, 0.05))


def tiny_shakespeare(path: str | Path, *, checksums: Mapping[str, str] | None = CHECKSUMS) -> Split:
    """1,115,394 characters of Shakespeare's plays: 90, 5 and 5 of a hundred parts.

    Args:
        path: the file, called input.txt where it is distributed.
        checksums: under the name "input.txt", whatever the file is called; None for another text.

    Raises:
        FileNotFoundError: there is no such file.
        ValueError: another checksum, or bytes that are no text.

    Source: A. Karpathy, The unreasonable effectiveness of recurrent neural networks (2015).
    """
    return split(_text(Path(path), "input.txt", checksums), shares=(0.9, 0.05, 0.05))


def unigram_entropy(symbols: Iterable[str]) -> float:
    """Bits that each symbol costs who knows only how frequent every symbol is: chance, for text.

    >>> unigram_entropy("abab"), unigram_entropy(["the", "the"])
    (1.0, 0.0)
    """
    counts = Counter(symbols)
    total = counts.total()
    return abs(sum(n / total * math.log2(total / n) for n in counts.values()))


def _read(path: Path, name: str, checksums: Mapping[str, str] | None) -> bytes:
    """A file's bytes, if they have the checksum that is asked for."""
    raw = path.read_bytes()
    if checksums is None:
        return raw
    if name not in checksums:
        raise ValueError(f"checksums must have one for {name}, or be None; got {[*checksums]}")
    kind = _KINDS.get(len(checksums[name]))
    if kind is None:
        raise ValueError(
            f"checksums must have 64 digits (SHA-256) or 32 (MD5), got {checksums[name]!r}"
        )
    found = hashlib.new(kind, raw, usedforsecurity=False).hexdigest()
    if found != checksums[name].lower():
        raise ValueError(
            f"{path} must have the {kind} sum {checksums[name]}, got {found}: it is damaged or "
            "another edition, which checksums=None reads"
        )
    return raw


def _text(path: Path, name: str, checksums: Mapping[str, str] | None) -> str:
    try:
        return _read(path, name, checksums).decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{path} must be UTF-8 text: {error}") from None


def _bytes(stream: IO[bytes], size: int, path: Path, what: str) -> bytes:
    """Exactly so many bytes, read in pieces, as a header may promise more than there is."""
    pieces, rest = [], size
    while rest and (piece := stream.read(min(rest, 1 << 20))):
        pieces.append(piece)
        rest -= len(piece)
    if rest:
        raise ValueError(f"{path} must hold {size} bytes of {what}, and ends {rest} before")
    return b"".join(pieces)


def _packed_or_not(folder: Path, name: str) -> Path:
    for path in (folder / f"{name}.gz", folder / name):
        if path.is_file():
            return path
    raise FileNotFoundError(f"folder must hold {name}.gz or {name}, got {folder}")
