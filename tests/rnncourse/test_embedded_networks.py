"""Networks that read class numbers: windows, dropout, texts, checkpoints, PyTorch, word classes."""

import numpy as np
import pytest
import torch

from rnncourse import (
    _tree,
    checkpoints,
    elman,
    embedding,
    flow,
    gradcheck,
    gru,
    losses,
    lstm,
    network,
    nn,
    online,
    optim,
    seq2seq,
    truncated,
)
from rnncourse.attentive_decoder import AttentiveDecoder
from rnncourse.bidirectional import Bidirectional
from rnncourse.deep import Deep
from rnncourse.dropout import Dropout, with_masks
from rnncourse.embedding import Embedded
from rnncourse.encoder_decoder import EncoderDecoder
from rnncourse.language import sampling
from rnncourse.pooling import Pooled


def leaves(tree):
    return [array for _, array in _tree.leaves(tree)]


def all_close(ours, theirs, tolerance=1e-12):
    ours, theirs = leaves(ours), leaves(theirs)
    assert len(ours) == len(theirs)
    pairs = zip(ours, theirs, strict=True)
    return all(np.allclose(a, b, rtol=tolerance, atol=tolerance) for a, b in pairs)


def words(T, B, V=6, seed=0):
    return np.random.default_rng(seed).integers(V, size=(T, B))


def inner(params):
    """The network of the cell alone, and from class numbers to its inputs."""
    return network.NetworkParams(params.cell.cell, params.out), lambda x: params.cell.E[x]


NET = Embedded(Deep([lstm, gru]), size=3)
PARAMS = network.init(NET, np.random.default_rng(0), 6, 4, 6)


def test_windows_of_class_numbers_need_no_encoding():
    x, lengths = words(8, 2), [7, 4]
    loss, grads, end = truncated.gradients(NET, PARAMS, x[:-1], x[1:], 3, lengths=lengths)
    alone, encode = inner(PARAMS)
    how = {"lengths": lengths, "encode": encode}
    other = truncated.gradients(NET.cell, alone, x[:-1], x[1:], 3, **how)
    assert all_close((loss, grads.cell.cell, grads.out, end), (other[0], *other[1], other[2]))
    whole = network.loss_and_gradients(NET, PARAMS, x[:-1], x[1:], lengths=lengths)
    assert all_close(truncated.gradients(NET, PARAMS, x[:-1], x[1:], 7, lengths=lengths), whole)
    epochs = online.epochwise(NET, PARAMS, x[:-1], x[1:], 7, lambda old, _: old, lengths=lengths)
    assert all_close(next(iter(epochs)).grads, whole[1])


def test_what_cannot_come_in_parts_is_refused():
    net, x = Embedded(Bidirectional(gru), size=3), words(8, 2)
    params = network.init(net, np.random.default_rng(0), 6, 4, 6)
    with pytest.raises(ValueError, match=r"must be causal, got Embedded\(Bidirectional\(gru\), s"):
        truncated.gradients(net, params, x, x, k=3)
    with pytest.raises(ValueError, match=r"x must have shape \(T, B\), got \(8, 2, 1\)"):
        truncated.gradients(NET, PARAMS, x[:, :, None], x, k=3)


def test_dropout_of_the_vectors_keeps_its_masks_over_windows():
    net = Embedded(Deep([Dropout(0.5), lstm, Dropout(0.5)]), size=3)
    params, x = network.init(net, np.random.default_rng(0), 6, 4, 6), words(8, 2)
    now = with_masks(net, np.random.default_rng(1))
    whole, state = network.predict(now, params, x)
    assert not np.allclose(whole, network.predict(net, params, x)[0])
    first, state = network.predict(now, params, x[:5])
    rest, _ = network.predict(now, params, x[5:], state)
    assert all_close(np.concatenate([first, rest]), whole)


def test_texts_are_drawn_as_from_the_vectors_themselves():
    alone, encode = inner(PARAMS)
    ours, end = sampling.generate(NET, PARAMS, np.random.default_rng(3), [1, 2], 9)
    theirs, other = sampling.generate(
        NET.cell, alone, np.random.default_rng(3), [1, 2], 9, encode=encode
    )
    assert ours.tolist() == theirs.tolist()
    assert all_close(end, other)


def test_a_checkpoint_gives_the_same_weights(tmp_path):
    checkpoints.save(tmp_path / "words.npz", PARAMS)
    like = network.init(NET, np.random.default_rng(9), 6, 4, 6)
    found = checkpoints.load(tmp_path / "words.npz", like=like)
    assert type(found.cell) is embedding.EmbeddedParams
    assert all(map(np.array_equal, leaves(found), leaves(PARAMS)))


def test_gradient_flow_is_that_of_the_network_within():
    x = words(5, 2)
    ours = flow.state_gradient_norms(NET, PARAMS.cell, x)
    theirs = flow.state_gradient_norms(NET.cell, PARAMS.cell.cell, PARAMS.cell.E[x])
    assert all_close(ours, theirs)


@pytest.mark.parametrize("kind", [EncoderDecoder, AttentiveDecoder])
def test_an_encoder_reads_class_numbers(kind):
    model, rng = kind(Embedded(gru, size=2), gru), np.random.default_rng(0)
    params, x, y = model.init(rng, 5, 3, 4), words(4, 2, 5), words(3, 2, 4)
    how = {"lengths": [4, 2]}
    o, cache = model.forward(params, x, y, **how)
    d_x, grads = model.backward(cache, np.ones_like(o))
    report = gradcheck.compare(lambda p: model.forward(p, x, y, **how)[0].sum(), params, grads)
    assert d_x is None
    assert report.worst < 1e-13
    found = seq2seq.beam_search(model, params, x, width=1, max_length=3, **how)
    tokens, _ = seq2seq.greedy(model, params, x, max_length=3, **how)
    assert found[0][0].tokens[0] == tokens[0, 0]


def slopes_of(module, o, d_o):
    (o * torch.tensor(d_o)).sum().backward()
    return [o.detach().numpy(), *(p.grad.numpy() for p in module.parameters())]


@pytest.mark.parametrize("lengths", [None, [7, 0, 4]], ids=str)
@pytest.mark.parametrize(
    "net",
    [
        Embedded(lstm, size=3),
        Embedded(Pooled(Bidirectional(gru), "max"), size=2),
        Embedded(Deep([gru, Pooled(lstm, "mean")]), size=4),
    ],
    ids=str,
)
def test_equals_the_pytorch_reading(net, lengths):
    params, x = network.init(net, np.random.default_rng(0), 6, 4, 5), words(7, 3)
    if lengths:
        x[np.arange(7)[:, None] >= np.array(lengths)] = -1
    o, _ = network.predict(net, params, x, lengths=lengths)
    d_o = np.random.default_rng(1).standard_normal(o.shape)
    real = np.array(lengths or [7, 7, 7]) > (0 if net.pools else np.arange(7)[:, None])
    d_o = d_o * np.atleast_2d(real)[:, :, None]

    def given(o, y, lengths):
        return (o * d_o).sum(), d_o

    _, grads, _ = network.loss_and_gradients(net, params, x, None, lengths=lengths, loss=given)
    module = nn.Network(nn.Embedded.from_params(net, params.cell), 5)
    with torch.no_grad():
        module.W_ho.copy_(torch.tensor(params.out.W_ho))
        module.b_o.copy_(torch.tensor(params.out.b_o))
    theirs = slopes_of(module, module(torch.tensor(x), lengths=lengths)[0], d_o)
    assert all_close(o, theirs[0])
    assert all_close((grads.out, grads.cell), theirs[1:])
    assert all(map(np.array_equal, leaves(params), leaves(module.to_params())))


@pytest.mark.parametrize(("dtype", "T", "bound"), [("float64", 9, 1e-12), ("float32", 1000, 5e-5)])
def test_equals_torch_nn_embedding_before_an_lstm(dtype, T, bound):
    net, rng = Embedded(lstm, size=3), np.random.default_rng(0)
    params, x = net.init(rng, 20, 4, dtype=dtype), words(T, 2, 20)
    vectors, layer = torch.nn.Embedding(20, 3), lstm.to_torch(params.cell)
    vectors.weight = torch.nn.Parameter(torch.tensor(params.E))
    h, _, cache = net.forward(params, x)
    d_h = rng.standard_normal(h.shape).astype(dtype)
    theirs, _ = layer(vectors(torch.tensor(x)))
    (theirs * torch.tensor(d_h)).sum().backward()
    _, grads, _ = net.backward(cache, d_h)
    true = vectors.weight.grad, layer.weight_ih_l0.grad, layer.weight_hh_l0.grad
    assert np.abs(h - theirs.detach().numpy()).max() < min(bound, 1e-5)
    for mine, other in zip((grads.E, *grads.cell[:2]), true, strict=True):
        assert np.abs(mine - other.numpy()).max() < bound * np.abs(other.numpy()).max()


def test_the_reading_refuses_what_is_no_class_number():
    module = nn.Embedded(nn.LSTM(2, 3), 5)
    for x, message in [
        (torch.zeros(4, 2), "x must hold class numbers as integers, got dtype torch.float32"),
        (torch.zeros(4, 2, 1), r"x must have shape \(T, B\), class numbers, got \(4, 2, 1\)"),
        (torch.full((4, 2), 5), "x must lie between 0 and V - 1 = 4, got 5"),
    ]:
        with pytest.raises(ValueError, match=message):
            module(x)


def test_a_word_model_learns_which_words_are_of_one_class():
    """Three classes of ten words follow each other in turn; within a class all are as likely."""
    rng, net, adam = np.random.default_rng(0), Embedded(elman, size=4), optim.Adam(0.05)

    def sentences(B, T=13):
        turn = np.arange(T)[:, None] + rng.integers(3, size=B)
        return 10 * (turn % 3) + rng.integers(10, size=(T, B))

    params = network.init(net, rng, 30, 8, 30)
    for _ in range(120):
        x = sentences(16)
        _, grads, _ = network.loss_and_gradients(net, params, x[:-1], x[1:])
        params = adam.step(params, grads)
    x = sentences(200)
    loss, _ = losses.softmax_cross_entropy(network.predict(net, params, x[:-1])[0], x[1:])
    assert loss / 12 < 1.02 * np.log(10)  # one of ten; knowing no class it is one of thirty
    E = params.cell.E / np.linalg.norm(params.cell.E, axis=1, keepdims=True)
    alike = (E @ E.T).reshape(3, 10, 3, 10).mean(axis=(1, 3))  # mean cosines of two classes' words
    assert alike.diagonal().min() > 0.4
    assert alike[~np.eye(3, dtype=bool)].max() < 0
