"""The function asked of every student's own cell: solutions and mistakes by substitution."""

from dataclasses import dataclass, replace

from autograder.assignment import HiddenCase, Mistake, Variant
from autograder.assignments.gated import networks
from autograder.authoring import personal_code
from rnncourse.checks import registry
from rnncourse.checks.exercise import CodeExercise
from rnncourse.derivation.exercises.gated import FAMILY, MEMBERS


@dataclass(frozen=True)
class _Code:
    """What differs between the cells, in a line of code."""

    look_u: str
    look_v: str
    v_first: bool  # v is needed for the new cell
    kept: str
    enters: str
    shows: str
    shown: str
    slope: str
    d_u: str
    d_v: str
    sees: str
    gate: str


def _code(member: str) -> _Code:
    coupling, gate, shown = MEMBERS[member]
    bent = shown == "bent"
    kept, enters, shows = {
        "input": ("u", "(1 - u)", "v"),
        "forget": ("(1 - u)", "u", "v"),
        "output": ("u", "v", "(1 - u)"),
    }[coupling]
    late = gate == "v" and coupling != "output"
    value = "np.tanh(c[t + 1])" if bent else "c[t + 1]"
    return _Code(
        look_u=" + p * c[t]" if gate == "u" else "",
        look_v=f" + p * c[t{' + 1' if late else ''}]" if gate == "v" else "",
        v_first=coupling == "output",
        kept=kept,
        enters=enters,
        shows=shows,
        shown=value,
        slope=" * (1 - np.tanh(c[t + 1]) ** 2)" if bent else "",
        d_u={
            "input": "(c[t] - g) * d_c",
            "forget": "(g - c[t]) * d_c",
            "output": f"(c[t] * d_c - {value} * d_h)",
        }[coupling],
        d_v="g * d_c" if coupling == "output" else f"{value} * d_h",
        sees="c[t + 1]" if late else "c[t]",
        gate=gate,
    )


def coded(member: str) -> str:
    """The right function for one cell."""
    x = _code(member)
    late = x.sees == "c[t + 1]"
    v_line = f"        v = 1 / (1 + np.exp(-(a_v{x.look_v})))\n"
    c_line = f"        c.append({x.kept} * c[t] + {x.enters} * g)\n"
    d_v = f"        d_v = v * (1 - v) * {x.d_v}\n"
    d_c = f"        d_c = d_c + {x.shows}{x.slope} * d_h{' + p * d_v' if late else ''}\n"
    if x.v_first:
        d_v, d_c = "", d_c + d_v
    return f'''\
def personal_backward(params, x, y, h0, c0):
    """Loss and gradients of your own cell, by back-propagation through time.

    Returns loss (a number), d_W_hh (3H, H), d_p (H,), d_c0 (B, H).
    """
    W_ih, W_hh, b, p = params["W_ih"], params["W_hh"], params["b"], params["p"]
    T, B, _ = x.shape
    h, c, gates, loss = [h0], [c0], [], 0.0
    for t in range(T):
        a_u, a_v, a_g = np.split(b + x[t] @ W_ih.T + h[t] @ W_hh.T, 3, axis=1)
        u = 1 / (1 + np.exp(-(a_u{x.look_u})))
        g = np.tanh(a_g)
{(v_line + c_line) if x.v_first else (c_line + v_line)}\
        h.append({x.shows} * {x.shown})
        gates.append((u, v, g))
        loss += ((h[t + 1] - y[t]) ** 2).sum() / (2 * B)
    d_W_hh, d_p = np.zeros_like(W_hh), np.zeros_like(p)
    d_a, d_c = np.zeros((B, len(b))), np.zeros_like(c0)
    for t in reversed(range(T)):
        u, v, g = gates[t]
        d_h = (h[t + 1] - y[t]) / B + d_a @ W_hh
{d_v}{d_c}\
        d_u = u * (1 - u) * {x.d_u}
        d_g = (1 - g**2) * {x.enters} * d_c
        d_a = np.concatenate([d_u, d_v, d_g], axis=1)
        d_W_hh += d_a.T @ h[t]
        d_p += (d_{x.gate} * {x.sees}).sum(axis=0)
        d_c = {x.kept} * d_c{"" if late else f" + p * d_{x.gate}"}
    return loss, d_W_hh, d_p, d_c
'''


def _mistakes(member: str) -> tuple[Mistake, ...]:
    x = _code(member)
    late = x.sees == "c[t + 1]"
    forward_look = x.look_u or x.look_v
    other = "c[t]" if late else "c[t + 1]"
    one_sided = "g * d_c" if x.enters == "u" else "c[t] * d_c"
    back = " + p * d_v\n" if late else f" + p * d_{x.gate}\n"
    return (
        Mistake(
            "first-cell-one-step-off",
            "What you return as d_c0 belongs to the cell after the first step, not before it.",
            edits=(
                ("    return loss, d_W_hh, d_p, d_c\n", "    return loss, d_W_hh, d_p, d_first\n"),
                ("        d_W_hh += ", "        d_first = d_c\n        d_W_hh += "),
            ),
        ),
        Mistake(
            "peephole-of-the-wrong-cell",
            "Which cell did the peephole see when the gate was computed?",
            edits=((f"* {x.sees}).sum(axis=0)", f"* {other}).sum(axis=0)"),),
            taught="mistake-lstm-peephole-late",
        ),
        Mistake(
            "peephole-averaged-over-the-batch",
            "The mean over the batch is in d_h already; over the sequences it only adds up.",
            edits=((".sum(axis=0)", ".mean(axis=0)"),),
        ),
        Mistake(
            "peephole-last-turn-only",
            "One peephole serves all steps: its gradient collects something from each.",
            edits=(("d_p += ", "d_p = "),),
            taught="mistake-bptt-assigned",
        ),
        Mistake(
            "state-one-step-late",
            "Which state did W_hh multiply at step t? Not the one that came out of it.",
            edits=(("d_a.T @ h[t]\n", "d_a.T @ h[t + 1]\n"),),
            taught="mistake-bptt-late-state",
        ),
        Mistake(
            "peephole-path-forgotten",
            "The peephole is a way from the gate back to the cell.",
            edits=((back, "\n"),),
        ),
        Mistake(
            "peephole-not-looked-through",
            "In the forward pass, too, one of the gates sees the cell.",
            edits=((forward_look, ""),),
        ),
        Mistake(
            "cell-slope-overwritten",
            "The cell has more users than the state of its own step: the next cell is one.",
            edits=(("d_c = d_c + ", "d_c = "),),
            taught="mistake-lstm-cell-slope-overwritten",
        ),
        Mistake(
            "future-dropped",
            "The state is read twice: by the loss, and by the gates of the next step.",
            edits=((" / B + d_a @ W_hh", " / B"),),
            taught="mistake-bptt-future-dropped",
        ),
        Mistake(
            "one-of-two-uses",
            "u stands in two places of your cell. Both are ways to the loss.",
            edits=((f"u * (1 - u) * {x.d_u}", f"u * (1 - u) * {one_sided}"),),
        ),
        Mistake(
            "candidate-slope-of-a-sigmoid",
            "The candidate is a tanh and no gate: its slope is another.",
            edits=(("(1 - g**2)", "g * (1 - g)"),),
        ),
        Mistake(
            "batch-mean-missing",
            "The loss is a mean over the batch, so each sequence counts with 1/B.",
            edits=(("- y[t]) / B", "- y[t])"),),
        ),
        Mistake(
            "loss-sum-over-the-batch",
            "The loss is a mean over the batch: with twice the sequences it should not double.",
            edits=((".sum() / (2 * B)", ".sum() / 2"),),
        ),
    )


def _variants(member: str) -> tuple[Variant, ...]:
    return (
        Variant(
            "dict",
            edits=(
                (
                    "return loss, d_W_hh, d_p, d_c",
                    'return {"d_c0": d_c, "d_p": d_p, "d_W_hh": d_W_hh, "loss": loss}',
                ),
            ),
        ),
        Variant(
            "float32",
            edits=(
                (
                    "return loss, d_W_hh, d_p, d_c",
                    "return np.float32(loss), np.float32(d_W_hh), d_p.tolist(), np.float32(d_c)",
                ),
            ),
        ),
        Variant(
            "weights-after-the-loop",
            edits=(
                ("        d_W_hh += d_a.T @ h[t]\n", "        kept[t] = d_a\n"),
                ("    for t in reversed", "    kept = [0] * T\n    for t in reversed"),
                (
                    "    return loss",
                    '    d_W_hh = np.einsum("tbg,tbh->gh", kept, h[:-1])\n    return loss',
                ),
            ),
        ),
    )


CASES = (
    HiddenCase("ordinary"),
    HiddenCase("one step", {"T": 1, "B": 3}),
    HiddenCase("one sequence", {"T": 5, "B": 1}),
    HiddenCase("one hidden unit", {"T": 5, "B": 3, "H": 1}),
    # moving each of so many weights a little takes more than a call's time
    HiddenCase("larger", {"T": 40, "B": 6, "I": 20, "H": 70}),
)


def exercise(member: str) -> CodeExercise:
    """The backward pass for one cell, with its truth."""
    found = registry.exercises("gated")[f"gated.personal_backward/{member}"]
    return replace(found, solve=networks.solver(member))


ITEM = personal_code(
    FAMILY,
    cell="personal-backward-check",
    answer="personal-backward",
    title="Your own cell in code",
    points={"loss": 1, "d_W_hh": 1, "d_p": 1, "d_c0": 1},
    cases=CASES,
    exercise=exercise,
    solution=coded,
    mistakes=_mistakes,
    variants=_variants,
)
