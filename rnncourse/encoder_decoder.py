"""The encoder–decoder: one network reads a sequence, another writes one of any other length.

    C    = the encoder's last state                 after x[1], …, x[T]                  (1)
    s[0] = C                                        where `as_state`, else zeros         (2)
    s[t] = decoder(y[t-1], s[t-1])                  or of (y[t-1], C) where `as_input`   (3)
    o[t] = c + V s[t]                                                                    (4)
    p(y[t] | y[1], …, y[t-1], x) = softmax(o[t])    y[0] is a start symbol, symbols are one-hot

C holds all that the decoder learns of x, however long x is: in its first state alone, from which it
fades, or at every step. In training the decoder reads the true y[t-1] (teacher forcing), so that o
is one run over a known sequence; afterwards it reads what it wrote itself, a `step` at a time.

And back, given d_o:

    d_s[t], d_V, d_c        by the output layer                                          (5)
    d_s[0], d_C[t]          by the decoder's own way back, d_C[t] that by its input C    (6)
    d_C = d_s[0] + Σ_t d_C[t]                                                            (7)
    d_x                     by the encoder's way back, given d_C at each sequence's end  (8)

The cells may differ. `as_state` hands over every part of the state that both have by one name, so
that from an LSTM a GRU gets h and no c. `as_input` gives what each cell of the encoder put out
last; of a network without memory, such as a TCN, its last output.

Arrays are time-major: T steps are read, S are written. `rnncourse.seq2seq` trains and decodes.

Source: K. Cho et al., Learning phrase representations using RNN encoder-decoder for statistical
machine translation, EMNLP (2014), C at every step; I. Sutskever, O. Vinyals and Q. Le, Sequence to
sequence learning with neural networks, NIPS (2014), C as the first state.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from rnncourse import _init, _seq2seq, _validate, _wiring, linear
from rnncourse._validate import Array

__all__ = ["EncoderDecoder", "EncoderDecoderParams", "Writing"]


class EncoderDecoderParams(NamedTuple):
    """The weights, or the gradient of a loss by them."""

    encoder: Any
    decoder: Any  # reads K symbols, and C where `as_input`
    out: linear.LinearParams


class Writing(NamedTuple):
    """What `step` carries from one symbol to the next."""

    s: Any  # the decoder's state
    C: Array  # (B, n), no columns unless `as_input`


class _Cache(NamedTuple):
    encoded: _seq2seq.Encoded
    decoder: Any
    out: Any
    real: Array | None  # (S, B, 1), which steps are no padding
    shape: tuple[int, int, int]  # S, B, K


@dataclass(frozen=True, repr=False)
class EncoderDecoder:
    """Two cells, and what the second is told of the first.

    Args:
        encoder: a module such as `rnncourse.lstm`, or a wrapper.
        decoder: likewise, but one that does not look ahead.
        as_state: the decoder starts from C.
        as_input: the decoder reads C at every step.

    Raises:
        ValueError: what cannot be a cell, a decoder that reads from the right, or neither way.

    >>> from rnncourse import gru, seq2seq
    >>> model, rng = EncoderDecoder(gru, gru, as_input=True), np.random.default_rng(0)
    >>> params = model.init(rng, input_size=2, hidden_size=3, output_size=4)
    >>> params.decoder.W_ih.shape  # symbols and C
    (9, 7)
    >>> x, y = rng.standard_normal((5, 1, 2)), np.array([[1], [3], [0]])
    >>> loss, grads = seq2seq.loss_and_gradients(model, params, x, y)
    """

    encoder: Any
    decoder: Any
    as_state: bool = True
    as_input: bool = False

    def __post_init__(self) -> None:
        _seq2seq.check(self.encoder, self.decoder)
        if not (self.as_state or self.as_input):
            raise ValueError(
                "as_state or as_input must be True: otherwise the decoder knows nothing of x"
            )

    def __repr__(self) -> str:
        cells = f"{_wiring.label(self.encoder)}, {_wiring.label(self.decoder)}"
        return f"EncoderDecoder({cells}, as_state={self.as_state}, as_input={self.as_input})"

    def init(
        self,
        rng: np.random.Generator,
        input_size: int,
        hidden_size: int,
        output_size: int,
        *,
        dtype: Any = np.float64,
    ) -> EncoderDecoderParams:
        """Draw the weights of each part by its own `init`.

        Args:
            rng: source of the numbers, such as `np.random.default_rng(0)`.
            input_size: I, of the encoder's inputs.
            hidden_size: H of both cells.
            output_size: K, how many symbols there are.
            dtype: float32 or float64.

        Raises:
            ValueError: a size below 1, what a part refuses, or states that do not fit.

        >>> from rnncourse import elman, lstm
        >>> EncoderDecoder(lstm, elman).init(np.random.default_rng(0), 2, 3, 4).decoder.W_ih.shape
        (3, 4)
        """
        _init.sizes(output_size=output_size)
        encoder = self.encoder.init(rng, input_size, hidden_size, dtype=dtype)
        encoded = _seq2seq.encode(
            self.encoder, encoder, _wiring.no_steps(self.encoder, 1, input_size, dtype), None
        )
        reads = output_size + self._context(encoded).shape[1]
        decoder = self.decoder.init(rng, reads, hidden_size, dtype=dtype)
        self._first(decoder, encoded, reads)
        s, _, _ = self.decoder.forward(decoder, np.zeros((0, 1, reads), dtype))
        out = linear.init(rng, s.shape[2], output_size, dtype=dtype)
        return EncoderDecoderParams(encoder, decoder, out)

    def forward(
        self,
        params: EncoderDecoderParams,
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
            lengths: (B,) steps in each sequence of x.
            target_lengths: (B,) symbols in each sequence of `read`. Padding may hold anything, in
                both, NaN included, and changes nothing.

        Returns:
            o (S, B, K), of no meaning beyond a sequence's end; and the cache for `backward`.

        Raises:
            ValueError: a shape or dtype that does not fit, a symbol or length out of range, NaN or
                infinity.

        >>> from rnncourse import elman
        >>> model, rng = EncoderDecoder(elman, elman), np.random.default_rng(0)
        >>> params = model.init(rng, 2, 3, 4)
        >>> o, cache = model.forward(params, np.ones((5, 1, 2)), np.array([[0], [3]]))
        >>> o.shape
        (2, 1, 4)
        """
        params = _wiring.parts("params", params, EncoderDecoderParams)
        K, dtype = len(params.out.b_o), params.out.b_o.dtype
        encoded = _seq2seq.encode(self.encoder, params.encoder, x, lengths)
        B = encoded.h.shape[1]
        y, counts = _seq2seq.symbols("read", read, B, target_lengths, K, dtype)
        C = self._context(encoded)  # eq. 1
        inputs = np.concatenate([y, np.broadcast_to(C, (len(y), *C.shape))], axis=2)
        first = self._first(params.decoder, encoded, inputs.shape[2])  # eq. 2
        s, _, cache = self.decoder.forward(params.decoder, inputs, first, lengths=counts)  # eq. 3
        o, out = linear.forward(params.out, s)  # eq. 4
        real = None if counts is None else _validate.real_steps(counts, len(y))[:, :, None]
        return o, _Cache(encoded, cache, out, real, o.shape)

    def backward(self, cache: _Cache, d_o: Array) -> tuple[Array, EncoderDecoderParams]:
        """Back-propagate through both networks.

        Args:
            cache: the second result of `forward`.
            d_o: (S, B, K), gradient of the loss by o; ignored beyond a sequence's end.

        Returns:
            d_x (T, B, I), zero beyond a sequence's end, and the weights' gradients.

        Raises:
            ValueError: d_o has not the shape or dtype of o.

        >>> from rnncourse import elman
        >>> model, rng = EncoderDecoder(elman, elman), np.random.default_rng(0)
        >>> o, cache = model.forward(model.init(rng, 2, 3, 4), np.ones((5, 1, 2)), np.array([[0]]))
        >>> d_x, grads = model.backward(cache, np.ones_like(o))
        >>> d_x.shape, grads.out.b_o.tolist()
        ((5, 1, 2), [1.0, 1.0, 1.0, 1.0])
        """
        encoded, (_, _, K) = cache.encoded, cache.shape
        d_o = _seq2seq.slopes(d_o, cache.shape, encoded.h.dtype, cache.real)
        d_s, d_out = linear.backward(cache.out, d_o)  # eq. 5
        d_inputs, d_decoder, d_first = self.decoder.backward(cache.decoder, d_s)  # eq. 6
        d_h, d_end = np.zeros_like(encoded.h), _seq2seq.zeros(encoded.end)
        if self.as_input:
            d_C = d_inputs[:, :, K:].sum(axis=0)  # eq. 7: the same C at every step
            d_h, d_end = _seq2seq.context_backward(encoded, d_C)
        if self.as_state:
            d_end = _seq2seq.add(d_end, _seq2seq.handed_backward(encoded.end, d_first))  # eq. 7
        d_x, d_encoder, _ = self.encoder.backward(encoded.cache, d_h, d_end)  # eq. 8
        return d_x, EncoderDecoderParams(d_encoder, d_decoder, d_out)

    def encode(self, params: EncoderDecoderParams, x: Array, *, lengths: Any = None) -> Writing:
        """Read x (T, B, I): what `step` begins with."""
        encoded = _seq2seq.encode(self.encoder, params.encoder, x, lengths)
        C = self._context(encoded)  # eq. 1
        reads = len(params.out.b_o) + C.shape[1]
        return Writing(self._first(params.decoder, encoded, reads), C)  # eq. 2

    def step(
        self, params: EncoderDecoderParams, state: Writing, read: Any
    ) -> tuple[Array, Writing]:
        """Write one symbol more: o (B, K) after the symbols read (B,), and what to go on with.

        >>> from rnncourse import elman
        >>> model, rng = EncoderDecoder(elman, elman), np.random.default_rng(0)
        >>> params, x = model.init(rng, 2, 3, 4), np.ones((5, 1, 2))
        >>> o, state = model.step(params, model.encode(params, x), [0])
        >>> bool((o == model.forward(params, x, [[0], [2]])[0][0]).all())
        True
        """
        K, dtype = params.out.W_ho.shape[0], params.out.b_o.dtype
        y, _ = _seq2seq.symbols("read", np.asarray(read)[None], len(state.C), None, K, dtype)
        inputs = np.concatenate([y, state.C[None]], axis=2)
        s, after, _ = self.decoder.forward(params.decoder, inputs, state.s)  # eq. 3
        return linear.forward(params.out, s)[0][0], Writing(after, state.C)  # eq. 4

    def _context(self, encoded: _seq2seq.Encoded) -> Array:
        """C (B, n) as an input; of no columns where it is none."""
        B = encoded.h.shape[1]
        return _seq2seq.context(encoded) if self.as_input else np.zeros((B, 0), encoded.h.dtype)

    def _first(self, params: Any, encoded: _seq2seq.Encoded, reads: int) -> Any:
        """The decoder's first state."""
        h, end, _, _ = encoded
        zeros = _seq2seq.start(self.decoder, params, h.shape[1], reads, h.dtype)
        return _seq2seq.handed(end, zeros) if self.as_state else zeros
