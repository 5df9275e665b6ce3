"""A state unfolded, for each network: the right lines, wrong ones and others."""

from typing import TYPE_CHECKING

from autograder.assignment import Mistake, Variant
from autograder.authoring import personal_derivation, wrong_line
from autograder.judge.truth import Trace, Truth
from rnncourse.derivation.exercises.forward import MEMBERS, UNFOLDED

if TYPE_CHECKING:
    from torch import Tensor

# one step from the state {h}: {a} without the input, {d} what the input adds
FORMS = {
    "logistic": "sigmoid({a} + {d})",
    "tanh": "tanh({a} + {d})",
    "added": "({h} + tanh({a} + {d}))",
    "half": "(0.5 * {h} + 0.5 * tanh({a} + {d}))",
    "past": "(tanh({a}) + {d})",
}
_PLAIN = {
    "logistic": "({a} + {d})",
    "tanh": "({a} + {d})",
    "added": "({h} + {a} + {d})",
    "half": "(0.5 * {h} + 0.5 * ({a} + {d}))",
    "past": "({a} + {d})",
}
_OTHER = {name: form.replace("tanh", "sigmoid") for name, form in FORMS.items()} | {
    "logistic": FORMS["tanh"]
}


def truth(member: str) -> Truth:
    """The states of one network; the last stands for a loss, since nothing is derived."""

    def network(n: Trace) -> "Tensor":
        import torch

        W, U, b = n.weight("W", "H", "H"), n.weight("U", "H", "I"), n.weight("b", "H", "1")
        x, h = n.inputs("x", "I", "1"), n.start("h", "H", "1")
        for t in n.times:
            a, drive = b + W @ h, U @ x[t]
            made = {
                "logistic": torch.sigmoid(a + drive),
                "tanh": torch.tanh(a + drive),
                "added": h + torch.tanh(a + drive),
                "half": (h + torch.tanh(a + drive)) / 2,
                "past": torch.tanh(a) + drive,
            }
            h = n.note("h", t, made[member])
        return h.sum()

    return Truth(network, {})


def step(
    form: str, h: str, x: str, *, W: str = "W", U: str = "U", bias: str = "b + ", d: str = ""
) -> str:
    """One step as an expression."""
    return form.format(h=h, a=f"{bias}{W} @ {h}", d=d or f"{U} @ {x}")


def solution(member: str) -> str:
    """The derivation as the course writes it."""
    form = FORMS[member]
    first = step(form, "h[0]", "x[1]")
    second = step(form, first, "x[2]")
    halfway = step(form, step(form, "h[1]", "x[2]"), "x[3]")
    return f"""\
h[1] = {first}
h[2] = {second}
h[3] = {step(form, "h[2]", "x[3]")}
     = {halfway}
     = {step(form, second, "x[3]")}
"""


def _mistakes(member: str) -> tuple[Mistake, ...]:
    form, plain = FORMS[member], _PLAIN[member]
    first = step(form, "h[0]", "x[1]")
    h_1, h_2, h_3 = "h[1]", "h[2]", "h[3]"
    made = [
        (
            "input-one-step-early",
            h_1,
            step(form, "h[0]", "x[0]"),
            "Which input does the network read in the step that makes h[1]? There is no x[0].",
        ),
        (
            "start-not-weighed-in",
            h_1,
            form.format(h="h[0]", a="b", d="U @ x[1]"),
            "The units read the state before the first step, too. It is given, and need not be 0.",
        ),
        (
            "function-missing",
            h_1,
            step(plain, "h[0]", "x[1]"),
            "This is what goes into the units. What do they make of it?",
        ),
        (
            "another-function",
            h_1,
            step(_OTHER[member], "h[0]", "x[1]"),
            "Look at your network once more: which function do its units compute?",
        ),
        (
            "bias-missing",
            h_1,
            step(form, "h[0]", "x[1]", bias=""),
            "What do the units read where input and last state are zero?",
        ),
        (
            "bias-outside",
            h_1,
            "b + " + step(form, "h[0]", "x[1]", bias=""),
            "Is the bias added before the units' function or after it?",
        ),
        (
            "matrices-exchanged",
            h_1,
            step(form, "h[0]", "x[1]", W="U", U="W"),
            "Some texts exchange the letters U and W. Here, which of the two is square?",
        ),
        (
            "inner-function-missing",
            h_2,
            step(form, step(plain, "h[0]", "x[1]"), "x[2]"),
            "Put h[1] in as it stands, with everything that is around it.",
        ),
        (
            "inner-bias-missing",
            h_2,
            step(form, step(form, "h[0]", "x[1]", bias=""), "x[2]"),
            "Every step adds the bias. Count how often it must occur in h[2].",
        ),
        (
            "inputs-exchanged",
            h_2,
            step(form, step(form, "h[0]", "x[2]"), "x[1]"),
            "Which of the two inputs comes first, and so lies deeper inside?",
        ),
        (
            "one-input-twice",
            h_2,
            step(form, step(form, "h[0]", "x[2]"), "x[2]"),
            "Each step reads an input of its own. Which one did the first step read?",
        ),
        (
            "only-one-step",
            h_2,
            step(form, "h[0]", "x[2]"),
            "How many times has the network stepped on between h[0] and h[2]?",
        ),
        (
            "state-of-the-same-step",
            h_3,
            step(form, "h[3]", "x[3]"),
            "A recurrent connection takes one step. Which state does W read when h[3] is made?",
        ),
        (
            "a-step-left-out",
            h_3,
            step(form, "h[1]", "x[3]"),
            "Between h[1] and h[3] lies a state. How does the first reach the third?",
        ),
        (
            "input-of-the-step-before",
            h_3,
            step(form, "h[2]", "x[2]"),
            "State and input do not come from the same step: only the state is old.",
        ),
        (
            "W-transposed",
            h_3,
            step(form, "h[2]", "x[3]", W="W.T"),
            "On paper a vector is a column and W stands in front of it. The transpose belongs to "
            "code, where a sequence is a row; a square W hides the difference.",
        ),
        (
            "input-through-W",
            h_3,
            step(form, "h[2]", "x[3]", d="W @ (U @ x[3])"),
            "Does W act on the input, or on the state alone? Mind where the bracket closes.",
        ),
    ]
    if member in ("added", "half"):
        made.append(
            (
                "old-state-lost",
                h_2,
                step(FORMS["tanh"], first, "x[2]"),
                "The state reaches the next one in two ways in your network: through the units, "
                "and past them.",
            )
        )
    if member in ("logistic", "tanh"):
        outside = form.format(h="h[2]", a="b + W @ h[2]", d="").replace(" + )", ")") + " + U @ x[3]"
        made.append(
            (
                "input-outside",
                h_3,
                outside,
                "All that reaches a unit is added up first, the input with the rest.",
            )
        )
    if member == "past":
        made.append(
            (
                "input-inside",
                h_3,
                step(FORMS["tanh"], "h[2]", "x[3]"),
                "In your network the input goes past the tanh, not through it.",
            )
        )
    return tuple(wrong_line(target, name, hint, wrong) for name, target, wrong, hint in made)


def _variants(member: str) -> tuple[Variant, ...]:
    form, right = FORMS[member], solution(member)
    paper = right.replace("@", "·").replace("sigmoid", "σ")
    for index, raised in zip("0123", "⁰¹²³", strict=True):
        paper = paper.replace(f"[{index}]", f"⁽{raised}⁾")
    first = step(form, "h[0]", "x[1]")
    third = step(form, step(form, first, "x[2]"), "x[3]")
    halfway = step(form, step(form, "h[1]", "x[2]"), "x[3]")
    return (
        Variant("as-on-paper", source=paper),
        Variant(
            "names-of-the-code",
            source=right.replace("W @", "W_hh @").replace("U @", "W_ih @").replace("b +", "b_h +"),
        ),
        Variant("four-links", source=f"{right}     = -(-{third})\n"),
        Variant(
            "on-one-line-and-from-the-end",
            source=f"h[3] = {step(form, 'h[2]', 'x[3]')} = {halfway} = {third}\n"
            + "\n".join(reversed(right.splitlines()[:2])),
        ),
    )


assert set(MEMBERS) == set(FORMS)
ITEM = personal_derivation(
    UNFOLDED,
    cell="unfolded-check",
    answer="unfolded",
    title="A state of your network, unfolded",
    points={"h[1]": 1, "h[2]": 1, "h[3]": 3},
    truth=truth,
    solution=solution,
    mistakes=_mistakes,
    variants=_variants,
)
