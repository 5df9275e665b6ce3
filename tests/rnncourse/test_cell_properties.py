"""What holds for every cell and every shape: padding, batches, splitting, precision, refusals."""

import math
import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse import _sequence, elman

steady = settings(derandomize=True, deadline=None, max_examples=25)
sizes = st.tuples(st.integers(0, 7), st.integers(1, 4), st.integers(1, 3), st.integers(1, 4))


def close(a, b):
    return np.allclose(a, b, rtol=1e-12, atol=1e-13)


def each(function, state):
    return type(state)(*map(function, state))


def of_sequences(results):
    """Which results have a row for each sequence (and on which axis), unlike the weights'."""
    return {
        name: 1 if name in ("h", "d_x") else 0
        for name in results
        if name in ("h", "d_x") or name.startswith(("end.", "d_state."))
    }


@steady
@given(size=sizes, data=st.data())
def test_padding_changes_nothing(cell, size, data):
    T, B, _, _ = size
    lengths = np.array(data.draw(st.lists(st.integers(0, T), min_size=B, max_size=B)))
    case = cell.draw(size)
    clean = cell.run(case, lengths)
    beyond = np.arange(T)[:, None] >= lengths
    case.x[beyond] = np.nan
    case.d_h[beyond] = np.inf
    dirty = cell.run(case, lengths)
    for name in clean:
        assert np.array_equal(clean[name], dirty[name]), name
    assert not dirty["h"][beyond].any()
    assert not dirty["d_x"][beyond].any()


@steady
@given(size=sizes, data=st.data())
def test_a_padded_batch_is_its_sequences_one_by_one(cell, size, data):
    T, B, _, _ = size
    lengths = data.draw(st.lists(st.integers(0, T), min_size=B, max_size=B))
    case = cell.draw(size)
    together = cell.run(case, lengths)
    rows = of_sequences(together)
    total = {name: 0 for name in together if name not in rows}
    for b, n in enumerate(lengths):
        one = slice(b, b + 1)
        state, d_end = (each(lambda part, one=one: part[one], s) for s in (case.state, case.d_end))
        alone = cell.run(case._replace(
            x=case.x[:n, one], d_h=case.d_h[:n, one], state=state, d_end=d_end
        ))  # fmt: skip
        for name, axis in rows.items():
            mine = together[name][:n, one] if axis else together[name][one]
            assert close(mine, alone[name]), name
        total = {name: total[name] + alone[name] for name in total}
        if n == 0:
            for name, part in case.state._asdict().items():
                assert np.array_equal(together[f"end.{name}"][b], part[b])
                d_part = getattr(case.d_end, name)
                assert np.array_equal(together[f"d_state.{name}"][b], d_part[b])
    assert all(close(total[name], together[name]) for name in total)


@steady
@given(size=sizes, random=st.randoms(use_true_random=False))
def test_the_order_of_the_batch_does_not_matter(cell, size, random):
    order = list(range(size[1]))
    random.shuffle(order)
    case = cell.draw(size)
    plain = cell.run(case)
    moved = cell.run(case._replace(
        x=case.x[:, order],
        d_h=case.d_h[:, order],
        state=each(lambda part: part[order], case.state),
        d_end=each(lambda part: part[order], case.d_end),
    ))  # fmt: skip
    rows = of_sequences(plain)
    for name, result in plain.items():
        expected = np.take(result, order, rows[name]) if name in rows else result
        assert close(expected, moved[name]), name


@steady
@given(size=sizes, data=st.data())
def test_two_parts_that_carry_the_state_are_the_whole(cell, size, data):
    cut = data.draw(st.integers(0, size[0]))
    case = cell.draw(size)
    params, x, d_h, state, d_end = case
    whole = cell.run(case)
    forward, backward = cell.module.forward, cell.module.backward
    h1, middle, first = forward(params, x[:cut], state)
    h2, end, second = forward(params, x[cut:], middle)
    d_x2, grads2, d_middle = backward(second, d_h[cut:], d_end)
    d_x1, grads1, d_state = backward(first, d_h[:cut], d_middle)
    assert close(whole["h"], np.concatenate([h1, h2]))
    assert close(whole["d_x"], np.concatenate([d_x1, d_x2]))
    for name in state._fields:
        assert close(whole[f"end.{name}"], getattr(end, name))
        assert close(whole[f"d_state.{name}"], getattr(d_state, name))
    for name in params._fields:
        assert close(whole[name], getattr(grads1, name) + getattr(grads2, name))


@pytest.mark.parametrize("size", [1, 2, 3])
def test_the_way_back_in_blocks_of_any_size(cell, size, monkeypatch):
    case, lengths = cell.draw((8, 4, 2, 3)), [8, 0, 3, 5]
    whole, padded = cell.run(case), cell.run(case, lengths)
    blocks = _sequence.blocks
    monkeypatch.setattr(_sequence, "blocks", lambda T, _: blocks(T, 1, size))
    for before, now in ((whole, cell.run(case)), (padded, cell.run(case, lengths))):
        for name in before:
            assert close(before[name], now[name]), name


def test_a_sequence_that_has_not_begun(cell):
    case = cell.draw((0, 2, 3, 4))
    results = cell.run(case)
    assert (results["h"].shape[:2], results["d_x"].shape) == ((0, 2), (0, 2, 3))
    for name in case.state._fields:
        assert np.array_equal(results[f"end.{name}"], getattr(case.state, name))
        assert np.array_equal(results[f"d_state.{name}"], getattr(case.d_end, name))
    assert not any(results[name].any() for name in case.params._fields)


def test_an_empty_batch(cell):
    case = cell.draw((3, 1, 2, 4))
    state = each(lambda part: part[:0], case.state)
    empty = case._replace(x=case.x[:, :0], d_h=case.d_h[:, :0], state=state, d_end=state)
    results = cell.run(empty)
    assert (results["h"].shape[:2], results["d_x"].shape) == ((3, 0), (3, 0, 2))
    assert all(results[f"end.{name}"].shape[0] == 0 for name in state._fields)
    assert not any(results[name].any() for name in case.params._fields)


@pytest.mark.parametrize("lengths", [None, [2, 4]])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_keeps_the_precision_and_the_inputs(cell, dtype, lengths):
    case = cell.draw((4, 2, 3, 5), dtype)
    arrays = [*case.params, case.x, case.d_h, *case.state, *case.d_end]
    before = [a.copy() for a in arrays]
    for a in arrays:
        a.flags.writeable = False
    results = cell.run(case, lengths)
    assert {r.dtype for r in results.values()} == {np.dtype(dtype)}
    assert all(np.array_equal(a, b) for a, b in zip(arrays, before, strict=True))


def test_the_state_given_back_is_the_callers_own(cell):
    case = cell.draw((4, 2, 3, 5))
    _, end, cache = cell.module.forward(case.params, case.x, case.state)
    before = cell.module.backward(cache, case.d_h, case.d_end)[1]
    for part in end:
        part[:] = 7
    after = cell.module.backward(cache, case.d_h, case.d_end)[1]
    assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))


def test_arrays_in_any_layout(cell):
    case = cell.draw((4, 3, 2, 5))
    other = cell.run(case._replace(
        params=each(np.asfortranarray, case.params),
        x=np.ascontiguousarray(case.x.transpose(1, 0, 2)).transpose(1, 0, 2),
        d_h=np.asfortranarray(case.d_h),
        state=each(np.asfortranarray, case.state),
        d_end=each(np.asfortranarray, case.d_end),
    ))  # fmt: skip
    for name, result in cell.run(case).items():
        assert close(result, other[name]), name


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_saturated_units_stay_finite(cell, dtype):
    case = cell.draw((5, 2, 3, 4), dtype)
    results = cell.run(case._replace(x=case.x * dtype(1e4)))
    assert all(np.isfinite(r).all() for r in results.values())


X = np.zeros((5, 2, 3))
NAN_AT_2 = np.where(np.arange(5)[:, None, None] == 2, np.nan, 0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x: {"x": x[0]}, "x must have shape (T, B, 3) (I as in W_ih ("),
        (lambda x: {"x": x[:, :, :2]}, ", 3)), got (5, 2, 2)"),
        (lambda x: {"x": x.astype("f4")}, "x has dtype float32, but the weights have float64"),
        (lambda x: {"x": x.astype(int)}, "x has dtype int64, but the weights have float64"),
        (lambda x: {"x": x + NAN_AT_2}, "x[2, 0, 0] must be finite"),
        (lambda x: {"x": x + np.inf, "lengths": [0, 1]}, "x[0, 1, 0] must be finite, got inf"),
        (lambda x: {"lengths": [5]}, "lengths must have shape (2,)"),
        (lambda x: {"lengths": [1, 6]}, "lengths[1] must lie between 0 and T = 5, got 6"),
        (lambda x: {"lengths": [-1, 5]}, "lengths[0] must lie between 0 and T = 5, got -1"),
        (lambda x: {"lengths": [1.0, 2.0]}, "lengths must be integers, got dtype float64"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_refusals_name_the_argument_and_both_shapes(cell, change, message):
    params = cell.draw((1, 1, 3, 4)).params
    with pytest.raises(ValueError, match=re.escape(message)):
        cell.module.forward(**{"params": params, "x": X, **change(X)})


def test_refuses_a_state_that_does_not_fit(cell):
    params, _, _, state, _ = cell.draw((1, 2, 3, 4))
    for name in state._fields:
        part = getattr(state, name)
        for wrong, message in [
            (part[:1], f"state.{name} must have shape {part.shape}"),
            (part.astype("f4"), f"state.{name} has dtype float32, but the weights have float64"),
            (np.full_like(part, np.nan), f"state.{name}[{', '.join('0' * part.ndim)}] must be fin"),
        ]:
            with pytest.raises(ValueError, match=re.escape(message)):
                cell.module.forward(params, X, state._replace(**{name: wrong}))


def test_refuses_weights_that_do_not_fit(cell):
    params = cell.draw((1, 1, 3, 4)).params
    kind = type(params).__name__
    for name in params._fields:
        array = getattr(params, name)
        for wrong, message in [
            (array[..., None], f"{kind}.{name} must have shape ("),
            (array.astype(int), f"{kind}.{name} must have a floating dtype such as float64, got"),
        ]:
            with pytest.raises(ValueError, match=re.escape(message)):
                cell.module.forward(params._replace(**{name: wrong}), X)
    last = params._fields[-1]
    mixed = params._replace(**{last: getattr(params, last).astype("f4")})
    with pytest.raises(
        ValueError, match=re.escape(f"{kind}.{last} has dtype float32, but {kind}.")
    ):
        cell.module.forward(mixed, X)


def test_backward_refuses_gradients_of_another_shape(cell):
    params, x, d_h, _, d_end = cell.draw((5, 2, 3, 4))
    _, _, cache = cell.module.forward(params, x)
    out = d_end._fields[0]  # h, or o where the output layer is part of the cell
    with pytest.raises(
        ValueError, match=re.escape(f"d_{out} must have shape {d_h.shape} (that of {out})")
    ):
        cell.module.backward(cache, d_h[:, :, :1])
    with pytest.raises(ValueError, match=f"d_{out} has dtype float32"):
        cell.module.backward(cache, d_h.astype(np.float32))
    for name in d_end._fields:
        part = getattr(d_end, name)
        with pytest.raises(
            ValueError, match=re.escape(f"d_state.{name} must have shape {part.shape}")
        ):
            cell.module.backward(cache, d_h, d_end._replace(**{name: part[0]}))


@pytest.mark.parametrize("size", [(0, 1), (1, 0)])
def test_init_refuses_sizes_below_one(cell, size):
    with pytest.raises(ValueError, match="_size must be at least 1, got 0"):
        cell.module.init(np.random.default_rng(0), *size)


def test_init_refuses_integers(cell):
    with pytest.raises(ValueError, match="dtype must be floating"):
        cell.module.init(np.random.default_rng(0), 1, 1, dtype=int)


def test_init_follows_the_seed(cell):
    one, again = (cell.module.init(np.random.default_rng(0), 10, 25) for _ in range(2))
    assert all(np.array_equal(a, b) for a, b in zip(one, again, strict=True))


def test_init_stays_within_its_bound():
    params = elman.init(np.random.default_rng(0), 10, 25)
    assert all(0.19 < np.abs(p).max() <= 0.2 or p.size < 30 for p in params)


def test_one_unit_by_hand():
    net = elman.scalar(w=0.5, u=1.0)
    h = net.states([1, 0, 0])
    first = math.tanh(1)
    assert h == pytest.approx([first, math.tanh(first / 2), math.tanh(math.tanh(first / 2) / 2)])
    by_network = elman.forward(net.params, np.array([1.0, 0, 0]).reshape(3, 1, 1))[0].ravel()
    assert np.array_equal(h, by_network)
    assert elman.scalar(0.5, 1.0, b=0.2).states([0], h0=1.0) == pytest.approx(np.tanh([0.7]))
