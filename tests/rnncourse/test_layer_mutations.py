"""Would the check notice a mistake in what goes back elsewhere than in cells? Make each, and see.

For the cells see test_mutations.py. `layer_mistakes` has a file for each module here, `function |
right | wrong` on each line: signs flipped, terms dropped, factors transposed, steps shifted.
"""

import ast
import inspect
from functools import cache
from importlib import import_module
from pathlib import Path

import numpy as np
import pytest

from rnncourse import (
    _tree,
    conv,
    crf,
    ctc,
    fully_recurrent,
    gradcheck,
    linear,
    losses,
    lstm,
    memm,
    scan,
    steps,
    tcn,
    tdnn,
    weight_norm,
)

HERE = Path(__file__).parent
MISTAKES = {
    path.stem: [tuple(line.split(" | ")) for line in path.read_text().splitlines()]
    for path in (HERE / "layer_mistakes").iterdir()
}
ALL = [(name, *mistake) for name, mistakes in MISTAKES.items() for mistake in mistakes]


MASKS = [tuple(np.random.default_rng(level).random((2, 7, 2, 4))) for level in range(2)]

# Each case: what the loss depends on, the loss, and the derived gradients, nested as the former.


def tags(model, kind, far=0.0):
    """Sequences of 5, 0 and 3 steps, each of its own weight in the loss."""
    rng = np.random.default_rng(0)
    params = kind(*(rng.standard_normal(p.shape) for p in model.init(rng, 4)))
    emissions, labels, lengths = rng.standard_normal((5, 3, 4)), rng.integers(4, size=(5, 3)), None
    lengths, d_value = [5, 0, 3], rng.standard_normal(3)
    params.A[:, 1] -= far
    emissions[2, 0, 1] += far

    def loss(at):
        return (d_value * model.log_likelihood(*at, labels, lengths)[0]).sum()

    def derived():
        d_emissions, grads = model.backward(
            model.log_likelihood(params, emissions, labels, lengths)[1], d_value
        )
        return grads, d_emissions

    return (params, emissions), loss, derived


def sequences(run, back, params, T=7, I=3, lengths=(7, 3), **how):
    """Outputs weighed at random, where there are any and beyond."""
    rng = np.random.default_rng(1)
    x = rng.standard_normal((T, 2, I))
    known = {} if lengths is None else {"lengths": lengths}
    d_h = rng.standard_normal(run(params, x, **known, **how)[0].shape)

    def loss(at):
        return (run(*at, **known, **how)[0] * d_h).sum()

    def derived():
        d_x, grads, *_ = back(run(params, x, **known, **how)[-1], d_h)
        return grads, d_x

    return (params, x), loss, derived


def of_module(module, params, **how):
    return sequences(
        lambda *at, **how: module.forward(*at, **how), lambda *a: module.backward(*a), params, **how
    )


def labelled():
    rng = np.random.default_rng(0)
    o, labels = rng.standard_normal((6, 3, 3)), np.array([[1, 2, 1], [1, 1, 2]])
    how = [6, 3, 0], [2, 2, 0]  # 1 1, 2 1 and nothing
    return o, lambda o: ctc.loss(o, labels, *how)[0], lambda: ctc.loss(o, labels, *how)[1]


def lost(kind, y):
    o = np.random.default_rng(0).standard_normal((4, 3, 5))
    run = lambda o: getattr(losses, kind)(o, y, [4, 0, 2])  # noqa: E731
    return o, lambda o: run(o)[0], lambda: run(o)[1]


def scanned():
    a, b, d_h = np.random.default_rng(0).standard_normal((3, 5, 3))
    h0 = np.ones(3)

    def derived():
        return scan.backward(a, scan.forward(a, b, h0), h0, d_h)

    return (a, b, h0), lambda at: (scan.forward(*at) * d_h).sum(), derived


def scanned_in_pairs():
    """Complex numbers as pairs (re, im), and their products as those of matrices and vectors."""
    a, b, d_h = np.random.default_rng(0).standard_normal((3, 5, 3, 2))
    h0, i = np.ones((3, 2)), np.array([[0.0, -1.0], [1.0, 0.0]])

    def loss(at):
        a, b, h = at
        value = 0
        for a_t, b_t, d in zip(a, b, d_h, strict=True):
            M = a_t[:, :1, None] * np.eye(2) + a_t[:, 1:, None] * i  # (3, 2, 2)
            h = (M @ h[..., None])[..., 0] + b_t
            value = value + (d * h).sum()
        return value

    def derived():
        whole = [z.view(complex)[..., 0] for z in (a, b, h0, d_h)]
        h = scan.forward(*whole[:3])
        slopes = scan.backward(whole[0], h, *whole[2:])
        return tuple(np.stack([z.real, z.imag], axis=-1) for z in slopes)

    return (a, b, h0), loss, derived


def windowed():
    s, d_y = np.random.default_rng(0).standard_normal((2, 3, 2, 4))
    return (
        s,
        lambda s: (fully_recurrent.seen(s, 3) * d_y[..., :3]).sum(),
        lambda: fully_recurrent.seen_backward(d_y[..., :3], 4),
    )


def stepped(lengths):
    rng = np.random.default_rng(0)
    params, x = lstm.init(rng, 2, 3), rng.standard_normal((4, 3, 2))
    start, d_end = (lstm.LSTMState(*rng.standard_normal((2, 3, 3))) for _ in range(2))
    d_h = rng.standard_normal((4, 3, 3))
    lengths = None if lengths is None else np.array(lengths)

    def run(params, x, start):
        return steps.forward(lstm, params, x, start, lengths)

    def loss(at):
        h, end, _ = run(*at)
        return (h * d_h).sum() + sum((d * part).sum() for d, part in zip(d_end, end, strict=True))

    def derived():
        d_x, grads, d_start = steps.backward(lstm, run(params, x, start)[2], d_h, d_end)
        return grads, d_x, d_start

    return (params, x, start), loss, derived


def normed():
    split = weight_norm.split(conv.init(seeded(), 2, 3, 4))
    params = split._replace(g=split.g + seeded().random(3))  # no longer V's own lengths
    d = conv.ConvParams(*(seeded().standard_normal(p.shape) for p in (params.V, params.b)))

    def loss(at):
        return sum((a * b).sum() for a, b in zip(weight_norm.joined(at)[0], d, strict=True))

    return params, loss, lambda: weight_norm.joined_backward(weight_norm.joined(params)[1], d)


def seeded():
    return np.random.default_rng(2)


CASES = {
    "conv": [
        lambda: of_module(conv, conv.init(seeded(), 3, 3, 3), dilation=2),
        lambda: of_module(conv, conv.init(seeded(), 3, 2, 2), mode="full"),
    ],
    "crf": [
        lambda: tags(crf, crf.CRFParams),
        lambda: tags(crf, crf.CRFParams, far=900.0),
    ],
    "ctc": [labelled],
    "fully_recurrent": [windowed],
    "linear": [
        lambda: of_module(linear, linear.init(seeded(), 3, 4), lengths=None),
        lambda: of_module(linear, linear.init(seeded(), 3, 3), lengths=None),
    ],
    "losses": [
        lambda: lost("softmax_cross_entropy", seeded().integers(5, size=(4, 3))),
        lambda: lost("softmax_cross_entropy", losses.softmax(seeded().standard_normal((4, 3, 5)))),
        lambda: lost("squared_loss", seeded().standard_normal((4, 3, 5))),
    ],
    "memm": [lambda: tags(memm, memm.MEMMParams)],
    "scan": [scanned, scanned_in_pairs],
    "steps": [lambda: stepped(None), lambda: stepped([4, 0, 2])],
    "tcn": [
        lambda: of_module(tcn, tcn.init(seeded(), 3, 4, levels=3, kernel_size=2)),
        lambda: of_module(tcn, tcn.init(seeded(), 3, 4, levels=2, normed=True), masks=MASKS),
    ],
    "tdnn": [lambda: of_module(tdnn, tdnn.init(seeded(), 3, 4, kernel_sizes=(3, 1, 2)))],
    "weight_norm": [normed],
}


@cache
def measured(name):
    """Of every case the derived gradients, to be asked for again, and the measured ones."""
    made = [case() for case in CASES[name]]
    return [(derived, gradcheck.complex_step(loss, at)) for at, loss, derived in made]


def worst(name):
    """The largest error, of the largest entry; infinite where shapes do not fit."""
    errors = []
    for derived, wanted in measured(name):
        try:
            with np.errstate(all="ignore"):
                found = derived()
        except ValueError:
            return np.inf
        for (_, a), (_, b) in zip(_tree.leaves(found), _tree.leaves(wanted), strict=True):
            if np.shape(a) != np.shape(b):
                return np.inf
            errors.append(np.abs(a - b).max() / (np.abs(b).max() or 1))
    return np.max(errors)  # NaN if any is


@pytest.mark.parametrize("name", MISTAKES)
def test_the_check_finds_nothing_where_nothing_is(name):
    assert worst(name) < 1e-12


@pytest.mark.parametrize(("name", "function", "right", "wrong"), ALL, ids=str)
def test_the_check_notices_each_mistake(name, function, right, wrong, monkeypatch):
    assert worst(name) < 1e-12  # and the gradients are measured before anything is wrong
    module = import_module(f"rnncourse.{name}")
    source = inspect.getsource(getattr(module, function))
    assert source.count(right) == 1, "the source has changed: mend the list of mistakes"
    scope = dict(vars(module))
    exec(source.replace(right, wrong), scope)
    monkeypatch.setattr(module, function, scope[function])
    assert not worst(name) < 1e-3


# modules whose mistakes are listed beside the tests of their kind
ELSEWHERE = {
    "attention": "test_attention_mutations",
    "attention_scores": "test_attention_mutations",
    "attentive_decoder": "test_seq2seq_mutations",
    "bidirectional": "test_bidirectional",
    "deep": "test_deep",
    "dropout": "test_random_layers",
    "embedding": "test_embedding",
    "encoder_decoder": "test_seq2seq_mutations",
    "memory_network": "test_memory_network_mistakes",
    "pooling": "test_pooling",
    "recursive": "test_tree_mistakes",
    "tcn_dropout": "test_tcn_dropout",
    "tree_lstm": "test_tree_mistakes",
    "tree_lstm_nary": "test_tree_mistakes",
    "variational": "test_random_layers",
    "zoneout": "test_random_layers",
}


def test_every_module_that_goes_back_has_its_mistakes_listed():
    going_back = set()
    for path in Path(conv.__file__).parent.glob("[!_]*.py"):
        functions = [
            n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.FunctionDef)
        ]
        if any(f.name.lstrip("_").endswith("backward") for f in functions):
            going_back.add(path.stem)
    listed = {*MISTAKES, *(path.stem for path in (HERE / "mistakes").iterdir())}
    cells = (HERE / "test_mutations.py").read_text()
    listed |= {name for name in going_back if f'    "{name}": [\n' in cells}
    for name, where in ELSEWHERE.items():
        text = (HERE / f"{where}.py").read_text()
        assert "MISTAKES" in text
        assert name in text
    assert going_back - listed - set(ELSEWHERE) == set()
