"""A derivation asked of every student's own network: one of a family, by lot from the id."""

from typing import Any

from autograder.authoring import (
    STANDARD,
    DerivationExercise,
    Family,
    Mistake,
    PersonalDerivation,
    Step,
    Symbol,
    Trace,
    Truth,
    Variant,
    gradient_of,
    personal_derivation,
    wrong_line,
)

# what the networks differ in: words, the equation's right-hand side, the right slope
MEMBERS = {
    "tanh": ("tanh units", "tanh(a[t])", "(1 - y[t]**2)"),
    "logistic": ("logistic units", "sigmoid(a[t])", "y[t] * (1 - y[t])"),
    "square": ("units that square", "a[t]**2", "2 * a[t]"),
}

FAMILY = Family(
    name="starter",
    members={member: words for member, (words, _, _) in MEMBERS.items()},
    shown="starter.own",
)


def version(member: str) -> DerivationExercise:
    """What is asked of the students with one of the networks."""
    return DerivationExercise(
        name=f"starter.own/{member}",
        title="Through your own units",
        symbols=(
            Symbol("x", ("I", "1"), "input of sample t", first=1),
            Symbol("a", ("H", "1"), "what goes into the units", first=1),
            Symbol("y", ("H", "1"), "what comes out of them", first=1),
            Symbol("W", ("H", "I"), "weights"),
            gradient_of("y", ("H", "1"), first=1),
            gradient_of("a", ("H", "1"), first=1),
            gradient_of("x", ("I", "1"), first=1),
        ),
        steps=(
            Step("da[t]", "by what goes into the units, from dy[t]"),
            Step("dx[t]", "by the input"),
        ),
        functions=STANDARD,
        network=("a[t] = W @ x[t]", f"y[t] = {MEMBERS[member][1]}"),
        notes=("dy[t], the gradient by y[t], is given; use it as it is.",),
    )


def truth(member: str) -> Truth:
    """One network in PyTorch; any loss will do, since dy[t] is given."""

    def network(n: Trace) -> Any:
        W = n.weight("W", "H", "I")
        x = n.inputs("x", "I", "1", with_gradient=True)
        loss: Any = 0.0
        for t in n.times:
            a = n.note("a", t, W @ x[t])
            made = {"tanh": a.tanh(), "logistic": a.sigmoid(), "square": a**2}
            y = n.note("y", t, made[member])
            loss = loss + (y**3).sum() + y.sum()
        return loss

    return Truth(network, {"dy": "y", "da": "a", "dx": "x"})


def solution(member: str) -> str:
    """The right answer for one network."""
    return f"da[t] = {MEMBERS[member][2]} * dy[t]\ndx[t] = W.T @ da[t]\n"


def mistakes(member: str) -> tuple[Mistake, ...]:
    """What goes wrong, written for one network."""
    slope = MEMBERS[member][2]
    return (
        wrong_line(
            "da[t]",
            "slope-missing",
            "Between a[t] and y[t] stand your units. What is their part in the chain rule?",
            "1 * dy[t]",
        ),
        wrong_line(
            "da[t]",
            "value-for-slope",
            "The chain rule asks how fast the value changes, not how large it is.",
            "y[t] * dy[t]",
        ),
        wrong_line(
            "dx[t]",
            "slope-twice",
            "da[t] has passed the units already.",
            f"W.T @ ({slope} * da[t])",
        ),
        wrong_line(
            "dx[t]",
            "units-forgotten",
            "From y[t] to x[t] the way leads through the units.",
            "W.T @ dy[t]",
        ),
    )


def variants(member: str) -> tuple[Variant, ...]:
    """Other right answers."""
    slope = MEMBERS[member][2]
    return (
        Variant("diagonal-matrix", edits=((f"{slope} * dy[t]", f"diag({slope}) @ dy[t]"),)),
        Variant("as-a-row", edits=(("W.T @ da[t]", "(da[t].T @ W).T"),)),
    )


ITEM = personal_derivation(
    PersonalDerivation("starter.own", FAMILY, {member: version(member) for member in MEMBERS}),
    cell="own-check",
    answer="own",
    title="Your own units",
    points={"da[t]": 2, "dx[t]": 1},
    truth=truth,
    solution=solution,
    mistakes=mistakes,
    variants=variants,
)
