"""A network worked by hand: known mistakes, other ways to write the numbers."""

from autograder.assignment import CodeItem, HiddenCase, Mistake, Variant
from rnncourse.checks import registry

_UNIT = "return 1 / (1 + np.exp(-a))"
_A = "a = -0.1 * x + 0.5 * h + 0.4"

MISTAKES = (
    Mistake(
        "state-forgotten",
        "From step 1 on the unit reads its own last value, too. What does it weigh?",
        edits=((_A, "a = -0.1 * x + 0.4"),),
    ),
    Mistake(
        "bias-forgotten",
        "What does the unit read where input and state are zero?",
        edits=((_A, "a = -0.1 * x + 0.5 * h"),),
    ),
    Mistake(
        "tanh-for-logistic",
        "The unit is logistic: its value lies between 0 and 1, and is a half at a = 0.",
        edits=((_UNIT, "return np.tanh(a)"),),
    ),
    Mistake(
        "nothing-squashed",
        "These are the values that go into the unit. What does it make of them?",
        edits=((_UNIT, "return a"),),
    ),
    Mistake(
        "begins-at-a-half",
        "The state before the first step is zero, not what the unit would be without any input.",
        edits=(("unit(18, 0)", "unit(18, 0.5)"),),
    ),
    Mistake(
        "counted-from-one",
        "Steps count from 0: at step 1 the input is 9.",
        edits=(("return h0, 0.25 * h1, 0.25 * h2", "return h0, 0.25 * h0, 0.25 * h1"),),
    ),
    Mistake(
        "states-for-outputs",
        "Asked for are two outputs. What is between the hidden unit and the output?",
        edits=(("return h0, 0.25 * h1, 0.25 * h2", "return h0, h1, h2"),),
    ),
    Mistake(
        "output-squashed",
        "The output unit is linear.",
        edits=(
            (
                "return h0, 0.25 * h1, 0.25 * h2",
                "return h0, *(1 / (1 + np.exp(-0.25 * np.array([h1, h2]))))",
            ),
        ),
    ),
    Mistake(
        "output-fed-back",
        "What comes back to the hidden unit is its own value, not the output.",
        edits=(("unit(9, h0)", "unit(9, 0.25 * h0)"), ("unit(-8, h1)", "unit(-8, 0.25 * h1)")),
    ),
    Mistake(
        "sign-of-the-weight-lost",
        "A large input makes the value of this unit small: look at the sign of its weight.",
        edits=((_A, "a = 0.1 * x + 0.5 * h + 0.4"),),
    ),
    Mistake(
        "weights-exchanged",
        "W_xh leads from x to h. Which of the two numbers multiplies the input?",
        edits=((_A, "a = 0.5 * x - 0.1 * h + 0.4"),),
    ),
    Mistake(
        "inputs-in-reverse",
        "The inputs are given in the order of time.",
        edits=(("unit(18, 0)", "unit(-8, 0)"), ("unit(-8, h1)", "unit(18, h1)")),
    ),
    Mistake(
        "a-handed-on",
        "What comes back is the unit's value after squashing.",
        edits=(
            (_UNIT, "return a"),
            (
                "return h0, 0.25 * h1, 0.25 * h2",
                "s = 1 / (1 + np.exp(-np.array([h0, h1, h2])))\n"
                "    return s[0], 0.25 * s[1], 0.25 * s[2]",
            ),
        ),
    ),
)

VARIANTS = (
    Variant("four-decimals", source="def quick():\n    return 0.1978, 0.1003, 0.2006\n"),
    Variant(
        "as-a-dictionary",
        source='def quick():\n    return {"y2": 0.200567, "y1": 0.100265, "h0": 0.197816}\n',
    ),
    Variant(
        "rounded-on-the-way",
        source="""
def quick():
    h, found = 0.0, []
    for x in (18, 9, -8):
        h = round(1 / (1 + 2.71828 ** -(0.4 - x / 10 + h / 2)), 4)
        found.append(h)
    return found[0], round(found[1] / 4, 4), round(found[2] / 4, 4)
""",
    ),
)

ITEM = CodeItem(
    cell="quick-check",
    answer="quick",
    title="By hand",
    exercise=registry.find("forward.quick"),
    points={"h0": 1, "y1": 1, "y2": 1},
    cases=(HiddenCase("the exercise"),),
    mistakes=MISTAKES,
    variants=VARIANTS,
)
