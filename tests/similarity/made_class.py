# ruff: noqa: B905, E501
"""A class of any size whose students write the same three functions, each for themselves.

Every student makes each choice alone, and some ways of writing are more popular than others. So
two who never met may agree on much, and on a short function on everything.
"""

import numpy as np

POPULAR = (0.5, 0.25, 0.15, 0.1)

FORWARD = """def rnn_forward(params, x, y, h0):
{weights}
{sizes}
{stores}
    {loss} = {zero}
    {state} = h0
    for t in range({T}):
        {a} = {pre}
        {state} = np.tanh({a})
        {o} = {logits}
{softmax}
{keep}
{cost}
    return {result}
"""
BACKWARD = """def rnn_backward(params, x, y, h0):
    {h}, {p}, _ = rnn_forward(params, x, y, h0)
{weights}
{sizes}
{zeros}
    {carried} = {nothing}
    for t in {back}:
{before}
{error}
{through}
{sums}
        {carried} = {da} @ {W}
    return {result}
"""
TRUNCATED = """def truncated_gradients(params, x, y, h0, k):
{begin}
    {state} = h0
    for {s} in {windows}:
        {xs}, {ys} = {cut}
        {g} = rnn_backward(params, {xs}, {ys}, {state})
{add}
        {h}, _, _ = rnn_forward(params, {xs}, {ys}, {state})
        {state} = {h}[-1]
    return {total}
"""


def student(number):
    """The three answers of one student, by cell."""
    rng = np.random.default_rng(number)

    def pick(*ways):
        weights = np.array(POPULAR[: len(ways)])
        return ways[rng.choice(len(ways), p=weights / weights.sum())]

    name = _names(pick)
    return {
        "forward": _fill(FORWARD, _forward(pick, name)),
        "backward": _fill(BACKWARD, _backward(pick, name)),
        "truncated": _fill(TRUNCATED, _truncated(pick, name)),
    }


def _fill(frame, parts):
    for _ in range(3):  # parts are written with other parts
        frame = frame.format_map({k: v for k, v in parts.items()})
        if "{" not in frame.replace("{}", ""):
            break
    return frame.replace("«", "{").replace("»", "}")


def _names(pick):
    U, W, V = pick(("W_ih", "W_hh", "W_ho"), ("U", "W", "V"), ("Wih", "Whh", "Who"))
    return {
        **dict(U=U, W=W, V=V, b=pick("b_h", "b", "bh"), c=pick("b_o", "c", "bo")),
        **dict(T="T", B="B", a=pick("a", "pre", "z"), o=pick("o", "logits"), e=pick("e", "exps")),
        **dict(
            state=pick("h_t", "h_prev", "state", "h_last"), loss=pick("loss", "L", "total_loss")
        ),
        **dict(h=pick("h", "hs", "states"), p=pick("y_hat", "ps", "probs"), da=pick("d_a", "da")),
        **dict(do=pick("d_o", "do", "err"), dh=pick("d_h", "dh"), carried=pick("d_next", "carry")),
        **dict(s=pick("start", "s", "i"), xs=pick("x_win", "xs"), ys=pick("y_win", "ys")),
        **dict(
            g=pick("grads", "g"), total=pick("total", "result", "acc"), hb=pick("h_before", "prev")
        ),
        "name": "name",
    }


def _weights(pick):
    one = "    {U}, {W}, {V} = params['W_ih'], params['W_hh'], params['W_ho']"
    rows = "\n".join(f"    {{{w}}} = params['W_{k}']" for w, k in zip("UWV", ("ih", "hh", "ho")))
    both = one + "\n    {b}, {c} = params['b_h'], params['b_o']"
    return pick(both, rows + "\n    {b} = params['b_h']\n    {c} = params['b_o']")


def _sizes(pick):
    return pick(
        "    {T}, {B}, _ = x.shape",
        "    {T}, {B}, I = x.shape\n    H, K = len({W}), len({V})",
        "    {T}, {B} = y.shape",
        "    {T} = x.shape[0]\n    {B} = x.shape[1]",
    )


def _forward(pick, name):
    softmax = pick(
        "        {e} = np.exp({o} - {o}.max(axis=1, keepdims=True))\n"
        "        q = {e} / {e}.sum(axis=1, keepdims=True)",
        "        q = np.exp({o}) / np.exp({o}).sum(axis=1, keepdims=True)",
        "        {o} -= np.max({o}, axis=1, keepdims=True)\n        q = np.exp({o})\n"
        "        q /= q.sum(axis=1, keepdims=True)",
        "        {e} = np.exp({o})\n        q = {e} / {e}.sum(1)[:, None]",
    )
    arrays = pick(True, False)
    return {
        **name,
        "weights": _weights(pick),
        "sizes": _sizes(pick),
        "stores": "    {h} = np.zeros(({T}, {B}, len({W})))\n    {p} = np.zeros(({T}, {B}, len({V})))"
        if arrays
        else "    {h}, {p} = [], []",
        "keep": "        {h}[t] = {state}\n        {p}[t] = q"
        if arrays
        else "        {h}.append({state})\n        {p}.append(q)",
        "result": "{h}, {p}, {loss}" if arrays else "np.array({h}), np.array({p}), {loss}",
        "zero": pick("0.0", "0"),
        "pre": pick(
            "{b} + {state} @ {W}.T + x[t] @ {U}.T",
            "x[t] @ {U}.T + {state} @ {W}.T + {b}",
            "np.dot({state}, {W}.T) + np.dot(x[t], {U}.T) + {b}",
        ),
        "logits": pick("{c} + {state} @ {V}.T", "{state} @ {V}.T + {c}"),
        "softmax": softmax,
        "cost": pick(
            "        {loss} -= np.log(q[np.arange({B}), y[t]]).sum() / {B}",
            "        {loss} += -np.log(q[np.arange({B}), y[t]]).mean()",
            "        for n in range({B}):\n            {loss} -= np.log(q[n, y[t, n]]) / {B}",
            "        {loss} -= (np.eye(len({c}))[y[t]] * np.log(q)).sum() / {B}",
        ),
    }


def _backward(pick, name):
    names = ("d_U", "d_W", "d_V", "d_b", "d_c")
    add = pick("        {n} += {v}", "        {n} = {n} + {v}")
    total = pick("{x}.sum(axis=0)", "np.sum({x}, axis=0)", "{x}.sum(0)")
    values = (
        *("{da}.T @ x[t]", "{da}.T @ {hb}", "{do}.T @ {h}[t]"),
        *(total.replace("{x}", "{da}"), total.replace("{x}", "{do}")),
    )
    order = pick((0, 1, 2, 3, 4), (2, 4, 1, 0, 3), (1, 0, 3, 2, 4))
    sums = "\n".join(add.replace("{n}", names[i]).replace("{v}", values[i]) for i in order)
    keys = ("d_W_ih", "d_W_hh", "d_W_ho", "d_b_h", "d_b_o")
    pairs = ", ".join(f"'{k}': {n}" for k, n in zip(keys, names))
    return {
        **name,
        "weights": _weights(pick),
        "sizes": _sizes(pick),
        "zeros": pick(
            "    d_U, d_W, d_V = np.zeros_like({U}), np.zeros_like({W}), np.zeros_like({V})\n"
            "    d_b, d_c = np.zeros_like({b}), np.zeros_like({c})",
            "\n".join(f"    {n} = np.zeros_like({{{w}}})" for n, w in zip(names, "UWVbc")),
            "\n".join(f"    {n} = np.zeros({{{w}}}.shape)" for n, w in zip(names, "UWVbc")),
            "    d_U = d_W = d_V = d_b = d_c = 0",
        ),
        "nothing": pick("np.zeros_like(h0)", "np.zeros(h0.shape)", "0"),
        "back": pick("reversed(range({T}))", "range({T} - 1, -1, -1)", "range({T})[::-1]"),
        "before": pick(
            "        {hb} = {h}[t - 1] if t > 0 else h0",
            "        {hb} = h0 if t == 0 else {h}[t - 1]",
            "        if t > 0:\n            {hb} = {h}[t - 1]\n        else:\n            {hb} = h0",
        ),
        "error": pick(
            "        {do} = {p}[t].copy()\n        {do}[np.arange({B}), y[t]] -= 1\n        {do} /= {B}",
            "        {do} = ({p}[t] - np.eye(len({c}))[y[t]]) / {B}",
            "        {do} = {p}[t]\n        for n in range({B}):\n            {do}[n, y[t, n]] -= 1\n"
            "        {do} = {do} / {B}",
        ),
        "through": pick(
            "        {dh} = {do} @ {V} + {carried}\n        {da} = (1 - {h}[t] ** 2) * {dh}",
            "        {da} = ({do} @ {V} + {carried}) * (1 - {h}[t] ** 2)",
            "        {dh} = {carried} + np.dot({do}, {V})\n        {da} = {dh} * (1 - {h}[t] * {h}[t])",
        ),
        "sums": sums,
        "result": pick(
            f"«{pairs}, 'd_h0': {{carried}}»",
            "d_U, d_W, d_V, d_b, d_c, {carried}",
            "dict(" + pairs.replace("'", "").replace(": ", "=") + ", d_h0={carried})",
        ),
    }


def _truncated(pick, name):
    form = pick("dict", "tuple", "sum", "list")
    keys = "'d_W_ih', 'd_W_hh', 'd_W_ho', 'd_b_h', 'd_b_o'"
    return {
        **name,
        "begin": {
            "dict": f"    names = [{keys}]\n    {{total}} = «n: 0 for n in names»",
            "tuple": "    {total} = None",
            "sum": "    a = b = c = d = e = 0",
            "list": "    {total} = [0] * 5",
        }[form],
        "windows": pick("range(0, len(x), k)", "range(0, x.shape[0], k)"),
        "cut": pick(
            "x[{s} : {s} + k], y[{s} : {s} + k]",
            "x[{s}:min({s} + k, len(x))], y[{s}:min({s} + k, len(x))]",
        ),
        "add": {
            "dict": pick(
                "        for n in names:\n            {total}[n] += {g}[n]",
                "        {total} = «n: {total}[n] + {g}[n] for n in names»",
            ),
            "tuple": "        {total} = {g}[:5] if {total} is None else "
            "tuple(m + n for m, n in zip({total}, {g}))",
            "sum": "        a, b, c = a + {g}[0], b + {g}[1], c + {g}[2]\n"
            "        d, e = d + {g}[3], e + {g}[4]",
            "list": "        for n in range(5):\n            {total}[n] = {total}[n] + {g}[n]",
        }[form],
        **({"total": "a, b, c, d, e"} if form == "sum" else {}),
    }
