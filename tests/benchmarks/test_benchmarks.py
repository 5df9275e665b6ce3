"""The benchmarks run and compare what they say."""

import time

import pytest

from benchmarks import apart, cells, conv, crf, measure, scans
from benchmarks.measure import machine, side_by_side


def test_functions_are_called_in_turn():
    calls = []
    times = side_by_side(
        {"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, seconds=0
    )
    assert "".join(calls) == "ab" * 6  # once to warm up, then five times
    assert times["a"].calls == times["b"].calls == 5
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


@pytest.mark.parametrize("setting", apart.SETTINGS)
def test_a_setting_reaches_the_process_that_measures(setting, monkeypatch):
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Prescott")  # as some machines export one
    monkeypatch.setattr(apart.subprocess, "Popen", record := Recorder())
    monkeypatch.setattr(apart, "WORKERS", {})
    apart.worker(setting)
    expected = "Haswell" if setting == "held to AVX2" else None
    assert record.options["env"].get("OPENBLAS_CORETYPE") == expected


class Recorder:
    def __call__(self, _command, **options):
        self.options = options
        return self


def test_lines_in_a_process_of_their_own():
    case = {"name": "gru", "shape": [2, 1, 1, 1], "dtype": "float64"}
    conv_case = {"shape": [3, 1, 1, 1, 1], "dtype": "float64"}
    try:
        assert apart.apart("cells", "natural", case, 0)["calls"] >= 3
        with pytest.raises(RuntimeError, match="no_such_cell"):
            apart.apart("cells", "natural", {**case, "name": "no_such_cell"}, 0)
        assert apart.apart("conv", "natural", conv_case, 0)["calls"] >= 3  # it goes on
    finally:
        apart.finish()
    assert not apart.WORKERS


def test_on_one_thread_other_programs_do_not_count(monkeypatch):
    for name in measure.THREADS:
        monkeypatch.setenv(name, "1")
    sleeping = {"a": lambda: time.sleep(0.02)}
    assert side_by_side(sleeping, seconds=0, clock=measure.own_clock())["a"].median < 0.01
    monkeypatch.setenv(measure.THREADS[0], "2")
    assert side_by_side(sleeping, seconds=0, clock=measure.own_clock())["a"].median >= 0.02


def test_slow_functions_are_called_less_often(monkeypatch):
    monkeypatch.setattr(measure, "SLOW", -1)
    assert side_by_side({"a": lambda: None}, seconds=0)["a"].calls == 3


def test_a_line_of_the_scans_table():
    row = scans.compared(9, 2, seconds=0)
    assert row["T, width"] == "9, 2"
    assert row["doubling/loop"] == row["doubling, ms"] / row["loop, ms"]


def test_a_line_of_the_convolutions_table():
    row = conv.compared([5, 2, 3, 2, 2], "float32", seconds=0)
    assert row["T, B, C, k, d"] == "5, 2, 3, 2, 2"
    assert abs(row["taps/torch"] - row["taps, ms"] / row["torch, ms"]) < 1e-12
    assert len(list(conv.lines())) == 2 * len(conv.SHAPES) * len(conv.DTYPES)


def test_a_line_of_the_crf_table():
    row = crf.compared(4, 3, 2, seconds=0)
    assert row["T, B, K"] == "4, 3, 2"
    assert row["batched/one by one"] == row["batched, ms"] / row["one by one, ms"]


def test_the_machine_is_named_with_its_settings():
    assert "OMP_NUM_THREADS=" in machine()
    assert "NumPy" in machine()
