"""Weights between a cell of this library and the layer of the same name in `torch.nn`.

PyTorch adds two bias vectors where the equations have one; only their sum acts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

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
