"""The benchmarks run and compare what they say; nothing here depends on a time."""

from benchmarks import elman
from benchmarks.measure import machine, side_by_side


def test_functions_are_called_in_turn():
    calls = []
    times = side_by_side(
        {"a": lambda: calls.append("a"), "b": lambda: calls.append("b")}, seconds=0
    )
    assert "".join(calls) == "ab" * 6  # once to warm up, then five times
    assert times["a"].count == times["b"].count == 5
    assert 0 < times["a"].least <= times["a"].median


def test_a_line_of_the_elman_table():
    row = next(elman.lines())(0.0)
    assert row["T, B, I, H"] == "100, 32, 64, 128"
    assert row["dtype"] == "float32"
    assert abs(row["step/fast"] * row["fast/torch"] / row["step/torch"] - 1) < 1e-12


def test_the_machine_is_named_with_its_settings():
    assert "OMP_NUM_THREADS=" in machine()
    assert "NumPy" in machine()
