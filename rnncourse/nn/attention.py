"""Attention in PyTorch: the chapter's equations forward.

    c[s] = Σ_t w[s, t] v[t]        w[s, ·] = softmax over t of score(q[s], k[t])

Weights have the names and shapes of `rnncourse.attention`.
"""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from rnncourse import attention
from rnncourse.attention import AdditiveParams, GeneralParams
from rnncourse.attention_scores import Additive, Dot, General
from rnncourse.nn import _padding, _validate

__all__ = ["AdditiveAttention", "Attention", "DotAttention", "GeneralAttention"]


class Attention(nn.Module):
    """What all kinds share; a subclass says how to score.

    Args:
        query_size: Q.
        key_size: D.
        dtype: float32 when left out, PyTorch's default.
    """

    kind: ClassVar[Any]
    params_type: ClassVar[Any]

    def __init__(self, query_size: int, key_size: int, *, dtype: torch.dtype | None = None) -> None:
        super().__init__()
        dtype = _validate.floating(dtype)
        seed = int(torch.randint(2**62, ()))  # so that torch.manual_seed rules these weights too
        params = self.kind.init(np.random.default_rng(seed), query_size, key_size)
        for name, array in zip(self._names(), params, strict=True):
            self.register_parameter(name, nn.Parameter(torch.from_numpy(array).to(dtype)))

    def score(self, query: Tensor, keys: Tensor) -> Tensor:
        """Give e (S, T, B) for queries (S, B, Q) and keys (T, B, D)."""
        raise NotImplementedError

    def forward(
        self, query: Tensor, keys: Tensor, values: Tensor, lengths: Any = None
    ) -> tuple[Tensor, Tensor]:
        """Look at every sequence of a batch, once for each query.

        Args:
            query: (S, B, Q).
            keys: (T, B, D).
            values: (T, B, V).
            lengths: (B,) entries of each sequence. What keys and values hold beyond changes
                nothing.

        Returns:
            The contexts (S, B, V) and the weights (S, B, T); both zero for a sequence of length 0.

        Raises:
            ValueError: shapes that do not fit each other, or lengths out of range.
        """
        self._check(query, keys, values)
        T, B, _ = keys.shape
        if lengths is None:
            w = torch.softmax(self.score(query, keys), dim=1)
        else:
            lengths = _padding.known(lengths, T, B, keys.device)
            real = torch.arange(T, device=keys.device)[:, None] < lengths  # (T, B)
            keys, values = (
                torch.where(real[:, :, None], a, a.new_zeros(())) for a in (keys, values)
            )
            e = self.score(query, keys).masked_fill(~real & (lengths > 0), -torch.inf)
            w = torch.softmax(e, dim=1) * (lengths > 0)  # all entries of an empty one are padding
        return torch.einsum("stb,tbv->sbv", w, values), w.transpose(1, 2)

    def _check(self, query: Tensor, keys: Tensor, values: Tensor) -> None:
        _validate.tensor("keys", keys, ("T", "B", "D"))
        T, B, D = keys.shape
        _validate.tensor("query", query, ("S", B, "Q"))
        _validate.tensor("values", values, (T, B, "V"))
        sizes = self._sizes(query.shape[2], D)
        for name, given, size in zip(("query", "keys"), (query, keys), sizes, strict=True):
            _validate.tensor(name, given, (*given.shape[:2], size))
        weight = next(self.parameters(), keys)
        of = "keys has" if weight is keys else "the weights have"
        for name, given in (("query", query), ("keys", keys), ("values", values)):
            _validate.same_dtype(name, given, weight.dtype, of)

    def _sizes(self, Q: int, D: int) -> tuple[int, int]:
        """What Q and D must be, of what they are."""
        raise NotImplementedError

    @classmethod
    def from_params(cls, params: Any) -> Any:
        """A module with the weights of `rnncourse.attention`, copied.

        Raises:
            ValueError: params are those of another network.
        """
        _validate.weights(params, cls.params_type)
        module = cls(1, 1)
        for name, array in zip(cls._names(), params, strict=True):
            setattr(module, name, nn.Parameter(torch.from_numpy(np.array(array))))
        return module

    def to_params(self) -> Any:
        """The weights as NumPy arrays, copied."""
        arrays = [self.get_parameter(n).detach().cpu().numpy().copy() for n in self._names()]
        return self.params_type(*arrays) if arrays else ()

    @classmethod
    def _names(cls) -> tuple[str, ...]:
        return getattr(cls.params_type, "_fields", ())


class DotAttention(Attention):
    """`rnncourse.attention.dot`, or with `scaled=True` `scaled_dot`; no weights, so no sizes.

    >>> context, weights = DotAttention()(torch.ones(1, 2, 3), *2 * [torch.ones(4, 2, 3)])
    >>> tuple(context.shape), tuple(weights.shape)
    ((1, 2, 3), (1, 2, 4))
    """

    kind: ClassVar = attention.dot
    params_type: ClassVar = tuple

    def __init__(self, *sizes: int, scaled: bool = False) -> None:
        super().__init__(*(sizes or (1, 1)))
        self.scaled = scaled

    def score(self, query: Tensor, keys: Tensor) -> Tensor:
        """The product q · k, divided by √D where scaled, (S, T, B)."""
        e = torch.einsum("sbd,tbd->stb", query, keys)
        return e / keys.shape[2] ** 0.5 if self.scaled else e

    def _sizes(self, Q: int, D: int) -> tuple[int, int]:
        return D, D


class GeneralAttention(Attention):
    """`rnncourse.attention.general`.

    >>> tuple(GeneralAttention(3, 2)(torch.ones(1, 4, 3), *2 * [torch.ones(5, 4, 2)])[0].shape)
    (1, 4, 2)
    """

    kind: ClassVar = attention.general
    params_type: ClassVar = GeneralParams
    W: Tensor  # (Q, D)

    def score(self, query: Tensor, keys: Tensor) -> Tensor:
        """The product q · W k, (S, T, B)."""
        return torch.einsum("sbq,qd,tbd->stb", query, self.W, keys)

    def _sizes(self, Q: int, D: int) -> tuple[int, int]:
        return self.W.shape[0], self.W.shape[1]


class AdditiveAttention(Attention):
    """`rnncourse.attention.additive`.

    >>> tuple(AdditiveAttention(3, 2)(torch.ones(1, 4, 3), *2 * [torch.ones(5, 4, 2)])[0].shape)
    (1, 4, 2)
    """

    kind: ClassVar = attention.additive
    params_type: ClassVar = AdditiveParams
    W_q: Tensor  # (A, Q)
    W_k: Tensor  # (A, D)
    v: Tensor  # (A,)

    def score(self, query: Tensor, keys: Tensor) -> Tensor:
        """A layer of tanh units, summed with weights v, (S, T, B)."""
        return torch.tanh((query @ self.W_q.T)[:, None] + keys @ self.W_k.T) @ self.v

    def _sizes(self, Q: int, D: int) -> tuple[int, int]:
        return self.W_q.shape[1], self.W_k.shape[1]


def reading(looks: attention.Attention, params: Any) -> Attention:
    """The PyTorch reading of one of `rnncourse.attention`, with these weights.

    Raises:
        ValueError: it scores in another way.

    >>> reading(attention.scaled_dot, ()).scaled
    True
    """
    score = looks.score
    if isinstance(score, Dot):
        return DotAttention(scaled=score.scaled)
    kinds: list[tuple[type, type[Attention]]] = [
        (General, GeneralAttention),
        (Additive, AdditiveAttention),
    ]
    for kind, found in kinds:
        if isinstance(score, kind):
            module: Attention = found.from_params(params)
            return module
    raise ValueError(f"rnncourse.nn has no reading of {looks!r}: write a subclass of Attention")
