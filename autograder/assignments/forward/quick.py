"""A network of one's own worked by hand: slips, and other ways to write the numbers."""

from autograder.assignment import HiddenCase, Mistake, Variant
from autograder.authoring import personal_code
from rnncourse.checks import registry
from rnncourse.derivation.exercises.forward import FAMILY, MEMBERS

# one step from h and x: {a} without the input, {d} what the input adds
FORMS = {
    "logistic": "1 / (1 + np.exp(-({a} + {d})))",
    "tanh": "np.tanh({a} + {d})",
    "added": "h + np.tanh({a} + {d})",
    "half": "0.5 * h + 0.5 * np.tanh({a} + {d})",
    "past": "np.tanh({a}) + {d}",
}


def source(member: str, *, form: str = "", start: str = "0.0", **changed: object) -> str:
    """The answer's cell for one network; what is changed makes it a wrong one."""
    n = MEMBERS[member][2]
    use = {**n._asdict(), **changed}
    a, d = f"{use['b_h']} + {use['W_hh']} * h", f"{use['W_xh']} * x"
    step = (form or FORMS[member]).format(a=a, d=d)
    first, second, third = use["x"]  # type: ignore[misc]
    back = use.get("back", "h{}")  # what returns to the unit
    states = (
        f"h1 = unit({first}, {start})",
        f"h2 = unit({second}, {str(back).format(1)})",
        f"h3 = unit({third}, {str(back).format(2)})",
    )
    result = use.get(
        "result", f"h1, {use['W_hy']} * h2 + {use['b_y']}, {use['W_hy']} * h3 + {use['b_y']}"
    )
    return f'''\
def quick():
    """The state h1 and the outputs y2 and y3, as three numbers."""
    ### BEGIN SOLUTION

    def unit(x, h):
        return {step}

    {states[0]}
    {states[1]}
    {states[2]}
    return {result}
    ### END SOLUTION'''


def _mistakes(member: str) -> tuple[Mistake, ...]:
    n, own = MEMBERS[member][2], FORMS[member]
    logistic, tanh = FORMS["logistic"], "np.tanh({a} + {d})"
    squashed = {
        "logistic": tanh,
        "past": "1 / (1 + np.exp(-({a}))) + {d}",
    }.get(member, own.replace(tanh, logistic))
    plain = {
        "logistic": "{a} + {d}",
        "past": "({a}) + {d}",
    }.get(member, own.replace(tanh, "({a} + {d})"))
    y = f"{n.W_hy} * h{{}} + {n.b_y}"
    made = [
        (
            "state-not-weighed-in",
            "From step 2 on the unit reads its own last value, too. What does it weigh?",
            source(member, W_hh=0),
        ),
        (
            "bias-forgotten",
            "What does the unit read where input and state are zero?",
            source(member, b_h=0),
        ),
        (
            "another-function",
            "tanh lies between -1 and 1, the logistic function between 0 and 1. Which has your "
            "network?",
            source(member, form=squashed),
        ),
        (
            "nothing-squashed",
            "These are the values before the units' function. What does it make of them?",
            source(member, form=plain),
        ),
        (
            "begins-at-a-half",
            "The state before the first step is given, and is no half.",
            source(member, start="0.5"),
        ),
        (
            "one-step-off",
            "The first of the three inputs belongs to step 1: count again.",
            source(member, result=f"h1, {y.format(1)}, {y.format(2)}"),
        ),
        (
            "states-for-outputs",
            "Asked for are two outputs. What is between the hidden unit and the output?",
            source(member, result="h1, h2, h3"),
        ),
        (
            "output-fed-back",
            "What comes back to the hidden unit is its own value, not the output.",
            source(member, back=f"{n.W_hy} * h{{}} + {n.b_y}"),
        ),
        (
            "sign-of-the-input-weight",
            "Look at the sign of the weight from the input.",
            source(member, W_xh=-n.W_xh),
        ),
        (
            "weights-exchanged",
            "W_xh leads from x to h. Which of the two numbers multiplies the input?",
            source(member, W_xh=n.W_hh, W_hh=n.W_xh),
        ),
        (
            "inputs-in-reverse",
            "The inputs are given in the order of time.",
            source(member, x=n.x[::-1]),
        ),
    ]
    if n.b_y:
        made.append(
            (
                "output-bias-forgotten",
                "What does the output unit put out where the state is zero?",
                source(member, b_y=0),
            )
        )
    made += {
        "added": [
            (
                "old-state-lost",
                "Your network adds to its state. What became of what was there?",
                source(member, form=tanh),
            )
        ],
        "half": [
            (
                "all-replaced",
                "Your units replace half of the state. What became of the other half?",
                source(member, form=tanh),
            ),
            (
                "whole-state-kept",
                "Half of the state is replaced, so only half of it is kept.",
                source(member, form="h + 0.5 * np.tanh({a} + {d})"),
            ),
        ],
        "past": [
            (
                "input-inside",
                "In your network the input goes past the tanh, not through it.",
                source(member, form=tanh),
            )
        ],
    }.get(member, [])
    return tuple(Mistake(name, hint, source=text) for name, hint, text in made)


def _variants(member: str) -> tuple[Variant, ...]:
    found = registry.find(f"forward.quick/{member}").truth({})
    h1, y2, y3 = (float(value) for value in found.values())
    return (
        Variant("four-decimals", source=f"def quick():\n    return {h1:.4f}, {y2:.4f}, {y3:.4f}\n"),
        Variant(
            "as-a-dictionary",
            source=f'def quick():\n    return {{"y3": {y3:.6f}, "y2": {y2:.6f}, "h1": {h1:.6f}}}\n',
        ),
        Variant(
            "rounded-on-the-way",
            edits=(("return " + _step(member), f"return round({_step(member)}, 4)"),),
        ),
    )


def _step(member: str) -> str:
    n = MEMBERS[member][2]
    return FORMS[member].format(a=f"{n.b_h} + {n.W_hh} * h", d=f"{n.W_xh} * x")


ITEM = personal_code(
    FAMILY,
    cell="quick-check",
    answer="quick",
    title="By hand",
    points={"h1": 1, "y2": 1, "y3": 1},
    cases=(HiddenCase("your network"),),
    exercise=lambda member: registry.find(f"forward.quick/{member}"),
    solution=source,
    mistakes=_mistakes,
    variants=_variants,
)
