"""What the encoder–decoders, and training and decoding with them, refuse, and in which words."""

import re

import numpy as np
import pytest
import torch

from rnncourse import attention, elman, gru, lstm, nn, seq2seq, tcn
from rnncourse.attentive_decoder import AttentiveDecoder
from rnncourse.bidirectional import Bidirectional
from rnncourse.deep import Deep
from rnncourse.encoder_decoder import EncoderDecoder

RNG = np.random.default_rng(0)
PLAIN = EncoderDecoder(elman, elman, as_input=True)
LOOKING = AttentiveDecoder(elman, elman)
X, READ = np.zeros((5, 2, 3)), np.zeros((4, 2), int)
both = pytest.mark.parametrize("model", [PLAIN, LOOKING], ids=str)


def refused(message):
    return pytest.raises(ValueError, match=re.escape(message))


@both
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"x": X[0]}, "x must have shape (T, B, 3)"),
        ({"x": X.astype("f4")}, "x has dtype float32, but the weights have float64"),
        ({"x": X * np.nan}, "x[0, 0, 0] must be finite, got nan"),
        ({"read": READ[0]}, "read must have shape (S, 2) (a symbol for each step and sequence)"),
        ({"read": READ[:, :1]}, "read must have shape (S, 2) (a symbol for each step and sequence"),
        ({"read": READ + 0.5}, "read must hold class numbers as integers, got dtype float64"),
        ({"read": READ + 4}, "read[0, 0] must lie between 0 and K - 1 = 3, got 4"),
        ({"lengths": [6, 1]}, "lengths[0] must lie between 0 and T = 5, got 6"),
        ({"lengths": [1]}, "lengths must have shape (2,)"),
        ({"target_lengths": [1, 5]}, "target_lengths[1] must lie between 0 and S = 4, got 5"),
        ({"target_lengths": [1.0, 2.0]}, "target_lengths must be integers, got dtype float64"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_forward(model, change, message):
    params = model.init(np.random.default_rng(0), 3, 2, 4)
    with refused(message):
        model.forward(params, **{"x": X, "read": READ, **change})


@both
def test_backward(model):
    params = model.init(np.random.default_rng(0), 3, 2, 4)
    o, cache = model.forward(params, X, READ)
    with refused("d_o must have shape (4, 2, 4) (that of o), got (3, 2, 4)"):
        model.backward(cache, o[1:])
    with refused("d_o has dtype float32, but o has float64"):
        model.backward(cache, o.astype("f4"))


@both
def test_step(model):
    params = model.init(np.random.default_rng(0), 3, 2, 4)
    state = model.encode(params, X)
    with refused("read must have shape (S, 2)"):
        model.step(params, state, [0])
    with refused("read[0, 1] must lie between 0 and K - 1 = 3, got -1"):
        model.step(params, state, [0, -1])


def test_what_cannot_be_wired():
    with refused("encoder must have init, forward and backward as rnncourse.elman has"):
        EncoderDecoder(np, elman)
    with refused("decoder must be causal, got Bidirectional(elman): it would read symbols that it"):
        AttentiveDecoder(elman, Bidirectional(elman))
    with refused("as_state or as_input must be True: otherwise the decoder knows nothing of x"):
        EncoderDecoder(elman, elman, as_state=False)
    for model in (EncoderDecoder(Bidirectional(lstm), lstm), AttentiveDecoder(tcn, lstm)):
        with refused(
            "as_state needs an encoder that ends in a state like the decoder's first, got"
        ):
            model.init(RNG, 2, 3, 4)
    with refused("got none for h (1, 3), c (1, 3): with as_state=False the decoder starts from"):
        AttentiveDecoder(tcn, lstm).init(RNG, 2, 3, 4)
    with refused("key_size must be query_size = 3, got 6"):
        AttentiveDecoder(Bidirectional(gru), gru, attention.dot, as_state=False).init(RNG, 2, 3, 4)
    for decoder in (tcn, Deep([tcn, gru])):
        with refused("decoder must carry a state from step to step, got"):
            AttentiveDecoder(gru, decoder, as_state=False).init(RNG, 2, 3, 4)
    with refused("output_size must be at least 1, got 0"):
        PLAIN.init(RNG, 2, 3, 0)


def test_states_of_another_size():
    params = EncoderDecoder(elman, elman).init(RNG, 3, 2, 4)
    wide = EncoderDecoder(elman, elman).init(RNG, 3, 5, 4)
    with refused("got h (2, 2) for h (2, 5)"):
        EncoderDecoder(elman, elman).forward(wide._replace(encoder=params.encoder), X, READ)


def test_training_and_decoding():
    params = PLAIN.init(RNG, 3, 2, 4)
    with refused("truth must lie in [0, 1], got 1.5"):
        seq2seq.scheduled(PLAIN, params, X, READ, RNG, truth=1.5)
    with refused("max_length must be at least 1, got 0"):
        seq2seq.greedy(PLAIN, params, X, max_length=0)
    with refused("width must be at least 1, got 0"):
        seq2seq.beam_search(PLAIN, params, X, width=0, max_length=2)
    with refused("x must have shape (T, B, I), got (2, 3)"):
        seq2seq.beam_search(PLAIN, params, X[0], width=1, max_length=2)
    with refused("y must have shape (S, B)"):
        seq2seq.shifted([0, 1])
    with refused("y must hold symbols as integers, got dtype float64"):
        seq2seq.loss_and_gradients(PLAIN, params, X, READ + 0.0)


def test_in_pytorch():
    module = nn.EncoderDecoder(nn.GRU(3, 2), nn.GRU(4, 2), 4)
    x = torch.zeros(5, 2, 3)
    with refused("read must have shape (S, 2), got (2,)"):
        module(x, [0, 1])
    with refused("read must lie between 0 and K - 1 = 3, got [[0, 4]]"):
        module(x, [[0, 4]])
    with refused("output_size must be at least 1, got 0"):
        nn.EncoderDecoder(nn.GRU(3, 2), nn.GRU(4, 2), 0)
    with refused("as_state needs an encoder that ends in a state like the decoder's first"):
        nn.EncoderDecoder(nn.GRU(3, 2), nn.GRU(4, 5), 4)(x, [[0, 1]])
