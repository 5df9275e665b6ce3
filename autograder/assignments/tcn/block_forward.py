"""The residual block forward: hidden cases, known mistakes, other right answers."""

from autograder.assignment import CodeItem, HiddenCase, Mistake, Variant
from rnncourse.checks import registry

CASES = (
    HiddenCase("ordinary"),
    HiddenCase("one step", {"T": 1}),
    HiddenCase("one sequence, no dilation", {"B": 1, "d": 1}),
    HiddenCase("one tap", {"k": 1}),
    HiddenCase("a dilation longer than the sequence", {"T": 4, "d": 6}),
    HiddenCase("as many channels in as out", {"I": 4, "H": 4}),
)

ITEM = CodeItem(
    cell="forward-check",
    answer="forward",
    title="A residual block forward",
    exercise=registry.find("tcn.forward"),
    points={"u": 1, "v": 1, "h": 2},
    cases=(*CASES, HiddenCase("larger", {"T": 120, "B": 6, "I": 8, "H": 20, "k": 5, "d": 16})),
    mistakes=(
        Mistake(
            "path-missing",
            "h is made of two paths; one of them goes around both convolutions.",
            edits=(("np.maximum(v + r, 0)", "v"),),
        ),
        Mistake(
            "outer-relu-missing",
            "After the sum of the two paths stands a relu as well.",
            edits=(("np.maximum(v + r, 0)", "v + r"),),
        ),
        Mistake(
            "relu-of-the-path",
            "The relu is taken of the sum, not of the path around alone.",
            edits=(("np.maximum(v + r, 0)", "v + np.maximum(r, 0)"),),
        ),
        Mistake(
            "first-relu-missing",
            "Between the two convolutions stands a relu.",
            edits=(
                (
                    'np.maximum(causal_conv(x, params["W_1"], params["b_1"], d), 0)',
                    'causal_conv(x, params["W_1"], params["b_1"], d)',
                ),
            ),
        ),
        Mistake(
            "second-relu-missing",
            "After the second convolution stands a relu, before the path is added.",
            edits=(
                (
                    'np.maximum(causal_conv(u, params["W_2"], params["b_2"], d), 0)',
                    'causal_conv(u, params["W_2"], params["b_2"], d)',
                ),
            ),
        ),
        Mistake(
            "second-dilation-is-one",
            "Both convolutions of a block have its dilation.",
            edits=(('params["b_2"], d)', 'params["b_2"], 1)'),),
        ),
        Mistake(
            "dilation-doubles-within-the-block",
            "The dilation doubles from block to block. Both convolutions of a block have the same.",
            edits=(('params["b_2"], d)', 'params["b_2"], 2 * d)'),),
        ),
        Mistake(
            "bias-of-the-path-missing",
            "The path around has a bias where it has weights.",
            edits=(('params["b_3"] + x', "x"),),
        ),
        Mistake(
            "path-one-dilation-late",
            "The path around joins the same step of x and h.",
            edits=(
                (
                    'params["b_3"] + x @ params["W_3"].T',
                    'causal_conv(x, np.array([0, 1])[:, None, None] * params["W_3"], '
                    'params["b_3"], d)',
                ),
            ),
        ),
        Mistake(
            "path-around-one-convolution",
            "The path goes around both convolutions: it ends after the second.",
            edits=(
                (
                    'params["b_1"], d), 0)',
                    'params["b_1"], d) + x @ params["W_3"].T + params["b_3"], 0)',
                ),
            ),
        ),
        Mistake(
            "tanh-for-relu",
            "The block's activation is relu: nothing below zero, and no bound above.",
            edits=(
                (
                    'np.maximum(causal_conv(x, params["W_1"], params["b_1"], d), 0)',
                    'np.tanh(causal_conv(x, params["W_1"], params["b_1"], d))',
                ),
                (
                    'np.maximum(causal_conv(u, params["W_2"], params["b_2"], d), 0)',
                    'np.tanh(causal_conv(u, params["W_2"], params["b_2"], d))',
                ),
                ("np.maximum(v + r, 0)", "np.tanh(v + r)"),
            ),
        ),
    ),
    variants=(
        Variant(
            "dict",
            edits=(
                (
                    "return u, v, np.maximum(v + r, 0)",
                    'return {"h": (v + r).clip(0), "u": u, "v": v}',
                ),
            ),
        ),
        Variant(
            "relu-by-a-mask",
            source="""
def block_forward(params, x, d):
    def convolve(x, W, b):
        a = causal_conv(x, W, b, d)
        return a * (a > 0)

    u = convolve(x, params["W_1"], params["b_1"])
    v = convolve(u, params["W_2"], params["b_2"])
    z = v + causal_conv(x, params["W_3"][None], params["b_3"], 1)
    return u.tolist(), v.tolist(), np.where(z > 0, z, 0).tolist()
""",
        ),
        Variant(
            "on-its-own",
            source="""
def block_forward(params, x, d):
    def layer(x, W, b):
        rows = []
        for t in range(len(x)):
            a = b + sum(x[t - j * d] @ W[j].T for j in range(len(W)) if j * d <= t)
            rows.append(np.maximum(a, 0))
        return np.array(rows)

    u = layer(x, params["W_1"], params["b_1"])
    v = layer(u, params["W_2"], params["b_2"])
    r = np.einsum("hi,tbi->tbh", params["W_3"], x) + params["b_3"]
    return [u, v, np.maximum(0, r + v)]
""",
        ),
    ),
)
