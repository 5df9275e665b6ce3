"""Data that readers have as files: small files of the same formats, whole and damaged."""

import gzip
import hashlib
import math
import re
import struct
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse import data
from rnncourse.data.files import CHECKSUMS

MNIST = [
    f"{part}-{kind}-ubyte" for part in ("train", "t10k") for kind in ("images-idx3", "labels-idx1")
]


def as_idx(array):
    header = struct.pack(f">4B{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    return header + array.astype(np.uint8).tobytes()


def sums(folder, kind="sha256"):
    return {
        path.name: hashlib.new(kind, path.read_bytes()).hexdigest() for path in folder.iterdir()
    }


def write_mnist(folder, packed=True, **other):
    rng = np.random.default_rng(0)
    arrays = {
        "train-images-idx3-ubyte": rng.integers(256, size=(7, 4, 5)),
        "train-labels-idx1-ubyte": rng.integers(10, size=7),
        "t10k-images-idx3-ubyte": rng.integers(256, size=(3, 4, 5)),
        "t10k-labels-idx1-ubyte": rng.integers(10, size=3),
    }
    arrays |= {name.replace("_", "-"): array for name, array in other.items()}
    for name, array in arrays.items():
        raw = as_idx(array)
        (folder / f"{name}.gz").write_bytes(gzip.compress(raw)) if packed else (
            folder / name
        ).write_bytes(raw)
    return arrays


@pytest.mark.parametrize("packed", [True, False])
def test_mnist_comes_back(tmp_path, packed):
    arrays = write_mnist(tmp_path, packed)
    found = data.mnist(tmp_path, checksums=sums(tmp_path))
    for part, name in ((found.train, "train"), (found.test, "t10k")):
        assert np.array_equal(part.images, arrays[f"{name}-images-idx3-ubyte"])
        assert np.array_equal(part.y, arrays[f"{name}-labels-idx1-ubyte"])
        assert part.images.dtype == np.uint8
        assert part.y.dtype == np.intp
    found.train.images[0] = 0  # the reader's own
    assert data.scans(found.test.images / 255).shape == (20, 3, 1)


@pytest.mark.parametrize("name", MNIST)
@pytest.mark.parametrize("kind", ["sha256", "md5"])
def test_another_checksum_is_refused_with_both(tmp_path, name, kind):
    write_mnist(tmp_path)
    right = sums(tmp_path, kind)
    file = f"{name}.gz"
    wanted = right | {file: "0" * len(right[file])}
    message = f"{file} must have the {kind} sum {wanted[file]}, got {right[file]}: it is damaged"
    with pytest.raises(ValueError, match=re.escape(message)):
        data.mnist(tmp_path, checksums=wanted)
    with pytest.raises(ValueError, match="must have the sha256 sum 440fcabf73cc"):
        data.mnist(tmp_path)
    assert data.mnist(tmp_path, checksums=None).train.y.shape == (7,)
    upper = {name: checksum.upper() for name, checksum in right.items()}
    assert data.mnist(tmp_path, checksums=upper).train.y.shape == (7,)


def test_known_checksums_are_complete():
    assert {*MNIST, *(f"{name}.gz" for name in MNIST)} < set(CHECKSUMS)
    assert len(set(CHECKSUMS.values())) == len(CHECKSUMS) == 14
    for name, checksum in CHECKSUMS.items():
        assert re.fullmatch("[0-9a-f]+", checksum)
        assert len(checksum) == (32 if name.startswith("ptb") else 64)


@settings(derandomize=True, deadline=None, max_examples=40)
@given(st.lists(st.integers(0, 4), min_size=1, max_size=4), st.data())
def test_idx_refuses_what_is_cut_or_goes_on(tmp_path_factory, shape, drawn):
    array = np.random.default_rng(0).integers(256, size=shape)
    raw = as_idx(array)
    folder = tmp_path_factory.mktemp("idx")
    whole, packed = folder / "whole", folder / "packed.gz"
    whole.write_bytes(raw)
    packed.write_bytes(gzip.compress(raw))
    assert np.array_equal(data.idx(whole), array)
    assert np.array_equal(data.idx(packed), array)
    short = raw[: drawn.draw(st.integers(0, len(raw) - 1))]
    for wrong in (short, raw + b"\0"):
        whole.write_bytes(wrong)
        packed.write_bytes(gzip.compress(wrong))
        for path in (whole, packed):
            with pytest.raises(ValueError, match=re.escape(str(path))):
                data.idx(path)


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"", "must hold 4 bytes of header, and ends 4 before"),
        (b"\0\0\x08", "must hold 4 bytes of header, and ends 1 before"),
        (b"\0\1\x08\1\0\0\0\0", "must begin with bytes 0 0 8 and its axes, got [0, 1, 8, 1]"),
        (b"\0\0\x0d\1\0\0\0\0", "must begin with bytes 0 0 8 and its axes, got [0, 0, 13, 1]"),
        (b"\0\0\x08\0", "must begin with bytes 0 0 8 and its axes, got [0, 0, 8, 0]"),
        (b"\0\0\x08\2\0\0\0\1", "must hold 8 bytes of header, and ends 4 before"),
        (b"\0\0\x08\1\0\0\0\3ab", "must hold 3 bytes of values of shape (3,), and ends 1 before"),
        (b"\0\0\x08\1\0\0\0\1ab", "must end after its values of shape (1,), and goes on"),
        (b"\0\0\x08\1" + b"\x7f" * 4, "must hold 2139062143 bytes of values"),
        (b"\0\0\x08\3" + b"\xff" * 12, "must hold at most 2147483648 bytes, its header says"),
        (b"\0\0\x08\1\x80\0\0\1", "must hold at most 2147483648 bytes, its header says"),
    ],
)
@pytest.mark.parametrize("packed", [True, False])
def test_idx_refuses_damage(tmp_path, raw, message, packed):
    path = tmp_path / ("bad.gz" if packed else "bad")
    path.write_bytes(gzip.compress(raw) if packed else raw)
    with pytest.raises(ValueError, match=re.escape(f"{path} {message}")):
        data.idx(path)


def test_damaged_packing_is_a_value_error(tmp_path):
    path = tmp_path / "bad.gz"
    raw = gzip.compress(as_idx(np.arange(200)))
    flipped = bytearray(raw)
    flipped[len(raw) // 2] ^= 255
    sum_of_it = bytearray(raw)
    sum_of_it[-6] ^= 255
    for wrong in (b"no gzip", raw[:-9], raw[:30], bytes(flipped), bytes(sum_of_it)):
        path.write_bytes(wrong)
        with pytest.raises(ValueError, match=re.escape(f"{path} must be a whole .gz file")):
            data.idx(path)


@pytest.mark.parametrize(
    ("other", "message"),
    [
        ({"train_labels_idx1_ubyte": np.zeros(6)}, "images (N, rows, columns) and labels (N,)"),
        ({"t10k_images_idx3_ubyte": np.zeros((3, 4))}, "t10k must have images (N, rows, columns)"),
        ({"train_labels_idx1_ubyte": np.full(7, 10)}, "train labels must be digits, got 10"),
    ],
)
def test_mnist_refuses_what_does_not_fit(tmp_path, other, message):
    write_mnist(tmp_path, **other)
    with pytest.raises(ValueError, match=re.escape(message)):
        data.mnist(tmp_path, checksums=None)


def test_missing_files_are_named(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"-ubyte\.gz or train-images-idx3"):
        data.mnist(tmp_path)
    for read in (data.penn_treebank, lambda folder: data.text8(folder / "text8")):
        with pytest.raises(FileNotFoundError):
            read(tmp_path)


def test_penn_treebank_in_words(tmp_path):
    texts = {"train": " the <unk> of N \n in <unk> \n", "valid": " the \n", "test": " of N \n"}
    for part, text in texts.items():
        (tmp_path / f"ptb.{part}.txt").write_text(text, encoding="utf-8")
    found = data.penn_treebank(tmp_path, checksums=sums(tmp_path, "md5"))
    assert found.train == ["the", "<unk>", "of", "N", "<eos>", "in", "<unk>", "<eos>"]
    assert (found.valid, found.test) == (["the", "<eos>"], ["of", "N", "<eos>"])
    with pytest.raises(ValueError, match="must have the md5 sum f26c4b92c5fdc7b3f8c7cdcb991d8420"):
        data.penn_treebank(tmp_path)
    (tmp_path / "ptb.valid.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(ValueError, match=r"ptb\.valid\.txt must be UTF-8 text"):
        data.penn_treebank(tmp_path, checksums=None)


def test_text8_packed_and_not(tmp_path):
    text = "anarchism originated as a term of abuse first used against early working class " * 5
    path, packed = tmp_path / "text8", tmp_path / "text8.zip"
    path.write_text(text, encoding="ascii")
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.write(path, "text8")
    known = sums(tmp_path)
    for where in (path, packed):
        found = data.text8(where, checksums=known)
        assert "".join(found) == text
        assert [len(part) for part in found] == [356, 19, 20]
        with pytest.raises(ValueError, match="must have the sha256 sum"):
            data.text8(where)
    path.write_text("a term\nof Abuse", encoding="ascii")
    with pytest.raises(ValueError, match=re.escape("a to z and spaces, got b'\\n' at 6")):
        data.text8(path, checksums=None)
    raw = packed.read_bytes()
    for wrong in (raw[:-30], b"no zip", raw[:60] + b"\xff" + raw[61:]):
        packed.write_bytes(wrong)
        with pytest.raises(ValueError, match=r"must be a \.zip file that holds text8"):
            data.text8(packed, checksums=None)
    with zipfile.ZipFile(packed, "w") as file:
        file.writestr("enwik8", "a")
    with pytest.raises(ValueError, match="that holds text8: \"There is no item named 'text8'"):
        data.text8(packed, checksums=None)


def test_tiny_shakespeare_under_any_file_name(tmp_path):
    path = tmp_path / "plays.txt"
    path.write_bytes(b"First Citizen:\nSpeak" * 10)
    checksum = {"input.txt": hashlib.sha256(path.read_bytes()).hexdigest()}
    found = data.tiny_shakespeare(path, checksums=checksum)
    assert "".join(found) == path.read_text(encoding="utf-8")
    assert [len(part) for part in found] == [180, 10, 10]
    with pytest.raises(ValueError, match="must have the sha256 sum 86c4e6aa"):
        data.tiny_shakespeare(path)


@pytest.mark.parametrize(
    ("checksums", "message"),
    [
        ({}, "checksums must have one for input.txt, or be None; got []"),
        ({"input.txt": "abc"}, "64 digits (SHA-256) or 32 (MD5), got 'abc'"),
    ],
)
def test_checksums_of_another_form_are_refused(tmp_path, checksums, message):
    path = tmp_path / "input.txt"
    path.write_text("a", encoding="ascii")
    with pytest.raises(ValueError, match=re.escape(message)):
        data.tiny_shakespeare(path, checksums=checksums)


@settings(derandomize=True, deadline=None)
@given(st.lists(st.sampled_from("abcd"), min_size=1))
def test_unigram_entropy_is_what_the_frequencies_cost(symbols):
    paid = -sum(math.log2(symbols.count(symbol) / len(symbols)) for symbol in symbols)
    assert data.unigram_entropy(symbols) == pytest.approx(paid / len(symbols))
    assert data.unigram_entropy("".join(symbols)) == data.unigram_entropy(symbols)
