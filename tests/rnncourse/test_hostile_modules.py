"""What the PyTorch modules are given in use: wrong arguments, half precision, copies, padding."""

import copy
import io
import math
import pickle

import numpy as np
import pytest
import torch

from rnncourse import conv, lstm, nn, tcn, trees, weight_norm

T, B, I, H, K, LENGTHS = 5, 3, 2, 4, 3, [5, 2, 0]
BY_HAND = [
    *("CoupledLSTM", "Clockwork", "Elman", "FullyRecurrent", "GRU", "GRUBefore", "Jordan", "LRU"),
    *("LSTM", "Leaky", "MLSTM", "MinGRU", "MinLSTM", "OutputRecurrence", "PeepholeLSTM", "ReLURNN"),
    *("SLSTM", "Skip"),
]
SEQUENCES = {name: getattr(nn, name) for name in [*BY_HAND, "ESN", "TCN", "TDNN", "DropoutTCN"]}
WRAPPERS = {
    "Bidirectional": lambda: nn.Bidirectional(nn.LSTM(I, H), nn.GRU(I, H)),
    "Deep": lambda: nn.Deep([nn.LSTM(I, H), nn.GRU(H, H)]),
    "Dropout": lambda: nn.Dropout(0.3, key=1),
    "NTM": lambda: nn.NTM(I, H, K, rows=5, width=3),
    "Network": lambda: nn.Network(nn.LSTM(I, H), K),
    "Pooled": lambda: nn.Pooled(nn.LSTM(I, H), "mean"),
    "Variational": lambda: nn.Variational(nn.LSTM(I, H), 0.1, 0.1, key=1),
    "Zoneout": lambda: nn.Zoneout(nn.LSTM(I, H), {"h": 0.1, "c": 0.2}, key=1),
}
NO_TENSORS = [None, 1, "x", [[[0.0, 0.0]]], np.zeros((T, B, I), np.float32)]
NO_LENGTHS = [
    *([1.0, 2.0, 3.0], [True, True, False], [-1, 1, 1], [T + 1, 1, 1], [1, 2], 2, "abc"),
    *([[1, 2, 3]], [math.nan] * 3, [[1], [1, 2], 3], [None] * 3, np.array([1.0, 2.0, 3.0])),
    torch.tensor([1j, 1, 1]),
]


@pytest.fixture(params=[*SEQUENCES, *WRAPPERS])
def module(request):
    torch.manual_seed(0)
    name = request.param
    made = WRAPPERS[name]() if name in WRAPPERS else SEQUENCES[name](I, H)
    return made.eval() if name == "DropoutTCN" else made


@pytest.fixture
def x():
    return torch.randn(T, B, I, generator=torch.Generator().manual_seed(1))


def refused(text):
    return pytest.raises(ValueError, match=rf"^{text}\b")


def test_x_that_is_no_such_tensor(module, x):
    wrong = [*NO_TENSORS, x[0], x[None], x[0, 0, 0], x.long(), x.bool()]
    if not isinstance(module, nn.Dropout):  # which is as wide as what it is given
        wrong += [x.double(), torch.zeros(T, B, I + 1)]
    for value in wrong:
        with refused("x"):
            module(value)


def test_lengths_that_are_none(module, x):
    for lengths in NO_LENGTHS:
        with refused("lengths"):
            module(x, lengths=lengths)


def test_states_of_another_kind(module, x):
    _, state = module(x)
    wrong = [3, "ab", torch.tensor(1.0), {}]
    if state is not None:
        parts = tuple(state)
        wrong += [parts[1:], parts + parts[:1], tuple(1.0 for _ in parts)]
    for value in wrong:
        with refused("state"):
            module(x, value)


@pytest.mark.parametrize("name", BY_HAND)
def test_parts_of_a_state_of_another_shape_or_dtype(name, x):
    module = SEQUENCES[name](I, H)
    _, state = module(x)
    changes = [torch.Tensor.double, torch.Tensor.long, lambda part: part[:1], lambda p: p.tolist()]
    for change in changes:
        with refused(r"state\.\w+"):
            module(x, tuple(map(change, state)))


@pytest.mark.parametrize("name", [*SEQUENCES, "GeneralAttention", "TreeLSTM", "MemoryNetwork"])
def test_dtypes_and_weights_of_another_kind(name):
    kind = getattr(nn, name)
    for dtype in (torch.int64, torch.complex64, "float32", 3):
        with refused("dtype"):
            kind(I, H, dtype=dtype)
    if name != "DropoutTCN":
        for params in (None, 3, (1, 2), conv.init(np.random.default_rng(0), I, H, kernel_size=2)):
            with refused("params"):
                kind.from_params(params)


def test_weights_of_a_network_that_has_more():
    with refused("params must be GRUBeforeParams, got GRUParams, with b_hn"):
        nn.GRUBefore.from_params(nn.GRU(I, H).to_params())


def test_weights_of_shapes_that_do_not_fit_each_other():
    params = nn.LSTM(I, H).to_params()
    with refused(r"params\.b must have shape \(16,\), got"):
        nn.LSTM.from_params(params._replace(b=params.b[:1]))


@pytest.mark.parametrize("no_module", [None, 3, lstm, nn.LSTM], ids=repr)
def test_what_is_no_module(no_module):
    for name, build in [
        ("cell", lambda: nn.Network(no_module, K)),
        ("cell", lambda: nn.Embedded(no_module, K)),
        ("cell", lambda: nn.Pooled(no_module)),
        ("cell", lambda: nn.Variational(no_module, 0.1)),
        ("cell", lambda: nn.Zoneout(no_module, {"h": 0.1})),
        ("layers", lambda: nn.Deep(no_module)),
        (r"layers\[1\]", lambda: nn.Deep([nn.GRU(I, H), no_module])),
        ("forth", lambda: nn.Bidirectional(no_module, nn.GRU(I, H))),
        ("back", lambda: nn.Bidirectional(nn.GRU(I, H), no_module)),
        ("encoder", lambda: nn.EncoderDecoder(no_module, nn.GRU(K, H), K)),
        ("decoder", lambda: nn.EncoderDecoder(nn.GRU(I, H), no_module, K)),
        ("looks", lambda: nn.AttentiveDecoder(nn.GRU(I, H), nn.GRU(K + H, H), no_module, K)),
    ]:
        with pytest.raises(ValueError, match=name + " must be"):
            build()


def test_attention_over_what_does_not_fit():
    torch.manual_seed(0)
    query, keys, values = torch.zeros(2, B, I), torch.zeros(T, B, I), torch.zeros(T, B, 7)
    for looks in (nn.DotAttention(), nn.GeneralAttention(I, I), nn.AdditiveAttention(I, I)):
        for wrong in NO_TENSORS:
            for name, given in [
                ("query", (wrong, keys, values)),
                ("keys", (query, wrong, values)),
                ("values", (query, keys, wrong)),
            ]:
                with refused(name):
                    looks(*given)
        for name, given in [
            ("query", (query.double(), keys, values)),
            ("values", (query, keys, values.double())),
            ("query", (torch.zeros(2, B, I + 1), keys, values)),
        ]:
            with refused(name):
                looks(*given)


def test_tags_and_emissions_that_are_none():
    emissions, tags = torch.zeros(T, B, K), torch.zeros(T, B, dtype=torch.long)
    for model in (nn.CRF(K), nn.MEMM(K)):
        for wrong in (*NO_TENSORS, emissions.double(), emissions[0], emissions.long()):
            with refused("emissions"):
                model(wrong, tags)
            with refused("emissions"):
                model.viterbi(wrong)
        for wrong in (None, "a", [[0], [1, 2]], tags.float(), tags.bool(), tags.cfloat(), tags + K):
            with refused("tags"):
                model(emissions, wrong)


def test_words_and_symbols_that_are_none():
    torch.manual_seed(0)
    story = torch.zeros(T, B, 4, dtype=torch.long)
    reads, network = nn.Embedded(nn.LSTM(I, H), 6), nn.MemoryNetwork(6, H)
    writer = nn.EncoderDecoder(nn.GRU(I, H), nn.GRU(K, H), K)
    for wrong in (None, 1, "a", [[0], [1, 2]], story[0].float(), story[0].bool()):
        for name, call in [
            ("x", lambda v: reads(v)),
            ("query", lambda v: network(story, v)),
            ("story", lambda v: network(v, story[0])),
            ("read", lambda v: writer(torch.zeros(T, B, I), v)),
        ]:
            with refused(name):
                call(wrong)
    small = torch.tensor([[1, 5]], dtype=torch.uint8)
    assert torch.equal(reads(small)[0], reads(small.long())[0])


def test_convolutions_and_trees_over_what_does_not_fit():
    weights = conv.init(np.random.default_rng(0), I, H, kernel_size=3, dtype="float32")
    block = tcn.init(np.random.default_rng(0), I, H, dtype="float32").blocks[0]
    over_time = [
        nn.CausalConv(weights),
        nn.WeightNormConv(weight_norm.split(weights)),
        nn.TCNBlock(block, dilation=2),
    ]
    forest = trees.forest([trees.parse("(a b c)")])
    over_trees = [kind(I, H) for kind in (nn.Recursive, nn.TreeLSTM, nn.NaryTreeLSTM)]
    for wrong in (*NO_TENSORS, torch.zeros(T, I), torch.zeros(T, B, I + 1), torch.zeros(3).long()):
        for layer in over_time:
            with refused("x"):
                layer(wrong)
        for network in over_trees:
            with refused("x"):
                network(forest, wrong)
    for dilation in (0, 1.5, "a", None):
        with refused("dilation"):
            nn.CausalConv(weights, dilation=dilation)


def test_teachers_and_feedback_that_do_not_fit(x):
    teacher, fed = torch.zeros(T, B, H), torch.zeros(T, B, K)
    jordan, reservoir = nn.Jordan(I, H), nn.ESN(I, H, K)
    for change in (torch.Tensor.numpy, torch.Tensor.tolist, torch.Tensor.double, lambda a: a[0]):
        with refused("teacher"):
            jordan(x, teacher=change(teacher))
        with refused("y_before"):
            reservoir(x, y_before=change(fed))
    for readout, name in [(None, "readout"), (lambda h: h, r"readout\(h\)")]:
        with pytest.raises(ValueError, match=name):
            reservoir.generate(readout, x, None, fed[0])


def test_half_precision_stays_near(module, x):
    # an LRU turns its state by an angle of up to 2π, which half precision rounds by up to 0.002
    times = 8 if isinstance(module, nn.LRU) else 1
    for dtype, rtol, atol in [(torch.float16, 1e-2, 1e-3), (torch.bfloat16, 3e-2, 2e-2)]:
        half = copy.deepcopy(module).to(dtype)
        single = copy.deepcopy(half).float()
        got, _ = half(x.to(dtype), lengths=LENGTHS)
        assert got.dtype == dtype
        wanted, _ = single(x.to(dtype).float(), lengths=LENGTHS)
        torch.testing.assert_close(got.float(), wanted, rtol=rtol, atol=times * atol)


def test_strided_inputs(module):
    x = torch.randn(I, T, 2 * B).permute(1, 2, 0)[:, ::2]
    for strided in (x, x.flip(0), x[:1, :1].expand(T, B, I)):
        torch.testing.assert_close(module(strided)[0], module(strided.contiguous())[0])


def test_padding_takes_no_gradient_and_gives_none(module, x):
    if isinstance(module, nn.ESN):
        module.requires_grad_(True)
    x[2:, 1], x[:, 2] = math.nan, math.inf
    x.requires_grad_()
    h, _ = module(x, lengths=LENGTHS)
    h.square().sum().backward()
    assert not x.grad[2:, 1].any() and not x.grad[:, 2].any() and x.grad.isfinite().all()
    assert all(p.grad is None or p.grad.isfinite().all() for p in module.parameters())


def test_lengths_of_every_integer_dtype(module, x):
    wanted, _ = module(x, lengths=LENGTHS)
    for dtype in (torch.uint8, torch.int8, torch.int32):
        assert torch.equal(module(x, lengths=torch.tensor(LENGTHS, dtype=dtype))[0], wanted)
    assert torch.equal(module(x, lengths=np.array(LENGTHS, np.uint16))[0], wanted)


def test_no_sequences_with_lengths(module):
    h, _ = module(torch.zeros(T, 0, I), lengths=[])
    assert h.shape[1] == 0


def test_copies_compute_the_same(module, x):
    wanted, _ = module(x)
    stored = io.BytesIO()
    torch.save(module.state_dict(), stored)
    for again in (copy.deepcopy(module), pickle.loads(pickle.dumps(module))):
        assert torch.equal(again(x)[0], wanted)
        again.load_state_dict(torch.load(io.BytesIO(stored.getvalue())))
        assert torch.equal(again.double().float()(x)[0], wanted)


@pytest.mark.parametrize("kind", [nn.Variational, nn.Zoneout])
def test_a_copy_reads_the_same_cell(kind):
    how = 0.1 if kind is nn.Variational else {"h": 0.1}
    again = copy.deepcopy(kind(nn.LSTM(I, H), how, key=3))
    assert again.layer.cell is lstm and again.layer.key == 3


@pytest.mark.parametrize("name", BY_HAND)
def test_by_hand_where_little_asks_for_a_gradient(name, x):
    module = SEQUENCES[name](I, H, by_hand=True)
    with torch.no_grad():
        wanted, _ = module(x)
    assert not wanted.requires_grad
    h, _ = module(x)  # only the weights ask
    h.sum().backward(retain_graph=True)
    first = [p.grad.clone() for p in module.parameters()]
    module.zero_grad()
    h.sum().backward()
    assert all(map(torch.equal, first, (p.grad for p in module.parameters())))
    with pytest.raises(RuntimeError, match="second time"):
        h.sum().backward()
    module.requires_grad_(False)
    assert not module(x)[0].requires_grad
    module(x.requires_grad_())[0].sum().backward()
    assert x.grad.any()
    with refused("by_hand"):
        module.to(torch.bfloat16)(x.detach().to(torch.bfloat16))
