"""Checkpoints made by an enemy, and damaged ones: a ValueError, no code run, no memory taken."""

import io
import json
import os
import pickle
import tracemalloc
import zipfile

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rnncourse import checkpoints


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.npz"


def header(shape, dtype="<f8"):
    stream = io.BytesIO()
    about = {"descr": dtype, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(stream, about)
    return stream.getvalue()


def array(value, **how):
    stream = io.BytesIO()
    np.lib.format.write_array(stream, np.asarray(value), **how)
    return stream.getvalue()


def archive(path, tree, compression=zipfile.ZIP_STORED, **members):
    """A file like ours, of any content."""
    about = {"format": "rnncourse checkpoint", "version": 1, "tree": tree}
    text = tree if isinstance(tree, bytes) else json.dumps(about).encode()
    members["__tree__"] = array(np.frombuffer(text, np.uint8))
    with zipfile.ZipFile(path, "w", compression) as out:
        for name, data in members.items():
            out.writestr(f"{name}.npy", data)


LEAF = {"array": "w", "scalar": False}


class Bomb:
    def __reduce__(self):
        return os.mkdir, (os.environ["BOMB"],)


def test_a_pickle_is_refused_and_never_run(path, tmp_path, monkeypatch):
    monkeypatch.setenv("BOMB", str(tmp_path / "exploded"))
    bomb = array(np.array([Bomb()], object), allow_pickle=True)
    archive(path, LEAF, w=bomb)
    with pytest.raises(ValueError, match="'w' must hold numbers or text, its dtype is object"):
        checkpoints.load(path)
    np.savez(path, w=np.array([Bomb()], object))
    with pytest.raises(ValueError, match="no checkpoint that can be read"):
        checkpoints.load(path)
    path.write_bytes(pickle.dumps(Bomb()))
    with pytest.raises(ValueError, match="no checkpoint that can be read"):
        checkpoints.load(path)
    assert not (tmp_path / "exploded").exists()
    with pytest.raises(FileExistsError):  # the bomb is a live one
        (tmp_path / "exploded").mkdir()
        pickle.loads(pickle.dumps(Bomb()))


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def bad(path):
    """Name and writer of each malformed file, and what the message says."""
    nested = b"[" * 100_000
    deep = {"array": "w", "scalar": False}
    for _ in range(80):
        deep = {"list": [deep]}
    text = json.dumps({"format": "rnncourse checkpoint", "version": 2, "tree": {"value": 1}})
    other = json.dumps({"format": "weights", "version": 1, "tree": {"value": 1}})
    return {
        "empty": (lambda: path.write_bytes(b""), "not a zip file"),
        "half": (lambda: (checkpoints.save(path, {"w": np.ones(9)}), cut(path)), "no checkpoint"),
        "words": (lambda: path.write_text("hello"), "not a zip file"),
        "petabytes": (lambda: archive(path, LEAF, w=header((10**15,)) + b"1234"), "claims shape"),
        "product wraps": (lambda: archive(path, LEAF, w=header((2**32, 2**32))), "claims shape"),
        "empty petabytes": (lambda: archive(path, LEAF, w=header((10**30, 0))), "no checkpoint"),
        "no width": (lambda: archive(path, LEAF, w=header((10**15,), "<U0")), "no checkpoint"),
        "negative": (lambda: archive(path, LEAF, w=header((-1, -1)) + b"12345678"), "claims shape"),
        "too short": (lambda: archive(path, LEAF, w=array(np.ones(9))[:-1]), "claims shape"),
        "too long": (lambda: archive(path, LEAF, w=array(np.ones(9)) + b"1"), "claims shape"),
        "structured": (lambda: archive(path, LEAF, w=header((0,), [("a", "<f8")])), "void|V8|'a'"),
        "no header": (lambda: archive(path, LEAF, w=b"abc"), "no checkpoint"),
        "code": (lambda: archive(path, LEAF, w=header((), "__import__('os')")), "no checkpoint"),
        "compressed": (lambda: archive(path, LEAF, zipfile.ZIP_DEFLATED, w=array(1)), "compressed"),
        "no tree": (lambda: np.savez(path, w=np.ones(1)), "'__tree__' is missing"),
        "no array": (lambda: archive(path, LEAF), "'w' is missing"),
        "twice": (lambda: archive(path, {"list": [LEAF] * 2}, w=array(1)), "'w' is missing"),
        "spare": (lambda: archive(path, LEAF, w=array(1), v=array(1)), "nothing .* called 'v'"),
        "odd node": (lambda: archive(path, {"eval": "1"}), "its tree holds"),
        "odd key": (lambda: archive(path, {"dict": [[[1], {"value": 1}]]}), r"a key \[1\]"),
        "odd pairs": (lambda: archive(path, {"dict": [[1]]}), "no checkpoint"),
        "deep": (lambda: archive(path, deep, w=array(1)), "more than 64 levels deep"),
        "deeper": (lambda: archive(path, nested), "no checkpoint"),
        "not JSON": (lambda: archive(path, b"\xff\xfe{"), "no checkpoint"),
        "later version": (lambda: archive(path, text.encode()), "version 2, not 1"),
        "other format": (lambda: archive(path, other.encode()), "its format is 'weights'"),
    }


@pytest.mark.parametrize("name", bad(None))
def test_a_malformed_file_is_a_value_error(path, name):
    write, message = bad(path)[name]
    write()
    tracemalloc.start()
    try:
        with pytest.raises(ValueError, match=message):
            checkpoints.load(path)
        assert tracemalloc.get_traced_memory()[1] < 4e6
    finally:
        tracemalloc.stop()


def test_a_bomb_of_overlapping_members_is_refused(path):
    """Many entries of the directory that name the same bytes; each alone would be honest."""
    archive(path, LEAF, w=array(np.zeros(1000)))
    data = path.read_bytes()
    with zipfile.ZipFile(path) as whole:
        at = whole.start_dir
    entry, end = data[at : data.index(b"PK\x05\x06")], data[data.index(b"PK\x05\x06") :]
    first = entry[: entry.index(b"PK\x01\x02", 4)]
    many = b"".join(first.replace(b"w.npy", b"%05d" % k) for k in range(100)) + entry
    counts = (102).to_bytes(2, "little") * 2
    tail = end[:8] + counts + len(many).to_bytes(4, "little") + end[16:]
    path.write_bytes(data[:at] + many + tail)
    with pytest.raises(ValueError, match=r"its parts claim \d+ bytes, and the file has"):
        checkpoints.load(path)


def test_two_members_of_one_name_are_refused(path):
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(path, "w") as out:
        out.writestr("w.npy", array(1))
        out.writestr("w.npy", array(2))
    with pytest.raises(ValueError, match="same name"):
        checkpoints.load(path)


@settings(
    derandomize=True,
    deadline=None,
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.data())
def test_damage_of_any_kind_is_a_value_error_or_harmless(path, data):
    tree = {"w": np.arange(6.0), "n": 3}
    checkpoints.save(path, tree)
    good = path.read_bytes()
    broken = bytearray(good)
    for _ in range(data.draw(st.integers(1, 3))):
        broken[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    cut = data.draw(st.just(len(good)) | st.integers(0, len(good)))
    path.write_bytes(broken[:cut])
    try:
        found = checkpoints.load(path, like=tree)
    except ValueError as error:
        assert "run.npz" in str(error)
    else:  # a date, an attribute: nothing that is read
        assert found["n"] == 3
        assert found["w"].tobytes() == tree["w"].tobytes()
