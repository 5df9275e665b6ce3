"""What the cells' PyTorch readings share: a loop over the steps, padding, conversion.

The equations that their steps name by number are those of the NumPy cell's docstring.

Going back is automatic differentiation through the loop, or the NumPy cell's own hand-derived
backward pass behind a `torch.autograd.Function`: the same numbers, sooner on a CPU, and the less
gained the more of the time is matrix products. An LSTM or GRU over 100 steps on one core takes a
tenth to a seventh of the time at B = 1 and H = 16, a third at H = 512, and six sevenths at B = 64
and H = 128.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from rnncourse import _validate as _arrays
from rnncourse.nn import _padding, _validate


class Recurrent(nn.Module):
    """A cell over a batch of sequences; a subclass says which, and writes one step.

    Args:
        input_size: I.
        hidden_size: H.
        dtype: float32 when left out, PyTorch's default.
        by_hand: go back by the NumPy cell's hand-derived pass (on a CPU, first derivatives only)
            in place of automatic differentiation.
        options: passed on to the cell's `init`.
    """

    cell: ClassVar[ModuleType]
    params_type: ClassVar[Any]
    state_type: ClassVar[Any]

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        *,
        dtype: torch.dtype | None = None,
        by_hand: bool = False,
        **options: Any,
    ) -> None:
        super().__init__()
        dtype = _validate.floating(dtype)
        seed = int(torch.randint(2**62, ()))  # so that torch.manual_seed rules these weights too
        params = self.cell.init(np.random.default_rng(seed), input_size, hidden_size, **options)
        self.input_size, self.hidden_size, self.by_hand = input_size, hidden_size, by_hand
        for name, array in params._asdict().items():
            self.register_parameter(name, nn.Parameter(torch.from_numpy(array).to(dtype)))

    def step(self, x: Tensor, state: Any) -> Any:
        """The state after one step, from x[t] (B, I) and the state before it."""
        raise NotImplementedError

    def forward(self, x: Tensor, state: Any = None, lengths: Any = None) -> tuple[Tensor, Any]:
        """Run over sequences, time-major.

        Args:
            x: (T, B, I).
            state: the state before the first step; zeros when left out.
            lengths: (B,) steps in each sequence. What x holds beyond a sequence's end changes
                nothing, and the state stops there.

        Returns:
            h (T, B, H), zero beyond a sequence's end, and the state at each one's end.

        Raises:
            ValueError: a shape or dtype that does not fit, or lengths out of range.
        """
        state, real = self._checked(x, state, lengths)
        if self.by_hand:
            return self._by_hand(x, state, lengths)
        return self._loop(real, state, x)

    @classmethod
    def from_params(cls, params: Any, **options: Any) -> Any:
        """A module of this class with the weights of a NumPy network, copied.

        Raises:
            ValueError: params are those of another network.
        """
        _validate.weights(params, cls.params_type)
        dtype = torch.from_numpy(np.empty(0, params[0].dtype)).dtype
        H, I = cls._sizes(params)
        module = cls(I, H, dtype=dtype, **options)
        with torch.no_grad():
            for name, weight in module.named_parameters():
                _arrays.shape(f"params.{name}", getattr(params, name), tuple(weight.shape))
                weight.copy_(torch.from_numpy(np.array(getattr(params, name))))
        return module

    def to_params(self) -> Any:
        """The weights as NumPy arrays, copied."""
        names = self.params_type._fields
        return self.params_type(
            *(self.get_parameter(n).detach().cpu().numpy().copy() for n in names)
        )

    @classmethod
    def _sizes(cls, params: Any) -> tuple[int, int]:
        """H and I of a NumPy network."""
        return params.W_hh.shape[1], params.W_ih.shape[1]

    def _state_sizes(self) -> tuple[tuple[int, ...], ...]:
        """The shape of each part of the state, without the batch."""
        return ((self.hidden_size,),) * len(self.state_type._fields)

    def _loop(self, real: Tensor | None, state: Any, *sequences: Tensor) -> tuple[Tensor, Any]:
        """The steps, each of which reads its part of every sequence (T, B, …)."""
        if real is not None:
            sequences = tuple(torch.where(real, part, part.new_zeros(())) for part in sequences)
        outputs = []
        for t, (x, *others) in enumerate(zip(*sequences, strict=True)):
            new = self.step(x, state, *others)
            state = new if real is None else self._held(real[t], new, state)
            outputs.append(state[0])
        if not outputs:
            return state[0].new_zeros(0, *state[0].shape), state
        h = torch.stack(outputs)
        return (h if real is None else h * real), state

    def _held(self, real: Tensor, new: Any, old: Any) -> Any:
        """The new state where a sequence still runs, the old one where it has ended."""
        parts = zip(new, old, strict=True)
        return self.state_type(
            *(torch.where(real.view(-1, *(1,) * (n.ndim - 1)), n, o) for n, o in parts)
        )

    def _by_hand(self, x: Tensor, state: Any, lengths: Any) -> tuple[Tensor, Any]:
        if x.device.type != "cpu" or x.dtype == torch.bfloat16:
            raise ValueError(
                "by_hand needs a CPU and a dtype that NumPy has: "
                f"build it with by_hand=False for {x.dtype} on {x.device}"
            )
        weights = [self.get_parameter(name) for name in self.params_type._fields]
        h, *end = _HandDerived.apply(self, lengths, x, *state, *weights)  # type: ignore[no-untyped-call]
        return h, self.state_type(*end)

    def _checked(self, x: Tensor, state: Any, lengths: Any) -> tuple[Any, Tensor | None]:
        dtype = next(self.parameters()).dtype
        _validate.tensor("x", x, ("T", "B", self.input_size))
        _validate.same_dtype("x", x, dtype)
        T, B, _ = x.shape
        sizes = [(B, *size) for size in self._state_sizes()]
        if state is None:
            state = [x.new_zeros(size) for size in sizes]
        elif isinstance(state, Tensor) and len(sizes) == 1:
            state = [state]
        state = _arrays.state("state", state, self.state_type)
        for name, part, size in zip(self.state_type._fields, state, sizes, strict=True):
            _validate.tensor(f"state.{name}", part, size)
            _validate.same_dtype(f"state.{name}", part, dtype)
        if lengths is None:
            return state, None
        lengths = _padding.known(lengths, T, B, x.device)
        return state, (torch.arange(T, device=x.device)[:, None] < lengths)[:, :, None]


class _HandDerived(torch.autograd.Function):
    """A NumPy cell's forward and backward pass as one operation of PyTorch's."""

    @staticmethod
    def forward(ctx: Any, kind: Recurrent, lengths: Any, x: Tensor, *tensors: Tensor) -> Any:
        n = len(kind.state_type._fields)
        x_, *arrays = (tensor.detach().numpy() for tensor in (x, *tensors))
        state, params = kind.state_type(*arrays[:n]), kind.params_type(*arrays[n:])
        h, end, ctx.cache = kind.cell.forward(params, x_, state, lengths=lengths)
        ctx.kind = kind
        outputs = tuple(torch.from_numpy(array) for array in (h, *end))
        ctx.save_for_backward(
            outputs[0]
        )  # it shares the cache's memory: who writes into it is told
        return outputs

    @staticmethod
    def backward(ctx: Any, d_h: Tensor, *d_end: Tensor) -> Any:
        if torch.is_grad_enabled():  # create_graph=True: what follows would not be in the graph
            raise RuntimeError("by_hand gives first derivatives only: build it with by_hand=False")
        _ = ctx.saved_tensors  # raises where h was written into
        kind = ctx.kind
        d_state = kind.state_type(*(d.numpy() for d in d_end))
        d_x, grads, d_start = kind.cell.backward(ctx.cache, d_h.numpy(), d_state)
        return None, None, *(torch.from_numpy(array) for array in (d_x, *d_start, *grads))
