"""The neural Turing machine: every stage of addressing, memory, gradients, batches, learning."""

import re

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse.nn import NTM, ntm

steady = settings(derandomize=True, deadline=None, max_examples=25)
seeds = st.integers(0, 2**32 - 1)


def normal(seed, *shape):
    return torch.from_numpy(np.random.default_rng(seed).standard_normal(shape))


def weights(seed, B, N):
    return torch.softmax(2 * normal(seed, B, N), dim=1)


def is_distribution(w):
    sums = w.sum(dim=-1)
    return bool((w >= 0).all()) and torch.allclose(sums, torch.ones_like(sums), rtol=0, atol=1e-12)


@steady
@given(seed=seeds, B=st.integers(1, 3), N=st.integers(3, 8), W=st.integers(1, 4))
def test_every_stage_gives_a_distribution(seed, B, N, W):
    M, key, before = normal(seed, B, N, W), normal(seed + 1, B, W), weights(seed + 2, B, N)
    strength, gate = 9 * normal(seed + 3, B, 1).abs(), torch.sigmoid(normal(seed + 4, B, 1))
    content = ntm.content_weights(M, key, strength)
    gated = ntm.gate_weights(content, before, gate)
    shifted = ntm.shift_weights(gated, weights(seed + 5, B, 3))
    sharp = ntm.sharpen_weights(shifted, 1 + strength)
    for w in (content, gated, shifted, sharp):
        assert w.shape == (B, N)
        assert is_distribution(w)
    assert (sharp.amax(dim=1) >= shifted.amax(dim=1) - 1e-12).all()
    assert torch.equal(sharp.argmax(dim=1), shifted.argmax(dim=1))


def test_a_strong_key_finds_its_row_and_none_finds_all():
    M = normal(0, 2, 5, 3)
    rows = torch.tensor([3, 1])
    key = 7 * M[torch.arange(2), rows]  # its length does not matter
    strong = ntm.content_weights(M, key, torch.full((2, 1), 200.0, dtype=torch.float64))
    assert (strong[torch.arange(2), rows] > 0.999).all()
    assert torch.allclose(ntm.read(M, strong), M[torch.arange(2), rows], atol=1e-2)
    weak = ntm.content_weights(M, key, torch.zeros(2, 1, dtype=torch.float64))
    assert torch.allclose(weak, torch.full_like(weak, 1 / 5))


def test_the_content_by_hand():
    M = torch.tensor([[[3.0, 4.0], [4.0, -3.0], [-3.0, -4.0]]], dtype=torch.float64)
    key = torch.tensor([[30.0, 40.0]], dtype=torch.float64)  # cosines 1, 0 and -1
    found = ntm.content_weights(M, key, torch.tensor([[2.0]], dtype=torch.float64))
    e = np.exp([2.0, 0, -2])
    assert found[0].tolist() == pytest.approx((e / e.sum()).tolist(), abs=1e-12)


def test_a_gate_of_zero_keeps_the_place_and_of_one_takes_the_content():
    content, before = weights(0, 2, 5), weights(1, 2, 5)
    zero = torch.zeros(2, 1, dtype=torch.float64)
    assert torch.equal(ntm.gate_weights(content, before, zero), before)
    assert torch.equal(ntm.gate_weights(content, before, 1 + zero), content)


@pytest.mark.parametrize("reach", [1, 2])
def test_a_shift_rotates(reach):
    w = weights(0, 2, 6)
    for k, move in enumerate(range(-reach, reach + 1)):
        only = torch.zeros(2, 2 * reach + 1, dtype=torch.float64)
        only[:, k] = 1
        moved = ntm.shift_weights(w, only)
        for n in range(6):
            assert torch.equal(moved[:, (n + move) % 6], w[:, n])


def test_a_blurred_shift_is_the_sum_of_the_source():
    w, s = weights(0, 2, 5), weights(1, 2, 3)
    expected = [
        [sum(w[b, (n - j) % 5] * s[b, j + 1] for j in (-1, 0, 1)) for n in range(5)]
        for b in range(2)
    ]
    assert torch.allclose(ntm.shift_weights(w, s), torch.tensor(expected, dtype=torch.float64))


def test_sharpening():
    w = weights(0, 2, 5)
    assert torch.allclose(ntm.sharpen_weights(w, torch.ones(2, 1)), w)
    assert torch.allclose(
        ntm.sharpen_weights(w, torch.full((2, 1), 3.0)), w**3 / (w**3).sum(1)[:, None]
    )
    tiny = torch.full((1, 128), 1 / 128)  # float32, where 128⁻⁵⁰ is zero
    assert torch.allclose(ntm.sharpen_weights(tiny, torch.tensor([[50.0]])), tiny)
    one_hot = torch.eye(3)[:1]
    assert torch.equal(ntm.sharpen_weights(one_hot, torch.tensor([[2.0]])), one_hot)


def test_erasing_and_adding_are_exact():
    M, erase, add = normal(0, 1, 3, 4), torch.rand(1, 4, dtype=torch.float64), normal(1, 1, 4)
    at = torch.tensor([[0.0, 1.0, 0.0]], dtype=torch.float64)
    after = ntm.write(M, at, erase, add)
    assert torch.equal(after[:, [0, 2]], M[:, [0, 2]])
    assert torch.equal(after[0, 1], M[0, 1] * (1 - erase[0]) + add[0])
    assert torch.equal(ntm.write(M, at, torch.ones_like(erase), add)[0, 1], add[0])
    assert torch.equal(ntm.read(after, at), after[:, 1])
    spread = weights(2, 1, 3)
    after = ntm.write(M, spread, erase, add)
    for n in range(3):
        expected = M[0, n] * (1 - spread[0, n] * erase[0]) + spread[0, n] * add[0]
        assert torch.allclose(after[0, n], expected)


@pytest.mark.parametrize("controller", ["lstm", "feedforward"])
def test_every_gradient(controller):
    torch.manual_seed(0)
    how = {"rows": 4, "width": 3, "reads": 2, "writes": 2, "controller": controller}
    machine = NTM(2, 3, 2, dtype=torch.float64, **how)
    names = [name for name, _ in machine.named_parameters()]

    def run(x, M, *values):
        state = machine.start(1)._replace(M=M)
        given = dict(zip(names, values, strict=True))
        o, end = torch.func.functional_call(machine, given, (x, state))
        return o, end.M, end.w, end.r

    inputs = [normal(1, 3, 1, 2), normal(2, 1, 4, 3), *machine.parameters()]
    leaves = [value.detach().clone().requires_grad_() for value in inputs]
    assert torch.autograd.gradcheck(run, leaves, fast_mode=True)


def machine_and_batch(seed=0, T=6, B=3, **how):
    torch.manual_seed(seed)
    machine = NTM(2, 5, 3, rows=7, width=4, dtype=torch.float64, **how)
    return machine, normal(seed, T, B, 2)


def equal(one, other):
    return all(torch.allclose(a, b, rtol=0, atol=1e-12) for a, b in zip(one, other, strict=True))


HOW = [{}, {"controller": "feedforward", "reads": 2}, {"writes": 2, "reach": 3}]


@pytest.mark.parametrize("how", HOW, ids=str)
def test_heads_are_somewhere_and_the_state_has_its_shapes(how):
    machine, x = machine_and_batch(**how)
    o, state = machine(x)
    assert o.shape == (6, 3, 3)
    assert is_distribution(state.w)
    for part, like in zip(state, machine.start(3), strict=True):
        assert part.shape == like.shape
        assert torch.isfinite(part).all()
    (end,) = [part for part in [state.c] if how.get("controller")] or [torch.zeros(1)]
    assert not end.any()  # a feedforward controller has no cell


@pytest.mark.parametrize("how", HOW, ids=str)
def test_steps_and_two_parts_are_the_whole(how):
    machine, x = machine_and_batch(**how)
    o, end = machine(x)
    first, middle = machine(x[:2])
    second, last = machine(x[2:], middle)
    assert equal([o, *end], [torch.cat([first, second]), *last])
    state = machine.start(3)
    for x_t, o_t in zip(x, o, strict=True):
        mine, state = machine.step(x_t, state)
        assert torch.allclose(mine, o_t, rtol=0, atol=1e-12)
    nothing, start = machine(x[:0])
    assert nothing.shape == (0, 3, 3)
    assert equal(start, machine.start(3))


@pytest.mark.parametrize("how", HOW, ids=str)
def test_a_padded_batch_is_its_sequences_one_by_one(how):
    machine, x = machine_and_batch(**how)
    lengths = [6, 0, 4]
    beyond = torch.arange(6)[:, None] >= torch.tensor(lengths)
    dirty = torch.where(beyond[:, :, None], torch.nan, x)
    o, end = machine(dirty, lengths=lengths)
    assert not o[beyond].any()
    for b, n in enumerate(lengths):
        alone, last = machine(x[:n, [b]])
        assert torch.allclose(o[:n, [b]], alone, rtol=0, atol=1e-12)
        assert equal([p[:, [b]] for p in end[1:3]], last[1:3])
        assert equal([p[[b]] for p in (end.M, end.h, end.c)], (last.M, last.h, last.c))
    o.sum().backward()
    assert all(torch.isfinite(p.grad).all() for p in machine.parameters())


def test_the_order_of_the_batch_does_not_matter():
    machine, x = machine_and_batch()
    order = [2, 0, 1]
    assert torch.allclose(machine(x[:, order])[0], machine(x)[0][:, order], rtol=0, atol=1e-12)
    assert machine(x[:, :0])[0].shape == (6, 0, 3)


def test_the_seed_rules_and_single_precision_is_kept():
    outputs = []
    for _ in range(2):
        torch.manual_seed(0)
        outputs.append(NTM(2, 5, 3)(torch.ones(4, 1, 2))[0])
    assert torch.equal(*outputs)
    assert outputs[0].dtype == torch.float32


def test_learns_to_copy_with_nothing_but_its_memory():
    """A feedforward controller remembers nothing itself: what it repeats has been in the memory."""
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    machine = NTM(4, 20, 3, rows=8, width=6, controller="feedforward")
    adam = torch.optim.Adam(machine.parameters(), lr=0.05)
    found = []
    for _ in range(50):
        bits = torch.from_numpy(rng.integers(2, size=(2, 16, 3))).float()
        x = torch.zeros(5, 16, 4)
        x[:2, :, :3] = bits
        x[2, :, 3] = 1  # now say it again
        o, _ = machine(x)
        loss = torch.nn.functional.binary_cross_entropy_with_logits(o[-2:], bits)
        adam.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(machine.parameters(), 10)
        adam.step()
        found.append(loss.item())
    assert np.mean(found[:5]) > 0.6  # chance: ln 2 ≈ 0.693 for each bit
    assert np.mean(found[-10:]) < 0.3


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: NTM(0, 1, 1), "input_size must be at least 1, got 0"),
        (lambda: NTM(1, 1, 1, reads=0), "reads must be at least 1, got 0"),
        (lambda: NTM(1, 1, 1, rows=4, reach=2), "rows must be at least 2 reach + 1 = 5, got 4"),
        (lambda: NTM(1, 1, 1, controller="gru"), "controller must be 'lstm' or 'feedforward', go"),
        (lambda: NTM(2, 3, 1)(torch.zeros(4, 2)), "x must have shape (T, B, 2), got (4, 2)"),
        (lambda: NTM(2, 3, 1)(torch.zeros(4, 1, 3)), "x must have shape (T, B, 2), got (4, 1, 3)"),
        (lambda: NTM(1, 3, 1)(torch.zeros(1, 1, 1).double()), "x has dtype torch.float64, but the"),
        (lambda: NTM(1, 3, 1)(torch.zeros(2, 1, 1), lengths=[3]), "lengths must lie between 0 and"),
        (
            lambda: NTM(1, 3, 1)(torch.zeros(2, 1, 1), lengths=[1, 1]),
            "lengths must have shape (1,)",
        ),
        (
            lambda: NTM(1, 3, 1)(torch.zeros(2, 2, 1), NTM(1, 3, 1).start(1)),
            "state.M must have shape (2, 32, 16), got (1, 32, 16)",
        ),
    ],
)
def test_refusals(call, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        call()
