"""The derivations of the assignment on forward passes, with their points, slips and variants."""

from typing import TYPE_CHECKING

from autograder.assignment import DerivationItem, Mistake, Variant
from autograder.judge.truth import Trace, Truth
from rnncourse.derivation.exercises import forward

if TYPE_CHECKING:
    from torch import Tensor


def elman(n: Trace) -> "Tensor":
    """The states of an Elman network; the last stands for a loss, since nothing is derived."""
    import torch

    W, U, b = n.weight("W", "H", "H"), n.weight("U", "H", "I"), n.weight("b", "H", "1")
    x, h = n.inputs("x", "I", "1"), n.start("h", "H", "1")
    for t in n.times:
        h = n.note("h", t, torch.tanh(b + W @ h + U @ x[t]))
    return h.sum()


def state_units(n: Trace) -> "Tensor":
    """Jordan's state units over given outputs; the last stands for a loss, as above."""
    alpha = n.number("alpha", 0.3, 0.8)
    yhat, s = n.inputs("yhat", "K", "1"), n.start("s", "K", "1")
    n.start("yhat", "K", "1")
    for t in n.times:
        s = n.note("s", t, alpha * s + yhat[t - 1])
    return s.sum()


_UNFOLDED_MISTAKES = (
    Mistake(
        "input-one-step-early",
        "Which input does the network read in the step that makes h[1]? There is no x[0].",
        step="h[1]",
        source="h[1] = tanh(b + W @ h[0] + U @ x[0])",
    ),
    Mistake(
        "start-forgotten",
        "The first step has a state before it, too. It is given, and need not be zero.",
        step="h[1]",
        source="h[1] = tanh(b + U @ x[1])",
    ),
    Mistake(
        "tanh-missing",
        "This is what goes into the units. What comes out of them?",
        step="h[1]",
        source="h[1] = b + W @ h[0] + U @ x[1]",
    ),
    Mistake(
        "bias-missing",
        "What is the state where input and last state are zero?",
        step="h[1]",
        source="h[1] = tanh(W @ h[0] + U @ x[1])",
    ),
    Mistake(
        "bias-outside",
        "Is the bias added before the tanh or after it?",
        step="h[1]",
        source="h[1] = b + tanh(W @ h[0] + U @ x[1])",
    ),
    Mistake(
        "matrices-exchanged",
        "Some texts exchange the letters U and W. Here, which of the two is square?",
        step="h[1]",
        source="h[1] = tanh(b + U @ h[0] + W @ x[1])",
    ),
    Mistake(
        "inner-tanh-missing",
        "Put h[1] in as it stands, with everything that is around it.",
        step="h[2]",
        source="h[2] = tanh(b + W @ (b + W @ h[0] + U @ x[1]) + U @ x[2])",
    ),
    Mistake(
        "inner-bias-missing",
        "Every step adds the bias. Count how often it must occur in h[2].",
        step="h[2]",
        source="h[2] = tanh(b + W @ tanh(W @ h[0] + U @ x[1]) + U @ x[2])",
    ),
    Mistake(
        "inputs-exchanged",
        "Which of the two inputs comes first, and so lies deeper inside?",
        step="h[2]",
        source="h[2] = tanh(b + W @ tanh(b + W @ h[0] + U @ x[2]) + U @ x[1])",
    ),
    Mistake(
        "one-input-twice",
        "Each step reads an input of its own. Which one did the first step read?",
        step="h[2]",
        source="h[2] = tanh(b + W @ tanh(b + W @ h[0] + U @ x[2]) + U @ x[2])",
    ),
    Mistake(
        "only-one-step",
        "How many times has the network stepped on between h[0] and h[2]?",
        step="h[2]",
        source="h[2] = tanh(b + W @ h[0] + U @ x[2])",
    ),
    Mistake(
        "pulled-out-of-tanh",
        "tanh of a sum is not a sum of tanh's, and W cannot be pulled through it.",
        step="h[2]",
        source="h[2] = tanh(b + W @ W @ h[0] + W @ U @ x[1] + U @ x[2])",
    ),
    Mistake(
        "state-of-the-same-step",
        "A recurrent connection takes one step. Which state does W read when h[3] is made?",
        step="h[3]",
        source="h[3] = tanh(b + W @ h[3] + U @ x[3])",
    ),
    Mistake(
        "a-step-left-out",
        "Between h[1] and h[3] lies a state. How does the first reach the third?",
        step="h[3]",
        source="h[3] = tanh(b + W @ h[1] + U @ x[3])",
    ),
    Mistake(
        "input-inside-the-brackets",
        "Does W act on the input, or on the state alone? Mind where the bracket closes.",
        step="h[3]",
        source="h[3] = tanh(b + W @ (h[2] + U @ x[3]))",
    ),
    Mistake(
        "input-outside-the-tanh",
        "All that reaches a unit is added up first, the input with the rest.",
        step="h[3]",
        source="h[3] = tanh(b + W @ h[2]) + U @ x[3]",
    ),
    Mistake(
        "W-transposed",
        "On paper a vector is a column and W stands in front of it. The transpose belongs to "
        "code, where a sequence is a row; a square W hides the difference.",
        step="h[3]",
        source="h[3] = tanh(b + W.T @ h[2] + U @ x[3])",
    ),
)

_UNFOLDED_VARIANTS = (
    Variant(
        "four-links",
        source="""\
h[1] = tanh(U @ x[1] + W @ h[0] + b)
h[2] = tanh(U @ x[2] + W @ tanh(U @ x[1] + W @ h[0] + b) + b)
h[3] = tanh(b + W @ h[2] + U @ x[3])
  = tanh(b + W @ tanh(b + W @ h[1] + U @ x[2]) + U @ x[3])
  = tanh(b + W @ tanh(b + W @ tanh(b + W @ h[0] + U @ x[1]) + U @ x[2]) + U @ x[3])
  = -tanh(-b - W @ tanh(b + W @ tanh(b + W @ h[0] + U @ x[1]) + U @ x[2]) - U @ x[3])
""",
    ),
    Variant(
        "as-on-paper",
        source="""\
h⁽¹⁾ = tanh(b + W·h⁽⁰⁾ + U·x⁽¹⁾)
h⁽²⁾ = tanh(b + W·tanh(b + W·h⁽⁰⁾ + U·x⁽¹⁾) + U·x⁽²⁾)
h⁽³⁾ = tanh(b + W·h⁽²⁾ + U·x⁽³⁾) = tanh(b + W·tanh(b + W·h⁽¹⁾ + U·x⁽²⁾) + U·x⁽³⁾)
     = tanh(b + W·tanh(b + W·tanh(b + W·h⁽⁰⁾ + U·x⁽¹⁾) + U·x⁽²⁾) + U·x⁽³⁾)
""",
    ),
    Variant(
        "tanh-as-a-logistic-function",
        source="""\
h[1] = 2 * sigmoid(2 * (b + W_hh @ h[0] + W_ih @ x[1])) - 1
h[2] = tanh(b + W @ (2 * sigmoid(2 * (b + W @ h[0] + U @ x[1])) - 1) + U @ x[2])
h[3] = tanh(b + W @ h[2] + U @ x[3])
     = 2 * sigmoid(2 * (b + W @ h[2] + U @ x[3])) - 1
     = tanh(b + W @ tanh(b + W @ tanh(b + W @ h[0] + U @ x[1]) + U @ x[2]) + U @ x[3])
""",
    ),
)

_CONTEXT_MISTAKES = (
    Mistake(
        "output-of-the-same-step",
        "The outputs come back one step late. Which is the latest that s[2] can have seen?",
        step="s[2]",
        source="s[2] = yhat[2] + alpha * yhat[1] + alpha**2 * s[0]",
    ),
    Mistake(
        "start-forgotten",
        "s[0] fades like everything else. Is it gone after two steps?",
        step="s[2]",
        source="s[2] = yhat[1] + alpha * yhat[0]",
    ),
    Mistake(
        "start-fades-once",
        "How many steps lie between s[0] and s[2], and what does each do to it?",
        step="s[2]",
        source="s[2] = yhat[1] + alpha * yhat[0] + alpha * s[0]",
    ),
    Mistake(
        "no-self-feedback",
        "A state unit reads its own last value, too, not only the output.",
        step="s[2]",
        source="s[2] = yhat[1]",
    ),
    Mistake(
        "a-mean-instead-of-a-sum",
        "That is a running mean. Does anything take (1 − α) of the output here?",
        step="s[2]",
        source="s[2] = (1 - alpha) * yhat[1] + alpha * (1 - alpha) * yhat[0] + alpha**2 * s[0]",
    ),
    Mistake(
        "output-faded-on-arrival",
        "α multiplies what the unit held before. Does it multiply the output that comes in?",
        step="s[2]",
        source="s[2] = alpha * yhat[1] + alpha**2 * yhat[0] + alpha**2 * s[0]",
    ),
    Mistake(
        "oldest-counts-most",
        "Which of the three outputs has been in the unit longest, and so has faded most?",
        step="s[3]",
        source="s[3] = alpha**2 * yhat[2] + alpha * yhat[1] + yhat[0] + alpha**3 * s[0]",
    ),
    Mistake(
        "nothing-fades",
        "That is a plain sum, as if the units kept all that they hold.",
        step="s[3]",
        source="s[3] = yhat[2] + yhat[1] + yhat[0] + s[0]",
    ),
    Mistake(
        "fades-in-proportion",
        "Two steps multiply by α twice. Is that twice α?",
        step="s[3]",
        source="s[3] = yhat[2] + alpha * yhat[1] + 2 * alpha * yhat[0] + 3 * alpha * s[0]",
    ),
    Mistake(
        "fades-once",
        "Every step fades what is there once more, also what has faded before.",
        step="s[3]",
        source="s[3] = yhat[2] + alpha * yhat[1] + alpha * yhat[0] + alpha * s[0]",
    ),
    Mistake(
        "first-output-forgotten",
        "yhat[0] is given, and it came back in the first step.",
        step="s[3]",
        source="s[3] = yhat[2] + alpha * yhat[1] + alpha**3 * s[0]",
    ),
)

_CONTEXT_VARIANTS = (
    Variant(
        "nested",
        source="""\
s[2] = alpha * (alpha * s[0] + yhat[0]) + yhat[1]
s[3] = alpha * (alpha * (alpha * s[0] + yhat[0]) + yhat[1]) + yhat[2]
""",
    ),
    Variant(
        "as-on-paper",
        source="""\
s⁽²⁾ = ŷ⁽¹⁾ + α·ŷ⁽⁰⁾ + α²·s⁽⁰⁾
s⁽³⁾ = ŷ⁽²⁾ + α·ŷ⁽¹⁾ + α²·ŷ⁽⁰⁾ + α³·s⁽⁰⁾
""",
    ),
    Variant(
        "chains",
        source="""\
s[3] = alpha * (yhat[1] + alpha * yhat[0] + alpha**2 * s[0]) + yhat[2]
     = alpha**3 * s[0] + alpha**2 * yhat[0] + alpha * yhat[1] + yhat[2]
s[2] = y_hat[1] + alpha * (y_hat[0] + alpha * s[0])
     = y_hat[1] + alpha @ y_hat[0] + alpha * alpha * s[0]
""",
    ),
)

UNFOLDED = DerivationItem(
    cell="unfolded-check",
    answer="unfolded",
    title="A state, unfolded",
    exercise=forward.UNFOLDED,
    truth=Truth(elman, {}),
    points={"h[1]": 1, "h[2]": 1, "h[3]": 3},
    mistakes=_UNFOLDED_MISTAKES,
    variants=_UNFOLDED_VARIANTS,
)

CONTEXT = DerivationItem(
    cell="context-check",
    answer="context",
    title="What a state unit remembers",
    exercise=forward.CONTEXT,
    truth=Truth(state_units, {}),
    points={"s[2]": 1, "s[3]": 1},
    mistakes=_CONTEXT_MISTAKES,
    variants=_CONTEXT_VARIANTS,
)
