"""Weights and all else that a training run needs, in one file that cannot run code.

A checkpoint is a NumPy .npz file: one .npy member for each array, under the name that the array
has in the tree (`cell.W_hh`), and one more, `__tree__`, in which JSON says how the tree is built
and holds the numbers and words that are no arrays. `np.load` reads it too. Nothing is pickled.

Writing is all or nothing: the file is made beside its place and moved there when it is complete.

Reading believes nothing. Members must be stored as they are, not compressed, and together be no
larger than the file, so that memory follows the file's size; a header must agree with its member;
types that hold Python objects are refused. Whatever is wrong ends in a ValueError.
"""

from __future__ import annotations

import io
import json
import os
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from rnncourse._validate import Array

__all__ = ["load", "save"]

_FORMAT, _VERSION = "rnncourse checkpoint", 1
_TREE = "__tree__"
_DEPTH = 64  # nesting that no tree of weights comes near; Python's own limit is no error to rely on
_KINDS = "biufcSU"  # of dtypes: numbers and text


def save(path: str | os.PathLike[str], tree: Any) -> None:
    """Write a tree of arrays, as a whole or not at all.

    Args:
        path: of the file, taken as it is; its folder must exist. A file there is replaced.
        tree: arrays, numbers, words and None, nested in NamedTuples, tuples, lists and dicts: a
            network's weights, or a dict of weights, an optimizer's moments and the step number.

    Raises:
        ValueError: something in the tree is none of these, or two parts have the same name.

    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     save(f"{folder}/run.npz", {"w": np.array([1.0, 2.0]), "step": 7})
    ...     load(f"{folder}/run.npz")
    {'w': array([1., 2.]), 'step': 7}
    """
    arrays: dict[str, Array] = {}
    about = {"format": _FORMAT, "version": _VERSION, "tree": _described(tree, "", arrays)}
    text = np.frombuffer(json.dumps(about).encode(), np.uint8)
    path = Path(path)
    beside = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}.part")
    try:
        with beside.open("xb") as file:
            with zipfile.ZipFile(file, "w") as archive:  # stored, and the same bytes every time
                for name, array in {_TREE: text, **arrays}.items():
                    large = array.nbytes > 1 << 30
                    member = zipfile.ZipInfo(f"{name}.npy")
                    with archive.open(member, "w", force_zip64=large) as stream:
                        np.lib.format.write_array(stream, array, allow_pickle=False)
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def load(path: str | os.PathLike[str], like: Any = None) -> Any:
    """Read a checkpoint, of whatever origin.

    Args:
        path: of the file.
        like: a tree of the form wanted, such as a network's freshly drawn weights: names, shapes,
            dtypes and kinds must agree, and the result is of the same types.

    Returns:
        The tree. Without `like`, NamedTuples come as dicts.

    Raises:
        ValueError: the file is no checkpoint, is damaged, or does not fit `like`; what differs is
            named.
        FileNotFoundError: there is none.

    >>> from tempfile import TemporaryDirectory
    >>> from rnncourse import elman
    >>> with TemporaryDirectory() as folder:
    ...     save(f"{folder}/elman.npz", elman.init(np.random.default_rng(0), 2, 3))
    ...     found = load(f"{folder}/elman.npz", like=elman.init(np.random.default_rng(1), 2, 3))
    >>> type(found).__name__, found.W_hh.shape
    ('ElmanParams', (3, 3))
    """
    with open(path, "rb") as file:
        try:
            members = _members(file)
            about = json.loads(members.pop(_TREE).tobytes())
            if about["format"] != _FORMAT:
                raise ValueError(f"its format is {str(about['format'])[:80]!r}")
            if about["version"] != _VERSION:
                raise ValueError(f"it has version {str(about['version'])[:80]}, not {_VERSION}")
            tree = _built(about["tree"], members)
            if members:
                raise ValueError(f"nothing in its tree is called {next(iter(members))[:80]!r}")
        except MemoryError:
            raise
        except Exception as error:  # zipfile, json and NumPy raise what they like on bad bytes
            why = f"{error.args[0]!r} is missing" if isinstance(error, KeyError) else error
            raise ValueError(
                f"{os.fspath(path)} is no checkpoint that can be read: {why}"
            ) from error
    if like is None:
        return _plain(tree)
    wrong: list[str] = []
    result = _fitted(tree, like, "", wrong)
    if wrong:
        more = f"; and {len(wrong) - 6} more" if len(wrong) > 6 else ""
        raise ValueError(f"{os.fspath(path)} does not fit: {'; '.join(wrong[:6])}{more}")
    return result


class _Named(dict[str, Any]):
    """A NamedTuple of the file's: its parts by name, and what it was called."""

    kind: str


def _described(tree: Any, name: str, arrays: dict[str, Array]) -> Any:
    """The tree as JSON will hold it; its arrays go to `arrays`."""
    if tree is None or type(tree) in (bool, int, float, str):
        return {"value": tree}
    if isinstance(tree, np.ndarray | np.generic):
        array = np.asarray(tree)
        if not _readable(array.dtype):
            raise ValueError(f"{name or 'tree'} must hold numbers or text, got dtype {array.dtype}")
        key = name or "array"
        if key in arrays or key == _TREE:
            raise ValueError(f"{key!r} names two parts of the tree; rename one of them")
        arrays[key] = array
        return {"array": key, "scalar": isinstance(tree, np.generic)}
    if isinstance(tree, dict):
        for key in tree:
            if type(key) not in (str, int):
                raise ValueError(f"the keys of {name or 'tree'} must be str or int, got {key!r}")
        return {"dict": [[k, _described(v, _joined(name, k), arrays)] for k, v in tree.items()]}
    if hasattr(tree, "_fields"):
        parts = zip(tree._fields, tree, strict=True)
        described = [[k, _described(v, _joined(name, k), arrays)] for k, v in parts]
        return {"named": described, "kind": type(tree).__name__}
    if isinstance(tree, list | tuple):
        kind = "list" if isinstance(tree, list) else "tuple"
        return {kind: [_described(v, _joined(name, k), arrays) for k, v in enumerate(tree)]}
    raise ValueError(
        f"{name or 'tree'} must be an array, a number, a word or None, got {type(tree).__name__}"
    )


def _built(node: Any, members: dict[str, Array], depth: int = 0) -> Any:
    """The tree that the file's JSON describes, each array taken out of `members`."""
    if depth > _DEPTH:
        raise ValueError(f"its tree is more than {_DEPTH} levels deep")
    match node:
        case {"value": None | bool() | int() | float() | str() as value}:
            return value
        case {"array": str(name), "scalar": bool(scalar)}:
            array = members.pop(name)
            return array[()] if scalar and array.ndim == 0 else array
        case {"list": list(parts)}:
            return [_built(part, members, depth + 1) for part in parts]
        case {"tuple": list(parts)}:
            return tuple(_built(part, members, depth + 1) for part in parts)
        case {"dict": list(pairs)}:
            return {_key(k): _built(part, members, depth + 1) for k, part in pairs}
        case {"named": list(pairs), "kind": str(kind)}:
            named = _Named((str(k), _built(part, members, depth + 1)) for k, part in pairs)
            named.kind = kind
            return named
    raise ValueError(f"its tree holds {str(node)[:80]}")


def _key(key: Any) -> str | int:
    if type(key) not in (str, int):
        raise ValueError(f"its tree has a key {str(key)[:80]}")
    return key  # type: ignore[no-any-return]


def _plain(tree: Any) -> Any:
    """A built tree with plain dicts for NamedTuples."""
    if isinstance(tree, dict):
        return {k: _plain(v) for k, v in tree.items()}
    return type(tree)(map(_plain, tree)) if isinstance(tree, list | tuple) else tree


def _fitted(tree: Any, like: Any, name: str, wrong: list[str]) -> Any:
    """The tree in the types of `like`; what does not agree goes to `wrong`."""
    shown = name or "the tree"
    have, want = _kind(tree), _kind(like)
    if have != want:
        wrong.append(f"{shown} is of kind {have}, wanted {want}")
    elif isinstance(like, np.ndarray | np.generic):
        if tree.shape != like.shape:
            wrong.append(f"{shown} has shape {tree.shape}, wanted {like.shape}")
        if tree.dtype != like.dtype:
            wrong.append(f"{shown} has dtype {tree.dtype}, wanted {like.dtype}")
    elif isinstance(like, dict | list | tuple):
        wanted, found = dict(_items(like)), dict(_items(tree))
        wrong.extend(f"missing {_joined(name, k)}" for k in wanted if k not in found)
        wrong.extend(f"unexpected {_joined(name, k)}" for k in found if k not in wanted)
        both = {k: part for k, part in wanted.items() if k in found}
        parts = {k: _fitted(found[k], part, _joined(name, k), wrong) for k, part in both.items()}
        if isinstance(like, dict):
            return parts
        if len(parts) == len(wanted):
            fields = parts.values()
            return type(like)(*fields) if hasattr(like, "_fields") else type(like)(fields)
    return tree


def _kind(tree: Any) -> str:
    if isinstance(tree, _Named):
        return tree.kind
    return "array" if isinstance(tree, np.ndarray) else type(tree).__name__


def _items(tree: Any) -> Iterator[tuple[str | int, Any]]:
    if isinstance(tree, dict):
        yield from tree.items()
    else:
        yield from zip(getattr(tree, "_fields", range(len(tree))), tree, strict=True)


def _joined(name: str, key: str | int) -> str:
    return f"{name}.{key}" if name else str(key)


def _members(file: BinaryIO) -> dict[str, Array]:
    """The arrays of a .npz file by name, none larger than its share of the file."""
    size = os.fstat(file.fileno()).st_size
    with zipfile.ZipFile(file) as archive:
        infos = archive.infolist()
        claimed = 0
        for info in infos:
            if info.compress_type != zipfile.ZIP_STORED:
                raise ValueError(f"{info.filename[:80]!r} is compressed; `save` compresses nothing")
            claimed += info.file_size
        if claimed > size:
            raise ValueError(f"its parts claim {claimed} bytes, and the file has {size}")
        names = [info.filename.removesuffix(".npy") for info in infos]
        if len(set(names)) < len(names):
            raise ValueError("two of its parts have the same name")
        return {
            name: _array(name, archive.read(info)) for name, info in zip(names, infos, strict=True)
        }


def _array(name: str, data: bytes) -> Array:
    """One .npy member; its header is believed where the bytes bear it out."""
    stream = io.BytesIO(data)
    version = np.lib.format.read_magic(stream)
    if version == (1, 0):
        shape, fortran, dtype = np.lib.format.read_array_header_1_0(stream)
    elif version == (2, 0):
        shape, fortran, dtype = np.lib.format.read_array_header_2_0(stream)
    else:
        raise ValueError(f"{name[:80]!r} has the .npy version {version}")
    if not _readable(dtype):
        raise ValueError(f"{name[:80]!r} must hold numbers or text, its dtype is {dtype}")
    count, have = 1, len(data) - stream.tell()
    for n in shape:
        count *= n  # Python's integers do not overflow
    if min(shape, default=0) < 0 or count * dtype.itemsize != have:
        raise ValueError(f"{name[:80]!r} claims shape {shape} of {dtype}, and has {have} bytes")
    array: Array = np.ndarray(shape, dtype, data, stream.tell(), order="F" if fortran else "C")
    return array.copy("K")  # its own memory, which may be written


def _readable(dtype: np.dtype[Any]) -> bool:
    """Numbers or text; text of no width would let any count of it pass for no bytes."""
    return dtype.kind in _KINDS and dtype.itemsize > 0
