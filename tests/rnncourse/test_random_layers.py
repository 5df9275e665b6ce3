"""Dropout, variational dropout and zoneout: what holds for every layer that holds a key."""

import inspect
import textwrap

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse import (
    _tree,
    check_gradients,
    clockwork,
    dropout,
    elman,
    gru,
    lstm,
    lstm_peephole,
    nn,
    skip,
    variational,
    zoneout,
)
from rnncourse.deep import Deep
from rnncourse.dropout import Dropout, with_masks
from rnncourse.nn import _layers
from rnncourse.variational import Variational
from rnncourse.zoneout import Zoneout

LAYERS = {
    "dropout": Dropout(0.4),
    "dropout for a sequence": Dropout(0.4, per="sequence"),
    "variational elman": Variational(elman, 0.3, 0.4),
    "variational lstm": Variational(lstm, 0.3, 0.4),
    "variational peepholes": Variational(lstm_peephole, 0.0, 0.4),
    "zoneout lstm": Zoneout(lstm, {"h": 0.3, "c": 0.5}),
    "zoneout gru": Zoneout(gru, {"h": 0.5}),
    "zoneout clockwork": Zoneout(clockwork, {"h": 0.5}),
    "zoneout skip": Zoneout(skip, {"h": 0.2, "past": 0.5}),
    "deep": Deep([
        Dropout(0.2, "sequence"), Variational(lstm, 0.2, 0.3), Dropout(0.3),
        Zoneout(lstm, {"c": 0.5}),
    ]),
}  # fmt: skip
KEYED = {name: with_masks(layer, np.random.default_rng(1)) for name, layer in LAYERS.items()}
EVERY = [pytest.param(layer, id=name) for name, layer in KEYED.items()]
USED = {name: layer for name, layer in LAYERS.items() if name != "deep"}
BOTH = EVERY + [pytest.param(layer, id=f"{name}, used") for name, layer in USED.items()]
steady = settings(derandomize=True, deadline=None, max_examples=8)
sizes = st.tuples(st.integers(0, 6), st.integers(1, 4), st.integers(1, 3), st.integers(1, 4))


def draw(layer, size, dtype=np.float64):
    """Weights, inputs, an initial state that is under way, and gradients by all results."""
    T, B, I, H = size
    rng = np.random.default_rng(size)
    params = layer.init(rng, I, H, dtype=dtype)

    def normal(shape):
        return rng.standard_normal(shape).astype(dtype)

    x = normal((T, B, I))
    _, state, _ = layer.forward(params, normal((3, B, I)), lengths=rng.integers(4, size=B))
    h, end, _ = layer.forward(params, x, state)
    return params, x, state, normal(h.shape), _tree.apply(lambda part: normal(part.shape), end)


def run(layer, case, lengths=None):
    """Every result by name."""
    params, x, state, d_h, d_end = case
    h, end, cache = layer.forward(params, x, state, lengths=lengths)
    d_x, grads, d_start = layer.backward(cache, d_h, d_end)
    return dict(_tree.leaves({
        "h": h, "end": end, "d_x": d_x, "grads": grads, "d_state": d_start
    }))  # fmt: skip


def worst(ours, theirs):
    assert list(ours) == list(theirs)
    errors = [0.0]
    for name in ours:
        assert ours[name].shape == theirs[name].shape, name
        scale = np.abs(theirs[name]).max(initial=0) or 1.0
        errors.append(np.abs(ours[name] - theirs[name]).max(initial=0) / scale)
    return max(errors)


@pytest.mark.parametrize("size", [(1, 1, 1, 1), (4, 2, 2, 2)], ids=str)
@pytest.mark.parametrize("layer", BOTH)
def test_every_gradient(layer, size):
    report = check_gradients(layer, *size)
    assert report.worst < 1e-13, report
    assert report.worst_difference < 1e-7, report


def run_reading(layer, case, lengths=None):
    params, x, state, d_h, d_end = case
    reading = _layers.reading(layer, params)
    inputs = torch.tensor(x, requires_grad=True)
    start = _tree.apply(lambda part: torch.tensor(part, requires_grad=True), state)
    h, end = reading(inputs, start, lengths)
    loss = (h * torch.tensor(d_h)).sum()
    for (_, part), (_, d) in zip(_tree.leaves(end), _tree.leaves(d_end), strict=True):
        loss = loss + (part * torch.tensor(d)).sum()
    loss.backward()

    def numbers(tensor):
        return tensor.detach().numpy()

    ours = _tree.apply(np.asarray, reading.to_params())
    grads = dict(zip(map(id, _leaf_list(ours)), _grads(reading, ours), strict=True))
    return dict(_tree.leaves({
        "h": numbers(h), "end": _tree.apply(numbers, end), "d_x": inputs.grad.numpy(),
        "grads": _tree.apply(lambda p: grads[id(p)], ours),
        "d_state": _tree.apply(lambda part: part.grad.numpy(), start),
    }))  # fmt: skip


def _leaf_list(tree):
    return [array for _, array in _tree.leaves(tree)]


def _grads(reading, params):
    """The gradients in the order of the NumPy weights, which is that of the modules' own."""
    grads = [p.grad.numpy() for p in reading.parameters()]
    assert [g.shape for g in grads] == [p.shape for p in _leaf_list(params)]
    return grads


@pytest.mark.parametrize("lengths", [None, [6, 0, 3, 1]], ids=str)
@pytest.mark.parametrize("layer", BOTH)
def test_automatic_differentiation_of_the_reading_agrees(layer, lengths):
    case = draw(layer, (6, 4, 3, 5))
    assert worst(run(layer, case, lengths), run_reading(layer, case, lengths)) < 1e-12


@steady
@given(size=sizes, data=st.data())
@pytest.mark.parametrize("layer", EVERY)
def test_padding_changes_nothing(layer, size, data):
    T, B, _, _ = size
    lengths = np.array(data.draw(st.lists(st.integers(0, T), min_size=B, max_size=B)))
    case = draw(layer, size)
    clean = run(layer, case, lengths)
    beyond = np.arange(T)[:, None] >= lengths
    case[1][beyond] = np.nan
    case[3][beyond] = np.inf
    dirty = run(layer, case, lengths)
    assert all(np.array_equal(clean[name], dirty[name]) for name in clean)
    assert not dirty["h"][beyond].any()
    assert not dirty["d_x"][beyond].any()


@steady
@given(size=sizes, data=st.data())
@pytest.mark.parametrize("layer", BOTH)
def test_windows_that_carry_the_state_draw_the_masks_of_the_whole(layer, size, data):
    cut = data.draw(st.integers(0, size[0]))
    params, x, state, d_h, d_end = case = draw(layer, size)
    whole = run(layer, case)
    h1, middle, first = layer.forward(params, x[:cut], state)
    h2, end, second = layer.forward(params, x[cut:], middle)
    d_x2, grads2, d_middle = layer.backward(second, d_h[cut:], d_end)
    d_x1, grads1, d_state = layer.backward(first, d_h[:cut], d_middle)
    parts = dict(_tree.leaves({
        "h": np.concatenate([h1, h2]), "end": end, "d_x": np.concatenate([d_x1, d_x2]),
        "grads": _tree.apply(np.add, grads1, grads2), "d_state": d_state,
    }))  # fmt: skip
    assert worst(parts, whole) < 1e-12


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("layer", BOTH)
def test_keeps_the_precision_and_the_inputs(layer, dtype):
    case = draw(layer, (4, 2, 3, 5), dtype)
    case = (*case[:3], np.asfortranarray(case[3]), case[4])
    arrays = _leaf_list(case)
    before = [array.copy() for array in arrays]
    for array in arrays:
        array.flags.writeable = False
    for lengths in (None, [2, 4]):
        assert {r.dtype for r in run(layer, case, lengths).values()} == {np.dtype(dtype)}
    assert all(np.array_equal(a, b) for a, b in zip(arrays, before, strict=True))


@pytest.mark.parametrize("layer", EVERY)
def test_float32_follows_float64(layer):
    case = draw(layer, (50, 3, 4, 8), np.float32)
    doubled = _tree.apply(lambda part: part.astype(np.float64), case)
    assert worst(run(layer, case), run(layer, doubled)) < 5e-5


@pytest.mark.parametrize("layer", BOTH)
def test_no_steps_and_no_sequences(layer):
    case = draw(layer, (0, 2, 3, 4))
    results = run(layer, case)
    for kind, part in (("end", case[2]), ("d_state", case[4])):
        for name, array in _tree.leaves(part):
            assert np.array_equal(results[f"{kind}.{name}" if name else kind], array)
    params = layer.init(np.random.default_rng(0), 3, 4)
    h, _, cache = layer.forward(params, np.zeros((5, 0, 3)))
    assert layer.backward(cache, h)[0].shape == (5, 0, 3)


@pytest.mark.parametrize("layer", EVERY)
def test_the_state_given_back_is_the_callers_own(layer):
    params, x, state, d_h, d_end = draw(layer, (4, 2, 3, 5))
    _, end, cache = layer.forward(params, x, state)
    before = _leaf_list(layer.backward(cache, d_h, d_end))
    for part in _leaf_list(end):
        part[:] = 7
    after = _leaf_list(layer.backward(cache, d_h, d_end))
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


@pytest.mark.parametrize("name", LAYERS)
def test_the_seed_decides_and_each_update_draws_anew(name):
    params, x, *_ = draw(LAYERS[name], (6, 3, 3, 8))

    def outputs(layer):
        return layer.forward(params, x)[0]

    def trained(rng):
        return outputs(with_masks(LAYERS[name], rng))

    rng = np.random.default_rng(5)
    first, second = trained(rng), trained(rng)
    assert np.array_equal(first, trained(np.random.default_rng(5)))
    assert not np.allclose(first, second)
    used = outputs(LAYERS[name])
    assert not np.allclose(first, used)
    assert np.array_equal(used, outputs(LAYERS[name]))


@pytest.mark.parametrize("layer", EVERY)
def test_refusals(layer):
    params, x, state, d_h, _ = draw(layer, (5, 2, 3, 4))
    for given_x, lengths, message in [
        (x[0], None, r"x must have shape \(T, B"),
        (np.where(np.arange(5)[:, None, None] == 2, np.nan, x), None, r"x\[2, 0, 0\] must be fin"),
        (x, [5], r"lengths must have shape \(2,\)"),
        (x, [6, 0], r"lengths\[0\] must lie between 0 and T = 5, got 6"),
        (x.astype(int), None, "x "),
    ]:
        with pytest.raises(ValueError, match=message):
            layer.forward(params, given_x, state, lengths=lengths)
    wrong = _tree.apply(lambda part: part[:1], state)
    with pytest.raises(ValueError, match=r"state\.\S+ must have shape"):
        layer.forward(params, x, wrong)
    _, _, cache = layer.forward(params, x, state)
    with pytest.raises(ValueError, match="d_h must have shape"):
        layer.backward(cache, d_h[1:])
    with pytest.raises(ValueError, match="d_h has dtype float32"):
        layer.backward(cache, d_h.astype(np.float32))
    with pytest.raises(ValueError, match=r"d_state\.\S+ must have shape"):
        layer.backward(cache, d_h, wrong)


MISTAKES = [
    (dropout.Dropout, "cache.masks * d_x", "d_x"),
    (dropout.Dropout, "cache.masks * d_x", "-cache.masks * d_x"),
    (dropout.Dropout, "cache.masks * d_x", "(cache.masks > 0) * d_x"),
    (dropout.Dropout, "d_state.steps.copy()", "0 * d_state.steps"),
    (variational.Variational, "d_state.h + d_h[t]", "d_h[t]"),
    (variational.Variational, "d_state.h + d_h[t]", "d_state.h - d_h[t]"),
    (variational.Variational, "m_h * d_read.h", "d_read.h"),
    (variational.Variational, "m_h * d_read.h", "-m_h * d_read.h"),
    (variational.Variational, "m_x * d_read_x", "d_read_x"),
    (variational.Variational, "m_x * d_read_x", "m_x[:1] * d_read_x"),
    (variational.Variational, "(np.add, grads, share)", "(np.subtract, grads, share)"),
    (variational.Variational, "steps[t], d_new", "steps[0], d_new"),
    (zoneout.Zoneout, "d[0] + d_h[t]", "d_h[t]"),
    (zoneout.Zoneout, "d[0] + d_h[t]", "d[0] - d_h[t]"),
    (zoneout.Zoneout, "(1 - z[t]) * part", "part"),
    (zoneout.Zoneout, "(1 - z[t]) * part", "z[t] * part"),
    (zoneout.Zoneout, "read + z[t] * part", "read"),
    (zoneout.Zoneout, "read + z[t] * part", "read - z[t] * part"),
    (zoneout.Zoneout, "read + z[t] * part", "read + z[0] * part"),
    (zoneout.Zoneout, "(np.add, grads, share)", "(np.subtract, grads, share)"),
    (zoneout.Zoneout, "ZoneoutState(d, d_steps)", "ZoneoutState(d, 0 * d_steps)"),
]


@pytest.mark.parametrize(("kind", "right", "wrong"), MISTAKES, ids=lambda m: str(m)[:40])
def test_the_check_notices_each_mistake(kind, right, wrong, monkeypatch):
    source = textwrap.dedent(inspect.getsource(kind.backward))
    assert source.count(right) == 1, "the source has changed: mend the list of mistakes"
    scope = dict(vars(inspect.getmodule(kind)))
    exec(source.replace(right, wrong), scope)
    monkeypatch.setattr(kind, "backward", scope["backward"])
    layers = [layer for layer in KEYED.values() if type(layer) is kind]
    assert any(not check_gradients(layer, 3, 2, 2, 3).worst < 1e-3 for layer in layers)


def test_repeated_layers_do_not_share_their_masks():
    net = with_masks(Deep(Zoneout(lstm, {"c": 0.5}), layers=3), np.random.default_rng(0))
    assert len({layer.key for layer in net.stack}) == 3
    plain = Deep(lstm, layers=3)
    assert with_masks(plain, np.random.default_rng(0)) == plain
    assert with_masks(lstm, np.random.default_rng(0)) is lstm


def test_a_reading_in_training_follows_torchs_seed_and_in_evaluation_drops_nothing():
    cell = nn.LSTM(3, 5)
    x = torch.randn(6, 2, 3)
    for module in (nn.Dropout(0.5), nn.Variational(cell, 0.5, 0.5), nn.Zoneout(cell, {"c": 0.5})):
        module.train()
        torch.manual_seed(0)
        first, second = module(x)[0], module(x)[0]
        torch.manual_seed(0)
        assert torch.equal(first, module(x)[0])
        assert not torch.allclose(first, second)
        module.eval()
        assert torch.equal(module(x)[0], module(x)[0])
        assert not torch.allclose(first, module(x)[0])
    assert torch.equal(nn.Dropout(0.5).eval()(x)[0], x)
    assert torch.allclose(nn.Variational(cell, 0.5, 0.5).eval()(x)[0], cell(x)[0])
