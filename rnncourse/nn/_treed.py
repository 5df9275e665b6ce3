"""What the networks over trees share in PyTorch: the way up through the levels, conversion."""

from __future__ import annotations

from types import ModuleType
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from rnncourse import trees
from rnncourse.nn import _validate
from rnncourse.trees import Forest


class Treed(nn.Module):
    """A network over trees; a subclass says which, and writes what one level computes.

    Args:
        input_size: I.
        hidden_size: H.
        dtype: float32 when left out, PyTorch's default.
        options: passed on to the network's `init`.
    """

    network: ClassVar[ModuleType]
    params_type: ClassVar[Any]
    parts: ClassVar[int]  # of a node's state: 1 where it is h, 2 where it is h and c

    def __init__(
        self, input_size: int, hidden_size: int, *, dtype: torch.dtype | None = None, **options: Any
    ) -> None:
        super().__init__()
        dtype = _validate.floating(dtype)
        seed = int(torch.randint(2**62, ()))  # so that torch.manual_seed rules these weights too
        rng = np.random.default_rng(seed)
        self._hold(self.network.init(rng, input_size, hidden_size, **options), dtype)

    def join(self, x: Tensor, states: Tensor) -> Tensor:
        """The states (n, S) of n nodes from their inputs (n, I) and their children's (n, A, S)."""
        raise NotImplementedError

    def forward(self, forest: Forest, x: Tensor) -> Tensor:
        """Run over a batch of trees, from the leaves up.

        Args:
            forest: the trees.
            x: (N, I), a vector for each node.

        Returns:
            h (N, H).

        Raises:
            ValueError: forest is none; a shape or dtype that does not fit, a node of too many
                children.
        """
        weights = self.get_parameter("W_ih")
        N, I = trees.nodes(forest), weights.shape[1]
        _validate.tensor("x", x, (N, I))
        _validate.same_dtype("x", x, weights.dtype)
        zero = x.new_zeros(self.parts * self.hidden_size)  # (S,)
        states = [zero] * (N + 1)  # the last, number -1, is the child that is not there
        for nodes, children in self._levels(forest):
            below = torch.stack([zero, *(states[k] for k in children.ravel())])[1:]  # (n A, S)
            new = self.join(x[nodes], below.reshape(*children.shape, len(zero)))
            for node, state in zip(nodes, new.unbind(), strict=True):
                states[node] = state
        return torch.stack(states)[:-1, : self.hidden_size]

    def _levels(self, forest: Forest) -> tuple[trees.Level, ...]:
        return forest.levels

    def _hold(self, params: Any, dtype: torch.dtype) -> None:
        self.hidden_size = self._hidden_size(params)
        for name, array in params._asdict().items():
            tensor = torch.from_numpy(np.array(array)).to(dtype)
            self.register_parameter(name, nn.Parameter(tensor))

    @staticmethod
    def _hidden_size(params: Any) -> int:
        return len(params.b) // 4

    @classmethod
    def from_params(cls, params: Any) -> Any:
        """A module of this class with the weights of a NumPy network, copied.

        Raises:
            ValueError: params are those of another network.
        """
        _validate.weights(params, cls.params_type)
        module = cls(1, 1)
        module._hold(params, torch.from_numpy(np.empty(0, params.b.dtype)).dtype)
        return module

    def to_params(self) -> Any:
        """The weights as NumPy arrays, copied."""
        names = self.params_type._fields
        return self.params_type(
            *(self.get_parameter(n).detach().cpu().numpy().copy() for n in names)
        )
