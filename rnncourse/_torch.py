"""Weights between a cell of this library and the layer of the same name in `torch.nn`.

PyTorch adds two bias vectors where the equations have one; only their sum acts.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from rnncourse import _wiring
from rnncourse._validate import Array

if TYPE_CHECKING:
    from torch import nn


def build(kind: str, W_ih: Array, W_hh: Array, b: Array, **options: Any) -> Any:
    """A layer `torch.nn.<kind>` with these weights: b becomes its first bias, zero its second."""
    import torch

    I, H = W_ih.shape[1], W_hh.shape[1]
    module = getattr(torch.nn, kind)(I, H, dtype=getattr(torch, W_ih.dtype.name), **options)
    with torch.no_grad():
        for name, array in (("weight_ih", W_ih), ("weight_hh", W_hh), ("bias_ih", b)):
            module.get_parameter(name + "_l0").copy_(torch.from_numpy(np.array(array)))
        module.get_parameter("bias_hh_l0").zero_()
    return module


def read(module: nn.RNNBase, layer: int, reverse: bool) -> tuple[Array, Array, Array, Array]:
    """W_ih, W_hh and both biases (zeros where there are none) of one layer and direction."""
    if not 0 <= layer < module.num_layers:
        raise ValueError(f"layer must lie between 0 and {module.num_layers - 1}, got {layer}")
    if reverse and not module.bidirectional:
        raise ValueError("reverse must be False: the module runs in one direction only")
    suffix = f"_l{layer}" + ("_reverse" if reverse else "")

    def array(name: str) -> Array:
        values: Array = module.get_parameter(name + suffix).detach().cpu().numpy().copy()
        return values

    W_ih, W_hh = array("weight_ih"), array("weight_hh")
    if not module.bias:
        none = np.zeros(len(W_hh), W_hh.dtype)
        return W_ih, W_hh, none, none
    return W_ih, W_hh, array("bias_ih"), array("bias_hh")


def check_cell(cell: Any) -> None:
    """Raise unless torch.nn has the cell."""
    if not (isinstance(cell, ModuleType) and hasattr(cell, "to_torch")):
        raise ValueError(
            f"cell must be one that torch.nn has too, as elman, gru and lstm, got "
            f"{_wiring.label(cell)}"
        )


def check_directions(module: nn.RNNBase, *, two: bool) -> None:
    """Raise unless the module runs in two directions, or in one."""
    if bool(module.bidirectional) != two:
        raise ValueError(f"module must have bidirectional={two}, got {module.bidirectional}")


def paired(forth: nn.RNNBase, back: nn.RNNBase) -> Any:
    """Two single layers as the two directions of one."""
    import torch

    _same_size(forth, back)
    module = _like(forth, bidirectional=True)
    with torch.no_grad():
        for name, weight in forth.named_parameters():
            module.get_parameter(name).copy_(weight)
        for name, weight in back.named_parameters():
            module.get_parameter(name + "_reverse").copy_(weight)
    return module


def stacked(layers: Sequence[nn.RNNBase]) -> Any:
    """Single layers of `torch.nn`, each of one or of two directions, as one deep module."""
    import torch

    first = layers[0]
    module = _like(first, num_layers=len(layers), bidirectional=first.bidirectional)
    width = first.hidden_size * (2 if first.bidirectional else 1)
    for k, layer in enumerate(layers):
        _same_size(first, layer, width if k else None)
        with torch.no_grad():
            for name, weight in layer.named_parameters():
                module.get_parameter(name.replace("_l0", f"_l{k}")).copy_(weight)
    return module


def _like(module: nn.RNNBase, **how: Any) -> Any:
    kind: Any = type(module)
    if module.mode.startswith("RNN"):
        how["nonlinearity"] = module.mode.removeprefix("RNN_").lower()
    dtype = module.get_parameter("weight_ih_l0").dtype
    return kind(module.input_size, module.hidden_size, dtype=dtype, **how)


def _same_size(one: nn.RNNBase, other: nn.RNNBase, input_size: int | None = None) -> None:
    def kind(module: nn.RNNBase, I: int) -> str:
        ways = 2 if module.bidirectional else 1
        return f"{module.mode}({I}, {module.hidden_size}) in {ways} direction(s)"

    wanted = kind(one, one.input_size if input_size is None else input_size)
    got = kind(other, other.input_size)
    if wanted != got:
        raise ValueError(f"params must fit one module of torch.nn, wanted {wanted}, got {got}")
