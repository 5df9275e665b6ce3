"""The estimate of how long a large class takes: its model, found in other ways too."""

import json
import math
import re
from heapq import heapify, heapreplace
from pathlib import Path

import numpy as np
import pytest

from benchmarks import regrade, scaling
from benchmarks.queueing import bound, throughput

ROOT = Path(__file__).parents[2]
STORED = ROOT / "benchmarks" / "scaling.json"
PAGE = ROOT / "book" / "appendix" / "scaling.md"
Z, D = 1.0, 0.1


def by_states(workers, judging, serving):
    """Throughput from the probability of each number of submissions at the coordinator."""
    ratio = serving / judging
    weights = [
        math.factorial(workers) / math.factorial(workers - k) * ratio**k for k in range(workers + 1)
    ]
    return (1 - weights[0] / sum(weights)) / serving


def simulated(workers, draw, many=20_000):
    """Throughput of workers who are judging, then wait in turn for one coordinator."""
    judged = [draw(Z) for _ in range(workers)]  # when each has its next result
    heapify(judged)
    free = 0.0
    for _ in range(many):
        free = max(free, judged[0]) + draw(D)
        heapreplace(judged, free + draw(Z))
    return many / free


@pytest.mark.parametrize("workers", [1, 2, 7, 11, 40])
def test_the_model_is_the_one_of_the_states(workers):
    model = throughput(workers, Z, D)
    assert model.shape == (workers,)
    assert model[-1] == pytest.approx(by_states(workers, Z, D), rel=1e-12)


@pytest.mark.parametrize("workers", [2, 11, 30])
def test_the_model_is_what_a_simulation_gives(workers):
    rng = np.random.default_rng(3)
    assert simulated(workers, rng.exponential) == pytest.approx(
        throughput(workers, Z, D)[-1], rel=0.02
    )


@pytest.mark.parametrize("workers", [2, 11, 30])
def test_times_that_do_not_vary_reach_the_bound(workers):
    limit = bound(workers, Z, D)[-1]
    assert simulated(workers, lambda mean: mean) == pytest.approx(limit, rel=0.002)


def test_times_that_vary_less_lie_between_model_and_bound():
    rng = np.random.default_rng(4)
    found = simulated(11, lambda mean: rng.gamma(4, mean / 4))
    assert throughput(11, Z, D)[-1] * 1.02 < found < bound(11, Z, D)[-1]


def test_the_model_in_the_limits():
    model, limit = throughput(500, Z, D), bound(500, Z, D)
    assert model[0] == pytest.approx(1 / (Z + D)) == limit[0]
    assert model[-1] == pytest.approx(1 / D) and limit[-1] == 1 / D
    assert (np.diff(model) > -1e-12).all() and (model <= limit * (1 + 1e-12)).all()


@pytest.mark.parametrize("wrong", [(0, Z, D), (3, -1.0, D), (3, Z, 0.0)])
def test_what_makes_no_sense_is_refused(wrong):
    with pytest.raises(ValueError, match=f"not {wrong[0]}, {wrong[1]}"):
        throughput(*wrong)


def test_the_benchmark_gives_what_is_stored():
    stored = json.loads(STORED.read_text("utf8"))
    found = scaling.coordinated(4, judge=regrade.judge)  # in this process
    for place in ("SQLite", "PostgreSQL", "Dask"):
        assert stored[place].keys() == found.keys()
    assert all(value > 0 for value in found.values())
    assert stored["judge, least s"] <= stored["judge, s"] <= stored["judge, most s"]
    assert any("load" in line for line in stored["machine"])
    assert scaling.coordinator._take.__name__ == "_take"  # what is timed is put back


def test_the_page_is_computed_from_what_is_stored(capsys):
    cells = re.findall(
        r"```\{code-cell\} ipython3\n(?::[^\n]*\n)*(.*?)```", PAGE.read_text("utf8"), re.S
    )
    assert len(cells) == 3
    found = {}
    for cell in cells:
        exec(cell, found)
    stored = json.loads(STORED.read_text("utf8"))
    for name in ("SQLite", "PostgreSQL"):
        for kind, key in {"as measured": ", s", "processor's time": ", s of a processor"}.items():
            serving = stored[name][f"take in{key}"] + stored[name][f"write{key}"]
            serving += stored["Dask"]["transfer, s"]
            np.testing.assert_array_equal(
                found["model"][f"{name}, {kind}"], throughput(256, stored[f"judge{key}"], serving)
            )
    assert "[picture: Two plots" in capsys.readouterr().out
    # no number of the measurement is typed
    prose = re.sub(r"```\{code-cell\}.*?```", "", PAGE.read_text("utf8"), flags=re.S)
    assert " ms" not in prose.partition("## How long it takes")[2]
