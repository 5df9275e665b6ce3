"""The neural Turing machine: a network with a memory that it addresses, reads and writes.

A head says where by a distribution w over the N rows of the memory M, in four stages:

    c[n] = softmax over n of β cos(M[n], key)           content: rows that look like the key  (1)
    a    = g c + (1 - g) w_before                       gate: those, or where the head was    (2)
    b[n] = Σ_j s[j] a[n - j]                            shift: to the neighbours, modulo N    (3)
    w[n] = b[n]^γ / Σ b^γ                               sharpen: against what shifting blurs  (4)

    M[n] ← M[n] ⊙ (1 - w[n] erase) + w[n] add           a write head, then                    (5)
    r    = Σ w[n] M[n]                                  a read head                           (6)

One step: a controller (an LSTM or one tanh layer) takes x[t] and what was read before; its state h
gives every head its key, β ≥ 0, g in (0, 1), s a distribution over shifts, γ ≥ 1, and erase in
(0, 1); the write heads change the memory one after the other, the read heads read what they left;
o[t] is a linear function of h and of what was read. All of it is differentiable, so it is trained
as any recurrent network; there is no hand-derived pass here.

Key and add are kept in (-1, 1) by tanh, and a sequence begins with a memory of 10⁻⁶ everywhere and
every head at row 0: the source leaves these open. Arrays are time-major.

Source: A. Graves, G. Wayne and I. Danihelka, Neural Turing machines (2014), equations 2 to 9; the
memory's beginning as in M. Collier and J. Beel, Implementing neural Turing machines (2018).
"""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import cosine_similarity, softplus

from rnncourse import _init
from rnncourse import _validate as _arrays
from rnncourse.nn import _padding, _validate

__all__ = [
    "NTM",
    "NTMState",
    "content_weights",
    "gate_weights",
    "read",
    "sharpen_weights",
    "shift_weights",
    "write",
]


class NTMState(NamedTuple):
    """What the machine carries from one step to the next."""

    M: Tensor  # (B, N, W) the memory
    w: Tensor  # (heads, B, N) where each head is, the write heads first
    r: Tensor  # (reads, B, W) what each read head read
    h: Tensor  # (B, H) of the controller
    c: Tensor  # (B, H) the cell of an LSTM as controller, otherwise zero


def content_weights(M: Tensor, key: Tensor, strength: Tensor) -> Tensor:
    """Where the memory (B, N, W) looks like the key (B, W), by strength β (B, 1): (B, N).

    >>> M = torch.tensor([[[1.0, 0.0], [0.0, 1.0]]])
    >>> content_weights(M, torch.tensor([[0.0, 2.0]]), torch.tensor([[50.0]])).round(decimals=4)
    tensor([[0., 1.]])
    """
    return torch.softmax(strength * cosine_similarity(M, key[:, None], dim=2), dim=1)  # eq. 1


def gate_weights(content: Tensor, before: Tensor, gate: Tensor) -> Tensor:
    """Of the content's weights (B, N) the share of gate (B, 1), the rest of those before.

    >>> one, other = torch.tensor([[1.0, 0.0]]), torch.tensor([[0.0, 1.0]])
    >>> gate_weights(one, other, torch.tensor([[0.25]]))
    tensor([[0.2500, 0.7500]])
    """
    return gate * content + (1 - gate) * before  # eq. 2


def shift_weights(w: Tensor, shifts: Tensor) -> Tensor:
    """The weights (B, N) moved along the rows, round the end.

    Args:
        w: (B, N).
        shifts: (B, 2R + 1), how likely each move from -R to R.

    >>> w = torch.tensor([[0.0, 0.0, 1.0]])
    >>> shift_weights(w, torch.tensor([[0.0, 0.0, 1.0]]))  # one row on: from the last to the first
    tensor([[1., 0., 0.]])
    """
    R = shifts.shape[1] // 2
    moved = [w.roll(j, dims=1) for j in range(-R, R + 1)]
    parts = [s[:, None] * m for s, m in zip(shifts.unbind(1), moved, strict=True)]
    return torch.stack(parts).sum(dim=0)  # eq. 3


def sharpen_weights(w: Tensor, power: Tensor) -> Tensor:
    """`w^γ / Σ w^γ` for weights (B, N) and γ (B, 1), at least 1.

    >>> sharpen_weights(torch.tensor([[0.25, 0.75]]), torch.tensor([[2.0]]))
    tensor([[0.1000, 0.9000]])
    """
    scaled = w / w.amax(dim=1, keepdim=True)  # so that no sum of powers is too small for a float
    powers = scaled**power
    return powers / powers.sum(dim=1, keepdim=True)  # eq. 4


def read(M: Tensor, w: Tensor) -> Tensor:
    """`Σ w[n] M[n]`, (B, W), of the memory (B, N, W) by weights (B, N).

    >>> read(torch.tensor([[[1.0], [3.0]]]), torch.tensor([[0.5, 0.5]]))
    tensor([[2.]])
    """
    return (w[:, None] @ M)[:, 0]  # eq. 6


def write(M: Tensor, w: Tensor, erase: Tensor, add: Tensor) -> Tensor:
    """The memory (B, N, W) after erasing and adding (B, W) by weights (B, N).

    >>> M, w = torch.tensor([[[1.0, 2.0], [3.0, 4.0]]]), torch.tensor([[0.0, 1.0]])
    >>> write(M, w, erase=torch.tensor([[1.0, 0.0]]), add=torch.tensor([[7.0, 0.0]]))
    tensor([[[1., 2.],
             [7., 4.]]])
    """
    w = w[:, :, None]
    return M * (1 - w * erase[:, None]) + w * add[:, None]  # eq. 5


class NTM(nn.Module):
    """The machine over a batch of sequences.

    Args:
        input_size: I.
        hidden_size: H, of the controller.
        output_size: K.
        rows: N, of the memory.
        width: W, of each row.
        reads: read heads.
        writes: write heads.
        controller: "lstm", or "feedforward" for a tanh layer that remembers nothing itself.
        reach: R; a head can move by -R to R rows in a step.
        dtype: float32 when left out, PyTorch's default.

    Raises:
        ValueError: a size below 1, more places to reach than rows, an unknown controller.

    >>> machine = NTM(3, 20, 2, rows=16, width=8)
    >>> o, state = machine(torch.zeros(5, 4, 3))
    >>> tuple(o.shape), tuple(state.M.shape), tuple(state.w.shape)
    ((5, 4, 2), (4, 16, 8), (2, 4, 16))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        output_size: int,
        *,
        rows: int = 32,
        width: int = 16,
        reads: int = 1,
        writes: int = 1,
        controller: str = "lstm",
        reach: int = 1,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        _init.sizes(
            input_size=input_size,
            hidden_size=hidden_size,
            output_size=output_size,
            rows=rows,
            width=width,
            reads=reads,
            writes=writes,
            reach=reach,
        )
        if 2 * reach + 1 > rows:
            raise ValueError(f"rows must be at least 2 reach + 1 = {2 * reach + 1}, got {rows}")
        if controller not in ("lstm", "feedforward"):
            raise ValueError(f"controller must be 'lstm' or 'feedforward', got {controller!r}")
        dtype = _validate.floating(dtype)
        self.input_size, self.hidden_size, self.output_size = input_size, hidden_size, output_size
        self.rows, self.width, self.reads, self.writes = rows, width, reads, writes
        seen = input_size + reads * width
        self.controller: nn.Module = (
            nn.LSTMCell(seen, hidden_size, dtype=dtype)
            if controller == "lstm"
            else nn.Linear(seen, hidden_size, dtype=dtype)
        )
        # of each head: key, β, g, s, γ; of a write head erase and add as well
        self._where = [width, 1, 1, 2 * reach + 1, 1]
        self._what = [width, width]
        size = (reads + writes) * sum(self._where) + writes * sum(self._what)
        self.heads = nn.Linear(hidden_size, size, dtype=dtype)
        self.out = nn.Linear(hidden_size + reads * width, output_size, dtype=dtype)

    def start(self, B: int) -> NTMState:
        """The state before the first step of B sequences."""
        new = self.out.weight.new_zeros
        w = new(self.writes + self.reads, B, self.rows)
        w[:, :, 0] = 1
        r, h = new(self.reads, B, self.width), new(B, self.hidden_size)
        return NTMState(new(B, self.rows, self.width) + 1e-6, w, r, h, torch.zeros_like(h))

    def step(self, x: Tensor, state: NTMState) -> tuple[Tensor, NTMState]:
        """One step: o (B, K) and the state after it, from x (B, I) and the state before."""
        seen = torch.cat([x, *state.r], dim=1)
        h, c = self._control(seen, state)
        sizes = self.writes * [*self._where, *self._what] + self.reads * self._where
        given = iter(self.heads(h).split(sizes, dim=1))
        M, w, r = state.M, [], []
        for before in state.w[: self.writes]:
            w.append(self._address(M, before, given))
            M = write(M, w[-1], erase=torch.sigmoid(next(given)), add=torch.tanh(next(given)))
        for before in state.w[self.writes :]:
            w.append(self._address(M, before, given))
            r.append(read(M, w[-1]))
        o = self.out(torch.cat([h, *r], dim=1))
        return o, NTMState(M, torch.stack(w), torch.stack(r), h, c)

    def forward(
        self, x: Tensor, state: NTMState | None = None, lengths: Any = None
    ) -> tuple[Tensor, NTMState]:
        """Run over sequences, time-major.

        Args:
            x: (T, B, I).
            state: the state before the first step; `start` when left out.
            lengths: (B,) steps in each sequence. What x holds beyond a sequence's end changes
                nothing, and the state stops there.

        Returns:
            o (T, B, K), zero beyond a sequence's end, and the state at each one's end.

        Raises:
            ValueError: a shape or dtype that does not fit, or lengths out of range.
        """
        dtype = self.out.weight.dtype
        _validate.tensor("x", x, ("T", "B", self.input_size))
        _validate.same_dtype("x", x, dtype)
        T, B, _ = x.shape
        first = self.start(B)
        state = first if state is None else _arrays.state("state", state, NTMState)
        for name, part, like in zip(NTMState._fields, state, first, strict=True):
            _validate.tensor(f"state.{name}", part, tuple(like.shape))
            _validate.same_dtype(f"state.{name}", part, dtype)
        ends = _padding.known([T] * B if lengths is None else lengths, T, B, x.device)
        outputs = [x.new_zeros(0, B, self.output_size)]
        for t, x_t in enumerate(x):
            real = (t < ends)[:, None]  # (B, 1)
            o, new = self.step(torch.where(real, x_t, 0), state)
            outputs.append(torch.where(real, o, 0)[None])
            state = new if lengths is None else _held(real, new, state)
        return torch.cat(outputs), state

    def _control(self, seen: Tensor, state: NTMState) -> tuple[Tensor, Tensor]:
        if isinstance(self.controller, nn.LSTMCell):
            h, c = self.controller(seen, (state.h, state.c))
            return h, c
        return torch.tanh(self.controller(seen)), state.c

    @staticmethod
    def _address(M: Tensor, before: Tensor, given: Any) -> Tensor:
        """Where a head is (B, N), from where it was and the next five parts of what is given."""
        key, strength, gate, shifts, power = (next(given) for _ in range(5))
        content = content_weights(M, torch.tanh(key), softplus(strength))
        gated = gate_weights(content, before, torch.sigmoid(gate))
        shifted = shift_weights(gated, torch.softmax(shifts, dim=1))
        return sharpen_weights(shifted, 1 + softplus(power))


def _held(real: Tensor, new: NTMState, old: NTMState) -> NTMState:
    """The new state where a sequence still runs, the old one where it has ended."""
    rows = real[:, :, None]  # (B, 1, 1)
    return NTMState(
        torch.where(rows, new.M, old.M),
        *(torch.where(real, n, o) for n, o in zip(new[1:], old[1:], strict=True)),
    )
