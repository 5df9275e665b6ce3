"""Derivations: whatever the text, a report comes back, with a place for every complaint."""

import os
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.assignment import DerivationItem
from autograder.assignments import load, names
from autograder.judge.derivation import judge_derivation
from autograder.judge.render import verdict_text
from rnncourse.derivation import LanguageError, read
from rnncourse.derivation.exercise import DerivationExercise
from rnncourse.derivation.exercises import public_draw
from rnncourse.derivation.judge import judge
from rnncourse.derivation.typeset import to_latex, to_mathml

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "0"))
fuzz = settings(
    max_examples=EXAMPLES or 250,
    derandomize=not EXAMPLES,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
SPELLINGS = (
    *"@*/+-=()[],.#%_^<>{}'·⊙∘⊤ᵀ∇∂Σ∑√²⁻¹ₜ₊₋⁽ᵗ⁾ŷδστη×⊗\\\"\t",
    *("**", ".T", "^T", "^{", "_{", "dL/d", "∂L/∂", "∇_", "sum(", "outer(", "diag(", "\u0302"),
    *("\ud800", "\x00", "\u202e", "９", "if", "lambda", "__import__('os')", "9" * 400, "1e999"),
    *("((((((((", "[[[[[[[[", "--------", "T.T.T.T.T", "0x1F", "1_000", "1j", "\n=", "\r\n", "…"),
)


def words(spec: DerivationExercise) -> list[str]:
    """What an honest line is made of, and steps that do not exist."""
    indexed = [f"{s.name}[t]" if s.is_sequence else s.name for s in spec.symbols]
    shifted = [f"{s.name}[{i}]" for s in spec.symbols for i in ("t-1", "t+1", "T", "0", "99", "s")]
    functions = [f"{f.name}(" for f in spec.functions]
    return [*indexed, *shifted, *functions, "2", "0", "1.5", "9**9", "sum(t, ", "sum(s, "]


def honest(spec: DerivationExercise, rng: random.Random) -> str:
    """Lines for the steps asked for, put together from symbols and operators."""
    lines = []
    for step in spec.steps:
        parts = [rng.choice(words(spec)) for _ in range(rng.randrange(1, 8))]
        line = "".join(
            part
            + ")" * (part.endswith("(") or "sum(" in part)
            + rng.choice([" + ", " - ", " @ ", " * ", " / ", ".T @ ", "**"])
            for part in parts
        )
        lines.append(f"{step.target} = {line}{rng.choice(words(spec))}")
    return "\n".join(lines)


def spoilt(text: str, rng: random.Random) -> str:
    """Characters changed, left out, put in, doubled."""
    for _ in range(rng.choice((1, 1, 2, 4, 16, 64))):
        at = rng.randrange(len(text) + 1)
        match rng.randrange(4):
            case 0:
                text = text[:at] + rng.choice(SPELLINGS) + text[at:]
            case 1:
                text = text[:at] + text[at + rng.randrange(1, 6) :]
            case 2:
                text = (
                    text[:at]
                    + text[at : at + rng.randrange(1, 40)] * rng.randrange(2, 30)
                    + text[at:]
                )
            case _:
                text = (
                    text[:at]
                    + chr(rng.choice((rng.randrange(32, 127), rng.randrange(0x3000))))
                    + text[at + 1 :]
                )
    return text


def known(spec: DerivationExercise) -> list[str]:
    """Right and wrong answers of the catalogue, where there is one."""
    return TEXTS.get(spec.name, [])


TEXTS: dict[str, list[str]] = {}
ITEMS: list[DerivationItem] = []
for _name in names():
    for _item in load(_name).items:
        if isinstance(_item, DerivationItem):
            if _item.personal:
                _item = next(iter(_item.personal.versions.values()))
            ITEMS.append(_item)
            entries = [m.source for m in (*_item.mistakes, *_item.variants) if m.source]
            TEXTS[_item.exercise.name] = entries
EXERCISES = [item.exercise for item in ITEMS]


@fuzz
@given(st.integers(0, 2**63))
def test_any_text_gets_a_report(no_hang, seed):
    rng = random.Random(seed)
    spec = rng.choice(EXERCISES)
    text = rng.choice([*known(spec), honest(spec, rng)])
    if rng.random() < 0.8:
        text = spoilt(text, rng)
    with no_hang():
        entries = read(text, spec).entries
        for entry in entries:
            if isinstance(entry, LanguageError):
                assert entry.row >= 0 and entry.column >= 0 and entry.length > 0 and entry.message
            else:
                to_latex(entry, spec), to_mathml(entry, spec).encode("utf-8")
        report = judge(text, spec, [public_draw(spec.name)])
    for step in report.asked:
        assert step.right or step.message


@settings(fuzz, max_examples=(EXAMPLES or 250) // 25)
@given(seed=st.integers(0, 2**63))
@pytest.mark.parametrize("item", ITEMS, ids=lambda item: item.cell)
def test_any_text_gets_a_verdict(no_hang, item, seed):
    rng = random.Random(seed)
    text = rng.choice([*known(item.exercise), honest(item.exercise, rng)])
    if rng.random() < 0.8:
        text = spoilt(text, rng)
    with no_hang():
        verdict = judge_derivation(item, text, seed % 2**32)
    assert 0 <= verdict.points <= verdict.max_points
    assert verdict_text(verdict)


@settings(fuzz, max_examples=(EXAMPLES or 250) // 2)
@given(st.text(max_size=300) | st.binary(max_size=300).map(lambda b: b.decode("latin-1")))
def test_text_that_is_no_derivation_gets_a_report_too(no_hang, text):
    with no_hang():
        report = judge(text, EXERCISES[0], [public_draw(EXERCISES[0].name)])
    assert not report.right
