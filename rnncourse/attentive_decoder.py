"""The encoder–decoder with attention: at every step the decoder looks at all that was read.

    h[1], …, h[T] = encoder(x[1], …, x[T])                                                       (1)
    s[0] = the encoder's last state                 where `as_state`, else zeros                 (2)
    C[t] = attention(query s[t-1]; keys and values h)                                            (3)
    s[t] = decoder((y[t-1], C[t]), s[t-1])                                                       (4)
    o[t] = c + V s[t]                                                                            (5)
    p(y[t] | y[1], …, y[t-1], x) = softmax(o[t])    y[0] is a start symbol, symbols are one-hot

The context C[t] is another one at each step, where the encoder–decoder without attention has one C
for the whole sequence. And from any x to any y the gradient has a way of few steps.

And back, given d_o, with d_s[t] gathering what comes from the output layer and from step t + 1:

    d_(y[t-1], C[t]), d_s[t-1]      by the decoder's step, given d_s[t]                          (6)
    d_s[t-1] += d_q[t]              by the attention, given d_C[t]                               (7)
    d_h += d_k[t] + d_v[t]          likewise, summed over the steps                              (8)
    d_x                             by the encoder's way back, given d_h, and d_s[0] at the end  (9)

The query is what each cell of the decoder put out last. `as_state` hands over every part of the
state that encoder and decoder both have by one name; an encoder with another kind of state (as a
bidirectional one) needs `as_state=False`.

Arrays are time-major: T steps are read, S are written. `rnncourse.seq2seq` trains and decodes.

Source: D. Bahdanau, K. Cho and Y. Bengio, Neural machine translation by jointly learning to align
and translate (2015); with a plain output layer, and the first state as it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from rnncourse import _init, _seq2seq, _validate, _wiring, attention, linear
from rnncourse._validate import Array

__all__ = ["AttentiveDecoder", "AttentiveDecoderParams", "Writing"]


class AttentiveDecoderParams(NamedTuple):
    """The weights, or the gradient of a loss by them."""

    encoder: Any
    decoder: Any  # reads K symbols and the context
    attention: Any
    out: linear.LinearParams


class Writing(NamedTuple):
    """What `step` carries from one symbol to the next."""

    s: Any  # the decoder's state
    memory: attention.Memory


class _Step(NamedTuple):
    before: Any  # the decoder's state
    look: attention.Look
    decoder: Any


class _Cache(NamedTuple):
    params: AttentiveDecoderParams
    encoded: _seq2seq.Encoded
    memory: attention.Memory
    steps: list[_Step]
    weights: Array  # (S, B, T)
    out: Any
    real: Array | None  # (S, B, 1), which steps are no padding


@dataclass(frozen=True, repr=False)
class AttentiveDecoder:
    """Two cells, and how the second looks at the first's outputs.

    Args:
        encoder: a module such as `rnncourse.lstm`, or a wrapper, often a bidirectional one.
        decoder: likewise, but one that does not look ahead.
        looks: one of `rnncourse.attention`.
        as_state: the decoder starts from the encoder's last state.

    Raises:
        ValueError: what cannot be a cell, or a decoder that reads from the right.

    >>> from rnncourse import gru, seq2seq
    >>> model, rng = AttentiveDecoder(gru, gru), np.random.default_rng(0)
    >>> params = model.init(rng, input_size=2, hidden_size=3, output_size=4)
    >>> params.decoder.W_ih.shape  # symbols and context
    (9, 7)
    >>> x, y = rng.standard_normal((5, 1, 2)), np.array([[1], [3], [0]])
    >>> loss, grads = seq2seq.loss_and_gradients(model, params, x, y)
    """

    encoder: Any
    decoder: Any
    looks: attention.Attention = attention.additive
    as_state: bool = True

    def __post_init__(self) -> None:
        _seq2seq.check(self.encoder, self.decoder)

    def __repr__(self) -> str:
        cells = f"{_wiring.label(self.encoder)}, {_wiring.label(self.decoder)}"
        return f"AttentiveDecoder({cells}, {self.looks.score}, as_state={self.as_state})"

    def init(
        self,
        rng: np.random.Generator,
        input_size: int,
        hidden_size: int,
        output_size: int,
        *,
        dtype: Any = np.float64,
    ) -> AttentiveDecoderParams:
        """Draw the weights of each part by its own `init`.

        Args:
            rng: source of the numbers, such as `np.random.default_rng(0)`.
            input_size: I, of the encoder's inputs.
            hidden_size: H of both cells.
            output_size: K, how many symbols there are.
            dtype: float32 or float64.

        Raises:
            ValueError: a size below 1, what a part refuses, or states that do not fit.

        >>> from rnncourse import elman
        >>> params = AttentiveDecoder(elman, elman).init(np.random.default_rng(0), 2, 3, 4)
        >>> params.attention.W_q.shape, params.decoder.W_ih.shape
        ((3, 3), (3, 7))
        """
        _init.sizes(output_size=output_size)
        encoder = self.encoder.init(rng, input_size, hidden_size, dtype=dtype)
        encoded = _seq2seq.encode(
            self.encoder, encoder, _wiring.no_steps(self.encoder, 1, input_size, dtype), None
        )
        key_size = encoded.h.shape[2]
        reads = output_size + key_size
        decoder = self.decoder.init(rng, reads, hidden_size, dtype=dtype)
        first = self._first(decoder, encoded, reads)
        looks = self.looks.init(rng, _seq2seq.shown(first).shape[1], key_size, dtype=dtype)
        s, _, _ = self.decoder.forward(decoder, np.zeros((0, 1, reads), dtype))
        out = linear.init(rng, s.shape[2], output_size, dtype=dtype)
        return AttentiveDecoderParams(encoder, decoder, looks, out)

    def forward(
        self,
        params: AttentiveDecoderParams,
        x: Array,
        read: Any,
        *,
        lengths: Any = None,
        target_lengths: Any = None,
    ) -> tuple[Array, _Cache]:
        """Read x, and write a symbol after each of those that the decoder reads.

        Args:
            params: the weights.
            x: (T, B, I), of the weights' dtype.
            read: (S, B) symbols from 0 to K - 1 that the decoder reads: a start symbol, then under
                teacher forcing what it should have written (`seq2seq.shifted`).
            lengths: (B,) steps in each sequence of x; of length 0 the context is zero.
            target_lengths: (B,) symbols in each sequence of `read`. Padding may hold anything, in
                both, NaN included, and changes nothing.

        Returns:
            o (S, B, K), of no meaning beyond a sequence's end; and the cache for `backward`, whose
            `weights` (S, B, T) say where the decoder looked at each step.

        Raises:
            ValueError: a shape or dtype that does not fit, a symbol or length out of range, NaN or
                infinity.

        >>> from rnncourse import elman
        >>> model, rng = AttentiveDecoder(elman, elman), np.random.default_rng(0)
        >>> params = model.init(rng, 2, 3, 4)
        >>> o, cache = model.forward(params, np.ones((5, 1, 2)), np.array([[0], [3]]))
        >>> o.shape, cache.weights.shape
        ((2, 1, 4), (2, 1, 5))
        """
        params = _wiring.parts("params", params, AttentiveDecoderParams)
        K, dtype = len(params.out.b_o), params.out.b_o.dtype
        encoded = _seq2seq.encode(self.encoder, params.encoder, x, lengths)  # eq. 1
        memory = self.looks.remember(params.attention, encoded.h, encoded.h, lengths=lengths)
        T, B, H = encoded.h.shape
        y, counts = _seq2seq.symbols("read", read, B, target_lengths, K, dtype)
        state = self._first(params.decoder, encoded, K + H)  # eq. 2
        weights, steps = np.zeros((len(y), B, T), dtype), []
        written, _, _ = self.decoder.forward(params.decoder, np.zeros((0, B, K + H), dtype))
        written = np.zeros((len(y), *written.shape[1:]), dtype)
        for t, y_t in enumerate(y):
            going = None if counts is None else (t < counts).astype(int)
            written[t], weights[t], state, step = self._step(params, memory, y_t, state, going)
            steps.append(step)
        o, out = linear.forward(params.out, written)  # eq. 5
        real = None if counts is None else _validate.real_steps(counts, len(y))[:, :, None]
        return o, _Cache(params, encoded, memory, steps, weights, out, real)

    def backward(self, cache: _Cache, d_o: Array) -> tuple[Array, AttentiveDecoderParams]:
        """Back-propagate through both networks and the attention between them.

        Args:
            cache: the second result of `forward`.
            d_o: (S, B, K), gradient of the loss by o; ignored beyond a sequence's end.

        Returns:
            d_x (T, B, I), zero beyond a sequence's end, and the weights' gradients.

        Raises:
            ValueError: d_o has not the shape or dtype of o.

        >>> from rnncourse import elman
        >>> model, rng = AttentiveDecoder(elman, elman), np.random.default_rng(0)
        >>> o, cache = model.forward(model.init(rng, 2, 3, 4), np.ones((5, 1, 2)), np.array([[0]]))
        >>> d_x, grads = model.backward(cache, np.ones_like(o))
        >>> d_x.shape, grads.out.b_o.tolist()
        ((5, 1, 2), [1.0, 1.0, 1.0, 1.0])
        """
        params, encoded, memory, steps, weights, out, real = cache
        B, K = weights.shape[1], len(params.out.b_o)
        d_o = _seq2seq.slopes(d_o, (len(steps), B, K), encoded.h.dtype, real)
        d_written, d_out = linear.backward(out, d_o)
        d_p, d_values = np.zeros_like(memory.p), np.zeros_like(memory.values)
        d_decoder, d_looks = _seq2seq.zeros(params.decoder), _seq2seq.zeros(params.attention)
        d_state = None
        for t in reversed(range(len(steps))):
            before, look, kept = steps[t]
            d_s = d_written[t : t + 1]
            d_inputs, share, d_state = self.decoder.backward(kept, d_s, d_state)  # eq. 6
            d_decoder = _seq2seq.add(d_decoder, share)
            d_query, d_p_t, d_values_t, share = self.looks.look_backward(  # eq. 7
                params.attention, memory, look, d_inputs[:, :, K:]
            )
            d_looks = _seq2seq.add(d_looks, share)
            d_p += d_p_t
            d_values += d_values_t  # eq. 8
            d_state = _seq2seq.add(d_state, _seq2seq.shown_backward(before, d_query[0]))  # eq. 7
        d_keys, share = self.looks.remember_backward(params.attention, memory, d_p)  # eq. 8
        d_looks = _seq2seq.add(d_looks, share)
        d_end = _seq2seq.zeros(encoded.end)
        if self.as_state and steps:
            d_end = _seq2seq.handed_backward(encoded.end, d_state)
        d_x, d_encoder, _ = self.encoder.backward(encoded.cache, d_keys + d_values, d_end)  # eq. 9
        return d_x, AttentiveDecoderParams(d_encoder, d_decoder, d_looks, d_out)

    def encode(self, params: AttentiveDecoderParams, x: Array, *, lengths: Any = None) -> Writing:
        """Read x (T, B, I): what `step` begins with."""
        encoded = _seq2seq.encode(self.encoder, params.encoder, x, lengths)
        memory = self.looks.remember(params.attention, encoded.h, encoded.h, lengths=lengths)
        reads = len(params.out.b_o) + encoded.h.shape[2]
        return Writing(self._first(params.decoder, encoded, reads), memory)

    def step(
        self, params: AttentiveDecoderParams, state: Writing, read: Any
    ) -> tuple[Array, Writing]:
        """Write one symbol more: o (B, K) after the symbols read (B,), and what to go on with.

        >>> from rnncourse import elman
        >>> model, rng = AttentiveDecoder(elman, elman), np.random.default_rng(0)
        >>> params, x = model.init(rng, 2, 3, 4), np.ones((5, 1, 2))
        >>> o, state = model.step(params, model.encode(params, x), [0])
        >>> bool((o == model.forward(params, x, [[0], [2]])[0][0]).all())
        True
        """
        K, (s, memory) = len(params.out.b_o), state
        B, dtype = memory.keys.shape[1], memory.keys.dtype
        y, _ = _seq2seq.symbols("read", np.asarray(read)[None], B, None, K, dtype)
        written, _, after, _ = self._step(params, memory, y[0], s, None)
        return linear.forward(params.out, written[None])[0][0], Writing(after, memory)  # eq. 5

    def _step(
        self, params: AttentiveDecoderParams, memory: attention.Memory, y: Array, s: Any, going: Any
    ) -> tuple[Array, Array, Any, _Step]:
        """What the decoder writes (B, H), where it looks (B, T), and its state after that."""
        query = _seq2seq.shown(s)[None]  # (1, B, Q)
        C, weights, look = self.looks.look(params.attention, memory, query)  # eq. 3
        inputs = np.concatenate([y[None], C], axis=2)
        h, after, kept = self.decoder.forward(params.decoder, inputs, s, lengths=going)  # eq. 4
        return h[0], weights[0], after, _Step(s, look, kept)

    def _first(self, params: Any, encoded: _seq2seq.Encoded, reads: int) -> Any:
        """The decoder's first state."""
        zeros = _seq2seq.start(self.decoder, params, encoded.h.shape[1], reads, encoded.h.dtype)
        return _seq2seq.handed(encoded.end, zeros) if self.as_state else zeros
