"""Stored results: found in the repository, refused by name where there are none, in the wheel."""

import json

import pytest

from rnncourse import data


def test_every_result_of_the_experiments_is_given(root):
    folder = root / "experiments" / "results"
    assert data.measured_names() == sorted(p.stem for p in folder.glob("*.json"))
    for name in data.measured_names():
        assert data.measured(name) == json.loads((folder / f"{name}.json").read_text("utf8"))


def test_an_unknown_result_is_named():
    with pytest.raises(ValueError, match=r"name must be one of adding, .*, got 'subtracting'"):
        data.measured("subtracting")
