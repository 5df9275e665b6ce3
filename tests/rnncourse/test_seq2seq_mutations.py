"""Would the gradient check notice a mistake in an encoder–decoder's way back? Make each one."""

import inspect
import textwrap

import numpy as np
import pytest

from rnncourse import _seq2seq, _tree, attention, gru, lstm, tcn
from rnncourse.attentive_decoder import AttentiveDecoder
from rnncourse.bidirectional import Bidirectional
from rnncourse.deep import Deep
from rnncourse.encoder_decoder import EncoderDecoder

MODELS = {
    "state": EncoderDecoder(lstm, gru),
    "both": EncoderDecoder(lstm, gru, as_input=True),
    "two": EncoderDecoder(Bidirectional(gru), gru, as_state=False, as_input=True),
    "tcn": EncoderDecoder(tcn, gru, as_state=False, as_input=True),
    "looking": AttentiveDecoder(gru, gru, attention.general),
    "deep": AttentiveDecoder(gru, Deep(gru), attention.general, as_state=False),
}
PLACES = {
    "EncoderDecoder": EncoderDecoder,
    "AttentiveDecoder": AttentiveDecoder,
    "_seq2seq": _seq2seq,
}
# wiring | class or module, function | right | wrong
MISTAKES = """
state | EncoderDecoder.backward | _seq2seq.add(d_end, | (lambda a, b: a)(d_end,
both | EncoderDecoder.backward | _seq2seq.add(d_end, | (lambda a, b: a)(d_end,
both | EncoderDecoder.backward | _seq2seq.add(d_end, | (lambda a, b: b)(d_end,
both | EncoderDecoder.backward | if self.as_input: | if False:
both | EncoderDecoder.backward | d_inputs[:, :, K:].sum(axis=0) | -d_inputs[:, :, K:].sum(axis=0)
both | EncoderDecoder.backward | d_inputs[:, :, K:].sum(axis=0) | d_inputs[:, :, K:].mean(axis=0)
both | EncoderDecoder.backward | d_inputs[:, :, K:].sum(axis=0) | d_inputs[0, :, K:]
both | EncoderDecoder.backward | d_inputs[:, :, K:].sum(axis=0) | d_inputs[:, :, :-K].sum(axis=0)
state | EncoderDecoder.backward | _seq2seq.slopes(d_o, | -_seq2seq.slopes(d_o,
tcn | EncoderDecoder.backward | d_h, d_end = _seq2seq.context | _, d_end = _seq2seq.context
two | _seq2seq.shown_backward | next(pieces), *( | np.zeros_like(next(pieces)), *(
two | _seq2seq.shown_backward | iter(np.split(d_shown | iter(np.split(d_shown[:, ::-1]
two | _seq2seq.shown_backward | axis=1)) | axis=1)[::-1])
tcn | _seq2seq.context_backward | d_C[some] | -d_C[some]
tcn | _seq2seq.context_backward | d_h[last[some], some] | d_h[last[some] - 1, some]
tcn | _seq2seq.context_backward | d_h[last[some], some] | d_h[0 * last[some], some]
state | _seq2seq.handed_backward | else slope | else -slope
state | _seq2seq.handed_backward | else slope | else 0 * slope
state | _seq2seq.handed_backward | np.zeros_like(part) if | np.ones_like(part) if
looking | AttentiveDecoder.backward | reversed(range(len(steps))) | range(len(steps))
looking | AttentiveDecoder.backward | steps[t] | steps[0]
looking | AttentiveDecoder.backward | (kept, d_s, d_state) | (kept, d_s, None)
looking | AttentiveDecoder.backward | d_written[t : t + 1] | d_written[:1]
looking | AttentiveDecoder.backward | d_decoder = _seq2seq.add(d_decoder, share) | d_decoder = share
looking | AttentiveDecoder.backward | d_inputs[:, :, K:] | -d_inputs[:, :, K:]
looking | AttentiveDecoder.backward | d_inputs[:, :, K:] | d_inputs[:, :, :-K]
looking | AttentiveDecoder.backward | d_p += d_p_t | pass
looking | AttentiveDecoder.backward | d_p += d_p_t | d_p = d_p_t
looking | AttentiveDecoder.backward | d_p += d_p_t | d_p -= d_p_t
looking | AttentiveDecoder.backward | d_values += d_values_t | pass
looking | AttentiveDecoder.backward | d_values += d_values_t | d_values = d_values_t
looking | AttentiveDecoder.backward | d_values += d_values_t | d_values -= d_values_t
looking | AttentiveDecoder.backward | _seq2seq.add(d_state, | (lambda a, b: a)(d_state,
looking | AttentiveDecoder.backward | _seq2seq.add(d_state, | (lambda a, b: b)(d_state,
looking | AttentiveDecoder.backward | (before, d_query[0]) | (before, -d_query[0])
deep | AttentiveDecoder.backward | (before, d_query[0]) | (before, d_query[0][:, ::-1])
looking | AttentiveDecoder.backward | d_keys + d_values | d_keys
looking | AttentiveDecoder.backward | d_keys + d_values | d_values
looking | AttentiveDecoder.backward | d_keys + d_values | d_keys - d_values
looking | AttentiveDecoder.backward | if self.as_state and steps: | if False:
looking | AttentiveDecoder.backward | _seq2seq.slopes(d_o, | -_seq2seq.slopes(d_o,
"""
ALL = [line.split(" | ") for line in MISTAKES.strip().splitlines()]


def worst(model):
    """The largest error of the slopes of a random loss, one random direction for each array.

    One complex step measures a direction exactly, where every entry would need one of its own.
    """
    rng = np.random.default_rng(0)
    params = model.init(rng, 2, 3, 3)
    x, read = rng.standard_normal((4, 2, 2)), rng.integers(3, size=(3, 2))
    d_o = rng.standard_normal((3, 2, 3))
    _, cache = model.forward(params, x, read)
    d_x, grads = model.backward(cache, d_o)
    slopes = [array for _, array in _tree.leaves((grads, d_x))]
    errors = []
    for k, slope in enumerate(slopes):
        direction = rng.standard_normal(slope.shape)
        o, _ = model.forward(*nudged((params, x), k, 1e-30j * direction), read)
        measured = (d_o * o).sum().imag / 1e-30
        errors.append(abs((slope * direction).sum() - measured) / (abs(measured) or 1))
    return max(errors)


def nudged(at, k, nudge):
    """The tree `at`, complex, with `nudge` added to its k-th array."""
    count = iter(range(99))
    return _tree.apply(lambda p: p + (nudge if next(count) == k else 0j), at)


@pytest.mark.parametrize("wiring", MODELS)
def test_without_a_mistake_all_is_well(wiring):
    assert worst(MODELS[wiring]) < 1e-12


@pytest.mark.parametrize(("wiring", "where", "right", "wrong"), ALL, ids=str)
def test_the_check_notices_each_mistake(wiring, where, right, wrong, monkeypatch):
    owner, name = where.split(".")
    place = PLACES[owner]
    source = textwrap.dedent(inspect.getsource(getattr(place, name)))
    assert source.count(right) == 1, "the source has changed: mend the list of mistakes"
    scope = dict(vars(place if inspect.ismodule(place) else inspect.getmodule(place)))
    exec("from __future__ import annotations\n" + source.replace(right, wrong), scope)
    monkeypatch.setattr(place, name, scope[name])
    try:
        error = worst(MODELS[wiring])
    except ValueError:
        return  # shapes that do not fit
    assert not error < 1e-3
