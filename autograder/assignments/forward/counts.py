"""Numbers of parameters: hidden cases, known mistakes, other right answers."""

from autograder.assignment import CodeItem, HiddenCase, Mistake, Variant
from rnncourse.checks import registry

CASES = (
    HiddenCase("ordinary"),
    HiddenCase("small", {"most": 9}),
    HiddenCase("one hidden unit", {"H": 1}),
    HiddenCase("larger", {"least": 200, "most": 900}),
)

_ELMAN = "H * (I + H + 1) + out"
_FULL = "units * (I + units + 1)"
_WINDOW = "H * (k * I + 1) + out"

MISTAKES = (
    Mistake(
        "biases-of-the-outputs-missing",
        "The output units have a bias each, as the hidden units do.",
        edits=(("out = K * (H + 1)", "out = K * H"),),
    ),
    Mistake(
        "no-biases-at-all",
        "Only the matrices are counted here. What else does a unit learn?",
        edits=(
            ("out = K * (H + 1)", "out = K * H"),
            (_ELMAN, "H * (I + H) + out"),
            ("H * (I + K + 1)", "H * (I + K)"),
            (_FULL, "units * (I + units)"),
            (_WINDOW, "H * k * I + out"),
        ),
    ),
    Mistake(
        "two-biases-a-unit",
        "That is PyTorch's count: it keeps two bias vectors, one beside each matrix, though their "
        "sum is all that acts. Here a unit has one.",
        edits=((_ELMAN, "H * (I + H + 2) + out"),),
        taught="mistake-networks-two-biases",
    ),
    Mistake(
        "elman-once-for-every-step",
        "The weights are the same at every step: does the length of a sequence enter?",
        edits=((_ELMAN, f"T * {_ELMAN.replace(' + out', '')} + out"),),
    ),
    Mistake(
        "no-output-layer",
        "The outputs are computed from the hidden units, and that takes weights.",
        edits=(("out = K * (H + 1)", "out = 0"),),
    ),
    Mistake(
        "jordan-like-elman",
        "What returns in Jordan's network is the output. So how many columns has the matrix that "
        "reads it?",
        edits=(("H * (I + K + 1)", "H * (I + H + 1)"),),
    ),
    Mistake(
        "jordan-returns-both",
        "In Jordan's network the hidden units do not read each other: only the outputs return.",
        edits=(("H * (I + K + 1)", "H * (I + K + H + 1)"),),
    ),
    Mistake(
        "alpha-counted",
        "The α's are chosen beforehand, says the table; what is chosen is no parameter.",
        edits=(("H * (I + K + 1)", "K + H * (I + K + 1)"),),
    ),
    Mistake(
        "full-without-the-outputs",
        "In the fully recurrent net the outputs are units like the others: there are more than H.",
        edits=((_FULL, "H * (I + H + 1)"),),
    ),
    Mistake(
        "full-with-an-output-layer",
        "The first K units of this net are its outputs. Is there a layer after them?",
        edits=((_FULL, f"{_FULL} + out"),),
    ),
    Mistake(
        "full-outputs-do-not-return",
        "Everything returns, says the table: the outputs are units, and each unit reads all units.",
        edits=((_FULL, "units * (I + H + 1)"),),
    ),
    Mistake(
        "window-bias-at-every-tap",
        "A hidden unit reads all k inputs at once and has one bias.",
        edits=((_WINDOW, "H * k * (I + 1) + out"),),
    ),
    Mistake(
        "window-with-a-cycle",
        "The window net has no cycle: its hidden units read inputs alone.",
        edits=((_WINDOW, "H * (k * I + H + 1) + out"),),
    ),
    Mistake(
        "window-one-input-short",
        "The last k inputs are the present one and k - 1 before it: k in all.",
        edits=((_WINDOW, "H * ((k - 1) * I + 1) + out"),),
    ),
    Mistake(
        "outputs-shared-after-all",
        "Without sharing, every step has an output layer of its own, too.",
        edits=(("T * elman", "T * (elman - out) + out"),),
    ),
    Mistake(
        "biases-shared-after-all",
        "Without sharing, every step has biases of its own, too.",
        edits=(("T * elman", "T * (elman - H - K) + H + K"),),
    ),
)

_RETURN = """    return elman, jordan, full, window, unshared"""

VARIANTS = (
    Variant(
        "dict",
        edits=(
            (
                _RETURN,
                '    return {"unshared": unshared, "elman": elman, "jordan": jordan, "full": full, '
                '"window": window}',
            ),
        ),
    ),
    Variant(
        "floats-in-an-array",
        edits=((_RETURN, _RETURN.replace("elman", "np.array([elman", 1) + "], dtype=float)"),),
    ),
    Variant(
        "by-making-the-matrices",
        source="""
def count_parameters(I, H, K, k, T):
    def size(*shapes):
        return sum(int(np.prod(shape)) for shape in shapes)

    out = (K, H), (K,)
    elman = size((H, I), (H, H), (H,), *out)
    return (
        elman,
        size((H, I), (H, K), (H,), *out),
        size((H + K, I), (H + K, H + K), (H + K,)),
        size((k, H, I), (H,), *out),
        sum(elman for _ in range(T)),
    )
""",
    ),
    Variant(
        "with-an-input-that-is-always-one",
        source="""
def count_parameters(I, H, K, k, T):
    layer = lambda units, reads: units * (reads + 1)
    elman = layer(H, I + H) + layer(K, H)
    return [
        elman,
        layer(H, I + K) + layer(K, H),
        layer(H + K, I + H + K),
        layer(H, k * I) + layer(K, H),
        elman * T,
    ]
""",
    ),
)

ITEM = CodeItem(
    cell="counts-check",
    answer="counts",
    title="Numbers of parameters",
    exercise=registry.find("forward.counts"),
    points={"elman": 1, "jordan": 1, "full": 1, "window": 1, "unshared": 1},
    cases=CASES,
    mistakes=MISTAKES,
    variants=VARIANTS,
)
