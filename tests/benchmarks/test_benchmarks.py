"""The benchmarks run and compare what they say; nothing here depends on a time."""

from types import SimpleNamespace

import pytest

from benchmarks import cells, conv, crf, scans
from benchmarks.measure import machine, side_by_side


def test_functions_are_called_in_turn():
    calls = []
    times = side_by_side(
        {"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, seconds=0
    )
    assert "".join(calls) == "ab" * 6  # once to warm up, then five times
    assert times["a"].count == times["b"].count == 5
    assert 0 < times["a"].least <= times["a"].median


@pytest.mark.parametrize("name", cells.CELLS)
def test_a_line_of_a_cells_table(name):
    row = cells.compared(name, [3, 2, 2, 4], "float32", seconds=0)
    assert row["T, B, I, H"] == "3, 2, 2, 4"
    assert row["dtype"] == "float32"
    assert abs(row["step/fast"] * row["fast/torch"] / row["step/torch"] - 1) < 1e-12


def test_every_cell_is_measured_in_both_settings_at_every_shape():
    titles = [title for title, _ in cells.lines()]
    assert len(titles) == 2 * len(cells.CELLS) * len(cells.SHAPES) * len(cells.DTYPES)
    assert sum("held to AVX2" in title for title in titles) == len(titles) / 2


@pytest.mark.parametrize("setting", cells.SETTINGS)
def test_a_setting_reaches_the_process_that_measures(setting, monkeypatch):
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Prescott")  # as some machines export one
    monkeypatch.setattr(cells.subprocess, "run", record := Recorder())
    assert cells.apart(setting, {"name": "gru"}, 0.5) == {"a": 1}
    expected = "Haswell" if setting == "held to AVX2" else None
    assert record.options["env"].get("OPENBLAS_CORETYPE") == expected
    assert record.options["input"] == '{"name": "gru", "seconds": 0.5}'


class Recorder:
    def __call__(self, _command, **options):
        self.options = options
        return SimpleNamespace(returncode=0, stdout='{"a": 1}')


def test_a_line_in_a_process_of_its_own():
    row = cells.apart("natural", {"name": "gru", "shape": [2, 1, 1, 1], "dtype": "float64"}, 0)
    assert row["calls"] == 5


def test_a_line_of_the_scans_table():
    row = scans.compared(9, 2, seconds=0)
    assert row["T, width"] == "9, 2"
    assert row["doubling/loop"] == row["doubling, ms"] / row["loop, ms"]


def test_a_line_of_the_convolutions_table():
    row = conv.compared([5, 2, 3, 2, 2], "float32", seconds=0)
    assert row["T, B, C, k, d"] == "5, 2, 3, 2, 2"
    assert abs(row["taps/torch"] - row["taps, ms"] / row["torch, ms"]) < 1e-12
    assert conv.apart("natural", {"shape": [3, 1, 1, 1, 1], "dtype": "float64"}, 0, "conv")["calls"]
    assert len(list(conv.lines())) == 2 * len(conv.SHAPES) * len(conv.DTYPES)


def test_a_line_of_the_crf_table():
    row = crf.compared(4, 3, 2, seconds=0)
    assert row["T, B, K"] == "4, 3, 2"
    assert row["batched/one by one"] == row["batched, ms"] / row["one by one, ms"]


def test_the_machine_is_named_with_its_settings():
    assert "OMP_NUM_THREADS=" in machine()
    assert "NumPy" in machine()
