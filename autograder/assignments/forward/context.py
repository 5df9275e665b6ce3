"""What Jordan's state units remember, in symbols: slips and other right ways."""

from typing import TYPE_CHECKING

from autograder.assignment import DerivationItem, Mistake, Variant
from autograder.judge.truth import Trace, Truth
from rnncourse.derivation.exercises import forward

if TYPE_CHECKING:
    from torch import Tensor


def network(n: Trace) -> "Tensor":
    """Jordan's state units over given outputs; the last stands for a loss: nothing is derived."""
    alpha = n.number("alpha", 0.3, 0.8)
    yhat, s = n.inputs("yhat", "K", "1"), n.start("s", "K", "1")
    n.start("yhat", "K", "1")
    for t in n.times:
        s = n.note("s", t, alpha * s + yhat[t - 1])
    return s.sum()


_MISTAKES = (
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

_VARIANTS = (
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

ITEM = DerivationItem(
    cell="context-check",
    answer="context",
    title="What a state unit remembers",
    exercise=forward.CONTEXT,
    truth=Truth(network, {}),
    points={"s[2]": 1, "s[3]": 1},
    mistakes=_MISTAKES,
    variants=_VARIANTS,
)
