"""The GRU in four conventions, and the way between two of them."""

from autograder.assignment import CodeItem, HiddenCase, Mistake, Variant
from rnncourse.checks import registry

CASES = (
    HiddenCase("ordinary"),
    HiddenCase("one step", {"T": 1, "B": 3}),
    HiddenCase("one sequence", {"T": 5, "B": 1}),
    HiddenCase("one hidden unit", {"T": 5, "B": 3, "H": 1}),
    HiddenCase("larger", {"T": 30, "B": 7, "I": 10, "H": 20}),
)

_AFTER = "a[:, 2] + r * p[:, 2]"
_BEFORE = "a[:, 2] + (r * h) @ W_hh[2 * H :].T + b_hh[2 * H :]"
_MIX = "z * h + (1 - z) * n if kept else (1 - z) * h + z * n"

MISTAKES = (
    Mistake(
        "conventions-of-z-exchanged",
        "In “kept” z multiplies the old state, in “new” what is new.",
        edits=(("if kept else", "if not kept else"),),
        taught="mistake-gru-kept-swapped",
    ),
    Mistake(
        "reset-exchanged",
        "“After” means that the reset gate acts after the product with the news' rows of W_hh.",
        edits=(("if after:", "if not after:"),),
        taught="mistake-gru-reset-place",
    ),
    Mistake(
        "bias-outside-of-the-reset",
        "Where the reset stands after the product, the second bias is inside of it, as in PyTorch.",
        edits=((_AFTER, "a[:, 2] + r * (p[:, 2] - b_hh[2 * H :]) + b_hh[2 * H :]"),),
        taught="mistake-gru-bias-merged",
    ),
    Mistake(
        "reset-on-the-input-too",
        "The reset says how much of the past is used, not how much of the input.",
        edits=((_AFTER, "r * (a[:, 2] + p[:, 2])"),),
    ),
    Mistake(
        "bias-inside-of-the-reset",
        "Where the reset stands before the product, it acts on the old state alone.",
        edits=((_BEFORE, "a[:, 2] + (r * h) @ W_hh[2 * H :].T + r * b_hh[2 * H :]"),),
    ),
    Mistake(
        "no-reset",
        "Where is the reset gate in your candidate?",
        edits=((_AFTER, "a[:, 2] + p[:, 2]"), (_BEFORE, "a[:, 2] + p[:, 2]")),
    ),
    Mistake(
        "rows-of-r-and-z-swapped",
        "In which order do the three parts stand in the weights' rows?",
        edits=(("r, z = s[:, 0], s[:, 1]", "z, r = s[:, 0], s[:, 1]"),),
    ),
    Mistake(
        "second-bias-forgotten",
        "There are two biases, and both count.",
        edits=(("p = (b_hh + h @ W_hh.T)", "p = (h @ W_hh.T)"), (_BEFORE, _BEFORE[:-16])),
        taught="mistake-lstm-two-biases",
    ),
    Mistake(
        "sigmoid-for-the-news",
        "What is new may be negative: it is a tanh.",
        edits=(("np.tanh(news)", "1 / (1 + np.exp(-news))"),),
    ),
    Mistake(
        "state-not-carried",
        "Every step here starts from h0: the state of one step has to reach the next.",
        edits=(("for x_t in x:\n", "for x_t in x:\n            h = h0\n"),),
    ),
    Mistake(
        "initial-state-ignored",
        "The recurrence starts from the h0 that it is given, which need not be zero.",
        edits=(("h, states = h0, []", "h, states = 0 * h0, []"),),
    ),
)

VARIANTS = (
    Variant(
        "list",
        source="""
def gru_forward(params, x, h0):
    U, W, b, c = (params[name] for name in ("W_ih", "W_hh", "b_ih", "b_hh"))
    H, found = W.shape[1], []
    for after in (True, False):
        for kept in (True, False):
            h, states = h0, []
            for x_t in x:
                a_r, a_z, a_n = np.split(x_t @ U.T + b, 3, axis=1)
                r = 1 / (1 + np.exp(-a_r - h @ W[:H].T - c[:H]))
                z = 1 / (1 + np.exp(-a_z - h @ W[H : 2 * H].T - c[H : 2 * H]))
                past = r * (h @ W[2 * H :].T + c[2 * H :])
                if not after:
                    past = (r * h) @ W[2 * H :].T + c[2 * H :]
                n = np.tanh(a_n + past)
                share = z if kept else 1 - z
                h = n + share * (h - n)
                states.append(h)
            found.append(states)
    return found
""",
    ),
    Variant("float32", edits=(("return np.array(states)", "return np.float32(states)"),)),
    Variant(
        "new-by-turned-sign",
        edits=(
            ("r, z = s[:, 0], s[:, 1]", "r, z = s[:, 0], s[:, 1] if kept else 1 - s[:, 1]"),
            (_MIX, "z * h + (1 - z) * n"),
        ),
    ),
)

ITEM = CodeItem(
    cell="gru-check",
    answer="gru",
    title="One GRU, four conventions",
    exercise=registry.find("gated.gru"),
    points={"after_kept": 1, "after_new": 1, "before_kept": 1, "before_new": 1},
    cases=CASES,
    mistakes=MISTAKES,
    variants=VARIANTS,
)

SWAP = CodeItem(
    cell="swap-check",
    answer="swap",
    title="From one convention to the other",
    exercise=registry.find("gated.swap"),
    points={"W_ih": 0.5, "W_hh": 0.5, "b_ih": 0.5, "b_hh": 0.5},
    cases=(HiddenCase("ordinary"), HiddenCase("one unit", {"I": 1, "H": 1})),
    mistakes=(
        Mistake(
            "every-row-turned",
            "Only one of the three parts means something else in the other convention.",
            edits=(("sign = np.repeat([1, -1, 1], H)", "sign = np.repeat([-1, -1, -1], H)"),),
        ),
        Mistake(
            "rows-of-the-reset-turned",
            "Which rows are those of z? The reset means the same in both conventions.",
            edits=(("[1, -1, 1]", "[-1, 1, 1]"),),
        ),
        Mistake(
            "rows-of-the-news-turned",
            "The news are the same in both conventions: only the share that they get is not.",
            edits=(("[1, -1, 1]", "[1, 1, -1]"),),
        ),
        Mistake(
            "rows-exchanged",
            "The parts keep their places. What has to change is the sign of what goes into z.",
            source="""
def swap_kept(params):
    H = params["W_hh"].shape[1]
    order = np.r_[H : 2 * H, :H, 2 * H : 3 * H]
    return {name: value[order] for name, value in params.items()}
""",
        ),
        Mistake(
            "recurrent-weights-not-turned",
            "z's pre-activation has a share from the input and one from the state.",
            edits=(
                (
                    "(sign * value.T).T for",
                    '(sign * value.T).T if "ih" in name else value for',
                ),
            ),
        ),
        Mistake(
            "one-minus-the-weights",
            "1 − σ(a) is the sigmoid of another number. Of which?",
            source="""
def swap_kept(params):
    H = params["W_hh"].shape[1]
    turned = {name: value.copy() for name, value in params.items()}
    for value in turned.values():
        value[H : 2 * H] = 1 - value[H : 2 * H]
    return turned
""",
        ),
        Mistake(
            "biases-not-turned",
            "All that is added up in z's pre-activation changes its sign.",
            edits=(
                ("(sign * value.T).T for", 'value if name[0] == "b" else (sign * value.T).T for'),
            ),
        ),
        Mistake(
            "nothing-turned",
            "With the same weights the other convention makes other states: something must change.",
            edits=(("[1, -1, 1]", "[1, 1, 1]"),),
        ),
    ),
    variants=(
        Variant(
            "row-by-row",
            source="""
def swap_kept(params):
    H = params["W_hh"].shape[1]
    found = []
    for name in ("W_ih", "W_hh", "b_ih", "b_hh"):
        r, z, n = np.split(params[name], 3)
        found.append(np.concatenate([r, -z, n]))
    return tuple(found)
""",
        ),
        Variant(
            "in-a-copy",
            source="""
import copy


def swap_kept(params):
    turned, H = copy.deepcopy(params), params["W_hh"].shape[1]
    for value in turned.values():
        value[H : 2 * H] *= -1
    return turned
""",
        ),
        Variant("lists", edits=(("(sign * value.T).T for", "(sign * value.T).T.tolist() for"),)),
    ),
)
