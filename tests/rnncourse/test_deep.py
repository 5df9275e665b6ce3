"""Deep networks: stacks of layers of any kind, paths around them, torch.nn, what they carry on."""

import inspect
import re
import textwrap
from itertools import product
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rnncourse import (
    _tree,
    _wiring,
    check_gradients,
    deep,
    elman,
    flow,
    gradcheck,
    gru,
    lstm,
    network,
    nn,
    skip,
    slstm,
    tdnn,
    truncated,
)
from rnncourse.bidirectional import Bidirectional
from rnncourse.deep import Deep, DeepParams, DeepState
from rnncourse.dropout import Dropout, training

steady = settings(derandomize=True, deadline=None, max_examples=20)
sizes = st.tuples(st.integers(0, 5), st.integers(1, 3), st.integers(1, 3), st.integers(1, 3))
CAUSAL = [
    Deep(lstm, layers=1),
    Deep(gru, layers=3),
    Deep([elman, slstm, gru]),
    Deep([lstm, Deep([elman, gru])], residual=True),
    Deep([lstm, gru], residual=True),
]
NETS = [
    *CAUSAL,
    Deep(Bidirectional(lstm)),
    Deep([Bidirectional(gru), Bidirectional(slstm, "product")]),
    Deep([Bidirectional(elman, "sum"), Bidirectional(elman, "sum")], residual=True),
    Deep([tdnn, lstm], residual=True),
]
each_net = pytest.mark.parametrize("net", NETS, ids=str)
causal_net = pytest.mark.parametrize("net", CAUSAL, ids=str)


def leaves(tree):
    return [array for _, array in _tree.leaves(tree)]


def all_close(ours, theirs):
    ours, theirs = leaves(ours), leaves(theirs)
    assert len(ours) == len(theirs)
    return all(np.allclose(a, b, rtol=1e-12, atol=1e-13) for a, b in zip(ours, theirs, strict=True))


def draw(net, size=(5, 3, 2, 4), dtype=np.float64):
    """Weights, inputs, a loss's gradient, a state in which the net can be, gradient by its end."""
    T, B, I, H = size
    rng = np.random.default_rng(size)

    def normal(*shape):
        return rng.standard_normal(shape).astype(dtype)

    params = net.init(rng, I, H, dtype=dtype)
    _, state, _ = net.forward(params, normal(3, B, I))
    x = normal(T, B, I)
    d_h = normal(*net.forward(params, x)[0].shape)
    return params, x, d_h, state, _tree.apply(lambda part: normal(*part.shape), state)


def run(net, params, x, d_h, state=None, d_end=None, lengths=None):
    """Outputs, the end, the gradients by x, by the weights, by the start."""
    h, end, cache = net.forward(params, x, state, lengths=lengths)
    return h, end, *net.backward(cache, d_h, d_end)


def of_rows(tree, rows):
    return _tree.apply(lambda part: part[rows], tree)


def loss_of(net, case, lengths):
    """A loss of a padded batch that every path counts in, and where to take it."""
    params, x, d_h, state, d_end = case

    def loss(at):
        h, end, _ = net.forward(*at, lengths=lengths)
        return (d_h * h).sum() + sum(map(np.sum, map(np.multiply, leaves(d_end), leaves(end))))

    return loss, (params, x, state)


def report_of(net, case, lengths):
    """What the gradient check says of a padded batch."""
    _, _, d_x, grads, d_start = run(net, *case, lengths)
    return gradcheck.compare(*loss_of(net, case, lengths), (grads, d_x, d_start))


@each_net
def test_every_gradient(net):
    report = check_gradients(net, 3, 2, 2, 2)
    assert report.worst < 1e-13, report
    assert report.worst_difference < 1e-7, report


@pytest.mark.parametrize("net", [NETS[3], *NETS[6:]], ids=str)
def test_every_gradient_of_a_padded_batch(net):
    report = report_of(net, draw(net, (2, 3, 1, 2)), [2, 0, 1])
    assert report.worst < 1e-13, report
    assert report.worst_difference < 1e-7, report


@pytest.mark.parametrize("residual", [False, True])
def test_is_what_the_chapter_writes(residual):
    net = Deep([lstm, gru, elman], residual=residual)
    params, x, _, state, _ = draw(net)
    h1, end1, _ = lstm.forward(params.layers[0], x, state.layers[0])
    h2, end2, _ = gru.forward(params.layers[1], h1, state.layers[1])
    u2 = h1 + h2 if residual else h2  # none around the lowest: it reads 2 and puts out 4
    h3, end3, _ = elman.forward(params.layers[2], u2, state.layers[2])
    h, end, _ = net.forward(params, x, state)
    assert np.array_equal(h, u2 + h3 if residual else h3)
    assert all_close(end, DeepState((end1, end2, end3)))


def test_one_layer_is_the_cell_itself():
    params, x, d_h, state, d_end = draw(Deep(lstm, layers=1))
    ours = leaves(run(Deep(lstm, layers=1), params, x, d_h, state, d_end))
    theirs = leaves(run(lstm, params.layers[0], x, d_h, state.layers[0], d_end.layers[0]))
    assert all(map(np.array_equal, ours, theirs))


def test_layers_that_say_nothing_leave_a_residual_net_the_identity():
    net = Deep(elman, layers=20, residual=True)
    params, x, d_h, _, _ = draw(net, (5, 3, 4, 4))
    silent = _tree.apply(np.zeros_like, params)
    h, end, d_x, _, _ = run(net, silent, x, d_h)
    assert np.array_equal(h, x)
    assert np.array_equal(d_x, d_h)
    assert not any(map(np.any, leaves(end)))


def test_how_many_weights():
    I, H = 3, 5
    counts = {
        Deep(lstm): 4 * H * (I + H + 1) + 4 * H * (H + H + 1),
        Deep(Bidirectional(gru), layers=3): 2 * 3 * H * (I + H + 1)
        + 2 * (2 * 3 * H * (2 * H + H + 1))
        + 6 * H,  # b_hn of every direction
    }
    for net, count in counts.items():
        params = net.init(np.random.default_rng(0), I, H)
        assert sum(array.size for array in leaves(params)) == count


@steady
@given(size=sizes, net=st.sampled_from(NETS), data=st.data())
def test_a_padded_batch_is_its_sequences_one_by_one(size, net, data):
    T, B, _, _ = size
    lengths = data.draw(st.lists(st.integers(0, T), min_size=B, max_size=B))
    params, x, d_h, state, d_end = draw(net, size)
    beyond = np.arange(T)[:, None] >= np.array(lengths)
    x[beyond], d_h[beyond] = np.nan, np.inf
    h, end, d_x, grads, d_start = run(net, params, x, d_h, state, d_end, lengths)
    assert not h[beyond].any()
    assert not d_x[beyond].any()
    total = _tree.apply(np.zeros_like, params)
    for b, n in enumerate(lengths):
        one = of_rows((state, d_end), [b])
        alone = run(net, params, x[:n, [b]], d_h[:n, [b]], *one)
        mine = h[:n, [b]], of_rows(end, [b]), d_x[:n, [b]], alone[3], of_rows(d_start, [b])
        assert all_close(mine, alone)
        total = _tree.apply(np.add, total, alone[3])
    assert all_close(total, grads)


@steady
@given(size=sizes, net=st.sampled_from(CAUSAL), data=st.data())
def test_two_parts_that_carry_the_state_are_the_whole(size, net, data):
    cut = data.draw(st.integers(0, size[0]))
    params, x, d_h, state, d_end = draw(net, size)
    h1, middle, first = net.forward(params, x[:cut], state)
    h2, end, second = net.forward(params, x[cut:], middle)
    d_x2, grads2, d_middle = net.backward(second, d_h[cut:], d_end)
    d_x1, grads1, d_start = net.backward(first, d_h[:cut], d_middle)
    parts = np.concatenate([h1, h2]), end, np.concatenate([d_x1, d_x2])
    grads = _tree.apply(np.add, grads1, grads2)
    assert all_close((*parts, grads, d_start), run(net, params, x, d_h, state, d_end))


@each_net
def test_the_order_of_the_batch_does_not_matter(net):
    params, x, d_h, state, d_end = draw(net)
    order, lengths = [2, 0, 1], np.array([5, 1, 3])
    h, end, d_x, grads, d_start = run(net, params, x, d_h, state, d_end, lengths)
    moved = of_rows((state, d_end), order)
    other = run(net, params, x[:, order], d_h[:, order], *moved, lengths[order])
    expected = h[:, order], of_rows(end, order), d_x[:, order], grads, of_rows(d_start, order)
    assert all_close(expected, other)


def test_time_reversal_of_a_deep_net():
    """Of a deep net whose directions are added: turn the input, swap the directions everywhere."""
    net = Deep(Bidirectional(gru, "sum"), layers=3)
    params, x, d_h, _, _ = draw(net)
    swapped = DeepParams(tuple(type(p)(p.backward, p.forward) for p in params.layers))
    h, _, d_x, _, _ = run(net, params, x, d_h)
    other, _, d_other, _, _ = run(net, swapped, x[::-1], d_h[::-1])
    assert all_close((h[::-1], d_x[::-1]), (other, d_other))


@causal_net
def test_a_causal_net_does_not_see_the_future(net):
    params, x, _, _, _ = draw(net)
    later = x.copy()
    later[3:] += 1
    assert net.causal
    assert np.array_equal(net.forward(params, x)[0][:3], net.forward(params, later)[0][:3])


@each_net
@pytest.mark.parametrize("lengths", [None, [2, 5, 0]], ids=str)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_keeps_the_precision_and_the_inputs(net, dtype, lengths):
    case = draw(net, dtype=dtype)
    before = [array.copy() for array in leaves(case)]
    for array in leaves(case):
        array.flags.writeable = False
    results = run(net, *case, lengths)
    assert {array.dtype for array in leaves(results)} == {np.dtype(dtype)}
    assert all(map(np.array_equal, leaves(case), before))


def test_no_steps_and_no_sequences():
    net = Deep([Bidirectional(gru), Deep(lstm, residual=True)])
    params, x, d_h, state, d_end = draw(net, (0, 2, 3, 4))
    h, end, d_x, grads, d_start = run(net, params, x, d_h, state, d_end)
    assert (h.shape, d_x.shape) == ((0, 2, 4), (0, 2, 3))
    assert all_close((end, d_start), (state, d_end))
    assert not any(map(np.any, leaves(grads)))
    assert run(net, *draw(net, (3, 0, 3, 4)))[0].shape == (3, 0, 4)


def by_reading(module, x, d_h, state, d_end, lengths=None):
    """What `run` gives, by this library's module and automatic differentiation."""
    inputs, start = _tree.apply(lambda part: torch.tensor(part, requires_grad=True), (x, state))
    h, end = module(inputs, start, lengths)
    loss = (h * torch.tensor(d_h)).sum()
    for part, d in zip(leaves(end), leaves(d_end), strict=True):
        loss = loss + (part * torch.tensor(d)).sum()
    loss.backward()
    grads = [p.grad for p in module.parameters()]
    d_start = [torch.zeros_like(p) if p.grad is None else p.grad for p in leaves(start)]
    return [t.detach().numpy() for t in (h, *leaves(end), inputs.grad, *grads, *d_start)]


@each_net
@pytest.mark.parametrize("lengths", [None, [5, 0, 2]], ids=str)
def test_equals_the_pytorch_reading(net, lengths):
    params, x, d_h, state, d_end = draw(net)
    if lengths:
        x[np.arange(5)[:, None] >= np.array(lengths)] = np.nan
    ours = run(net, params, x, d_h, state, d_end, lengths)
    module = nn.Deep.from_params(net, params)
    assert all_close(ours, by_reading(module, x, d_h, state, d_end, lengths))
    assert all(map(np.array_equal, leaves(params), leaves(module.to_params())))


def test_the_reading_passes_on_how_its_cells_go_back():
    net = Deep([Bidirectional(gru), Dropout(0.5), lstm])
    case = draw(net)
    module = nn.Deep.from_params(net, case[0], by_hand=True)
    assert [cell.by_hand for cell in module.modules() if hasattr(cell, "by_hand")] == [True] * 3
    assert all_close(run(net, *case), by_reading(module, *case[1:]))


def test_the_reading_takes_an_output_layer():
    module = nn.Network(nn.Deep([nn.LSTM(2, 3), nn.Bidirectional(nn.GRU(3, 4), nn.GRU(3, 4))]), 5)
    assert module(torch.zeros(6, 1, 2))[0].shape == (6, 1, 5)
    assert module.W_ho.shape == (5, 8)


TORCH = {"elman": (elman, "RNN"), "lstm": (lstm, "LSTM"), "gru": (gru, "GRU")}
each_torch = pytest.mark.parametrize("name", TORCH)


def of_torch(name, layers, both, size, *, dtype=torch.float64, **how):
    """A module of torch.nn, and the net that its weights are for."""
    cell, kind = TORCH[name]
    torch.manual_seed(0)
    module = getattr(torch.nn, kind)(
        *size[2:], num_layers=layers, bidirectional=both, dtype=dtype, **how
    )
    return module, Deep(Bidirectional(cell) if both else cell, layers=layers)


def by_torch(net, module, x, d_h, state, d_end, lengths):
    """What `run` gives, by torch.nn and its packed sequences."""
    kinds = 2 if module.mode == "LSTM" else 1

    def grouped(tree):
        return [torch.tensor(np.stack(leaves(tree)[k::kinds])) for k in range(kinds)]

    def tree(groups):
        each = iter(range(len(leaves(state))))
        return _tree.apply(lambda _: groups[(k := next(each)) % kinds][k // kinds].numpy(), state)

    inputs, start = torch.tensor(x, requires_grad=True), grouped(state)
    for part in start:
        part.requires_grad_()
    packed = inputs
    if lengths is not None:
        packed = torch.nn.utils.rnn.pack_padded_sequence(inputs, lengths, enforce_sorted=False)
    h, end = module(packed, start[0] if kinds == 1 else tuple(start))
    if lengths is not None:
        h, _ = torch.nn.utils.rnn.pad_packed_sequence(h, total_length=len(x))
    ends = [end] if kinds == 1 else list(end)
    loss = (h * torch.tensor(d_h)).sum()
    for part, d in zip(ends, grouped(d_end), strict=True):
        loss = loss + (part * d).sum()
    loss.backward()
    with torch.no_grad():  # the gradients in the weights' places, to be read as weights are
        for key, p in module.named_parameters():
            p.copy_(p.grad)
            if key.startswith("bias_hh"):
                p[: -module.hidden_size if module.mode == "GRU" else None] = 0
    grads, starts = net.from_torch(module), tree([part.grad for part in start])
    return h.detach().numpy(), tree([p.detach() for p in ends]), inputs.grad.numpy(), grads, starts


GRID = list(product([1, 2, 13], [1, 4], [(1, 6), (5, 1), (5, 6)]))


@each_torch
@pytest.mark.parametrize("both", [False, True], ids=["one way", "both ways"])
@pytest.mark.parametrize("layers", [1, 2])
def test_equals_a_whole_module_of_torch_nn(name, layers, both):
    for k, (T, B, (I, H)) in enumerate(GRID):
        module, net = of_torch(name, layers, both, (T, B, I, H), bias=k % 3 > 0)
        params = net.from_torch(module)
        _, x, d_h, state, d_end = draw(net, (T, B, I, H))
        if k % 2:
            state = _tree.apply(np.zeros_like, state)
        ours = run(net, params, x, d_h, state, d_end)
        theirs = by_torch(net, module, x, d_h, state, d_end, None)
        if not module.bias:  # whose gradient torch.nn does not have
            ours, theirs = (r[:3] + r[4:] for r in (ours, theirs))
        for mine, true in zip(leaves(ours), leaves(theirs), strict=True):
            scale = np.abs(true).max() or 1.0
            assert np.abs(mine - true).max() < 1e-12 * scale


@each_torch
@pytest.mark.parametrize("lengths", [[5, 1, 3], [2, 5, 5]], ids=str)
def test_padding_equals_packed_sequences_in_every_gradient(name, lengths):
    module, net = of_torch(name, 2, True, (5, 3, 2, 4))
    params = net.from_torch(module)
    _, x, d_h, state, d_end = draw(net)
    reading = nn.Deep.from_params(net, params)
    ours = run(net, params, x, d_h, state, d_end, lengths)
    theirs = by_torch(net, module, x, d_h, state, d_end, lengths)
    assert all_close(ours, theirs)
    assert all_close(by_reading(reading, x, d_h, state, d_end, lengths), theirs)


@each_torch
def test_float32_over_a_thousand_steps(name):
    size = (1000, 2, 3, 8)
    module, net = of_torch(name, 2, True, size, dtype=torch.float32)
    params = net.from_torch(module)
    _, x, d_h, state, d_end = draw(net, size, np.float32)
    ours = run(net, params, x, d_h, state, d_end)
    theirs = by_torch(net, module, x, d_h, state, d_end, None)
    bounds = [1e-5] * (1 + len(leaves(state)))
    for k, (mine, true) in enumerate(zip(leaves(ours), leaves(theirs), strict=True)):
        assert mine.dtype == np.float32
        bound = bounds[k] if k < len(bounds) else 5e-5
        assert np.abs(mine - true).max() < bound * np.abs(true).max()


@each_torch
def test_the_gradient_check_compares_with_torch_on_request(name):
    report = check_gradients(Deep(Bidirectional(TORCH[name][0])), 2, 1, 1, 2, pytorch=True)
    assert [row.name for row in report.pytorch] == [row.name for row in report.exact]
    assert "layers.1.backward.W_hh" in repr(report)
    assert report.worst < 1e-12


@each_torch
@pytest.mark.parametrize("both", [False, True], ids=["one way", "both ways"])
def test_conversion_is_exact(name, both):
    _, net = of_torch(name, 3, both, (1, 1, 2, 3))
    params = net.init(np.random.default_rng(0), 2, 3)
    module = net.to_torch(params)
    assert (module.num_layers, module.bidirectional) == (3, both)
    assert all(map(np.array_equal, leaves(params), leaves(net.from_torch(module))))


def test_relu_units_survive_the_conversion():
    from rnncourse import relu_rnn

    net = Deep(Bidirectional(relu_rnn))
    params, x, _, _, _ = draw(net)
    theirs = net.to_torch(params)(torch.tensor(x))[0].detach()
    assert np.allclose(net.forward(params, x)[0], theirs, rtol=1e-12, atol=1e-13)


def test_conversion_refuses_what_torch_nn_has_not():
    rng = np.random.default_rng(0)
    module = torch.nn.LSTM(2, 3, 2, bidirectional=True)
    mixed = Deep([lstm, Bidirectional(lstm)])
    for call, message in [
        (lambda: Deep(Bidirectional(lstm), layers=3).from_torch(module), "must have 3 layers, got"),
        (lambda: Deep(lstm).from_torch(module), "module must have bidirectional=False, got True"),
        (lambda: Deep(lstm, residual=True).from_torch(module), "residual must be False: torch.nn"),
        (lambda: Deep(slstm).from_torch(module), "one that torch.nn has too, as elman, gru and ls"),
        (lambda: Deep([lstm, Deep(lstm)]).from_torch(module), "got Deep([lstm, lstm])"),
        (lambda: mixed.to_torch(mixed.init(rng, 2, 3)), "params must fit one module of torch.nn, "),
        (lambda: Deep(lstm).to_torch(DeepParams(())), "params.layers must have one part for each"),
    ]:
        with pytest.raises(ValueError, match=re.escape(message)):
            call()


# a layer of the reader's own: no weights, no state
doubling = SimpleNamespace(
    init=lambda rng, I, H, *, dtype=float: (),
    forward=lambda params, x, state=None, *, lengths=None: (2 * x, None, None),
    backward=lambda cache, d_h, d_state=None: (2 * d_h, (), None),
)


@pytest.mark.parametrize("residual", [False, True])
def test_any_layer_may_stand_between(residual):
    net = Deep([lstm, doubling, gru], residual=residual)
    params, x, _, _, _ = draw(net)
    assert params.layers[1] == ()
    h1 = lstm.forward(params.layers[0], x)[0]
    h2 = gru.forward(params.layers[2], 2 * h1)[0]
    assert np.array_equal(net.forward(params, x)[0], 2 * h1 + h2 if residual else h2)
    assert check_gradients(net).worst < 1e-13


def test_dropout_between_layers():
    net = training(Deep([lstm, Dropout(0.5), gru], residual=True), np.random.default_rng(0))
    assert check_gradients(net, 3, 2, 2, 2).worst < 1e-13
    report = report_of(net, draw(net, (3, 3, 2, 2)), [3, 0, 2])
    assert report.worst < 1e-13, report


@pytest.mark.parametrize("net", [Deep(lstm), *NETS[-4:]], ids=str)
def test_a_whole_network(net):
    rng = np.random.default_rng(0)
    params = network.init(net, rng, 2, 3, 4)
    x, y = rng.standard_normal((4, 3, 2)), rng.integers(4, size=(4, 3))
    o, _ = network.predict(net, params, x, lengths=[4, 0, 2])
    assert o.shape == (4, 3, 4)
    loss, grads, _ = network.loss_and_gradients(net, params, x, y, lengths=[4, 0, 2])
    better = _tree.apply(lambda p, g: p - 1e-6 * g, params, grads)
    fallen = loss - network.loss_and_gradients(net, better, x, y, lengths=[4, 0, 2])[0]
    assert fallen == pytest.approx(1e-6 * sum((g**2).sum() for g in leaves(grads)), rel=1e-4)


def test_truncated_in_windows_as_pytorch_with_the_state_detached():
    net, rng = Deep([lstm, gru], residual=True), np.random.default_rng(0)
    params = network.init(net, rng, 3, 3, 4)
    x, y = rng.standard_normal((7, 2, 3)), rng.integers(4, size=(7, 2))
    loss, grads, end = truncated.gradients(net, params, x, y, k=3)
    module = nn.Deep.from_params(net, params.cell)
    W, b = (torch.tensor(w, requires_grad=True) for w in params.out)
    state, total = None, 0.0
    for steps in truncated.windows(7, 3):
        h, state = module(torch.tensor(x[steps]), state)
        o, target = (h @ W.T + b).flatten(0, 1), torch.tensor(y[steps]).flatten()
        part = torch.nn.functional.cross_entropy(o, target, reduction="sum") / 2
        part.backward()
        total, state = total + part.item(), _tree.apply(torch.Tensor.detach, state)
    assert loss == pytest.approx(total, rel=1e-13)
    theirs = [*(p.grad for p in module.parameters()), W.grad, b.grad, *leaves(state)]
    assert all_close((grads, end), [t.numpy() for t in theirs])
    whole = network.loss_and_gradients(net, params, x, y)
    assert all_close(truncated.gradients(net, params, x, y, k=7), whole)


def test_a_net_with_a_layer_that_reads_from_the_end_cannot_come_in_parts():
    net, rng = Deep([lstm, Bidirectional(lstm)]), np.random.default_rng(0)
    assert not net.causal
    params = network.init(net, rng, 2, 3, 4)
    x, y = rng.standard_normal((6, 1, 2)), rng.integers(4, size=(6, 1))
    message = r"cell must be causal, got Deep\(\[lstm, Bidirectional\(lstm\)\]\), whose backward"
    with pytest.raises(ValueError, match=message):
        truncated.gradients(net, params, x, y, k=2)
    with pytest.raises(ValueError, match=message):
        flow.state_gradient_norms(net, params.cell, x)


def put_out(net, state):
    """The part of the outputs that comes from the state, where all widths are the same."""
    if not isinstance(net, Deep):
        return state[0]
    u = 0
    for layer, part in zip(net.stack, state.layers, strict=True):
        if layer is doubling:
            u = 2 * u
        elif not isinstance(layer, Dropout):
            u = put_out(layer, part) + (u if net.residual else 0)
    return u


FLOWS = [lstm, skip.with_delay(2), *CAUSAL, Deep([lstm, Dropout(0.5), gru])]
FLOWS += [Deep([lstm, doubling]), Deep([gru, doubling, lstm], residual=True)]


@pytest.mark.parametrize("net", FLOWS, ids=_wiring.label)
def test_gradient_flow_is_the_slope_by_the_state_of_every_step(net):
    params, x, d_h, state, _ = draw(net, (3, 2, 2, 2))
    norms = flow.state_gradient_norms(net, params, x, state, d_h=d_h)
    assert norms.shape == (4, 2)
    for t in range(4):
        _, here, _ = net.forward(params, x[:t], state)

        def loss(at, t=t):
            now = (d_h[t - 1] * put_out(net, at)).sum() if t else 0
            weights, later = _tree.apply(lambda part: part.astype(complex), (params, x[t:]))
            return now + (d_h[t:] * net.forward(weights, later, at)[0]).sum()

        slopes = leaves(gradcheck.complex_step(loss, here))
        total = np.sqrt(sum((slope**2).reshape(2, -1).sum(axis=1) for slope in slopes))
        assert norms[t] == pytest.approx(total, rel=1e-12)


def test_gradient_flow_needs_a_state():
    params, x, _, _, _ = draw(tdnn)
    with pytest.raises(ValueError, match="cell must carry a state, got tdnn"):
        flow.state_gradient_norms(tdnn, params, x)


def test_refusals():
    net = Deep([lstm, gru])
    params, x, d_h, state, d_end = draw(net)
    _, _, cache = net.forward(params, x)
    two, rng = state.layers, np.random.default_rng(0)
    pair = [nn.LSTM(2, 3), nn.LSTM(3, 4)]
    for call, message in [
        (lambda: Deep([]), "a deep network must have at least 1 layer, got 0"),
        (lambda: Deep(lstm, layers=0), "a deep network must have at least 1 layer, got 0"),
        (lambda: Deep([lstm], layers=2), "layers must be left out where a list says how many, got"),
        (lambda: Deep([lstm, np]), "layer 1 must have init, forward and backward as rnncourse.elm"),
        (lambda: Deep("lstm"), "cell must have init, forward and backward as rnncourse.elman has"),
        (
            lambda: Deep(lstm, 1, residual=True).init(rng, 2, 3),
            "residual must be False where no la",
        ),
        (lambda: Deep(lstm, 1, residual=True).forward(DeepParams(params[0][:1]), x), "residual mu"),
        (
            lambda: nn.Deep(pair, residual=True)(torch.zeros(5, 1, 2)),
            "residual must be False where",
        ),
        (lambda: nn.Deep([]), "a deep network must have at least 1 layer, got 0"),
        (lambda: nn.Deep(pair)(torch.zeros(5, 2)), "x must have shape (T, B, I), got (5, 2)"),
        (lambda: net.forward(params, x[0]), "x must have shape (T, B, I), got (3, 2)"),
        (lambda: net.forward(params, x[:, :, :1]), "layer 0: x must have shape (T, B, 2) (I as in"),
        (lambda: net.forward(params, x, lengths=[6, 0, 0]), "lengths[0] must lie between 0 and T"),
        (lambda: net.forward(params, x, two[0]), "state must be a DeepState, got LSTMState"),
        (lambda: net.forward(params, x, DeepState(two[:1])), "state.layers must have one part for"),
        (lambda: net.forward(DeepParams(params[0][:1]), x), "params.layers must have one part for"),
        (
            lambda: net.forward(params, x, DeepState((two[0], of_rows(two[1], [0])))),
            "layer 1: state.h must have shape (3, 4)",
        ),
        (lambda: net.backward(cache, d_h[1:]), "d_h must have shape (5, 3, 4) (that of h), got (4"),
        (lambda: net.backward(cache, d_h, d_end.layers), "d_state must be a DeepState, got tuple"),
    ]:
        with pytest.raises(ValueError, match=re.escape(message)):
            call()


MISTAKES = [
    ("backward", "d_u + d_x if cache.around[k] else d_x", "d_x"),
    ("backward", "d_u + d_x if cache.around[k] else d_x", "d_u - d_x if cache.around[k] else d_x"),
    ("backward", "d_u + d_x if cache.around[k] else d_x", "d_u if cache.around[k] else d_x"),
    ("backward", "d_u + d_x if cache.around[k]", "d_h + d_x if cache.around[k]"),
    ("backward", "d_u + d_x if cache.around[k]", "d_u + d_x if cache.around[-k]"),
    ("backward", "grads[::-1]", "grads"),
    ("backward", "d_starts[::-1]", "d_starts"),
    ("backward", "reversed(range(len(self.stack)))", "range(len(self.stack))"),
    ("backward", "d_u, d_end.layers[k]", "d_u, None"),
    ("backward", "d_u, d_end.layers[k]", "d_h, d_end.layers[k]"),
    ("backward", "cache.layers[k], d_u", "cache.layers[k], -d_u"),
    ("backward", "return d_u,", "return d_x,"),
]


@pytest.fixture(scope="module")
def measured():
    """A padded case, and its gradients by the complex step."""
    net = Deep([elman, Bidirectional(gru), elman, elman], residual=True)
    case, lengths = draw(net, (3, 2, 2, 2)), [3, 2]
    d_params, d_x, d_state = gradcheck.complex_step(*loss_of(net, case, lengths))
    return (net, *case, lengths), leaves((d_x, d_params, d_state))


def worst(ours, true):
    pairs = list(zip(ours, true, strict=True))
    if any(a.shape != b.shape for a, b in pairs):
        return np.inf
    return max(np.abs(a - b).max() / np.abs(b).max() for a, b in pairs)


def test_the_measure_finds_no_mistake_where_there_is_none(measured):
    case, true = measured
    assert worst(leaves(run(*case)[2:]), true) < 1e-13


@pytest.mark.parametrize(("function", "right", "wrong"), MISTAKES, ids=str)
def test_the_check_notices_each_mistake(function, right, wrong, measured, monkeypatch):
    source = textwrap.dedent(inspect.getsource(getattr(Deep, function)))
    assert source.count(right) == 1, "the source has changed: mend the list of mistakes"
    scope = dict(vars(deep))
    exec(source.replace(right, wrong), scope)
    monkeypatch.setattr(Deep, function, scope[function])
    case, true = measured
    try:
        found = leaves(run(*case)[2:])
    except (ValueError, AttributeError, TypeError):
        return  # layers of other widths or kinds were mixed up
    assert worst(found, true) > 1e-3
