"""Encoder–decoders in PyTorch, with and without attention: the chapter's equations forward.

    s[t] = decoder(y[t-1], s[t-1])    or with C, or with C[t] = attention(s[t-1]), beside y[t-1]
    o[t] = c + V s[t]

Weights have the names and shapes of `rnncourse.encoder_decoder` and `rnncourse.attentive_decoder`.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import one_hot

from rnncourse import _init, _seq2seq, attentive_decoder, encoder_decoder
from rnncourse.attentive_decoder import AttentiveDecoderParams
from rnncourse.encoder_decoder import EncoderDecoderParams
from rnncourse.linear import LinearParams
from rnncourse.nn import _layers, _validate
from rnncourse.nn.attention import Attention, reading

__all__ = ["AttentiveDecoder", "EncoderDecoder"]


class _Writer(nn.Module):
    """What both share: two modules, the output layer, symbols as vectors, the first state."""

    def __init__(self, encoder: Any, decoder: Any, output_size: int, as_state: bool) -> None:
        super().__init__()
        _init.sizes(output_size=output_size)
        _validate.module("encoder", encoder)
        _validate.module("decoder", decoder)
        self.encoder, self.decoder, self.as_state = encoder, decoder, as_state
        like = next(decoder.parameters())
        s, _ = decoder(like.new_zeros(0, 1, decoder.input_size))  # to see how wide s is
        H = s.shape[2]
        self.W_ho = nn.Parameter(like.new_empty(output_size, H).uniform_(-(H**-0.5), H**-0.5))
        self.b_o = nn.Parameter(like.new_empty(output_size).uniform_(-(H**-0.5), H**-0.5))

    def _symbols(self, read: Any, B: int, lengths: Any) -> tuple[Tensor, Tensor | None]:
        """Symbols (S, B) as vectors (S, B, K), zero in the padding; which are real."""
        read = _validate.numbers("read", read, self.b_o.device)
        if read.ndim != 2 or read.shape[1] != B:
            raise ValueError(f"read must have shape (S, {B}), got {tuple(read.shape)}")
        K = len(self.b_o)
        _, real = _layers.batch(read[:, :, None], lengths)
        if real is not None:
            read = torch.where(real[:, :, 0], read, 0)
        if read.numel() and not 0 <= int(read.min()) <= int(read.max()) < K:
            raise ValueError(f"read must lie between 0 and K - 1 = {K - 1}, got {read.tolist()}")
        y = one_hot(read, K).to(self.b_o.dtype)
        return (y if real is None else y * real), real

    def _first(self, end: Any, B: int, reads: int) -> Any:
        _, zeros = self.decoder(self.b_o.new_zeros(0, B, reads))
        return _seq2seq.handed(end, zeros) if self.as_state else zeros

    def _load(self, out: LinearParams) -> None:
        with torch.no_grad():
            for weight, array in zip((self.W_ho, self.b_o), out, strict=True):
                weight.copy_(torch.from_numpy(array.copy()))

    def _out(self) -> LinearParams:
        return LinearParams(*(w.detach().cpu().numpy().copy() for w in (self.W_ho, self.b_o)))


class EncoderDecoder(_Writer):
    """`rnncourse.encoder_decoder.EncoderDecoder` in PyTorch.

    Args:
        encoder: a module such as `rnncourse.nn.LSTM(I, H)`.
        decoder: likewise; it reads K symbols, and C where `as_input`.
        output_size: K.
        as_state: the decoder starts from the encoder's last state.
        as_input: the decoder reads C at every step.

    >>> from rnncourse.nn import GRU
    >>> model = EncoderDecoder(GRU(2, 3), GRU(4, 3), 4)
    >>> tuple(model(torch.zeros(5, 1, 2), [[0], [3]]).shape)
    (2, 1, 4)
    """

    def __init__(
        self,
        encoder: Any,
        decoder: Any,
        output_size: int,
        *,
        as_state: bool = True,
        as_input: bool = False,
    ) -> None:
        super().__init__(encoder, decoder, output_size, as_state)
        self.as_input = as_input

    def forward(
        self, x: Tensor, read: Any, lengths: Any = None, target_lengths: Any = None
    ) -> Tensor:
        """Outputs o (S, B, K) after the symbols read (S, B), given x (T, B, I)."""
        h, end = self.encoder(x, None, lengths)
        B = x.shape[1]
        y, _ = self._symbols(read, B, target_lengths)
        S = len(y)
        if self.as_input:
            C = self._context(h, end, lengths)
            y = torch.cat([y, C.expand(S, *C.shape)], dim=2)
        first = self._first(end, B, y.shape[2])
        s, _ = self.decoder(y, first, target_lengths)
        return s @ self.W_ho.T + self.b_o  # type: ignore[no-any-return]

    @staticmethod
    def _context(h: Tensor, end: Any, lengths: Any) -> Tensor:
        cells = list(_seq2seq.cells(end))
        if cells:
            return torch.cat([cell[0] for cell in cells], dim=1)
        T, B, _ = h.shape
        last = torch.as_tensor([T] * B if lengths is None else lengths) - 1
        padded = torch.cat([h, h.new_zeros(1, *h.shape[1:])])  # entry -1, of no steps, is zero
        return padded[last, torch.arange(B)]

    @classmethod
    def from_params(
        cls, net: encoder_decoder.EncoderDecoder, params: EncoderDecoderParams
    ) -> EncoderDecoder:
        """A module of this class with the weights of a NumPy network, copied."""
        encoder = _layers.reading(net.encoder, params.encoder)
        decoder = _layers.reading(net.decoder, params.decoder)
        how = {"as_state": net.as_state, "as_input": net.as_input}
        module = cls(encoder, decoder, len(params.out.b_o), **how)
        module._load(params.out)
        return module

    def to_params(self) -> EncoderDecoderParams:
        """The weights as NumPy arrays, copied."""
        encoder, decoder = (part.to_params() for part in (self.encoder, self.decoder))
        return EncoderDecoderParams(encoder, decoder, self._out())


class AttentiveDecoder(_Writer):
    """`rnncourse.attentive_decoder.AttentiveDecoder` in PyTorch.

    Args:
        encoder: a module such as `rnncourse.nn.LSTM(I, H)`.
        decoder: likewise; it reads K symbols and the context.
        looks: such as `rnncourse.nn.AdditiveAttention(H, H)`.
        output_size: K.
        as_state: the decoder starts from the encoder's last state.

    >>> from rnncourse.nn import GRU, AdditiveAttention
    >>> model = AttentiveDecoder(GRU(2, 3), GRU(7, 3), AdditiveAttention(3, 3), 4)
    >>> o, weights = model(torch.zeros(5, 1, 2), [[0], [3]])
    >>> tuple(o.shape), tuple(weights.shape)
    ((2, 1, 4), (2, 1, 5))
    """

    def __init__(
        self,
        encoder: Any,
        decoder: Any,
        looks: Attention,
        output_size: int,
        *,
        as_state: bool = True,
    ) -> None:
        super().__init__(encoder, decoder, output_size, as_state)
        _validate.module("looks", looks, Attention)
        self.looks = looks

    def forward(
        self, x: Tensor, read: Any, lengths: Any = None, target_lengths: Any = None
    ) -> tuple[Tensor, Tensor]:
        """Outputs o (S, B, K) after the symbols read (S, B), and weights (S, B, T)."""
        h, end = self.encoder(x, None, lengths)
        T, B, H = h.shape
        y, real = self._symbols(read, B, target_lengths)
        state = self._first(end, B, len(self.b_o) + H)
        written, weights = [], []
        for t, y_t in enumerate(y):
            query = torch.cat([cell[0] for cell in _seq2seq.cells(state)], dim=1)
            C, w = self.looks(query[None], h, h, lengths)
            going = None if real is None else real[t, :, 0].long()
            s, state = self.decoder(torch.cat([y_t[None], C], dim=2), state, going)
            written.append(s[0])
            weights.append(w[0])
        if not written:
            nothing = h.new_zeros(0, B, self.W_ho.shape[1])
            return nothing @ self.W_ho.T + self.b_o, h.new_zeros(0, B, T)
        return torch.stack(written) @ self.W_ho.T + self.b_o, torch.stack(weights)

    @classmethod
    def from_params(
        cls, net: attentive_decoder.AttentiveDecoder, params: AttentiveDecoderParams
    ) -> AttentiveDecoder:
        """A module of this class with the weights of a NumPy network, copied."""
        encoder = _layers.reading(net.encoder, params.encoder)
        decoder = _layers.reading(net.decoder, params.decoder)
        looks = reading(net.looks, params.attention)
        module = cls(encoder, decoder, looks, len(params.out.b_o), as_state=net.as_state)
        module._load(params.out)
        return module

    def to_params(self) -> AttentiveDecoderParams:
        """The weights as NumPy arrays, copied."""
        parts = (part.to_params() for part in (self.encoder, self.decoder, self.looks))
        encoder, decoder, looks = parts
        return AttentiveDecoderParams(encoder, decoder, looks, self._out())
