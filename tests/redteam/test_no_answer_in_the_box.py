"""Nothing that a notebook can reach while it is graded computes what it is asked for."""

import numpy as np
import pytest

from autograder.assignment import CodeItem
from autograder.assignments import load, names
from autograder.judge.code import hidden_arguments
from autograder.sandbox import Sandbox
from rnncourse.checks.absent import all_but

BPTT = load("bptt")
LOOK = """
import importlib, inspect, pkgutil, sys
import rnncourse
sys.meta_path[:] = [f for f in sys.meta_path if type(f).__name__ != "Forbidden"]
found = []
for module in pkgutil.walk_packages(rnncourse.__path__, "rnncourse.", onerror=print):
    loaded = importlib.import_module(module.name)
    names = [n for n in ("forward", "backward", "step", "step_backward") if n in dir(loaded)]
    found += [n for n in names if callable(getattr(loaded, n))]  # an assignment may be called so
print(sorted(found))
"""
ELMAN_AS_LEAKY = """
from rnncourse import leaky
print(leaky.backward)
"""


@pytest.mark.sandbox
@pytest.mark.parametrize("name", names())
def test_every_module_in_the_box_loads_and_none_has_a_backward_pass(name):
    with Sandbox(load(name).forbidden) as box, box.session() as session:
        result = session.run(LOOK, cell="c", count=1, timeout=60)
        assert result.ok and [o.text for o in result.outputs] == ["[]\n"]
        result = session.run(ELMAN_AS_LEAKY, cell="c", count=2, timeout=60)
        assert result.outputs[0].name == "ModuleNotFoundError"


def test_a_module_that_is_added_later_is_absent():
    assert "rnncourse.elman" in all_but(["checks"]) and "rnncourse.checks" not in all_but(
        ["checks"]
    )
    assert {"rnncourse.leaky", "rnncourse.clockwork", "rnncourse.lstm"} <= set(BPTT.forbidden)


@pytest.mark.parametrize("cell", ["backward-check", "truncated-check"])
def test_gradients_are_too_many_to_be_measured_one_by_one(cell):
    """A forward pass takes a millisecond and a call ten seconds."""
    item = BPTT.item(cell)
    assert isinstance(item, CodeItem)
    largest = max(
        sum(np.size(weight) for weight in hidden_arguments(item, 1, n)["params"].values())
        for n in range(len(item.cases))
    )
    assert largest > 15_000
