"""Checkpoints: what was saved comes back bit by bit, and a file of an enemy's does nothing."""

import os
from typing import NamedTuple

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from rnncourse import checkpoints, lstm, network, slstm
from rnncourse._tree import leaves
from rnncourse.nn import LSTM, Network

RNG = np.random.default_rng(0)
PARAMS = network.init(lstm, RNG, 2, 3, 4)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "run.npz"


def same(a, b):
    """Equal to the last bit, in the same types."""
    if isinstance(a, np.ndarray | np.generic):
        return type(a) is type(b) and a.dtype == b.dtype and a.tobytes("A") == b.tobytes("A")
    if isinstance(a, dict):
        return type(a) is type(b) and [*a] == [*b] and all(same(a[k], b[k]) for k in a)
    if isinstance(a, list | tuple):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and repr(a) == repr(b)  # repr, so that NaN is NaN


def test_a_network_comes_back_in_its_own_types(path):
    checkpoints.save(path, PARAMS)
    found = checkpoints.load(path, like=network.init(lstm, np.random.default_rng(1), 2, 3, 4))
    assert same(found, PARAMS)
    assert all(array.flags.writeable and array.flags.owndata for _, array in leaves(found))


def test_every_cell_comes_back(cell, path):
    case = cell.draw((2, 2, 2, 4), np.float32)
    checkpoints.save(path, (case.params, case.state))
    assert same(checkpoints.load(path, (case.params, case.state)), (case.params, case.state))


def test_a_pytorch_network_comes_back(path):
    module = LSTM(2, 3)
    checkpoints.save(path, module.to_params())
    again = LSTM.from_params(checkpoints.load(path, like=LSTM(2, 3).to_params()))
    x = torch.randn(4, 1, 2)
    assert torch.equal(module(x)[0], again(x)[0])
    whole = Network(LSTM(2, 3), 4)
    checkpoints.save(path, whole.to_params())
    like = Network(LSTM(2, 3), 4).to_params()
    again = Network.from_params(LSTM, checkpoints.load(path, like))
    assert torch.equal(whole(x)[0], again(x)[0])


SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
DTYPES = st.sampled_from(["<f4", ">f8", "<c16", "|b1", "<i8", "<u2", "<U3", "|S2"])
ARRAYS = hnp.arrays(DTYPES, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3))
KEYS = st.text("ab_ /é", min_size=1, max_size=3) | st.integers(-9, 9)
TREES = st.recursive(
    SCALARS | ARRAYS | ARRAYS.map(lambda a: a.T) | st.just(np.float32(1.5)),
    lambda parts: (
        st.lists(parts, max_size=3)
        | st.lists(parts, max_size=3).map(tuple)
        | st.dictionaries(KEYS, parts, max_size=3)
    ),
    max_leaves=8,
)


@settings(
    derandomize=True,
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(TREES)
def test_any_tree_comes_back(path, tree):
    try:
        checkpoints.save(path, tree)
    except ValueError as error:  # the keys 1 and "1" give two parts one name
        assert "names two parts of the tree" in str(error)
        return
    assert same(checkpoints.load(path), tree)
    assert same(checkpoints.load(path, like=tree), tree)


def test_numpy_reads_it_and_the_same_tree_makes_the_same_bytes(path, tmp_path):
    checkpoints.save(path, PARAMS)
    with np.load(path, allow_pickle=False) as archive:
        assert np.array_equal(archive["cell.W_hh"], PARAMS.cell.W_hh)
    checkpoints.save(tmp_path / "again.npz", PARAMS)
    assert path.read_bytes() == (tmp_path / "again.npz").read_bytes()


def test_without_a_template_named_tuples_are_dicts(path):
    checkpoints.save(path, {"params": PARAMS, "n": 3, "words": ("a", None)})
    found = checkpoints.load(path)
    assert [*found["params"]["cell"]] == ["W_ih", "W_hh", "b"]
    assert type(found["params"]) is dict
    assert found["n"] == 3
    assert found["words"] == ("a", None)


@pytest.mark.parametrize(
    ("like", "message"),
    [
        (network.init(lstm, RNG, 2, 4, 4), r"cell.W_ih has shape \(12, 2\), wanted \(16, 2\)"),
        (network.init(lstm, RNG, 2, 4, 5), "; and 1 more|b_o has shape"),
        (network.init(lstm, RNG, 2, 3, 4, dtype=np.float32), "dtype float64, wanted float32"),
        (network.init(slstm, RNG, 2, 3, 4), "cell is of kind LSTMParams, wanted SLSTMParams"),
        (PARAMS.cell, "the tree is of kind NetworkParams, wanted LSTMParams"),
        ({"cell": 1, "out": 2}, "the tree is of kind NetworkParams, wanted dict"),
        (7, "the tree is of kind NetworkParams, wanted int"),
    ],
)
def test_what_does_not_fit_is_named(path, like, message):
    checkpoints.save(path, PARAMS)
    with pytest.raises(ValueError, match=message) as caught:
        checkpoints.load(path, like)
    assert "run.npz does not fit" in str(caught.value)


def test_missing_and_unexpected_names(path):
    class Pair(NamedTuple):
        W: np.ndarray
        b: np.ndarray

    here = Pair

    class Pair(NamedTuple):  # of the same name, with other parts
        W: np.ndarray
        p: np.ndarray

    checkpoints.save(path, {"net": here(np.ones(1), np.ones(1)), "list": [1, 2]})
    with pytest.raises(ValueError, match=r"missing net\.p; unexpected net\.b; missing list\.2"):
        checkpoints.load(path, {"net": Pair(np.ones(1), np.ones(1)), "list": [1, 2, 3]})


@pytest.mark.parametrize(
    ("tree", "message"),
    [
        ({"w": torch.ones(1)}, "w must be an array, a number, a word or None, got Tensor"),
        ({"w": np.array([object()])}, "w must hold numbers or text, got dtype object"),
        ({"w": {(1, 2): 1}}, r"the keys of w must be str or int, got \(1, 2\)"),
        ({"a": {"b": np.ones(1)}, "a.b": np.ones(1)}, "'a.b' names two parts of the tree"),
        ({"__tree__": np.ones(1)}, "'__tree__' names two parts"),
        (lambda: 0, "tree must be an array.*got function"),
    ],
)
def test_what_cannot_be_saved_leaves_the_old_file_alone(path, tree, message):
    checkpoints.save(path, {"w": 1})
    with pytest.raises(ValueError, match=message):
        checkpoints.save(path, tree)
    assert checkpoints.load(path) == {"w": 1}
    assert os.listdir(path.parent) == ["run.npz"]


def test_a_crash_while_writing_leaves_the_old_file_alone(path, monkeypatch):
    checkpoints.save(path, {"w": 1})

    def full(*_args, **_more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np.lib.format, "write_array", full)
    with pytest.raises(OSError, match="No space"):
        checkpoints.save(path, PARAMS)
    assert checkpoints.load(path) == {"w": 1}
    assert os.listdir(path.parent) == ["run.npz"]


def test_a_file_that_is_not_there(path):
    with pytest.raises(FileNotFoundError):
        checkpoints.load(path)
