"""Encoder–decoders of many wirings: gradients, PyTorch, padding, batches, one step at a time."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse import _tree, attention, elman, gradcheck, gru, lstm, nn, seq2seq, skip, tcn
from rnncourse.attentive_decoder import AttentiveDecoder
from rnncourse.bidirectional import Bidirectional
from rnncourse.deep import Deep
from rnncourse.dropout import Dropout
from rnncourse.encoder_decoder import EncoderDecoder
from rnncourse.zoneout import Zoneout

steady = settings(derandomize=True, deadline=None, max_examples=6)
no_state = {"as_state": False}
as_input = {"as_state": False, "as_input": True}
MODELS = {
    "state": EncoderDecoder(elman, elman),
    "skip": EncoderDecoder(skip, skip),
    "input": EncoderDecoder(lstm, gru, **as_input),
    "both": EncoderDecoder(gru, lstm, as_input=True),
    "tcn": EncoderDecoder(tcn, lstm, **as_input),
    "deep": EncoderDecoder(Bidirectional(elman), Deep(gru), **as_input),
    "additive": AttentiveDecoder(gru, gru),
    "dot": AttentiveDecoder(lstm, gru, attention.dot),
    "scaled": AttentiveDecoder(tcn, lstm, attention.scaled_dot, **no_state),
    "general": AttentiveDecoder(Bidirectional(elman), lstm, attention.general, **no_state),
    "deep additive": AttentiveDecoder(Deep(elman), Deep([elman, gru])),
}
models = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
sizes = st.tuples(st.integers(0, 3), st.integers(0, 4), *[st.integers(1, 3)] * 4)
LENGTHS = {"lengths": [5, 0, 3], "target_lengths": [4, 2, 0]}


def draw(model, size=(4, 5, 3, 2, 3, 4), dtype=np.float64):
    """Weights, x, what is read, and d_o, of given S, T, B, I, H, K."""
    S, T, B, I, H, K = size
    rng = np.random.default_rng(size)
    params = model.init(rng, I, H, K, dtype=dtype)
    params = _tree.apply(lambda p: rng.standard_normal(p.shape).astype(dtype), params)
    x, d_o = rng.standard_normal((T, B, I)), rng.standard_normal((S, B, K))
    return params, x.astype(dtype), rng.integers(K, size=(S, B)), d_o.astype(dtype)


def draw_lengths(data, size):
    S, T, B, *_ = size
    counts = [data.draw(st.lists(st.integers(0, n), min_size=B, max_size=B)) for n in (T, S)]
    return dict(zip(["lengths", "target_lengths"], map(np.array, counts), strict=True))


def real(o, target_lengths=None):
    """Outputs with zeros beyond each sequence's end."""
    if target_lengths is None:
        return o
    return np.where((np.arange(len(o))[:, None] < target_lengths)[:, :, None], o, 0)


def run(model, case, **lengths):
    params, x, read, d_o = case
    o, cache = model.forward(params, x, read, **lengths)
    d_x, grads = model.backward(cache, d_o)
    return {
        "o": real(o, lengths.get("target_lengths")),
        "d_x": d_x,
        **dict(_tree.leaves(grads, "d")),
    }


def run_torch(model, case, **lengths):
    params, x, read, d_o = case
    module = getattr(nn, type(model).__name__).from_params(model, params)
    x = torch.tensor(x, requires_grad=True)
    o = module(x, torch.tensor(read), **lengths)
    o = o[0] if isinstance(o, tuple) else o
    (o * torch.tensor(real(d_o, lengths.get("target_lengths")))).sum().backward()
    with torch.no_grad():
        for weight in module.parameters():
            weight.copy_(torch.zeros_like(weight) if weight.grad is None else weight.grad)
    found = real(o.detach().numpy(), lengths.get("target_lengths"))
    d_x = torch.zeros_like(x) if x.grad is None else x.grad
    return {"o": found, "d_x": d_x.numpy(), **dict(_tree.leaves(module.to_params(), "d"))}


def close(a, b, atol=1e-12):
    """Nearly the same, relative to the largest entry."""
    return a.shape == b.shape and np.allclose(
        a, b, rtol=0, atol=atol * max(1, abs(b).max(initial=0))
    )


@models
def test_the_gradient(model):
    lengths = {"lengths": [3, 0], "target_lengths": [2, 1]}
    params, x, read, d_o = draw(model, (2, 3, 2, 1, 2, 3))
    _, cache = model.forward(params, x, read, **lengths)
    d_x, grads = model.backward(cache, d_o)

    def loss(at):
        o, _ = model.forward(*at, read, **lengths)
        return (d_o * real(o, lengths["target_lengths"])).sum()

    if model.encoder is tcn:  # it has corners, and a test of its own: measure by x alone
        complex_params = _tree.apply(lambda p: p.astype(complex), params)
        measured = gradcheck.complex_step(lambda x: loss((complex_params, x)), x)
        assert close(d_x, measured, atol=1e-13)
        return
    report = gradcheck.compare(loss, (params, x), (grads, d_x))
    # of the largest entry of all: some paths through two softmaxes carry next to nothing
    largest = max(abs(row.measured) for row in report.exact)
    for rows, bound in [(report.exact, 1e-13), (report.differences, 1e-7)]:
        assert max(abs(row.derived - row.measured) for row in rows) < bound * largest


@models
@steady
@given(size=sizes, data=st.data())
def test_pytorch_agrees(model, size, data):
    case = draw(model, size)
    lengths = draw_lengths(data, size) if data.draw(st.booleans()) else {}
    ours, theirs = run(model, case, **lengths), run_torch(model, case, **lengths)
    assert ours.keys() == theirs.keys()
    for name, result in ours.items():
        assert close(result, theirs[name]), name


@models
@steady
@given(size=sizes, data=st.data())
def test_padding_changes_nothing(model, size, data):
    lengths = draw_lengths(data, size)
    params, x, read, d_o = draw(model, size)
    clean = run(model, (params, x, read, d_o), **lengths)
    not_x = np.arange(size[1])[:, None] >= lengths["lengths"]
    not_y = np.arange(size[0])[:, None] >= lengths["target_lengths"]
    x[not_x], read[not_y], d_o[not_y] = np.nan, -7, np.inf
    dirty = run(model, (params, x, read, d_o), **lengths)
    for name, result in clean.items():
        assert np.array_equal(result, dirty[name]), name
    assert not dirty["d_x"][not_x].any()


@models
def test_a_padded_batch_is_its_sequences_one_by_one(model):
    params, x, read, d_o = draw(model)
    together = run(model, (params, x, read, d_o), **LENGTHS)
    total = {name: 0 for name in together if name not in ("o", "d_x")}
    for b, (T, S) in enumerate(zip(*LENGTHS.values(), strict=True)):
        one = slice(b, b + 1)
        alone = run(model, (params, x[:T, one], read[:S, one], d_o[:S, one]))
        assert close(together["o"][:S, one], alone["o"])
        assert close(together["d_x"][:T, one], alone["d_x"])
        total = {name: total[name] + alone[name] for name in total}
    assert all(close(together[name], total[name]) for name in total)


@models
def test_the_order_of_the_batch_does_not_matter(model):
    params, x, read, d_o = draw(model)
    order = [2, 0, 1]
    moved = run(model, (params, x[:, order], read[:, order], d_o[:, order]))
    for name, result in run(model, (params, x, read, d_o)).items():
        expected = result[:, order] if name in ("o", "d_x") else result
        assert close(expected, moved[name]), name


@models
def test_step_by_step_is_the_whole(model):
    params, x, read, _ = draw(model)
    whole, _ = model.forward(params, x, read, lengths=[5, 0, 3])
    state = model.encode(params, x, lengths=[5, 0, 3])
    for t, symbols in enumerate(read):
        o, state = model.step(params, state, symbols)
        assert close(o, whole[t], atol=1e-13)


@models
@pytest.mark.parametrize("lengths", [{}, LENGTHS], ids=["full", "padded"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_keeps_the_precision_and_the_inputs(model, dtype, lengths):
    case = draw(model, dtype=dtype)
    arrays = [array for _, array in _tree.leaves(tuple(case))]
    before = [a.copy() for a in arrays]
    for a in arrays:
        a.flags.writeable = False
    results = run(model, case, **lengths)
    assert {r.dtype for r in results.values()} == {np.dtype(dtype)}
    assert all(np.array_equal(a, b) for a, b in zip(arrays, before, strict=True))
    if dtype is np.float32:
        exact = run(model, _tree.apply(_double, tuple(case)), **lengths)
        assert close(results["o"], exact["o"], atol=1e-5)
        assert all(close(results[name], exact[name], atol=5e-5) for name in results)


def _double(a):
    return a.astype(float) if a.dtype == np.float32 else a


@models
def test_arrays_in_any_layout(model):
    params, x, read, d_o = draw(model)
    turned = [np.ascontiguousarray(a.T).T for a in (x, read, d_o)]
    other = run(model, (_tree.apply(np.asfortranarray, params), *turned))
    for name, result in run(model, (params, x, read, d_o)).items():
        assert close(result, other[name]), name


@models
@pytest.mark.parametrize("size", [(0, 4, 2), (3, 0, 2), (3, 4, 0)], ids=["S=0", "T=0", "B=0"])
def test_nothing_to_read_or_to_write(model, size):
    S, T, B = size
    results = run(model, draw(model, (S, T, B, 2, 3, 4)))
    assert (results["o"].shape, results["d_x"].shape) == ((S, B, 4), (T, B, 2))
    if not (S and B):
        assert not any(r.any() for r in results.values())


RANDOM = Deep([Dropout(0.5), gru, Dropout(0.5), Zoneout(gru, {})])  # without a key all stays


@pytest.mark.parametrize(
    ("plain", "counting"),
    [
        (MODELS["deep"], EncoderDecoder(Bidirectional(Zoneout(elman, {})), RANDOM, **as_input)),
        (
            AttentiveDecoder(elman, Deep(gru), **no_state),
            AttentiveDecoder(elman, RANDOM, **no_state),
        ),
    ],
    ids=["input", "attention"],
)
def test_layers_that_count_their_steps_change_nothing(plain, counting):
    params, *case = draw(plain)
    low, high = params.decoder.layers
    layered = params._replace(decoder=params.decoder._replace(layers=((), low, (), high)))
    expected, found = run(plain, (params, *case)), run(counting, (layered, *case))
    assert all(close(a, b) for a, b in zip(expected.values(), found.values(), strict=True))


def test_what_is_handed_over():
    # from an LSTM to a GRU goes h; the weights of the decoder are such that it keeps its state
    model = EncoderDecoder(lstm, gru)
    params = model.init(np.random.default_rng(0), 2, 3, 3)
    decoder, out = (_tree.apply(np.zeros_like, part) for part in (params.decoder, params.out))
    decoder.b[3:6] = 99
    out.W_ho[:] = np.eye(3)
    x = np.random.default_rng(1).standard_normal((4, 2, 2))
    o, _ = model.forward(params._replace(decoder=decoder, out=out), x, np.zeros((5, 2), int))
    _, end, _ = lstm.forward(params.encoder, x)
    assert close(o, np.broadcast_to(end.h, o.shape))


def test_the_weights_say_where_the_decoder_looks():
    model = MODELS["additive"]
    params, x, read, _ = draw(model)
    _, cache = model.forward(params, x, read, lengths=[5, 0, 3])
    assert cache.weights.shape == (4, 3, 5)
    sums = cache.weights.sum(axis=2)
    assert np.allclose(sums, [1, 0, 1])
    module = nn.AttentiveDecoder.from_params(model, params)
    theirs = module(torch.tensor(x), torch.tensor(read), [5, 0, 3])[1]
    assert close(cache.weights, theirs.detach().numpy())


def test_the_loss_and_its_gradients():
    model = MODELS["additive"]
    params, x, y, _ = draw(model)
    y[2:, 1], y[:, 2] = -1, -1
    value, grads = seq2seq.loss_and_gradients(model, params, x, y, start=3, **LENGTHS)
    module = nn.AttentiveDecoder.from_params(model, params)
    read = np.concatenate([np.full((1, 3), 3), y[:-1]])
    o, _ = module(torch.tensor(x), torch.tensor(read), **LENGTHS)
    flat, target = o.reshape(-1, 4), torch.tensor(y).reshape(-1)
    loss = torch.nn.functional.cross_entropy(flat, target, ignore_index=-1, reduction="sum") / 3
    loss.backward()
    assert value == pytest.approx(loss.item(), abs=1e-12)
    theirs = dict(module.named_parameters())
    assert close(grads.out.W_ho, theirs["W_ho"].grad.numpy())
    assert close(grads.encoder.W_hh, theirs["encoder.W_hh"].grad.numpy())
    assert close(grads.attention.v, theirs["looks.v"].grad.numpy())


def test_more_than_the_gradient_is_that_of_the_seed():
    for make in (
        lambda: nn.EncoderDecoder(nn.GRU(2, 3), nn.GRU(4, 3), 4),
        lambda: nn.AttentiveDecoder(nn.GRU(2, 3), nn.GRU(7, 3), nn.GeneralAttention(3, 3), 4),
    ):
        found = []
        for _ in range(2):
            torch.manual_seed(0)
            found.append(dict(_tree.leaves(make().to_params())))
        assert all(np.array_equal(found[0][name], found[1][name]) for name in found[0])
