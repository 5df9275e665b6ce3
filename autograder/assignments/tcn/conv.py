"""The dilated causal convolution and its matrix: hidden cases, known mistakes, other answers."""

from autograder.assignment import CodeItem, HiddenCase, Mistake, Variant
from rnncourse.checks import registry

_SHAPES = (
    HiddenCase("ordinary"),
    HiddenCase("one tap", {"k": 1}),
    HiddenCase("two taps, no dilation", {"k": 2, "d": 1}),
    HiddenCase("one step", {"T": 1}),
    HiddenCase("a dilation longer than the sequence", {"T": 5, "d": 9}),
    HiddenCase("one channel", {"I": 1, "O": 1}),
)

CONV = CodeItem(
    cell="conv-check",
    answer="conv",
    title="A dilated causal convolution in code",
    exercise=registry.find("tcn.conv"),
    points={"y": 4},
    cases=(
        *_SHAPES,
        HiddenCase("one sequence", {"B": 1}),
        HiddenCase("larger", {"T": 200, "B": 8, "I": 16, "O": 24, "k": 5, "d": 8}),
    ),
    mistakes=(
        Mistake(
            "looks-ahead",
            "These outputs read later inputs. Which steps may the output at t read?",
            taught="mistake-tcn-future",
            edits=(("y[shift:] += x[: T - shift]", "y[: T - shift] += x[shift:]"),),
        ),
        Mistake(
            "kernel-from-the-other-end",
            "W[0] is the tap of the present here. (PyTorch keeps it last.)",
            taught="mistake-tcn-kernel-order",
            edits=(("W[j].T", "W[len(W) - 1 - j].T"),),
        ),
        Mistake(
            "dilation-ignored",
            "Neighbouring taps lie d steps apart.",
            taught="mistake-tcn-undilated",
            edits=(("shift = j * d", "shift = j"),),
        ),
        Mistake(
            "gap-of-d",
            "d is the distance of neighbouring taps, not the number of steps between them.",
            edits=(("shift = j * d", "shift = j * (d + 1)"),),
        ),
        Mistake(
            "centred",
            "That is a kernel with the present in its middle: half of it reads the future.",
            taught="mistake-tcn-future",
            edits=(
                (
                    "        if shift < T:\n            y[shift:] += x[: T - shift] @ W[j].T",
                    "        shift -= (len(W) - 1) // 2 * d\n"
                    "        for t in range(max(shift, 0), min(T, T + shift)):\n"
                    "            y[t] += x[t - shift] @ W[j].T",
                ),
            ),
        ),
        Mistake(
            "the-end-comes-in-at-the-front",
            "Before the first step there is zero, and not the end of the sequence.",
            edits=(
                (
                    "        if shift < T:\n            y[shift:] += x[: T - shift] @ W[j].T",
                    "        y += np.roll(x, shift, axis=0) @ W[j].T",
                ),
            ),
        ),
        Mistake(
            "repeats-the-first-step",
            "Before the first step there is zero, and not the first input again.",
            edits=(
                (
                    "        if shift < T:\n            y[shift:] += x[: T - shift] @ W[j].T",
                    "        y += x[np.maximum(np.arange(T) - shift, 0)] @ W[j].T",
                ),
            ),
        ),
        Mistake(
            "bias-missing",
            "Something constant is missing, at every step alike.",
            edits=(("np.tile(b, (T, B, 1))", "np.zeros((T, B, len(b)))"),),
        ),
        Mistake(
            "bias-once-a-tap",
            "The bias is added once, not once for each tap.",
            edits=(
                ("@ W[j].T", "@ W[j].T + b"),
                ("np.tile(b, (T, B, 1))", "np.zeros((T, B, len(b)))"),
            ),
        ),
        Mistake(
            "bias-on-the-first-steps-missing",
            "The bias belongs to every step, also to those where the kernel sticks out of the "
            "sequence.",
            edits=(
                ("np.tile(b, (T, B, 1))", "np.zeros((T, B, len(b)))"),
                ("    return y", "    y[(len(W) - 1) * d :] += b\n    return y"),
            ),
        ),
        Mistake(
            "taps-overwrite-each-other",
            "The taps' products are added up.",
            edits=(("y[shift:] += x", "y[shift:] = b + x"),),
        ),
        Mistake(
            "last-tap-left-out",
            "k taps are numbered from 0 to k - 1.",
            edits=(("range(len(W))", "range(len(W) - 1)"),),
        ),
        Mistake(
            "only-whole-kernels",
            "As many steps come out as go in: at the start the kernel sticks out, over zeros.",
            edits=(("    return y", "    y[: (len(W) - 1) * d] = 0\n    return y"),),
        ),
    ),
    variants=(
        Variant(
            "padded",
            source="""
def causal_conv(x, W, b, d):
    k = len(W)
    reach = (k - 1) * d
    padded = np.concatenate([np.zeros((reach, *x.shape[1:])), x])
    parts = [padded[reach - j * d : len(padded) - j * d] @ W[j].T for j in range(k)]
    return b + sum(parts)
""",
        ),
        Variant(
            "step-by-step",
            source="""
def causal_conv(x, W, b, d):
    y = []
    for t in range(len(x)):
        total = np.repeat(b[None], x.shape[1], axis=0)
        for j in range(len(W)):
            if t - j * d >= 0:
                total = total + x[t - j * d] @ W[j].T
        y.append(total)
    return y
""",
        ),
        Variant(
            "einsum-and-float32",
            source="""
def causal_conv(x, W, b, d):
    T = len(x)
    stack = np.zeros((len(W), *x.shape))
    for j in range(len(W)):
        stack[j, j * d :] = x[: max(T - j * d, 0)]
    return np.float32(np.einsum("koi,ktbi->tbo", W, stack) + b)
""",
        ),
        Variant(
            "columns-one-sequence-at-a-time",
            source="""
def causal_conv(x, W, b, d):
    T, B, _ = x.shape
    y = np.empty((T, B, len(b)))
    for n in range(B):
        for t in range(T):
            y[t, n] = b
            for j, tap in enumerate(W):
                y[t, n] += tap @ x[t - j * d, n] if t >= j * d else 0
    return {"y": y}
""",
        ),
    ),
)

MATRIX = CodeItem(
    cell="matrix-check",
    answer="matrix",
    title="The convolution as a Toeplitz matrix",
    exercise=registry.find("tcn.matrix"),
    points={"M": 4},
    cases=(*_SHAPES, HiddenCase("larger", {"T": 60, "I": 5, "O": 4, "k": 4, "d": 6})),
    mistakes=(
        Mistake(
            "above-the-diagonal",
            "Row t is the output of step t. On which side of the diagonal lies its past?",
            taught="mistake-tcn-future",
            edits=(("s = t - j * d", "s = t + j * d"), ("if s >= 0", "if s < T")),
        ),
        Mistake(
            "kernel-from-the-other-end",
            "W[0] is the tap of the present, so it stands on the main diagonal.",
            taught="mistake-tcn-kernel-order",
            edits=(("] = W[j]", "] = W[k - 1 - j]"),),
        ),
        Mistake(
            "dilation-ignored",
            "Neighbouring taps lie d steps apart, and so do their diagonals.",
            taught="mistake-tcn-undilated",
            edits=(("s = t - j * d", "s = t - j"),),
        ),
        Mistake(
            "gap-of-d",
            "d is the distance of neighbouring diagonals, not the number of zeros between them.",
            edits=(("s = t - j * d", "s = t - j * (d + 1)"),),
        ),
        Mistake(
            "wraps-around",
            "A step before the first is zero. Here the band comes in again at the right: a "
            "circulant matrix.",
            edits=(
                (
                    "            if s >= 0:\n    ",
                    "            if True:\n                s %= T\n    ",
                ),
            ),
        ),
        Mistake(
            "channels-before-steps",
            "Rows and columns run over steps, and within a step over channels.",
            edits=(
                (
                    "    return M",
                    "    return M.reshape(T, O, T, I).transpose(1, 0, 3, 2).reshape(O * T, I * T)",
                ),
            ),
        ),
        Mistake(
            "columns-by-channel",
            "The columns run over steps, and within a step over channels, as x.ravel() does.",
            edits=(
                (
                    "    return M",
                    "    return M.reshape(T * O, T, I).swapaxes(1, 2).reshape(T * O, T * I)",
                ),
            ),
        ),
        Mistake(
            "last-tap-left-out",
            "k taps are numbered from 0 to k - 1.",
            edits=(("range(k)", "range(k - 1)"),),
        ),
        Mistake(
            "last-row-only",
            "Every step has its rows, not only the last.",
            edits=(("for t in range(T)", "for t in range(T - 1, T)"),),
        ),
        Mistake(
            "only-whole-kernels",
            "The first rows are not empty: there the kernel sticks out over zeros.",
            edits=(("for t in range(T)", "for t in range((k - 1) * d, T)"),),
        ),
    ),
    variants=(
        Variant(
            "kronecker",
            source="""
def conv_matrix(W, T, d):
    return sum(np.kron(np.eye(T, k=-j * d), W[j]) for j in range(len(W)))
""",
        ),
        Variant(
            "column-by-column",
            source="""
def conv_matrix(W, T, d):
    k, O, I = W.shape
    M = np.zeros((T, O, T, I))
    for s in range(T):
        for j in range(k):
            if s + j * d < T:
                M[s + j * d, :, s] = W[j]
    return M.reshape(T * O, T * I).tolist()
""",
        ),
        Variant(
            "by-its-products",
            source="""
def conv_matrix(W, T, d):
    I = W.shape[2]
    units = np.eye(T * I).reshape(T * I, T, I).swapaxes(0, 1)
    columns = causal_conv(units, W, np.zeros(W.shape[1]), d)
    return columns.swapaxes(0, 1).reshape(T * I, -1).T
""",
        ),
    ),
)
