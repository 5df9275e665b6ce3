"""The derivation asked of every student's own cell: solutions and mistakes by substitution."""

from dataclasses import dataclass

from autograder.assignment import Mistake, Variant
from autograder.assignments.gated import networks
from autograder.authoring import personal_derivation, wrong_line
from rnncourse.derivation.exercises.gated import COUPLINGS, MEMBERS, PERSONAL, SHOWN, seen


@dataclass(frozen=True)
class Terms:
    """What differs between the cells, in a line of a derivation."""

    shown: str  # the part of dc[t] that comes through the state
    kept: str  # by what dc[t+1] is multiplied
    looked: str  # what the peephole sends back to the cell
    u: str  # what u acts on, each with its gradient
    v: str
    enters: str  # the candidate's gate
    sees: str  # where the peephole looks
    gate: str  # the gate with the peephole


def _terms(member: str) -> Terms:
    coupling, gate, shown = MEMBERS[member]
    kept, enters, shows = COUPLINGS[coupling][1]
    value = SHOWN[shown][1]
    slope = " * (1 - tanh(c[t])**2)" if shown == "bent" else ""
    sees = seen(coupling, gate)
    return Terms(
        shown=f"{shows}{slope} * dh[t]",
        kept=kept.replace("[t]", "[t+1]"),
        looked=f"p * da_{gate}[{'t' if sees == 'c[t]' else 't+1'}]",
        u={
            "input": "(c[t-1] - g[t]) * dc[t]",
            "forget": "(g[t] - c[t-1]) * dc[t]",
            "output": f"(c[t-1] * dc[t] - {value} * dh[t])",
        }[coupling],
        v="g[t] * dc[t]" if coupling == "output" else f"{value} * dh[t]",
        enters=enters,
        sees=sees,
        gate=gate,
    )


def derived(member: str) -> str:
    """The right derivation for one cell."""
    x = _terms(member)
    return f"""\
dc[t] = {x.shown} + {x.kept} * dc[t+1] + {x.looked}
da_u[t] = u[t] * (1 - u[t]) * {x.u}
da_v[t] = v[t] * (1 - v[t]) * {x.v}
da_g[t] = (1 - g[t]**2) * {x.enters} * dc[t]
dp = sum(t, da_{x.gate}[t] * {x.sees})
"""


def _mistakes(member: str) -> tuple[Mistake, ...]:
    x = _terms(member)
    coupling, gate, shown = MEMBERS[member]
    value = SHOWN[shown][1]
    shows = COUPLINGS[coupling][1][2]
    one_sided = {
        "input": "c[t-1] * dc[t]",
        "forget": "g[t] * dc[t]",
        "output": "c[t-1] * dc[t]",
    }[coupling]
    wrong_step = x.kept.replace("[t+1]", "[t]")
    found = [
        wrong_line(
            "dc[t]",
            "cell-slope-overwritten",
            "The cell has more users than the state of its own step: the next cell is one.",
            f"{x.shown} + {x.looked}",
            "mistake-lstm-cell-slope-overwritten",
        ),
        wrong_line(
            "dc[t]",
            "peephole-path-forgotten",
            "Who else looks at the cell? It has an arrow of its own.",
            f"{x.shown} + {x.kept} * dc[t+1]",
        ),
        wrong_line(
            "dc[t]",
            "shown-path-forgotten",
            "One of the cell's users is the state of its own step.",
            f"{x.kept} * dc[t+1] + {x.looked}",
        ),
        wrong_line(
            "dc[t]",
            "gate-of-the-wrong-step",
            "Which gate stood between c[t] and c[t+1]?",
            f"{x.shown} + {wrong_step} * dc[t+1] + {x.looked}",
            "mistake-lstm-forget-wrong-step",
        ),
        wrong_line(
            "dc[t]",
            "peephole-of-the-wrong-step",
            "At which step's cell does your peephole look? Follow it back from there.",
            f"{x.shown} + {x.kept} * dc[t+1] + p * da_{gate}[{'t+1' if x.sees == 'c[t]' else 't'}]",
            "mistake-lstm-peephole-late",
        ),
        wrong_line(
            "da_u[t]",
            "one-of-two-uses",
            "u stands in two places of your cell. Both are ways to the loss.",
            f"u[t] * (1 - u[t]) * {one_sided}",
        ),
        wrong_line(
            "da_u[t]",
            "coupling-sign",
            "Where a gate stands as 1 − u its slope has a minus.",
            "u[t] * (1 - u[t]) * "
            + {
                "input": "(c[t-1] + g[t]) * dc[t]",
                "forget": "(g[t] + c[t-1]) * dc[t]",
                "output": f"(c[t-1] * dc[t] + {value} * dh[t])",
            }[coupling],
        ),
        wrong_line(
            "da_u[t]",
            "u-slope-missing",
            "Between a_u and u stands a sigmoid. What is its part in the chain rule?",
            f"1 * {x.u}",
        ),
        wrong_line(
            "da_v[t]",
            "v-slope-missing",
            "Between a_v and v stands a sigmoid. What is its part in the chain rule?",
            x.v,
        ),
        wrong_line(
            "da_g[t]",
            "g-sigmoid-slope",
            "The candidate is a tanh, and no gate.",
            f"g[t] * (1 - g[t]) * {x.enters} * dc[t]",
        ),
        wrong_line(
            "da_g[t]",
            "g-without-its-gate",
            "How much of the candidate gets into your cell?",
            "(1 - g[t]**2) * dc[t]",
        ),
        wrong_line(
            "da_g[t]",
            "g-with-what-is-kept",
            "That is the share of the old cell that is kept. Which is the share of what is new?",
            f"(1 - g[t]**2) * {COUPLINGS[coupling][1][0]} * dc[t]",
        ),
        wrong_line(
            "dp",
            "peephole-of-the-wrong-cell",
            "Does your peephole look at the old cell or at the new one?",
            f"sum(t, da_{gate}[t] * {'c[t-1]' if x.sees == 'c[t]' else 'c[t]'})",
            "mistake-lstm-peephole-late",
        ),
        wrong_line(
            "dp",
            "peephole-as-a-matrix",
            "A peephole is one weight for each unit. What shape has its gradient?",
            f"sum(t, da_{gate}[t] @ {x.sees}.T)",
        ),
        wrong_line(
            "dp",
            "peephole-last-step-only",
            "One peephole serves all steps: its gradient collects something from each.",
            f"da_{gate}[T] * {x.sees.replace('t', 'T')}",
        ),
    ]
    if x.sees != "c[t]":  # there it would lean on itself, which is told of dc[t], too
        found.append(
            wrong_line(
                "da_v[t]",
                "v-by-the-wrong-gradient",
                "On what does v act directly, on the cell or on the state?",
                f"v[t] * (1 - v[t]) * {_exchanged(x.v)}",
            )
        )
    if shown == "bent":
        found += [
            wrong_line(
                "dc[t]",
                "cell-for-its-tanh",
                "The slope of tanh, written with its value, wants the tanh of c and not c.",
                f"{shows} * (1 - c[t]**2) * dh[t] + {x.kept} * dc[t+1] + {x.looked}",
                "mistake-lstm-tanh-of-cell",
            ),
            wrong_line(
                "dc[t]",
                "slope-of-the-shown-missing",
                "Between the cell and what is shown of it stands a tanh.",
                f"{shows} * dh[t] + {x.kept} * dc[t+1] + {x.looked}",
                "mistake-lstm-tanh-of-cell",
            ),
        ]
    else:
        found.append(
            wrong_line(
                "dc[t]",
                "tanh-that-is-not-there",
                "Look at your network's last line: how is the cell shown?",
                f"{shows} * (1 - tanh(c[t])**2) * dh[t] + {x.kept} * dc[t+1] + {x.looked}",
                "mistake-lstm-tanh-of-cell",
            )
        )
    return tuple(found)


def _exchanged(text: str) -> str:
    """The state's gradient for the cell's, and the other way round."""
    if "dc[t]" in text:
        return text.replace("dc[t]", "dh[t]")
    return text.replace("dh[t]", "dc[t]")


def _variants(member: str) -> tuple[Variant, ...]:
    x = _terms(member)
    return (
        Variant(
            "diagonal-matrices",
            edits=(
                (f"{x.kept} * dc[t+1]", f"diag({x.kept}) @ dc[t+1]"),
                ("u[t] * (1 - u[t]) * ", "diag(u[t] - u[t]**2) @ "),
            ),
        ),
        Variant(
            "other-order-and-gates-written-out",
            edits=(
                (
                    f"dc[t] = {x.shown} + {x.kept} * dc[t+1]",
                    f"dc[t] = {x.kept} * dc[t+1] + {x.shown}",
                ),
                ("v[t] * (1 - v[t])", "sigmoid(a_v[t]) * (1 - sigmoid(a_v[t]))"),
                (f"da_{x.gate}[t] * {x.sees})", f"diag({x.sees}) @ da_{x.gate}[t])"),
            ),
        ),
        Variant(
            "as-on-paper",
            edits=(
                ("dc[t] = ", "∇c[t] = "),
                ("dp = sum(t, ", "∂L/∂p = Σ_t("),
                ("(1 - g[t]**2) * ", "(1 − g⁽ᵗ⁾²) ⊙ "),
            ),
        ),
    )


ITEM = personal_derivation(
    PERSONAL,
    cell="personal-check",
    answer="personal",
    title="The gradients of your own cell",
    points={"dc[t]": 2, "da_u[t]": 1.5, "da_v[t]": 1, "da_g[t]": 0.5, "dp": 1},
    truth=networks.truth,
    solution=derived,
    mistakes=_mistakes,
    variants=_variants,
)
