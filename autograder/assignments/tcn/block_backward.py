"""The residual block backward: hidden cases, known mistakes, other right answers."""

from autograder.assignment import CodeItem, HiddenCase, Mistake, Variant
from autograder.assignments.tcn import block_forward
from rnncourse.checks import registry

_SLOPES = {"slopes": True}

ITEM = CodeItem(
    cell="backward-check",
    answer="backward",
    title="A residual block backward",
    exercise=registry.find("tcn.backward"),
    points={"d_x": 3, "d_W_1": 2, "d_b_1": 1, "d_W_2": 2, "d_W_3": 1},
    cases=(
        *(HiddenCase(case.name, {**case.options, **_SLOPES}) for case in block_forward.CASES),
        # moving every weight a little and looking takes longer than a call may last
        HiddenCase("larger", {"T": 150, "B": 6, "I": 24, "H": 40, "k": 5, "d": 8, **_SLOPES}),
    ),
    mistakes=(
        Mistake(
            "path-missing",
            "x reaches h along two paths: through the convolutions, and around them.",
            edits=(('d_x + d_r @ params["W_3"]', "d_x"),),
        ),
        Mistake(
            "path-only",
            "That is what comes along the path around. And through the convolutions?",
            edits=(('d_x + d_r @ params["W_3"]', 'd_r @ params["W_3"]'),),
        ),
        Mistake(
            "outer-relu-missing",
            "Where h is zero, its relu is shut, and no slope comes back.",
            edits=(("(h > 0) * d_h", "d_h"),),
        ),
        Mistake(
            "second-relu-missing",
            "Between the sum and the second convolution stands a relu.",
            edits=(("(v > 0) * d_r", "d_r"),),
        ),
        Mistake(
            "first-relu-missing",
            "Between the two convolutions stands a relu.",
            edits=(("(u > 0) * d_u", "d_u"),),
        ),
        Mistake(
            "looks-back",
            "x at step s is read by later outputs: on the way back a convolution looks ahead.",
            edits=(("d_x[: T - shift] += d_y[shift:]", "d_x[shift:] += d_y[: T - shift]"),),
        ),
        Mistake(
            "dilation-ignored",
            "On the way back the taps lie d steps apart, too.",
            edits=(("shift = j * d", "shift = j"),),
        ),
        Mistake(
            "kernel-from-the-other-end",
            "Each tap goes back by the same matrix by which it came.",
            edits=(("@ W[j]\n", "@ W[len(W) - 1 - j]\n"),),
        ),
        Mistake(
            "taps-overwrite-each-other",
            "An input is read by several taps, and their slopes are added.",
            edits=(("d_x[: T - shift] += ", "d_x[: T - shift] = "),),
        ),
        Mistake(
            "kernel-slopes-not-shifted",
            "Tap j has met the input of j d steps before, not that of the same step.",
            edits=(
                (
                    'np.einsum("tbo,tbi->oi", d_y[shift:], x[: T - shift])',
                    'np.einsum("tbo,tbi->oi", d_y, x)',
                ),
            ),
        ),
        Mistake(
            "kernel-slopes-shifted-the-other-way",
            "Which of the two is earlier, what a tap reads or what it makes?",
            edits=(
                (
                    'np.einsum("tbo,tbi->oi", d_y[shift:], x[: T - shift])',
                    'np.einsum("tbo,tbi->oi", d_y[: T - shift], x[shift:])',
                ),
            ),
        ),
        Mistake(
            "last-step-only",
            "A kernel is used at every step, and every use has its share.",
            edits=(
                (
                    "d_y[shift:], x[: T - shift])",
                    "d_y[-1:], x[T - 1 - shift : T - shift])",
                ),
            ),
        ),
        Mistake(
            "mean-over-the-batch",
            "d_h holds every factor already: the sequences' shares are added up.",
            edits=(
                ("        shift = j * d\n", "        shift, B = j * d, x.shape[1]\n"),
                ("x[: T - shift])", "x[: T - shift]) / B"),
                ("d_y.sum(axis=(0, 1))", "d_y.sum(axis=0).mean(axis=0)"),
            ),
        ),
        Mistake(
            "path-slope-before-the-outer-relu",
            "The path around ends before the outer relu: the slope passes through it first.",
            edits=(
                ('d_x + d_r @ params["W_3"]', 'd_x + d_h @ params["W_3"]'),
                ('"tbo,tbi->oi", d_r, x)', '"tbo,tbi->oi", d_h, x)'),
            ),
        ),
        Mistake(
            "path-slope-through-the-second-relu",
            "The path around goes past the second convolution and its relu.",
            edits=(
                ('d_x + d_r @ params["W_3"]', 'd_x + ((v > 0) * d_r) @ params["W_3"]'),
                ('"tbo,tbi->oi", d_r, x)', '"tbo,tbi->oi", (v > 0) * d_r, x)'),
            ),
        ),
        Mistake(
            "second-kernel-meets-x",
            "What does the second convolution read?",
            edits=(
                (
                    '"d_W_2": d_W_2',
                    '"d_W_2": conv_backward(np.maximum(x @ params["W_3"].T, 0), params["W_2"], d, '
                    "(v > 0) * d_r)[1]",
                ),
            ),
        ),
    ),
    variants=(
        Variant(
            "tuple",
            source="""
def block_backward(params, x, d, d_h):
    T = len(x)
    u, v, h = block_forward(params, x, d)
    d_z = np.where(h > 0, d_h, 0)
    d_e = np.where(v > 0, d_z, 0)
    d_u, d_x = np.zeros_like(u), d_z @ params["W_3"]
    d_W_1, d_W_2 = np.zeros_like(params["W_1"]), np.zeros_like(params["W_2"])
    for j in range(len(d_W_2)):
        for t in range(j * d, T):
            d_u[t - j * d] += d_e[t] @ params["W_2"][j]
            d_W_2[j] += d_e[t].T @ u[t - j * d]
    d_a = np.where(u > 0, d_u, 0)
    for j in range(len(d_W_1)):
        for t in range(j * d, T):
            d_x[t - j * d] += d_a[t] @ params["W_1"][j]
            d_W_1[j] += d_a[t].T @ x[t - j * d]
    d_W_3 = np.tensordot(d_z, x, [(0, 1), (0, 1)])
    return d_x, d_W_1, d_a.sum((0, 1)), d_W_2, d_W_3
""",
        ),
        Variant(
            "by-the-matrix",
            source="""
def block_backward(params, x, d, d_h):
    T, B, I = x.shape
    k, H, _ = params["W_1"].shape
    u, v, h = block_forward(params, x, d)
    d_r = d_h * (h > 0)
    d_e = d_r * (v > 0)

    def across(W, slopes):
        d = slopes
        flat = d.swapaxes(0, 1).reshape(B, -1) @ conv_matrix(W, T, gap)
        return flat.reshape(B, T, -1).swapaxes(0, 1)

    def kernel(read, slopes):
        return [
            np.tensordot(slopes[j * gap :], read[: max(T - j * gap, 0)], [(0, 1), (0, 1)])
            for j in range(k)
        ]

    gap = d
    d_a = across(params["W_2"], d_e) * (u > 0)
    return {
        "d_W_3": np.tensordot(d_r, x, [(0, 1), (0, 1)]),
        "d_W_2": kernel(u, d_e),
        "d_b_1": d_a.sum(axis=1).sum(axis=0),
        "d_W_1": kernel(x, d_a),
        "d_x": across(params["W_1"], d_a) + d_r @ params["W_3"],
    }
""",
        ),
        Variant(
            "float32",
            edits=(
                ("    return {\n", "    return {name: np.float32(value) for name, value in {\n"),
                ("x),\n    }\n", "x),\n    }.items()}\n"),
            ),
        ),
    ),
)
