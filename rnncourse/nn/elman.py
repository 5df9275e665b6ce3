"""The Elman network in PyTorch: the chapter's equations forward, automatic differentiation back.

    a[t] = b + W_hh h[t-1] + W_ih x[t]        h[t] = tanh(a[t])

Weights have the names and shapes of `rnncourse.elman.ElmanParams`.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from rnncourse._validate import Array
from rnncourse.elman import ElmanParams
from rnncourse.linear import LinearParams
from rnncourse.network import NetworkParams

__all__ = ["Elman", "ElmanCell", "ElmanNetwork"]


class ElmanCell(nn.Module):
    """One step of the network.

    Args:
        input_size: I.
        hidden_size: H.
        dtype: float32 when left out, PyTorch's default.

    >>> cell = ElmanCell(2, 3)
    >>> tuple(cell(torch.zeros(4, 2), torch.zeros(4, 3)).shape)
    (4, 3)
    """

    def __init__(
        self, input_size: int, hidden_size: int, *, dtype: torch.dtype | None = None
    ) -> None:
        super().__init__()
        for name, size in (("input_size", input_size), ("hidden_size", hidden_size)):
            if size < 1:
                raise ValueError(f"{name} must be at least 1, got {size}")
        self.input_size, self.hidden_size = input_size, hidden_size
        self.W_ih = nn.Parameter(torch.empty(hidden_size, input_size, dtype=dtype))
        self.W_hh = nn.Parameter(torch.empty(hidden_size, hidden_size, dtype=dtype))
        self.b = nn.Parameter(torch.empty(hidden_size, dtype=dtype))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw every weight uniformly from ±1/√H."""
        bound = self.hidden_size**-0.5
        for weight in self.parameters():
            nn.init.uniform_(weight, -bound, bound)

    def forward(self, x: Tensor, h: Tensor) -> Tensor:
        """h[t] (B, H) from x[t] (B, I) and h[t-1] (B, H)."""
        return torch.tanh(self.b + h @ self.W_hh.T + x @ self.W_ih.T)

    @classmethod
    def from_params(cls, params: ElmanParams) -> ElmanCell:
        """A module of this class with the weights of a NumPy network, copied."""
        H, I = params.W_ih.shape
        module = cls(I, H, dtype=_torch_dtype(params.W_ih.dtype))
        with torch.no_grad():
            for name, array in params._asdict().items():
                module.get_parameter(name).copy_(torch.from_numpy(np.array(array)))
        return module

    def to_params(self) -> ElmanParams:
        """The weights as NumPy arrays, copied."""
        return ElmanParams(*(_array(self.get_parameter(name)) for name in ElmanParams._fields))


class Elman(ElmanCell):
    """The network over a batch of sequences.

    >>> tuple(Elman(2, 3)(torch.zeros(5, 4, 2))[0].shape)
    (5, 4, 3)
    """

    def forward(  # type: ignore[override]
        self, x: Tensor, h: Tensor | None = None, lengths: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Run over sequences, time-major.

        Args:
            x: (T, B, I).
            h: (B, H), the state before the first step; zeros when left out.
            lengths: (B,) steps in each sequence. What x holds beyond a sequence's end changes
                nothing, and the state stops there.

        Returns:
            h (T, B, H), zero beyond a sequence's end, and the state (B, H) at each one's end.

        Raises:
            ValueError: a shape or dtype that does not fit, or lengths out of range.
        """
        h, real = self._checked(x, h, lengths)
        if real is not None:
            x = torch.where(real, x, torch.zeros((), dtype=x.dtype, device=x.device))
        z = x @ self.W_ih.T + self.b  # (T, B, H), the input's part of every step at once
        outputs = []
        for t, z_t in enumerate(z):
            new = torch.tanh(z_t + h @ self.W_hh.T)
            h = new if real is None else torch.where(real[t], new, h)
            outputs.append(h)
        if not outputs:
            return z, h
        stacked = torch.stack(outputs)
        return (stacked if real is None else stacked * real), h

    def _checked(
        self, x: Tensor, h: Tensor | None, lengths: Tensor | None
    ) -> tuple[Tensor, Tensor | None]:
        if x.ndim != 3 or x.shape[2] != self.input_size:
            raise ValueError(f"x must have shape (T, B, {self.input_size}), got {tuple(x.shape)}")
        T, B, _ = x.shape
        if x.dtype != self.b.dtype:
            raise ValueError(f"x has dtype {x.dtype}, but the weights have {self.b.dtype}")
        if h is None:
            h = x.new_zeros(B, self.hidden_size)
        if h.shape != (B, self.hidden_size):
            wanted = (B, self.hidden_size)
            raise ValueError(f"h must have shape {wanted}, got {tuple(h.shape)}")
        if lengths is None:
            return h, None
        lengths = torch.as_tensor(lengths, device=x.device)
        if lengths.shape != (B,):
            raise ValueError(f"lengths must have shape {(B,)}, got {tuple(lengths.shape)}")
        if B and not 0 <= int(lengths.min()) <= int(lengths.max()) <= T:
            raise ValueError(f"lengths must lie between 0 and T = {T}, got {lengths.tolist()}")
        steps = torch.arange(T, device=x.device)
        return h, (steps[:, None] < lengths)[:, :, None]


class ElmanNetwork(nn.Module):
    """The network with an output layer: o[t] = b_o + W_ho h[t].

    >>> tuple(ElmanNetwork(2, 3, 7)(torch.zeros(5, 4, 2))[0].shape)
    (5, 4, 7)
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        output_size: int,
        *,
        dtype: torch.dtype | None = None,
    ) -> None:
        super().__init__()
        self.cell = Elman(input_size, hidden_size, dtype=dtype)
        self.W_ho = nn.Parameter(torch.empty(output_size, hidden_size, dtype=dtype))
        self.b_o = nn.Parameter(torch.empty(output_size, dtype=dtype))
        bound = hidden_size**-0.5
        for weight in (self.W_ho, self.b_o):
            nn.init.uniform_(weight, -bound, bound)

    def forward(
        self, x: Tensor, h: Tensor | None = None, lengths: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        """Outputs o (T, B, K), and the state (B, H) at each sequence's end."""
        states, end = self.cell(x, h, lengths)
        return states @ self.W_ho.T + self.b_o, end

    @classmethod
    def from_params(cls, params: NetworkParams) -> ElmanNetwork:
        """A module with the weights of a NumPy network, copied."""
        H, I = params.cell.W_ih.shape
        module = cls(I, H, len(params.out.b_o), dtype=_torch_dtype(params.out.b_o.dtype))
        module.cell = Elman.from_params(params.cell)  # type: ignore[assignment]
        with torch.no_grad():
            module.W_ho.copy_(torch.from_numpy(np.array(params.out.W_ho)))
            module.b_o.copy_(torch.from_numpy(np.array(params.out.b_o)))
        return module

    def to_params(self) -> NetworkParams:
        """The weights as NumPy arrays, copied."""
        return NetworkParams(
            self.cell.to_params(), LinearParams(_array(self.W_ho), _array(self.b_o))
        )


def _array(weight: Tensor) -> Array:
    values: Array = weight.detach().cpu().numpy().copy()
    return values


def _torch_dtype(dtype: np.dtype[np.generic]) -> torch.dtype:
    found = getattr(torch, dtype.name)
    assert isinstance(found, torch.dtype)
    return found
