"""Wrong steps that students write in the block's derivation, each with the hint that it earns.

They are written for the block with dilation 2 and a plain path; `of` rewrites them for the others.
"""

from dataclasses import replace

from autograder.assignment import Mistake
from autograder.assignments.tcn.versions import rewritten
from autograder.authoring import wrong_line
from rnncourse.derivation.exercises.tcn import MEMBERS


def _all(step: str, *entries: tuple[str, str, str]) -> tuple[Mistake, ...]:
    """Mistakes at one step: id, hint, the right-hand side as it is written."""
    return tuple(wrong_line(step, id, hint, text) for id, hint, text in entries)


_WRITTEN = (
    *_all(
        "dz[t]",
        (
            "error-sign",
            "Should the loss fall or rise when the output moves towards what is wanted?",
            "df(z[t]) * (y[t] - h[t])",
        ),
        (
            "outer-activation-missing",
            "That is the gradient by h[t]. Between z[t] and h[t] stands an activation.",
            "h[t] - y[t]",
        ),
        (
            "derivative-at-output",
            "An activation is differentiated at what goes into it.",
            "df(h[t]) * (h[t] - y[t])",
        ),
        (
            "activation-for-derivative",
            "The chain rule asks how fast the activation changes, not how large it is.",
            "f(z[t]) * (h[t] - y[t])",
        ),
    ),
    *_all(
        "de[t]",
        (
            "inner-activation-missing",
            "That is the gradient by v[t]. The convolution lies one activation further back.",
            "dz[t]",
        ),
        (
            "derivative-at-v",
            "An activation is differentiated at what goes into it, not at what comes out.",
            "df(v[t]) * dz[t]",
        ),
        (
            "derivative-of-the-sum",
            "Which activation lies between e[t] and z[t]? The one after z[t] is in dz[t] already.",
            "df(z[t]) * dz[t]",
        ),
        (
            "past-of-e",
            "e[t] acts on the loss at its own step alone. It is the convolutions that reach over "
            "steps.",
            "df(e[t]) * (dz[t] + dz[t+2])",
        ),
    ),
    *_all(
        "du[t]",
        (
            "present-tap-only",
            "u[t] is read twice: at its own step, and by the other tap at another step.",
            "R.T @ de[t]",
        ),
        (
            "past-tap-only",
            "u[t] is read twice: by the tap of the past, and at its own step.",
            "S.T @ de[t+2]",
        ),
        (
            "looks-back",
            "Which later output reads u[t]? Going back, the convolution looks the other way.",
            "R.T @ de[t] + S.T @ de[t-2]",
        ),
        (
            "no-dilation",
            "Neighbouring taps lie further apart than that.",
            "R.T @ de[t] + S.T @ de[t+1]",
        ),
        (
            "no-shift",
            "The tap of the past reads u[t] at another step than t.",
            "R.T @ de[t] + S.T @ de[t]",
        ),
        (
            "taps-exchanged",
            "Which tap reads u[t] at its own step, and which at a later one?",
            "S.T @ de[t] + R.T @ de[t+2]",
        ),
        (
            "activation-of-the-sum-skipped",
            "Between the convolution and the sum stands an activation: whose gradient comes back "
            "to the convolution?",
            "R.T @ dz[t] + S.T @ dz[t+2]",
        ),
    ),
    *_all(
        "da[t]",
        (
            "first-activation-missing",
            "That is the gradient by u[t], one activation further on.",
            "du[t]",
        ),
        (
            "derivative-at-u",
            "An activation is differentiated at what goes into it, not at what comes out.",
            "df(u[t]) * du[t]",
        ),
        (
            "derivative-at-later-step",
            "u[t] is made from a[t] at the same step. The shift in time is in du[t] already.",
            "df(a[t]) * (R.T @ de[t]) + df(a[t-2]) * (S.T @ de[t+2])",
        ),
    ),
    *_all(
        "dx[t]",
        (
            "path-around-missing",
            "x[t] is also added to v[t], without a weight.",
            "P.T @ da[t] + Q.T @ da[t+2]",
        ),
        (
            "path-around-only",
            "That is the immediate part: v[t] held still. But v depends on x, too.",
            "{path}dz[t]",
        ),
        (
            "past-tap-of-x-missing",
            "x[t] is read by two taps of the first convolution, at two different steps.",
            "{path}dz[t] + P.T @ da[t]",
        ),
        (
            "present-tap-of-x-missing",
            "x[t] is read by two taps of the first convolution, one of them at its own step.",
            "{path}dz[t] + Q.T @ da[t+2]",
        ),
        (
            "x-looks-back",
            "Which later output of the convolution reads x[t]?",
            "{path}dz[t] + P.T @ da[t] + Q.T @ da[t-2]",
        ),
        (
            "x-no-dilation",
            "Neighbouring taps lie further apart than that.",
            "{path}dz[t] + P.T @ da[t] + Q.T @ da[t+1]",
        ),
        (
            "x-taps-exchanged",
            "Which tap reads x[t] at its own step, and which at a later one?",
            "{path}dz[t] + Q.T @ da[t] + P.T @ da[t+2]",
        ),
        (
            "path-around-through-the-activation",
            "The path around goes past the second convolution and its activation.",
            "{path}de[t] + P.T @ da[t] + Q.T @ da[t+2]",
        ),
        (
            "path-around-reaches-over-steps",
            "The path around joins x[t] and z[t] of the same step only.",
            "{path}dz[t] + {path}dz[t+2] + P.T @ da[t] + Q.T @ da[t+2]",
        ),
        (
            "first-activation-skipped",
            "Between x and u lies an activation as well.",
            "{path}dz[t] + P.T @ du[t] + Q.T @ du[t+2]",
        ),
    ),
    *_all(
        "dc",
        (
            "c-last-step-only",
            "c is added at every step, not only at the last.",
            "de[T]",
        ),
        ("c-sum-forgotten", "One bias serves all steps: every step has its share.", "de[t]"),
        (
            "c-outside-the-activation",
            "c is added inside the activation; dz[t] is the gradient outside of it.",
            "sum(t, dz[t])",
        ),
    ),
    *_all(
        "dS",
        (
            "S-reads-the-present",
            "What does S multiply when e[t] is computed?",
            "sum(t, de[t] @ u[t].T)",
        ),
        ("S-one-step", "How far back does this tap look?", "sum(t, de[t] @ u[t-1].T)"),
        (
            "S-outside-the-activation",
            "S acts inside the activation that makes v; dz[t] is the gradient outside of it.",
            "sum(t, dz[t] @ u[t-2].T)",
        ),
        (
            "S-outer-reversed",
            "The gradient has the shape of S. Which of the two vectors counts its rows?",
            "sum(t, outer(u[t-2], de[t]))",
        ),
        (
            "S-sum-forgotten",
            "One matrix serves all steps: its gradient collects something from each.",
            "de[t] @ u[t-2].T",
        ),
        (
            "S-before-the-activation",
            "The second convolution reads u, not what goes into it.",
            "sum(t, de[t] @ a[t-2].T)",
        ),
    ),
    *_all(
        "dQ",
        (
            "Q-reads-the-present",
            "What does Q multiply when a[t] is computed?",
            "sum(t, da[t] @ x[t].T)",
        ),
        ("Q-one-step", "How far back does this tap look?", "sum(t, da[t] @ x[t-1].T)"),
        (
            "Q-outside-the-activation",
            "Q acts inside the activation; du[t] is the gradient outside of it.",
            "sum(t, du[t] @ x[t-2].T)",
        ),
        (
            "Q-outer-reversed",
            "The gradient has the shape of Q. Which of the two vectors counts its rows?",
            "sum(t, outer(x[t-2], da[t]))",
        ),
        (
            "Q-last-step-only",
            "Q is used at every step, and every use has its share of the gradient.",
            "da[T] @ x[T-2].T",
        ),
        (
            "Q-shift-on-the-wrong-side",
            "Which of the two is earlier, what the tap reads or what it makes?",
            "sum(t, da[t-2] @ x[t].T)",
        ),
    ),
)

_UNWEIGHTED = Mistake(
    "weight-of-the-path-missing",
    "On its way around, x is multiplied by a number. What becomes of it on the way back?",
    step="dx[t]",
    source="dx[t] = dz[t] + P.T @ da[t] + Q.T @ da[t+2]",
)


def of(member: str) -> tuple[Mistake, ...]:
    """The mistakes for one of the blocks."""
    weighted = MEMBERS[member][1] == "weighted"
    written = (*_WRITTEN, _UNWEIGHTED) if weighted else _WRITTEN
    return tuple(replace(m, source=rewritten(m.source, member)) for m in written)
