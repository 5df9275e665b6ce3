"""CRF and MEMM alike: gradients measured and PyTorch's, padding, order, precision, refusals."""

import re

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse import crf, gradcheck, memm, nn

steady = settings(derandomize=True, deadline=None, max_examples=40)
sizes = st.tuples(st.integers(1, 4), st.integers(1, 3), st.integers(1, 3))
MODELS = {"crf": (crf, crf.CRFParams, nn.CRF), "memm": (memm, memm.MEMMParams, nn.MEMM)}
both = pytest.mark.parametrize("name", MODELS)


def draw(name, T, B, K, dtype=np.float64):
    rng = np.random.default_rng([T, B, K])
    kind = MODELS[name][1]
    shapes = [(K, K), *[(K,)] * (len(kind._fields) - 1)]
    params = kind(*(3 * rng.standard_normal(shape).astype(dtype) for shape in shapes))
    emissions = 3 * rng.standard_normal((T, B, K)).astype(dtype)
    return params, emissions, rng.integers(K, size=(T, B)), rng.integers(0, T + 1, size=B)


def everything(name, params, emissions, tags, lengths=None):
    model = MODELS[name][0]
    value, cache = model.log_likelihood(params, emissions, tags, lengths)
    d_emissions, grads = model.backward(cache)
    best, top = model.viterbi(params, emissions, lengths)
    by_sequence = [d_emissions, best]
    if name == "crf":
        by_sequence.append(crf.marginals(params, emissions, lengths))
    return {"by sequence": by_sequence, "each": [value, top], "weights": grads}


@both
@steady
@given(size=sizes)
def test_the_gradient(name, size):
    params, emissions, tags, lengths = draw(name, *size)
    d_value = np.random.default_rng(1).standard_normal(size[1])
    model = MODELS[name][0]

    def loss(at):
        return (d_value * model.log_likelihood(at[0], at[1], tags, lengths)[0]).sum()

    _, cache = model.log_likelihood(params, emissions, tags, lengths)
    d_emissions, grads = model.backward(cache, d_value)
    assert np.abs(d_emissions).max() <= np.abs(d_value).max()
    # a single tag has gradients of exactly 0, so errors are absolute; the entries are of size 1
    for measure, bound in [(gradcheck.complex_step, 1e-13), (gradcheck.central_difference, 1e-7)]:
        of_params, of_emissions = measure(loss, (params, emissions))
        assert np.abs(d_emissions - of_emissions).max() < bound
        for derived, measured in zip(grads, of_params, strict=True):
            assert np.abs(derived - measured).max() < bound


@both
@pytest.mark.parametrize("size", [(1, 1, 1), (7, 4, 5), (30, 3, 2)], ids=str)
@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_pytorch_reading(name, size, padded, dtype):
    model, _, kind = MODELS[name]
    params, emissions, tags, lengths = draw(name, *size, dtype)
    if padded:
        beyond = np.arange(size[0])[:, None] >= lengths
        emissions[beyond], tags[beyond] = np.nan, -100
    else:
        lengths = None
    d_value = np.random.default_rng(1).standard_normal(size[1]).astype(dtype)
    value, cache = model.log_likelihood(params, emissions, tags, lengths)
    d_emissions, grads = model.backward(cache, d_value)

    module, inputs = kind.from_params(params), torch.tensor(emissions, requires_grad=True)
    theirs = module(inputs, torch.tensor(tags), lengths)
    theirs.backward(torch.tensor(d_value))
    exact = dtype == np.float64
    by, rel = (1e-12, 1e-12) if exact else (5e-5, 1e-5)
    assert value == pytest.approx(theirs.detach().numpy(), rel=rel, abs=by)
    assert d_emissions == pytest.approx(inputs.grad.numpy(), rel=by, abs=by)
    for field, ours in grads._asdict().items():
        assert ours == pytest.approx(module.get_parameter(field).grad.numpy(), rel=by, abs=by)
    for before, after in zip(params, module.to_params(), strict=True):
        assert before.dtype == after.dtype
        assert np.array_equal(before, after)
    found = module.viterbi(inputs, lengths)
    assert np.array_equal(found.numpy(), model.viterbi(params, emissions, lengths)[0])


@both
@steady
@given(size=sizes)
def test_padding_changes_nothing(name, size):
    params, emissions, tags, lengths = draw(name, *size)
    clean = everything(name, params, emissions, tags, lengths)
    beyond = np.arange(size[0])[:, None] >= lengths
    emissions[beyond], tags[beyond] = np.nan, -100
    dirty = everything(name, params, emissions, tags, lengths)
    for part, arrays in clean.items():
        for a, b in zip(arrays, dirty[part], strict=True):
            assert np.array_equal(a, b)
    d_emissions, best, *marginals = dirty["by sequence"]
    assert (best[beyond] == -1).all()
    assert not any(a[beyond].any() for a in (d_emissions, *marginals))


@both
@steady
@given(size=sizes)
def test_a_padded_batch_is_its_sequences_one_by_one(name, size):
    params, emissions, tags, lengths = draw(name, *size)
    whole = everything(name, params, emissions, tags, lengths)
    total = [np.zeros_like(p) for p in params]
    for b, n in enumerate(lengths):
        alone = everything(name, params, emissions[:n, [b]], tags[:n, [b]])
        for a, one in zip(whole["by sequence"], alone["by sequence"], strict=True):
            assert a[:n, [b]] == pytest.approx(one, abs=1e-13)
        for a, one in zip(whole["each"], alone["each"], strict=True):
            assert a[[b]] == pytest.approx(one, abs=1e-12)
        total = [t + g for t, g in zip(total, alone["weights"], strict=True)]
    for a, b in zip(whole["weights"], total, strict=True):
        assert a == pytest.approx(b, abs=1e-13)


@both
@steady
@given(size=sizes, random=st.randoms(use_true_random=False))
def test_the_order_of_the_batch_is_of_no_account(name, size, random):
    params, emissions, tags, lengths = draw(name, *size)
    order = random.sample(range(size[1]), size[1])
    one = everything(name, params, emissions, tags, lengths)
    other = everything(name, params, emissions[:, order], tags[:, order], lengths[order])
    for a, b in zip(one["by sequence"], other["by sequence"], strict=True):
        assert a[:, order] == pytest.approx(b, abs=1e-13)
    for a, b in zip(one["each"], other["each"], strict=True):
        assert a[order] == pytest.approx(b, abs=1e-13)
    for a, b in zip(one["weights"], other["weights"], strict=True):
        assert a == pytest.approx(b, abs=1e-13)


@both
def test_left_out_every_sequence_weighs_one(name):
    model = MODELS[name][0]
    params, emissions, tags, _ = draw(name, 4, 3, 2)
    _, cache = model.log_likelihood(params, emissions, tags)
    for ours, given_ones in zip(
        model.backward(cache)[1], model.backward(cache, np.ones(3))[1], strict=True
    ):
        assert np.array_equal(ours, given_ones)


@both
def test_long_sequences_and_large_scores_stay_finite(name):
    params, emissions, tags, _ = draw(name, 1000, 2, 4)
    params = type(params)(*(1e4 * p for p in params))
    results = everything(name, params, 1e4 * emissions, tags)
    assert all(np.isfinite(a).all() for arrays in results.values() for a in arrays)


@both
def test_keeps_the_precision_and_the_inputs(name):
    params, emissions, tags, lengths = draw(name, 1000, 3, 4, np.float32)
    for array in (*params, emissions, tags, lengths):
        array.flags.writeable = False
    results = everything(name, params, emissions, tags, lengths)
    floats = [a for arrays in results.values() for a in arrays if a.dtype.kind == "f"]
    assert len(floats) == {"crf": 7, "memm": 5}[name]
    assert {a.dtype for a in floats} == {np.dtype(np.float32)}
    wide = type(params)(*(p.astype(float) for p in params))
    exact = everything(name, wide, emissions.astype(float), tags, lengths)
    for a, b in zip(results["each"], exact["each"], strict=True):
        assert a == pytest.approx(b, rel=1e-5)
    assert results["by sequence"][0] == pytest.approx(exact["by sequence"][0], abs=5e-5)
    for a, b in zip(results["weights"], exact["weights"], strict=True):
        assert a == pytest.approx(b, abs=5e-5 * float(np.abs(b).max()))
    strided = everything(name, params, np.asfortranarray(emissions), tags, lengths)
    for a, b in zip(strided["weights"], results["weights"], strict=True):
        assert a == pytest.approx(b, abs=1e-5 * float(np.abs(b).max()))


@both
@pytest.mark.parametrize("shape", [(0, 2, 3), (2, 0, 3)])
def test_nothing_to_label_has_one_labelling(name, shape):
    T, B, K = shape
    params, _, _, _ = draw(name, 1, 1, K)
    results = everything(name, params, np.zeros(shape), np.zeros((T, B), int))
    assert results["each"][0].tolist() == results["each"][1].tolist() == [0.0] * B
    assert not any(g.any() for g in results["weights"])
    assert results["by sequence"][1].shape == (T, B)
    module = MODELS[name][2].from_params(params)
    theirs = module(torch.zeros(shape, dtype=torch.float64), torch.zeros((T, B), dtype=torch.long))
    assert theirs.tolist() == [0.0] * B


E, TAGS = draw("crf", 4, 3, 2)[1:3]


@both
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"A": np.zeros((2, 3))}, "Params.A must have shape (2, 2), got"),
        ({"start": np.zeros(3)}, "Params.start must have shape (2,), got"),
        ({"start": np.full(2, -np.inf)}, "Params.start[0] must be finite"),
        ({"emissions": E[0]}, "emissions must have shape (T, B, 2) (K as in A (2, 2)), got (3, 2)"),
        ({"emissions": E.astype("f4")}, "emissions has dtype float32, but the weights have"),
        ({"emissions": np.where(E.max() == E, np.inf, E)}, "must be finite, got inf"),
        ({"tags": TAGS[:3]}, "tags must have shape (4, 3) (a class number for each step"),
        ({"tags": TAGS + 0.0}, "tags must hold class numbers as integers, got dtype float64"),
        ({"tags": TAGS + 2}, "must lie between 0 and K - 1 = 1, got"),
        ({"lengths": [5, 0, 0]}, "lengths[0] must lie between 0 and T = 4, got 5"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_refusals(name, change, message):
    change = {"emissions": E, "tags": TAGS, **change}
    params = draw(name, 4, 3, 2)[0]
    params = params._replace(**{k: change.pop(k) for k in params._fields if k in change})
    with pytest.raises(ValueError, match=re.escape(message)):
        MODELS[name][0].log_likelihood(params, **change)


@both
def test_backward_refuses_other_weights(name):
    model = MODELS[name][0]
    _, cache = model.log_likelihood(draw(name, 4, 3, 2)[0], E, TAGS)
    with pytest.raises(ValueError, match=r"d_value must have shape \(3,\).*got \(2,\)"):
        model.backward(cache, np.ones(2))
    with pytest.raises(ValueError, match="d_value has dtype float32, but the emissions have"):
        model.backward(cache, np.ones(3, np.float32))


@both
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"emissions": torch.zeros(4, 3)}, "emissions must have shape (T, B, 2), got (4, 3)"),
        ({"emissions": torch.zeros(4, 3, 2).double()}, "emissions has dtype torch.float64, but"),
        ({"tags": torch.zeros(3, 3).long()}, "tags must have shape (4, 3), got (3, 3)"),
        ({"tags": torch.zeros(4, 3)}, "tags must be integers, got torch.float32"),
        ({"tags": torch.full((4, 3), 2)}, "tags must lie between 0 and K - 1 = 1"),
        ({"lengths": [5, 0, 0]}, "lengths must lie between 0 and T = 4, got [5, 0, 0]"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_pytorch_reading_refuses(name, change, message):
    given = {"emissions": torch.zeros(4, 3, 2), "tags": torch.zeros(4, 3).long(), **change}
    with pytest.raises(ValueError, match=re.escape(message)):
        MODELS[name][2](2)(**given)
