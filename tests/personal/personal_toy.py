"""A small assignment that is asked of every student's own network: three sums of a sequence."""

from dataclasses import replace
from typing import Any

import nbformat.v4
import numpy as np

from autograder.assignment import (
    Assignment,
    CodeItem,
    DerivationItem,
    HiddenCase,
    Mistake,
    Variant,
    personal,
)
from autograder.judge.truth import Trace, Truth
from rnncourse.checks.exercise import CodeExercise, Output
from rnncourse.derivation.exercise import DerivationExercise, Step, Symbol
from rnncourse.derivation.functions import STANDARD
from rnncourse.derivation.personal import Family, PersonalDerivation

KEEPS = {"whole": "1", "half": "0.5", "third": "0.3"}  # how much of the sum each step keeps
FAMILY = Family(
    "toy",
    {
        "whole": "a sum that keeps everything",
        "half": "a sum that keeps half of itself at each step",
        "third": "a sum that keeps three tenths of itself at each step",
    },
    shown="toy.mine",
)


def derivation(member: str) -> DerivationExercise:
    s = ("H", "1")
    return DerivationExercise(
        name=f"toy.mine/{member}",
        title="The gradients of a sum",
        symbols=(
            Symbol("x", ("I", "1"), "input", first=1),
            Symbol("s", s, "sum; s[0] is given", first=0),
            Symbol("P", ("H", "I"), "weights"),
            Symbol("ds", s, "gradient by s[t]", first=1, derived=True),
            Symbol("dP", ("H", "I"), "gradient by P", derived=True),
        ),
        steps=(
            Step("ds[T]", "by the last sum", times=("T", "T")),
            Step("ds[t]", "by the earlier ones", times=("1", "T-1")),
            Step("dP", "by the weights"),
        ),
        functions=STANDARD,
        network=(f"s[t] = {KEEPS[member]} * s[t-1] + P @ x[t]",),
        notes=(f"The loss is {KEEPS[member]} times half the square of s[T].",),
    )


DERIVATION = PersonalDerivation("toy.mine", FAMILY, {m: derivation(m) for m in KEEPS})


def truth(member: str) -> Truth:
    def network(n: Trace) -> Any:
        P, x, s = n.weight("P", "H", "I"), n.inputs("x", "I", "1"), n.start("s", "H", "1")
        for t in n.times:
            s = n.note("s", t, float(KEEPS[member]) * s + P @ x[t])
        return float(KEEPS[member]) * (s**2).sum() / 2

    return Truth(network, {"ds": "s", "dP": "P"})


def answer(member: str) -> str:
    """The right derivation."""
    keep = KEEPS[member]
    return f"ds[T] = {keep} * s[T]\nds[t] = {keep} * ds[t+1]\ndP = sum(t, ds[t] @ x[t].T)\n"


def code(member: str, *, solved: bool) -> CodeExercise:
    def draw(rng: np.random.Generator, *, T: int = 5, H: int = 3) -> dict[str, Any]:
        return {"x": rng.normal(size=(T, H)), "s0": rng.normal(size=H)}

    def solve(x: Any, s0: Any) -> dict[str, Any]:
        keep, s = float(KEEPS[member]), [s0]
        for row in x:
            s.append(keep * s[-1] + row)
        return {"s": np.array(s[1:]), "slope": np.asarray(keep ** len(x))}

    return CodeExercise(
        name=f"toy.total/{member}",
        function="total",
        signature="total(x, s0)",
        outputs=(Output("s", "s", ("t", "h")), Output("slope", "∂s/∂s₀", ())),
        draw=draw,
        solve=solve if solved else None,
        public_options=({}, {"T": 1}),
        inputs={"x": ("t", "h"), "s0": ("h",)},
    )


CODE = {f"toy.total/{m}": code(m, solved=False) for m in KEEPS}

TOTAL = """\
def total(x, s0):
    ### BEGIN SOLUTION
    keep, s = KEEP, [s0]
    for row in x:
        s.append(keep * s[-1] + row)
    return np.array(s[1:]), keep ** len(x)
    ### END SOLUTION"""


def total(member: str) -> str:
    return TOTAL.replace("KEEP", KEEPS[member])


def _mine(member: str) -> DerivationItem:
    return DerivationItem(
        cell="mine-check",
        answer="mine",
        title="The gradients of your sum",
        exercise=DERIVATION.versions[member],
        truth=truth(member),
        points={"ds[T]": 1, "ds[t]": 2, "dP": 1},
        mistakes=(
            Mistake(
                "sign", "Does the loss rise with the sum?", step="ds[T]", source="ds[T] = -s[T]"
            ),
            Mistake(
                "squared",
                "How often does one step back multiply?",
                step="ds[t]",
                source=f"ds[t] = ({KEEPS[member]} + 1)**2 * ds[t+1]",
            ),
        ),
        variants=(Variant("turned", edits=(("ds[t] @ x[t].T", "outer(ds[t], x[t])"),)),),
        solution=Variant("own", source=answer(member)),
    )


def _total(member: str) -> CodeItem:
    return CodeItem(
        cell="total-check",
        answer="total",
        title="Your sum in code",
        exercise=code(member, solved=True),
        points={"s": 2, "slope": 1},
        cases=(HiddenCase("ordinary"), HiddenCase("one step", {"T": 1})),
        mistakes=(
            Mistake("start", "Where does it begin?", edits=(("[s0]", "[0 * s0]"),)),
            Mistake("late", "Is the input added, or taken away?", edits=(("+ row", "- row"),)),
        ),
        variants=(Variant("dict", edits=(("np.array(s[1:]), ", "s[1:], "),)),),
        solution=Variant(
            "own", edits=((KEEPS[FAMILY.reference] + ", [s0]", KEEPS[member] + ", [s0]"),)
        ),
    )


ASSIGNMENT = Assignment(
    name="toy",
    title="A toy",
    notebook="toy",
    items=(personal(FAMILY, _mine), personal(FAMILY, _total)),
)


def notebook(sources: dict[str, str]) -> Any:
    """The toy's notebook with these answers; the flags are nbgrader's."""
    cells = [
        _cell("student", sources.get("student", 'student = ""'), solution=True),
        _cell("setup", "import numpy as np", locked=True),
        _cell("mine", f"%%derivation toy.mine\n{sources.get('mine', '')}", solution=True),
        _cell("mine-check", "check()", grade=True, locked=True, points=4),
        _cell("total", sources.get("total", ""), solution=True),
        _cell("total-check", "check()", grade=True, locked=True, points=3),
    ]
    return nbformat.v4.new_notebook(cells=cells)


def _cell(name: str, source: str, **flags: Any) -> Any:
    standard = {"grade": False, "solution": False, "locked": False, "schema_version": 3}
    cell = nbformat.v4.new_code_cell(source, id=name)
    cell.metadata["nbgrader"] = {"grade_id": name, **standard, **flags}
    return cell


def solution() -> Any:
    """The instructor's notebook."""
    member = FAMILY.reference
    sources = {
        "student": '### BEGIN SOLUTION\nstudent = "solution"\n### END SOLUTION',
        "mine": f"### BEGIN SOLUTION\n{answer(member)}### END SOLUTION",
        "total": total(member),
    }
    return notebook(sources)


def without_catalogue() -> Assignment:
    """The same without known mistakes, which need a solution in a folder."""
    bare = []
    for item in ASSIGNMENT.items:
        made = {m: replace(v, mistakes=()) for m, v in item.personal.versions.items()}
        bare.append(personal(FAMILY, made.__getitem__))
    return replace(ASSIGNMENT, items=tuple(bare))
