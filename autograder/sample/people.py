"""Who is in the sample class: what they hand in, and the marks that it must get."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from autograder.sample import cheats

FULL = {
    "gradients-check": 6.0,
    "chain-check": 2.0,
    "delta-check": 3.0,
    "forward-check": 3.0,
    "backward-check": 6.0,
    "truncated-check": 5.0,
    "personal-check": 5.0,
    "personal-backward-check": 5.0,
}
NOTHING = dict.fromkeys(FULL, 0.0)


@dataclass(frozen=True)
class Person:
    """One kind of submission.

    Attributes:
        label: what it stands for, in a word or two.
        about: one line for the table.
        points: the marks it must get, by check cell.
        starts_blank: from the release, as against from the solution.
        entries: answers from the catalogues: answer cell to mistake's or variant's id.
        edits: answer cell to (old, new) texts, where no catalogue has it.
        sources: answer cell to its whole source.
        own_cells: code of the student's own, each before the cell that is named.
        network: whose network the answers are to, where it is not the own: "another", and the own
            id in the notebook; or "mistyped", and the other's.
        file: what is done to the finished notebook: "", "cut", "mix", "kernel" or "claims".
        named: kinds of incidents that must be reported.
        cheat: it tries to gain marks.
        explanation: the answer that is graded by hand.
    """

    label: str
    about: str
    points: Mapping[str, float]
    starts_blank: bool = False
    entries: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    edits: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    own_cells: tuple[tuple[str, str], ...] = ()
    network: str = ""
    file: str = ""
    named: tuple[str, ...] = ()
    cheat: bool = False
    explanation: str = ""


_GOOD = (
    "At 0.5 and 0.9 the curves are straight on the logarithmic axis, so every step multiplies the "
    "gradient by about the same factor below one. It is a product of Wᵀ diag(1 - h²), one factor "
    "for each step. At 1.6 the slopes of tanh, which are below one, just make up for the larger "
    "weights. Windows of ten steps lose nothing at 0.5 and nearly everything that matters at 1.6."
)
_SHORT = "The gradient gets smaller when the lag gets larger. This is the vanishing gradient."

HONEST = (
    Person("right", "the solution, word for word", FULL, explanation=_GOOD),
    Person(
        "right, another way",
        "batch-first code, derivations in the lecture's notation and in four links",
        FULL,
        entries={
            "chain": "four-links",
            "delta": "as-in-the-lecture",
            "forward": "batch-first",
            "backward": "batch-first",
            "truncated": "one-loop-that-cuts",
            "personal": "as-on-paper",
            "personal-backward": "dict",
        },
        explanation=_GOOD,
    ),
    Person(
        "right, in lists and float32",
        "plain lists, single precision, and a warning on stderr",
        FULL,
        entries={"forward": "lists-of-steps", "backward": "float32", "truncated": "recursive"},
        own_cells=(("backward", 'import warnings\n\nwarnings.warn("this costs nothing")'),),
        explanation=_SHORT,
    ),
    Person(
        "slips on paper",
        "two wrong lines in the derivation, the sign of the error, a chain that breaks",
        {
            **FULL,
            "gradients-check": 4.0,
            "chain-check": 0.0,
            "delta-check": 2.0,
            "personal-check": 3.5,
        },
        entries={
            "gradients": ("W-not-transposed", "W-one-step-late"),
            "chain": "tanh-before-W",
            "delta": "error-sign",
            "personal": "straight-path-missing",
        },
        explanation=_SHORT,
    ),
    Person(
        "no future",
        "drops the way back through the next state, on paper and in code",
        # truncated calls backward, so its errors come along
        {**FULL, "gradients-check": 5.0, "backward-check": 2.0, "truncated-check": 2.0},
        entries={"gradients": "future-missing", "backward": "future-dropped"},
    ),
    Person(
        "one step late",
        "multiplies by the state after the step, and starts every window anew",
        {
            **FULL,
            "gradients-check": 5.0,
            "backward-check": 5.0,
            "truncated-check": 0.0,
            "personal-backward-check": 4.0,
        },
        entries={
            "gradients": "W-one-step-late",
            "backward": "state-one-step-late",
            "truncated": "state-reset-to-zero",
            "personal-backward": "state-one-step-late",
        },
    ),
    Person(
        "means and sums",
        "averages the loss over time, and forgets the mean over the batch in the gradient",
        {**FULL, "forward-check": 2.0, "backward-check": 0.0, "truncated-check": 0.0},
        entries={"forward": "loss-mean-over-time", "backward": "batch-mean-missing"},
    ),
    Person(
        "half done",
        "derivations and forward pass; the rest is still the stub",
        {**FULL, "backward-check": 0.0, "truncated-check": 0.0, "personal-backward-check": 0.0},
        starts_blank=True,
        entries=dict.fromkeys(("gradients", "chain", "delta", "forward", "personal"), "solution"),
    ),
    Person("blank", "handed in as it was released", NOTHING, starts_blank=True),
    Person(
        "syntax error",
        "a bracket is missing in the backward pass, so the cell never runs",
        {**FULL, "backward-check": 0.0, "truncated-check": 0.0},
        edits={"backward": (("np.zeros_like(h0)  #", "np.zeros_like(h0  #"),)},
    ),
    Person(
        "crashing",
        "ends its own process in the middle of a call",
        {**FULL, "truncated-check": 0.0},
        sources={
            "truncated": "import os\n\n\ndef truncated_gradients(params, x, y, h0, k):\n"
            "    os._exit(3)\n"
        },
    ),
    Person(
        "never ending",
        "a loop that forgets to move on",
        {**FULL, "truncated-check": 0.0},
        sources={
            "truncated": "def truncated_gradients(params, x, y, h0, k):\n"
            "    start = 0\n    while start < len(x):\n        window = x[start : start + k]\n"
            "    return window\n"
        },
    ),
    Person(
        "memory-hungry",
        "keeps every copy it ever made",
        {**FULL, "truncated-check": 0.0},
        sources={
            "truncated": "def truncated_gradients(params, x, y, h0, k):\n"
            "    history = [np.ones(2**23)]\n    while len(history) < 2**20:\n"
            "        history.append(history[-1] + 1)\n    return history\n"
        },
    ),
    Person(
        "talkative",
        "prints 40 MB on the way to the right answers",
        FULL,
        own_cells=(("forward", 'for _ in range(40):\n    print("state " * 170_000)'),),
    ),
    Person(
        "cut off", "the file ends in the middle: the upload was interrupted", NOTHING, file="cut"
    ),
    Person(
        "mixed up",
        "a check deleted, an answer copied twice, two cells in another order",
        FULL,
        file="mix",
    ),
    Person(
        "wrong kernel",
        "made in an environment with another name",
        FULL,
        file="kernel",
        named=("wrong-kernel",),
    ),
    Person(
        "a neighbour's network",
        "right, but the personal parts answer somebody else's network",
        # what is the same for all networks stays right
        {**FULL, "personal-check": 0.5, "personal-backward-check": 0.0},
        network="another",
        named=("another-network",),
    ),
    Person(
        "a slip in the id",
        "wrote an id that shows another network, and answered that one",
        {**FULL, "personal-check": 0.5, "personal-backward-check": 0.0},
        network="mistyped",
        named=("other-student-id",),
    ),
)

DISHONEST = (
    Person(
        "changes the checks",
        "puts its own check in the place of the course's, and claims 40 points",
        NOTHING,
        starts_blank=True,
        own_cells=(("gradients", cheats.CHANGE_THE_CHECKS),),
        file="claims",
        named=("changed-checks", "edited-check", "edited-points"),
        cheat=True,
    ),
    Person(
        "changes the verdict",
        "returns things that equal everything, and rewires the comparison",
        NOTHING,
        starts_blank=True,
        sources=cheats.CHANGE_THE_VERDICT,
        named=("changed-verdict",),
        cheat=True,
    ),
    Person(
        "reads the gradebook",
        "looks for the database and writes its own marks into it",
        NOTHING,
        starts_blank=True,
        own_cells=(("forward", cheats.READ_THE_GRADEBOOK),),
        named=("opened-gradebook",),
        cheat=True,
    ),
    Person(
        "reads another submission",
        "looks through the course's folders for somebody else's answers and runs them",
        NOTHING,
        starts_blank=True,
        own_cells=(("forward", cheats.READ_ANOTHER_SUBMISSION),),
        named=("opened-submission",),
        cheat=True,
    ),
    Person(
        "calls the reference",
        "has the library and automatic differentiation do the work",
        NOTHING,
        starts_blank=True,
        sources=cheats.CALL_THE_REFERENCE,
        named=("called-reference",),
        cheat=True,
    ),
)

CLASS = (*HONEST, *DISHONEST)
