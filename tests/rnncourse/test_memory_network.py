"""The end-to-end memory network: gradients, its PyTorch reading, padding, hops, what it learns."""

from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse import gradcheck, losses, memory_network, nn, optim
from rnncourse.data.where_is import WORDS, where_is
from rnncourse.memory_network import MemoryNetworkParams

steady = settings(derandomize=True, deadline=None, max_examples=30)
sizes = st.tuples(
    st.integers(0, 5), st.integers(1, 3), st.integers(1, 4), st.integers(1, 3), st.integers(1, 3)
)  # S, B, V, H, K


class Case(NamedTuple):
    params: Any
    story: Any
    query: Any
    d_o: Any


def draw(size=(4, 3, 6, 3, 2), J=3, dtype=np.float64):
    """Weights five times those of `init`, so that the hops look at some sentences more."""
    S, B, V, H, K = size
    rng = np.random.default_rng(size)
    params = memory_network.init(rng, V, H, hops=K, memory_size=S + 1, dtype=dtype)
    params = MemoryNetworkParams(*(5 * array for array in params))
    story, query = rng.integers(-1, V, (S, B, J)), rng.integers(-1, V, (B, 2))
    return Case(params, story, query, rng.standard_normal((B, V)).astype(dtype))


def run(case, **how):
    """The scores, where the hops look, the weights' gradients."""
    o, p, cache = memory_network.forward(case.params, case.story, case.query, **how)
    return o, p, memory_network.backward(cache, case.d_o)


def close(ours, theirs, rel=1e-12):
    """Within rel of the largest entry."""
    ours, theirs = np.asarray(ours), np.asarray(theirs)
    size = max(1.0, np.abs(theirs).max(initial=0))
    return ours.shape == theirs.shape and np.abs(ours - theirs).max(initial=0) <= rel * size


def in_pytorch(case, **how):
    module = nn.MemoryNetwork.from_params(case.params)
    o, p = module(torch.tensor(case.story), torch.tensor(case.query), **how)
    o.backward(torch.tensor(case.d_o))
    grads = MemoryNetworkParams(module.E.grad.numpy(), module.D.grad.numpy())
    return o.detach(), p.detach(), grads, module


@pytest.mark.parametrize("position", [False, True])
@pytest.mark.parametrize("lengths", [None, [4, 0, 2]])
@pytest.mark.parametrize("size", [(4, 3, 6, 3, 2), (4, 3, 1, 1, 1), (5, 3, 4, 5, 3)], ids=str)
def test_every_gradient_and_the_pytorch_reading(size, lengths, position):
    case, how = draw(size), {"lengths": lengths, "position": position}
    o, p, grads = run(case, **how)
    measured = gradcheck.compare(
        lambda params: (memory_network.forward(params, *case[1:3], **how)[0] * case.d_o).sum(),
        case.params,
        grads,
    )
    assert measured.worst < 1e-13, measured
    assert measured.worst_difference < 1e-7, measured
    their_o, their_p, their_grads, module = in_pytorch(case, **how)
    assert close(o, their_o)
    assert close(p, their_p)
    assert all(close(a, b) for a, b in zip(grads, their_grads, strict=True))
    assert all(np.array_equal(a, b) for a, b in zip(case.params, module.to_params(), strict=True))


def test_single_precision():
    case = draw((30, 8, 20, 12, 3), dtype=np.float32)
    o, p, grads = run(case, position=True)
    assert {a.dtype for a in (o, p, *grads)} == {np.dtype(np.float32)}
    their_o, _, their_grads, _ = in_pytorch(case, position=True)
    assert close(o, their_o, 1e-5)
    assert all(close(a, b, 5e-5) for a, b in zip(grads, their_grads, strict=True))


@steady
@given(size=sizes, position=st.booleans(), data=st.data())
def test_a_padded_batch_is_its_stories_one_by_one(size, position, data):
    S, B, *_ = size
    lengths = np.array(data.draw(st.lists(st.integers(0, S), min_size=B, max_size=B)))
    case = draw(size)
    beyond = np.arange(S)[:, None] >= lengths
    case.story[beyond] = 10**9
    o, p, grads = run(case, lengths=lengths, position=position)
    assert not p[:, beyond].any()
    total = MemoryNetworkParams(*map(np.zeros_like, case.params))
    for b, n in enumerate(lengths):
        one = [b]
        alone = Case(case.params, case.story[:n, one], case.query[one], case.d_o[one])
        o_b, p_b, share = run(alone, position=position)
        assert close(o[one], o_b)
        assert close(p[:, :n, one], p_b)
        assert n == 0 or close(p[:, :, b].sum(axis=1), np.ones(len(p)))
        total = MemoryNetworkParams(*(a + g for a, g in zip(total, share, strict=True)))
    assert all(close(a, b) for a, b in zip(grads, total, strict=True))


@steady
@given(size=sizes, random=st.randoms(use_true_random=False))
def test_the_order_of_the_batch_does_not_matter(size, random):
    order = list(range(size[1]))
    random.shuffle(order)
    case = draw(size)
    moved = Case(case.params, case.story[:, order], case.query[order], case.d_o[order])
    (o, p, grads), (other_o, other_p, same) = run(case), run(moved)
    assert close(o[order], other_o)
    assert close(p[:, :, order], other_p)
    assert all(close(a, b) for a, b in zip(grads, same, strict=True))


@pytest.mark.parametrize("position", [False, True])
def test_a_place_without_a_word_counts_for_nothing(position):
    case = draw()
    wider = np.full((4, 3, 5), -1)
    wider[:, :, :3] = case.story
    o, p, grads = run(case, position=position)
    other = run(case._replace(story=wider), position=position)
    assert all(
        close(a, b) for a, b in zip((o, p, *grads), (other[0], other[1], *other[2]), strict=True)
    )


def test_a_bag_of_words_has_no_order_and_positions_have():
    case = draw()
    turned = case._replace(story=case.story[:, :, ::-1])
    assert close(run(case)[0], run(turned)[0])
    assert not close(run(case, position=True)[0], run(turned, position=True)[0], 1e-3)


def test_the_weights_of_positions_are_the_sources():
    H, J = 4, 3
    params = MemoryNetworkParams(E=np.ones((2, 1, H)), D=np.zeros((2, 1, H)))
    forward = memory_network.forward(
        params, np.zeros((0, 1, 1), int), np.zeros((1, J), int), position=True
    )
    u = forward[2].u[0, 0]
    expected = [
        sum((1 - j / J) - (h / H) * (1 - 2 * j / J) for j in range(1, J + 1))
        for h in range(1, H + 1)
    ]
    assert u.tolist() == pytest.approx(expected, abs=1e-15)


def test_the_order_of_sentences_counts_by_their_age_alone():
    case = draw()
    timeless = case._replace(params=case.params._replace(D=np.zeros_like(case.params.D)))
    turned = timeless._replace(story=case.story[::-1])
    assert close(run(timeless)[0], run(turned)[0])
    assert not close(run(case)[0], run(case._replace(story=case.story[::-1]))[0], 1e-3)
    # ages count from the end: stories of two sentences and one have the ages 0 and 1
    grads = run(case, lengths=[2, 1, 0])[2]
    assert grads.D[:, :2].any(axis=2).any(axis=0).all()
    assert not grads.D[:, 2:].any()


def test_one_hop_by_hand():
    rng = np.random.default_rng(0)
    A, C = rng.standard_normal((2, 3, 2))  # of three words
    params = MemoryNetworkParams(np.array([A, C]), np.zeros((2, 2, 2)))
    o, p, _ = memory_network.forward(params, np.array([[[0, 1]], [[2, -1]]]), np.array([[1]]))
    scores = np.array([(A[0] + A[1]) @ A[1], A[2] @ A[1]])
    attention = np.exp(scores) / np.exp(scores).sum()
    found = attention @ np.array([C[0] + C[1], C[2]])
    assert p[0, :, 0].tolist() == pytest.approx(attention.tolist(), abs=1e-14)
    assert o[0].tolist() == pytest.approx((C @ (A[1] + found)).tolist(), abs=1e-14)


def test_an_empty_batch_and_inputs_left_alone():
    case = draw()
    empty = Case(case.params, case.story[:, :0], case.query[:0], case.d_o[:0])
    o, p, grads = run(empty)
    assert (o.shape, p.shape) == ((0, 6), (2, 4, 0))
    assert not any(g.any() for g in grads)
    frozen = Case(
        MemoryNetworkParams(*map(np.asfortranarray, case.params)),
        np.asfortranarray(case.story.astype(np.int8)),
        np.asfortranarray(case.query),
        np.asfortranarray(case.d_o),
    )
    arrays = [*frozen.params, *frozen[1:]]
    before = [a.copy() for a in arrays]
    for a in arrays:
        a.flags.writeable = False
    (o, _, grads), (other, _, same) = run(case), run(frozen)
    assert close(o, other)
    assert all(close(a, b) for a, b in zip(grads, same, strict=True))
    assert all(np.array_equal(a, b) for a, b in zip(arrays, before, strict=True))


def test_scores_of_any_size_stay_finite():
    case = draw()
    params = MemoryNetworkParams(*(array * 1e3 for array in case.params))
    assert all(np.isfinite(a).all() for a in (*run(case._replace(params=params))[:2],))


def test_learns_where_it_is_and_looks_at_the_sentence_that_says_so():
    rng, adam = np.random.default_rng(0), optim.Adam(lr=0.02)
    train, new = where_is(rng, 6, 500), where_is(rng, 6, 300)
    params = memory_network.init(rng, len(WORDS), 20, hops=1, memory_size=6)
    for _ in range(200):
        b = rng.integers(500, size=32)
        o, _, cache = memory_network.forward(params, train.story[:, b], train.query[b])
        _, d_o = losses.softmax_cross_entropy(o[None], train.y[None, b])
        params = adam.step(params, memory_network.backward(cache, d_o[0]))
    o, p, _ = memory_network.forward(params, new.story, new.query)
    assert (o.argmax(axis=1) == new.y).mean() > 0.9  # chance 1/6
    assert (p[0].argmax(axis=0) == new.support[0]).mean() > 0.9


def test_the_seed_rules():
    one, again = (memory_network.init(np.random.default_rng(5), 9, 4) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(one, again, strict=True))
    big = memory_network.init(np.random.default_rng(5), 90, 40, dtype="float32")
    assert big.E.dtype == np.float32
    assert big.E.std() == pytest.approx(0.1, rel=0.03)
    modules = []
    for _ in range(2):
        torch.manual_seed(0)
        modules.append(nn.MemoryNetwork(9, 4).to_params())
    assert all(np.array_equal(a, b) for a, b in zip(*modules, strict=True))
    assert modules[0].E.dtype == np.float32
