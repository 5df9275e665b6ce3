"""The receptive field, with its gaps: hidden cases, known mistakes, other right answers."""

from autograder.assignment import CodeItem, HiddenCase, Mistake, Variant
from rnncourse.checks import registry

ITEM = CodeItem(
    cell="field-check",
    answer="field",
    title="The receptive field",
    exercise=registry.find("tcn.field"),
    points={"field": 1, "read": 2},
    cases=(
        HiddenCase("ordinary"),
        HiddenCase("one convolution", {"k": 4, "dilations": (3,)}),
        HiddenCase("one tap", {"k": 1, "dilations": (1, 2, 4)}),
        HiddenCase("doubling, two a block", {"k": 3, "dilations": (1, 1, 2, 2, 4, 4)}),
        HiddenCase("doubling, one a block", {"k": 2, "dilations": (1, 2, 4, 8)}),
        HiddenCase("gaps", {"k": 2, "dilations": (1, 1, 4, 4, 16, 16)}),
        HiddenCase("no order", {"k": 3, "dilations": (7, 2, 2, 1)}),
        # 7^15 paths: to walk along each of them takes longer than a call may last
        HiddenCase(
            "deep",
            {"k": 7, "dilations": (1, 1, 2, 2, 4, 4, 8, 8, 16, 16, 32, 32, 64, 64, 128)},
        ),
    ),
    mistakes=(
        Mistake(
            "present-not-counted",
            "The present step is read, too, by the taps of the present.",
            edits=(("return max(lags) + 1, len(lags)", "return max(lags), len(lags) - 1"),),
        ),
        Mistake(
            "k-for-k-minus-one",
            "The farthest of k taps looks k - 1 gaps back.",
            edits=(("range(k)", "range(k + 1)"),),
        ),
        Mistake(
            "last-convolution-only",
            "Every convolution reaches further back from where the one above it has reached.",
            edits=(
                (
                    "    lags = {0}\n    for d in dilations:\n",
                    "    for d in dilations:\n        lags = {0}\n",
                ),
            ),
        ),
        Mistake(
            "equal-dilations-counted-once",
            "Two convolutions with the same dilation both reach further back.",
            taught="mistake-tcn-one-convolution",
            edits=(("for d in dilations", "for d in dict.fromkeys(dilations)"),),
        ),
        Mistake(
            "dilation-ignored",
            "A tap looks j d steps back, and not j.",
            taught="mistake-tcn-undilated",
            edits=(("lag + j * d", "lag + j"),),
        ),
        Mistake(
            "everything-in-the-field-is-read",
            "Where the dilations grow too fast, some steps lie between the taps.",
            edits=(("len(lags)", "max(lags) + 1"),),
        ),
        Mistake(
            "paths-counted",
            "Several paths may lead to one step. The steps are asked for.",
            edits=(("len(lags)", "k ** len(dilations)"),),
        ),
        Mistake(
            "doubling-taken-for-granted",
            "That formula is for dilations that double, two convolutions to each.",
            edits=(
                (
                    "    return max(lags) + 1, len(lags)",
                    "    n = -(-len(dilations) // 2)\n"
                    "    return 1 + 2 * (k - 1) * (2**n - 1), len(lags)",
                ),
            ),
        ),
    ),
    variants=(
        Variant(
            "polynomial",
            source="""
def receptive_field(k, dilations):
    paths = np.ones(1)
    for d in dilations:
        taps = np.zeros((k - 1) * d + 1)
        taps[::d] = 1
        paths = np.minimum(np.convolve(paths, taps).round(), 1)
    return {"field": len(paths), "read": int((paths > 0.5).sum())}
""",
        ),
        Variant(
            "by-masks",
            source="""
def receptive_field(k, dilations):
    reached = np.zeros(1 + (k - 1) * sum(dilations), bool)
    reached[0] = True
    for d in dilations:
        before = reached.copy()
        for j in range(1, k):
            reached[j * d :] |= before[: len(before) - j * d]
    return len(reached), reached.sum()
""",
        ),
        Variant(
            "by-slopes",
            source="""
def receptive_field(k, dilations):
    T = 1 + (k - 1) * sum(dilations)
    slope = np.zeros((T, 1, 1))
    slope[0] = 1
    for d in dilations:
        slope = causal_conv(slope, np.ones((k, 1, 1)), np.zeros(1), d)
        slope = np.minimum(slope, 1)
    return [float(T), float((slope > 0).sum())]
""",
        ),
    ),
)
