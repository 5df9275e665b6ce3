"""What is stored was made by the present scripts, agrees with print, and is shown as it is."""

import json
import re
import statistics
import sys
from pathlib import Path

import numpy as np
import pytest

from experiments import __main__ as command
from experiments import experiment as kept
from experiments.compare import Task, train
from experiments.experiment import NAMES, RESULTS, Experiment, Fact, Measured, load, stored
from experiments.networks import network_of
from experiments.table import cells, shown
from rnncourse import _tree


def quiet(_done, _words):
    pass


@pytest.mark.parametrize("name", NAMES)
def test_the_file_holds_the_scripts_own_settings_and_facts(name):
    found, experiment = stored(name), load(name)
    assert found["settings"] == json.loads(json.dumps(experiment.settings))
    assert [Fact(**entry) for entry in found["facts"]] == list(experiment.facts)
    assert found["claim"] == experiment.claim
    assert found["seeds"] == list(range(experiment.seeds))
    assert experiment.seeds >= 3


@pytest.mark.parametrize("name", NAMES)
def test_every_number_has_its_seed(name):
    found = stored(name)
    n = len(found["seeds"])
    assert len(found["seconds"]) == n
    assert {len(values) for values in found["values"].values()} == {n}
    assert all(len(curves) == n for curves in found["curves"].values())
    assert {fact["name"] for fact in found["facts"]} <= set(found["values"])


@pytest.mark.parametrize("name", NAMES)
def test_the_median_agrees_with_print_or_the_fact_says_why_not(name):
    for row in kept.rows(stored(name)):
        assert row.fact.holds(statistics.median(row.values)) != bool(row.fact.differs), row
        assert row.expected


@pytest.mark.parametrize("name", ["adding", "copy_memory"])
def test_the_last_test_of_a_curve_is_the_value(name):
    found = stored(name)
    settings = found["settings"]
    for network, curves in found["curves"].items():
        assert [curve[-1] for curve in curves] == found["values"][network]
        seen = [len(curve) * settings["every"] * settings["B"] for curve in curves]
        assert seen == found["values"][f"{network}, sequences"]


def test_all_together_take_about_twenty_minutes():
    assert 15 * 60 < sum(sum(stored(name)["seconds"]) for name in NAMES) < 25 * 60


def test_nothing_else_is_stored():
    assert {path.stem for path in RESULTS.glob("*.json")} == set(NAMES)
    scales = {path for path in RESULTS.iterdir() if path.is_dir()}
    assert scales == {RESULTS / "check"}
    assert {path.stem for path in (RESULTS / "check").iterdir()} == {"sequence_models"}
    scripts = {path.stem for path in Path(kept.__file__).parent.glob("*.py")}
    assert set(NAMES) <= scripts


@pytest.mark.parametrize("name", NAMES)
def test_storing_again_changes_nothing(name, tmp_path):
    again = kept.store(name, stored(name), tmp_path)
    assert again.read_text("utf8") == (RESULTS / f"{name}.json").read_text("utf8")


def test_networks_that_copy_have_equally_many_weights():
    def count(kind):
        _, params = network_of(np.random.default_rng(0), kind, 10, 9)
        return sum(array.size for _, array in _tree.leaves(params))

    counts = [count(kind) for kind in load("copy_memory").settings["networks"].values()]
    assert max(counts) < 1.1 * min(counts)


@pytest.mark.parametrize("name", NAMES)
def test_a_script_says_claim_source_protocol_scale_and_difference(name):
    text = sys.modules[load(name).measure.__module__].__doc__
    for word in ("Claim", "Source", "Protocol:", "Scale:"):
        assert re.search(rf"^{word}", text, re.MULTILINE), word


HALF = Fact("x", "the number", "somebody 1999", "0.5", 0.25, 0.4, 0.6)


def seeded(seed, show, *, plus):
    show(1.0, "done")
    return Measured({"x": seed / 10 + plus}, {"x": [1.0, seed / 10]})


TOY = Experiment("a toy", (HALF,), {"plus": 0.4}, seeded, seeds=3)


def test_each_seed_is_measured_with_the_settings():
    told = []
    found = kept.run(TOY, range(3), lambda done, words: told.append((done, words)))
    assert found["values"] == {"x": [0.4, 0.5, 0.6000000000000001]}
    assert told == [(1 / 3, "done"), (2 / 3, "done"), (1.0, "done")]
    (row,) = kept.rows(found)
    assert (row.median, row.agree) == (0.5, 2)
    assert cells(row) == [
        "the number", "0.5\nsomebody 1999", "0.25", "0.5", "0.4 to 0.6", "2 of 3",
    ]  # fmt: skip


def test_numbers_are_shown_with_three_digits():
    assert [shown(v) for v in (0.000166, 0.5, 74000.0, 1)] == ["0.000166", "0.5", "74,000", "1"]


def test_training_stops_where_it_is_enough_and_goes_on_with_its_optimizer():
    def gradients(_cell, params, x):
        return ((params[0] - x) ** 2).sum(), (2 * (params[0] - x),)

    task = Task((1, 1), lambda _: (np.zeros(1),), lambda _, params: abs(params[0][0]), gradients)
    kind, start = {"lr": 0.1, "updates": 100}, (np.ones(1),)
    params, curve = train(task, None, start, kind, 0, quiet, every=5, enough=0.2)
    assert len(curve) < 20
    assert curve[-1] <= 0.2 < curve[-2]
    _, whole = train(task, None, start, kind, 0, quiet, every=5 * len(curve), enough=0.2)
    assert whole[0] == pytest.approx(curve[-1], rel=1e-12)  # as if it had never paused
    assert start[0] == 1
    assert params[0].shape == (1,)


def run_command(monkeypatch, *words):
    monkeypatch.setattr(sys, "argv", ["experiments", *words])
    monkeypatch.setenv("COLUMNS", "120")
    command.main()


def test_the_command_shows_what_is_stored(monkeypatch, capsys):
    run_command(monkeypatch, "--stored")
    shown_there = capsys.readouterr().out
    for name in NAMES:
        assert f"{name}: " in shown_there
    assert "0.00028" in shown_there
    assert "Jaeger 2001" in shown_there


def test_the_command_measures_and_stores(monkeypatch, capsys, tmp_path):
    monkeypatch.setattr(command, "load", lambda *_: TOY)
    monkeypatch.setattr(command, "store", lambda name, made, _: kept.store(name, made, tmp_path))
    run_command(monkeypatch, "parity", "--store", "--seeds", "2")
    assert stored("parity", tmp_path)["values"] == {"x": [0.4, 0.5]}
    assert "2 of 2" in capsys.readouterr().out


def test_the_command_fails_where_the_median_does_not_agree(monkeypatch, capsys):
    wrong = Experiment("a toy", (HALF,), {"plus": 0.9}, seeded)
    monkeypatch.setattr(command, "load", lambda *_: wrong)
    with pytest.raises(SystemExit, match="not as in print: the number"):
        run_command(monkeypatch, "parity", "--seeds", "1")
    assert "0 of 1" in capsys.readouterr().out


@pytest.mark.parametrize("words", [["nonsense"], ["--seeds", "0"], ["--store", "--stored"]])
def test_the_command_refuses_what_makes_no_sense(monkeypatch, capsys, words):
    with pytest.raises(SystemExit) as stopped:
        run_command(monkeypatch, *words)
    assert stopped.value.code == 2
    assert words[0] in capsys.readouterr().err
