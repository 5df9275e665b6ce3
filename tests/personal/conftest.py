"""The toy assignment, put into the registries for one test."""

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

import personal_toy as toy

from autograder.judge.export import public_values
from rnncourse.checks import registry, stored
from rnncourse.derivation import exercises
from rnncourse.derivation.values import Draw


@pytest.fixture
def registered(monkeypatch):
    """The toy's exercises as if they were the package's own, with their public draws."""
    versions = {v.name: v for v in toy.DERIVATION.versions.values()}
    monkeypatch.setattr(exercises, "PERSONAL", {"toy.mine": toy.DERIVATION})
    monkeypatch.setattr(exercises, "EXERCISES", exercises.EXERCISES | versions)
    monkeypatch.setattr(exercises, "FAMILIES", {"toy": toy.FAMILY})
    import rnncourse.notebook.network as network

    monkeypatch.setattr(network, "FAMILIES", exercises.FAMILIES)
    draws = {f"toy.mine/{m}": Draw.of(public_values(toy.truth(m))) for m in toy.KEEPS}
    import rnncourse.derivation.public as public

    monkeypatch.setattr(public, "public_draw", draws.__getitem__)
    monkeypatch.setattr(registry, "assignments", lambda: ["toy"])
    monkeypatch.setattr(registry, "exercises", lambda name: toy.CODE)
    cases = {}
    for member in toy.KEEPS:
        solved = toy.code(member, solved=True)
        arguments = [solved.visible_arguments(n) for n in range(2)]
        cases[member] = [
            {"arguments": stored.plain(a), "truth": stored.plain(solved.truth(a))}
            for a in arguments
        ]
    monkeypatch.setattr(stored, "_file", {"toy.total": cases}.__getitem__)


@pytest.fixture
def in_process():
    """Calls a function of a source as the sandbox would, in this process."""
    from autograder.sandbox import CallReply
    from autograder.sandbox.replies import Raised

    def caller(source, name):
        space = {"np": np}
        exec(source, space)

        def call(arguments):
            try:
                return CallReply(value=space[name](*arguments))
            except Exception as error:
                return CallReply(raised=Raised(type(error).__name__, str(error), "", 0))

        return call

    return caller
