"""Attention of every kind: its gradient measured, PyTorch beside it, padding, batches, refusals."""

import re

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse import _tree, attention, gradcheck, nn

steady = settings(derandomize=True, deadline=None, max_examples=25)
KINDS = {
    "dot": lambda: nn.DotAttention(),
    "scaled_dot": lambda: nn.DotAttention(scaled=True),
    "general": nn.GeneralAttention.from_params,
    "additive": nn.AdditiveAttention.from_params,
}
NAMES = "context", "weights", "d_query", "d_keys", "d_values"
kinds = pytest.mark.parametrize("kind", KINDS)
sizes = st.tuples(*[st.integers(0, 4)] * 2, *[st.integers(1, 3)] * 4)


def draw(kind, size=(3, 4, 2, 3, 2, 5), dtype=np.float64):
    """The kind, its weights, query, keys, values, d_context, of given S, T, B, Q, D, V."""
    S, T, B, Q, D, V = size
    if "dot" in kind:
        D = Q
    rng = np.random.default_rng(size)
    looks = getattr(attention, kind)
    params = looks.init(rng, Q, D, dtype=dtype)
    shapes = (S, B, Q), (T, B, D), (T, B, V), (S, B, V)
    return looks, params, *(rng.standard_normal(shape).astype(dtype) for shape in shapes)


def run(looks, params, query, keys, values, d_context, lengths=None):
    context, weights, cache = looks.forward(params, query, keys, values, lengths=lengths)
    *slopes, grads = looks.backward(cache, d_context)
    of_params = dict(_tree.leaves(grads, "params"))
    return dict(zip(NAMES, (context, weights, *slopes), strict=True), **of_params)


def torch_run(kind, params, query, keys, values, d_context, lengths=None):
    module = KINDS[kind](params) if params else KINDS[kind]()
    leaves = [torch.tensor(a, requires_grad=True) for a in (query, keys, values)]
    context, weights = module(*leaves, lengths)
    (context * torch.tensor(d_context)).sum().backward()
    found = [context.detach(), weights.detach(), *(leaf.grad for leaf in leaves)]
    of_params = {f"params.{name}": p.grad.numpy() for name, p in module.named_parameters()}
    return dict(zip(NAMES, (a.numpy() for a in found), strict=True), **of_params)


def close(a, b, **how):
    return np.allclose(a, b, **{"rtol": 1e-12, "atol": 1e-13, **how})


def check(kind, size=(3, 4, 2, 3, 2, 5), lengths=None):
    looks, params, query, keys, values, d_context = draw(kind, size)
    _, _, cache = looks.forward(params, query, keys, values, lengths=lengths)
    d_query, d_keys, d_values, grads = looks.backward(cache, d_context)

    def loss(at):
        return (d_context * looks.forward(*at, lengths=lengths)[0]).sum()

    at = params, query, keys, values
    return gradcheck.compare(loss, at, (grads, d_query, d_keys, d_values))


@kinds
@pytest.mark.parametrize("lengths", [None, [4, 2], [0, 3]])
def test_the_gradient(kind, lengths):
    report = check(kind, lengths=lengths)
    assert report.worst < 1e-13
    assert report.worst_difference < 1e-7


@kinds
@steady
@given(size=sizes, data=st.data())
def test_pytorch_agrees(kind, size, data):
    _, T, B, *_ = size
    lengths = data.draw(st.none() | st.lists(st.integers(0, T), min_size=B, max_size=B))
    looks, *case = draw(kind, size)
    ours, theirs = run(looks, *case, lengths), torch_run(kind, *case, lengths)
    assert ours.keys() == theirs.keys()
    for name, result in ours.items():
        assert close(result, theirs[name], atol=1e-12), name


def test_scaled_dot_is_that_of_torch():
    looks, params, query, keys, values, d_context = draw("scaled_dot", (3, 6, 4, 5, 5, 2))
    lengths = np.array([6, 2, 1, 4])
    leaves = [torch.tensor(a.transpose(1, 0, 2), requires_grad=True) for a in (query, keys, values)]
    mask = torch.arange(6) < torch.tensor(lengths)[:, None, None]
    theirs = torch.nn.functional.scaled_dot_product_attention(*leaves, attn_mask=mask)
    (theirs * torch.tensor(d_context.transpose(1, 0, 2))).sum().backward()
    ours = run(looks, params, query, keys, values, d_context, lengths)
    assert close(ours["context"].transpose(1, 0, 2), theirs.detach(), atol=1e-12)
    for name, leaf in zip(["d_query", "d_keys", "d_values"], leaves, strict=True):
        assert close(ours[name].transpose(1, 0, 2), leaf.grad, atol=1e-12), name


@kinds
def test_single_precision(kind):
    looks, *case = draw(kind, (4, 50, 3, 8, 6, 5), np.float32)
    ours = run(looks, *case)
    exact = run(looks, *(_tree.apply(lambda a: a.astype(float), part) for part in case))
    for name, result in ours.items():
        bound = 1e-5 if name in ("context", "weights") else 5e-5
        assert np.abs(result - exact[name]).max() < bound * max(1, np.abs(exact[name]).max()), name


@kinds
@steady
@given(size=sizes, data=st.data())
def test_padding_changes_nothing(kind, size, data):
    _, T, B, *_ = size
    lengths = np.array(data.draw(st.lists(st.integers(0, T), min_size=B, max_size=B)))
    looks, params, query, keys, values, d_context = draw(kind, size)
    clean = run(looks, params, query, keys, values, d_context, lengths)
    beyond = np.arange(T)[:, None] >= lengths
    keys[beyond], values[beyond] = np.nan, np.inf
    dirty = run(looks, params, query, keys, values, d_context, lengths)
    for name, result in clean.items():
        assert np.array_equal(result, dirty[name]), name
    assert not dirty["weights"].transpose(2, 1, 0)[beyond].any()
    assert not dirty["d_keys"][beyond].any()
    assert not dirty["d_values"][beyond].any()
    assert close(dirty["weights"].sum(axis=2), 1.0 * (lengths > 0))


@kinds
def test_a_padded_batch_is_its_sequences_one_by_one(kind):
    looks, params, *arrays = draw(kind, (3, 5, 3, 2, 4, 2))
    together = run(looks, params, *arrays, [5, 0, 2])
    total = {name: 0 for name in together if name.startswith("params")}
    for b, n in enumerate([5, 0, 2]):
        query, keys, values, d_context = (a[:, b : b + 1] for a in arrays)
        alone = run(looks, params, query, keys[:n], values[:n], d_context)
        total = {name: total[name] + alone[name] for name in total}
        assert close(together["context"][:, b : b + 1], alone["context"])
        assert close(together["weights"][:, b : b + 1, :n], alone["weights"])
        assert close(together["d_query"][:, b : b + 1], alone["d_query"])
        assert close(together["d_keys"][:n, b : b + 1], alone["d_keys"])
        assert close(together["d_values"][:n, b : b + 1], alone["d_values"])
    assert all(close(together[name], total[name]) for name in total)


@kinds
@steady
@given(size=sizes, random=st.randoms(use_true_random=False))
def test_order_does_not_matter(kind, size, random):
    looks, params, query, keys, values, d_context = draw(kind, size)
    plain = run(looks, params, query, keys, values, d_context)
    batch = random.sample(range(size[2]), size[2])
    moved = run(looks, params, *(a[:, batch] for a in (query, keys, values, d_context)))
    for name, result in plain.items():
        expected = result if name.startswith("params") else result[:, batch]
        assert close(expected, moved[name]), name
    steps = random.sample(range(size[1]), size[1])  # a sequence is a set to attention
    turned = run(looks, params, query, keys[steps], values[steps], d_context)
    assert close(plain["context"], turned["context"])
    assert close(plain["weights"][:, :, steps], turned["weights"])
    assert close(plain["d_keys"][steps], turned["d_keys"])


@kinds
def test_queries_one_by_one_are_all_together(kind):
    looks, params, query, keys, values, d_context = draw(kind, (3, 4, 2, 3, 3, 2))
    together = run(looks, params, query, keys, values, d_context, [4, 2])
    memory = looks.remember(params, keys, values, lengths=[4, 2])
    total = 0
    for s in range(3):
        context, weights, look = looks.look(params, memory, query[s : s + 1])
        assert close(context[0], together["context"][s])
        assert close(weights[0], together["weights"][s])
        d_query, d_p, _, _ = looks.look_backward(params, memory, look, d_context[s : s + 1])
        assert close(d_query[0], together["d_query"][s])
        total = total + looks.remember_backward(params, memory, d_p)[0]
    assert close(total, together["d_keys"])


@kinds
@pytest.mark.parametrize("lengths", [None, [4, 2]])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_keeps_the_precision_and_the_inputs(kind, dtype, lengths):
    looks, *case = draw(kind, dtype=dtype)
    arrays = [array for _, array in _tree.leaves(tuple(case))]
    before = [a.copy() for a in arrays]
    for a in arrays:
        a.flags.writeable = False
    results = run(looks, *case, lengths)
    assert {r.dtype for r in results.values()} == {np.dtype(dtype)}
    assert all(np.array_equal(a, b) for a, b in zip(arrays, before, strict=True))


@kinds
def test_arrays_in_any_layout(kind):
    looks, params, *arrays = draw(kind)
    turned = [np.ascontiguousarray(a.transpose(1, 2, 0)).transpose(2, 0, 1) for a in arrays]
    other = run(looks, _tree.apply(np.asfortranarray, params), *turned)
    assert all(close(a, other[name]) for name, a in run(looks, params, *arrays).items())


@kinds
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_large_scores_stay_finite(kind, dtype):
    looks, params, query, keys, values, d_context = draw(kind, dtype=dtype)
    params = _tree.apply(lambda p: p * dtype(100), params)
    results = run(looks, params, query * dtype(1e4), keys * dtype(1e4), values, d_context)
    assert all(np.isfinite(r).all() for r in results.values())


def test_a_score_by_hand():
    # vᵀ tanh(W_q q + W_k k) with one unit each, and the softmax of (0, log 3)
    half = np.arctanh(np.log(3) / 2)
    params = attention.AdditiveParams(*np.ones((2, 1, 1)), np.array([2.0]))
    keys, values = np.array([[0.0, half], [4.0, 8.0]]).reshape(2, 2, 1, 1)
    context, weights, _ = attention.additive.forward(params, np.zeros((1, 1, 1)), keys, values)
    assert weights.ravel() == pytest.approx([1 / 4, 3 / 4])
    assert context.item() == pytest.approx(7)


@pytest.mark.parametrize("kind", ["general", "additive"])
def test_weights_go_to_pytorch_and_back(kind):
    _, params, *_ = draw(kind, dtype=np.float32)
    back = KINDS[kind](params).to_params()
    assert type(back) is type(params)
    assert all(np.array_equal(a, b) for a, b in zip(back, params, strict=True))
    torch.manual_seed(0)
    one = type(KINDS[kind](params))(3, 2).to_params()
    torch.manual_seed(0)
    two = type(KINDS[kind](params))(3, 2).to_params()
    assert all(np.array_equal(a, b) for a, b in zip(one, two, strict=True))


ADD, PARAMS, QUERY, KEYS, VALUES, D_CONTEXT = draw("additive")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"keys": KEYS[0]}, "keys must have shape (T, B, D), got (2, 2)"),
        ({"keys": KEYS.astype(int)}, "keys must have a floating dtype such as float64, got int64"),
        ({"keys": KEYS.astype("f4")}, "keys has dtype float32, but the weights have float64"),
        ({"keys": KEYS[:, :, :1]}, "AdditiveParams.W_k must have shape (3, 1), got (3, 2)"),
        ({"keys": KEYS * np.nan}, "keys[0, 0, 0] must be finite, got nan"),
        ({"values": VALUES[1:]}, "values must have shape (4, 2, V) (T and B as in keys), got (3,"),
        ({"values": VALUES.astype("f4")}, "values has dtype float32, but keys have float64"),
        ({"values": VALUES + np.inf}, "values[0, 0, 0] must be finite, got inf"),
        ({"query": QUERY[:, :1]}, "query must have shape (S, 2, 3) (B as in keys, Q as the score"),
        ({"query": QUERY.astype("f4")}, "query has dtype float32, but keys have float64"),
        ({"query": QUERY * np.nan}, "query[0, 0, 0] must be finite, got nan"),
        ({"lengths": [5, 1]}, "lengths[0] must lie between 0 and T = 4, got 5"),
        ({"lengths": [1]}, "lengths must have shape (2,)"),
        ({"params": ()}, "params must be AdditiveParams, got tuple"),
        (
            {"params": PARAMS._replace(v=PARAMS.v[1:])},
            "AdditiveParams.v must have shape (3,), got (2,)",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_refusals(change, message):
    given = {"params": PARAMS, "query": QUERY, "keys": KEYS, "values": VALUES, **change}
    with pytest.raises(ValueError, match=re.escape(message)):
        ADD.forward(**given)


def test_more_refusals():
    _, _, cache = ADD.forward(PARAMS, QUERY, KEYS, VALUES)
    rng = np.random.default_rng(0)
    for call, message in [
        (lambda: ADD.backward(cache, D_CONTEXT[1:]), "d_context must have shape (3, 2, 5) (that"),
        (lambda: ADD.backward(cache, D_CONTEXT.astype("f4")), "d_context has dtype float32, but "),
        (lambda: attention.dot.init(rng, 3, 2), "key_size must be query_size = 3, got 2: the "),
        (lambda: attention.additive.init(rng, 0, 2), "query_size must be at least 1, got 0"),
        (lambda: attention.dot.forward(PARAMS, QUERY, QUERY, QUERY), "params must be (): this sc"),
        (lambda: attention.general.forward(PARAMS, QUERY, KEYS, KEYS), "params must be GeneralPa"),
        (
            lambda: nn.DotAttention()(*3 * [torch.zeros(2, 2)]),
            "keys must have shape (T, B, D), got (2, 2)",
        ),
        (
            lambda: nn.DotAttention()(torch.zeros(1, 1, 2), *2 * [torch.zeros(3, 2, 2)]),
            "query must have shape (S, 2, Q), got (1, 1, 2)",
        ),
        (
            lambda: nn.DotAttention()(*3 * [torch.zeros(3, 2, 2)], lengths=[1]),
            "lengths must have shape (2,), got (1,)",
        ),
        (
            lambda: nn.DotAttention()(*3 * [torch.zeros(3, 2, 2)], lengths=[1, 4]),
            "lengths must lie between 0 and T = 3, got [1, 4]",
        ),
    ]:
        with pytest.raises(ValueError, match=re.escape(message)):
            call()
