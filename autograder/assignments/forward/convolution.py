"""A convolution as a banded matrix: hidden cases, known mistakes, other right answers."""

from autograder.assignment import CodeItem, HiddenCase, Mistake, Variant
from rnncourse.checks import registry

CASES = (
    HiddenCase("ordinary", {"k": 4, "T": 9}),
    HiddenCase("one tap", {"k": 1, "T": 5}),
    HiddenCase("two taps", {"k": 2, "T": 5}),
    HiddenCase("a kernel as long as the sequence", {"k": 5, "T": 5}),
    HiddenCase("one step", {"k": 1, "T": 1}),
    HiddenCase("larger", {"k": 30, "T": 200}),
)

_M, _C = "M[t, t - j] = w[j]", "C[t, t + i] = w[i]"

MISTAKES = (
    Mistake(
        "M-not-flipped",
        "The tap w[0] is that of the present step, so it stands on the diagonal. Read a row of M "
        "from left to right: which tap comes first?",
        edits=((_M, "M[t, t - j] = w[k - 1 - j]"),),
        taught="mistake-convolution-flip",
    ),
    Mistake(
        "C-flipped",
        "C is what the libraries compute: its rows read the kernel forwards.",
        edits=((_C, "C[t, t + i] = w[k - 1 - i]"),),
        taught="mistake-convolution-flip",
    ),
    Mistake(
        "M-looks-ahead",
        "An output may see its own step and earlier ones. Which side of the diagonal is the past?",
        edits=(
            (
                "if t - j >= 0:\n                M[t, t - j]",
                "if t + j < T:\n                M[t, t + j]",
            ),
        ),
    ),
    Mistake(
        "M-wraps-around",
        "Before the first step there is nothing: at the beginning some taps read no input. A "
        "negative index in Python reads from the end.",
        edits=(("            if t - j >= 0:\n                M", "            M"),),
    ),
    Mistake(
        "M-one-step-late",
        "Tap j looks back j steps, so w[0] looks back none.",
        edits=(
            (
                "if t - j >= 0:\n                M[t, t - j]",
                "if t - j >= 1:\n                M[t, t - j - 1]",
            ),
        ),
    ),
    Mistake(
        "M-first-column-only",
        "Every column holds the kernel, shifted to its own step: that is what sharing means.",
        edits=(("if t - j >= 0", "if t - j == 0"),),
    ),
    Mistake(
        "M-last-tap-lost",
        "There are k taps, from 0 to k - 1.",
        edits=(("for j in range(k)", "for j in range(k - 1)"),),
    ),
    Mistake(
        "M-empty-until-the-kernel-fits",
        "The first k - 1 outputs read what there is; beyond the beginning x counts as zero.",
        edits=(("if t - j >= 0", "if t - j >= 0 and t >= k - 1"),),
    ),
    Mistake(
        "M-taps-averaged",
        "A convolution weighs by the taps as they are; they need not add up to one.",
        edits=((_M, "M[t, t - j] = w[j] / k"),),
    ),
    Mistake(
        "C-one-row-short",
        "How many places are there for k taps in T steps? Try k = 1.",
        edits=(("T - k + 1", "T - k"),),
    ),
    Mistake(
        "C-as-many-rows-as-steps",
        "C has a row for each place at which the whole kernel fits, and no others.",
        edits=(
            ("np.zeros((T - k + 1, T))", "np.zeros((T, T))"),
            ("range(T - k + 1)", "range(T)"),
            (
                "            C[t, t + i] = w[i]",
                "            if t + i < T:\n                C[t, t + i] = w[i]",
            ),
        ),
    ),
    Mistake(
        "C-transposed",
        "C multiplies a column of T inputs: it has T columns.",
        edits=(("return M, C", "return M, C.T"),),
    ),
)

VARIANTS = (
    Variant("dict", edits=(("return M, C", 'return {"C": C, "M": M}'),)),
    Variant("nested-lists", edits=(("return M, C", "return M.tolist(), C.tolist()"),)),
    Variant(
        "diagonals",
        source="""
def convolution_matrices(w, T):
    k = len(w)
    M = sum(w[j] * np.eye(T, k=-j) for j in range(k))
    C = sum(w[i] * np.eye(T - k + 1, T, k=i) for i in range(k))
    return M, C
""",
    ),
    Variant(
        "what-it-does-to-unit-vectors",
        source="""
def convolution_matrices(w, T):
    columns = [np.convolve(e, w)[:T] for e in np.eye(T)]
    others = [np.correlate(e, w, mode="valid") for e in np.eye(T)]
    return np.stack(columns, axis=1), np.stack(others, axis=1)
""",
    ),
    Variant(
        "C-from-M",
        source="""
def convolution_matrices(w, T):
    lag = np.arange(T)[:, None] - np.arange(T)

    def banded(kernel):
        padded = np.concatenate([kernel, np.zeros(T)])
        return np.where(lag >= 0, padded[np.maximum(lag, 0)], 0.0)

    return banded(w), banded(w[::-1])[len(w) - 1 :]
""",
    ),
)

ITEM = CodeItem(
    cell="convolution-check",
    answer="convolution",
    title="A convolution as a matrix",
    exercise=registry.find("forward.convolution"),
    points={"M": 3, "C": 3},
    cases=CASES,
    mistakes=MISTAKES,
    variants=VARIANTS,
)
