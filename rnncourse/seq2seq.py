"""From sequence to sequence: training and decoding, for any encoder–decoder.

    training    the decoder reads the truth, one step late: start, y[1], …, y[S-1]
    decoding    it reads what it wrote itself: start, ŷ[1], ŷ[2], … until it writes the end symbol

A decoder that has only ever read the truth has not learned what to do after a mistake of its own.
`scheduled` is between: each symbol read is the true one with probability `truth`, else what the
decoder wrote last.

A model is an `encoder_decoder.EncoderDecoder` or an `attentive_decoder.AttentiveDecoder`, or has
their `forward`, `backward`, `encode` and `step`. Symbol 0 is start and end unless said otherwise.

Source: I. Sutskever, O. Vinyals and Q. Le, Sequence to sequence learning with neural networks,
NIPS (2014); S. Bengio, O. Vinyals, N. Jaitly and N. Shazeer, Scheduled sampling for sequence
prediction with recurrent neural networks, NIPS (2015), with the likeliest symbol in place of a
drawn one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from rnncourse import _init, _labelling, _validate, _wiring, beam, losses
from rnncourse._validate import Array

__all__ = ["beam_search", "greedy", "loss_and_gradients", "scheduled", "shifted"]

Loss = Callable[[Array, Any, Any], tuple[Any, Array]]


def shifted(y: Any, *, start: int = 0) -> Array:
    """What a decoder reads under teacher forcing: the start symbol, then y (S, B) but its last.

    Raises:
        ValueError: y has another shape, or is of no integers.

    >>> shifted([[5], [6], [0]]).ravel().tolist()
    [0, 5, 6]
    """
    y = _symbols(y)
    first = np.full((1, y.shape[1]), start)
    return np.concatenate([first, y])[: len(y)]


def loss_and_gradients(
    model: Any,
    params: Any,
    x: Array,
    y: Any,
    *,
    lengths: Any = None,
    target_lengths: Any = None,
    start: int = 0,
    read: Any = None,
    loss: Loss = losses.softmax_cross_entropy,
) -> tuple[Any, Any]:
    """Forward, the loss, and back-propagation through both networks.

    Args:
        model: an encoder–decoder.
        params: its weights.
        x: (T, B, I), what the encoder reads.
        y: (S, B) symbols that should be written, the end symbol among them.
        lengths: (B,) steps in each sequence of x.
        target_lengths: (B,) symbols in each sequence of y.
        start: what the decoder reads first.
        read: (S, B) what it reads, such as `scheduled` gives; the true symbols when left out.
        loss: a function of `rnncourse.losses`.

    Returns:
        The loss, summed over the symbols, mean over the batch; and the weights' gradients.

    >>> from rnncourse import elman
    >>> from rnncourse.encoder_decoder import EncoderDecoder
    >>> model, rng = EncoderDecoder(elman, elman), np.random.default_rng(0)
    >>> params = model.init(rng, input_size=2, hidden_size=3, output_size=4)
    >>> x, y = rng.standard_normal((5, 1, 2)), np.array([[1], [3], [0]])
    >>> loss, grads = loss_and_gradients(model, params, x, y)
    >>> grads.encoder.W_hh.shape
    (3, 3)
    """
    y = _symbols(y)
    read = shifted(y, start=start) if read is None else read
    o, cache = model.forward(params, x, read, lengths=lengths, target_lengths=target_lengths)
    value, d_o = loss(o, y, target_lengths)
    return value, model.backward(cache, d_o)[1]


def scheduled(
    model: Any,
    params: Any,
    x: Array,
    y: Any,
    rng: np.random.Generator,
    *,
    truth: float,
    lengths: Any = None,
    target_lengths: Any = None,
    start: int = 0,
) -> Array:
    """What a decoder reads where some of the truth is replaced by what it wrote itself.

    Args:
        model: an encoder–decoder.
        params: its weights.
        x: (T, B, I), what the encoder reads.
        y: (S, B) symbols that should be written.
        rng: decides between truth and own, for each symbol.
        truth: how probable the true symbol is; 1 is teacher forcing, 0 runs free.
        lengths: (B,) steps in each sequence of x.
        target_lengths: (B,) symbols in each sequence of y.
        start: what the decoder reads first.

    Returns:
        The symbols (S, B), for `read` of `loss_and_gradients`. Which of them are the decoder's
        own is a choice without a slope: no gradient goes back through it.

    Raises:
        ValueError: truth does not lie in [0, 1], or what the model refuses.

    >>> from rnncourse import elman
    >>> from rnncourse.encoder_decoder import EncoderDecoder
    >>> model, rng = EncoderDecoder(elman, elman), np.random.default_rng(0)
    >>> params, x, y = model.init(rng, 2, 3, 4), np.ones((5, 1, 2)), [[1], [3], [0]]
    >>> scheduled(model, params, x, y, rng, truth=1).ravel().tolist()
    [0, 1, 3]
    """
    if not 0 <= truth <= 1:
        raise ValueError(f"truth must lie in [0, 1], got {truth}")
    y = _symbols(y)
    known = _validate.lengths(target_lengths, *y.shape, name="target_lengths", longest="S")
    if known is not None:
        y = np.where(_validate.real_steps(known, len(y)), y, start)
    read = shifted(y, start=start)
    state = model.encode(params, x, lengths=lengths)
    for t in range(len(read) - 1):
        o, state = model.step(params, state, read[t])
        own = rng.random(read.shape[1]) >= truth
        read[t + 1] = np.where(own, o.argmax(axis=1), read[t + 1])
    return read


def greedy(
    model: Any,
    params: Any,
    x: Array,
    *,
    max_length: int,
    lengths: Any = None,
    start: int = 0,
    end: int = 0,
) -> tuple[Array, Array]:
    """Write the likeliest symbol at each step, and read it at the next.

    Args:
        model: an encoder–decoder.
        params: its weights.
        x: (T, B, I), what the encoder reads.
        max_length: symbols after which a sequence stays without its end, at least 1.
        lengths: (B,) steps in each sequence of x.
        start: what the decoder reads first.
        end: the symbol that ends a sequence.

    Returns:
        The symbols (S, B), S at most `max_length`, `end` from a sequence's end on; and how many
        (B,) each sequence has, its end symbol among them.

    Raises:
        ValueError: max_length below 1, or what the model refuses.

    >>> from rnncourse import elman
    >>> from rnncourse.encoder_decoder import EncoderDecoder
    >>> model, rng = EncoderDecoder(elman, elman), np.random.default_rng(0)
    >>> params = model.init(rng, 2, 3, 4)
    >>> symbols, counts = greedy(model, params, np.ones((5, 1, 2)), max_length=6)
    >>> symbols.shape == (6, 1) or symbols[counts[0] - 1, 0] == 0
    True
    """
    _init.sizes(max_length=max_length)
    state = model.encode(params, x, lengths=lengths)
    B = np.asarray(x).shape[1]
    read, counts, going = np.full(B, start), np.zeros(B, int), np.ones(B, bool)
    written: list[Array] = []
    while len(written) < max_length and going.any():
        o, state = model.step(params, state, read)
        read = np.where(going, o.argmax(axis=1), end)
        written.append(read)
        counts += going
        going &= read != end
    return np.array(written, int).reshape(len(written), B), counts


def beam_search(
    model: Any,
    params: Any,
    x: Array,
    *,
    width: int,
    max_length: int,
    lengths: Any = None,
    start: int = 0,
    end: int = 0,
    length_power: float = 0.0,
    n_best: int | None = None,
) -> list[list[beam.Hypothesis]]:
    """The likeliest sequences that a beam of `width` finds, for each sequence of x.

    Arguments as those of `greedy` and of `beam.search`.

    Returns:
        For each of the B sequences its hypotheses, best first.

    Raises:
        ValueError: as `beam.search`, or what the model refuses.

    >>> from rnncourse import elman
    >>> from rnncourse.encoder_decoder import EncoderDecoder
    >>> model, rng = EncoderDecoder(elman, elman), np.random.default_rng(0)
    >>> params, x = model.init(rng, 2, 3, 4), np.ones((5, 1, 2))
    >>> [found] = beam_search(model, params, x, width=1, max_length=3)
    >>> found[0].tokens == tuple(greedy(model, params, x, max_length=3)[0][:, 0].tolist())
    True
    """
    x = np.asarray(x)
    _validate.shape("x", x, _wiring.inputs(model.encoder))
    T, B = x.shape[:2]
    known = _validate.lengths(lengths, T, B)

    def step(state: Any, token: int) -> tuple[Array, Any]:
        o, state = model.step(params, state, [token])
        return (o - _labelling.log_sum_exp(o, axis=1)[:, None])[0], state

    how = {"width": width, "max_length": max_length, "start": start, "end": end}
    found = []
    for b in range(B):
        n = T if known is None else known[b]
        state = model.encode(params, x[:n, b : b + 1])
        found.append(beam.search(step, state, **how, length_power=length_power, n_best=n_best))
    return found


def _symbols(given: Any) -> Array:
    y: Array = np.asarray(given)
    _validate.shape("y", y, ("S", "B"), because="a symbol for each step and sequence")
    if y.size and not np.issubdtype(y.dtype, np.integer):
        raise ValueError(f"y must hold symbols as integers, got dtype {y.dtype}")
    return y
