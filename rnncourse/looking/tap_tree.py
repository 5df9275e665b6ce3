"""What an output of a causal convolutional network reads, layer by layer: a tree of taps.

A tap j of a layer with dilation d looks j d steps back. With two taps and dilations 1, 2, 4, …,
2^(L-1) the output reads 2^L steps, each along exactly one path: a binary tree. Three taps, or two
layers with the same dilation, reach some steps along several paths.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from rnncourse._validate import Array
from rnncourse.conv import ConvParams
from rnncourse.tcn import TCNParams
from rnncourse.tdnn import TDNNParams

__all__ = ["Taps", "layers_of", "taps"]


class Taps(NamedTuple):
    """The nodes that the output at lag 0 reads, from the inputs up."""

    lags: tuple[Array, ...]  # for the inputs and each layer, how many steps back, from 0
    paths: tuple[Array, ...]  # along how many paths the output reads each of them
    arrows: tuple[tuple[tuple[int, int], ...], ...]  # into each layer: (lag below, lag above)

    @property
    def receptive_field(self) -> int:
        """Steps of the input from the first to the last that is read."""
        return int(self.lags[0][-1]) + 1


def taps(kernel_sizes: Sequence[int], dilations: Sequence[int]) -> Taps:
    """Follow the taps down from one output.

    Args:
        kernel_sizes: of each layer, the lowest first, at least 1 each.
        dilations: of each layer, at least 1 each.

    Raises:
        ValueError: no layer, not as many dilations as kernel sizes, or a number below 1.

    >>> tree = taps([2, 2, 2], [1, 2, 4])
    >>> tree.receptive_field, tree.paths[0].tolist()
    (8, [1, 1, 1, 1, 1, 1, 1, 1])
    >>> taps([3, 3], [1, 1]).paths[0].tolist()  # overlap: 1 + 2 + 3 + 2 + 1 paths
    [1, 2, 3, 2, 1]
    """
    sizes, gaps = [int(k) for k in kernel_sizes], [int(d) for d in dilations]
    if not sizes or len(sizes) != len(gaps):
        raise ValueError(
            "kernel_sizes and dilations must name the same layers, at least one, "
            f"got {len(sizes)} and {len(gaps)}"
        )
    for name, numbers in (("kernel_sizes", sizes), ("dilations", gaps)):
        if min(numbers) < 1:
            raise ValueError(f"{name} must be at least 1, got {min(numbers)}")
    lags, paths = [np.array([0])], [np.array([1])]
    arrows: list[tuple[tuple[int, int], ...]] = []
    for k, d in zip(reversed(sizes), reversed(gaps), strict=True):
        count: dict[int, int] = {}
        drawn = []
        for above, ways in zip(lags[0].tolist(), paths[0].tolist(), strict=True):
            for below in range(above, above + k * d, d):
                count[below] = count.get(below, 0) + ways
                drawn.append((below, above))
        lags.insert(0, np.array(sorted(count)))
        paths.insert(0, np.array([count[lag] for lag in sorted(count)]))
        arrows.insert(0, tuple(drawn))
    return Taps(tuple(lags), tuple(paths), tuple(arrows))


def layers_of(params: Any) -> tuple[list[int], list[int]]:
    """Kernel sizes and dilations of a network's convolutions, for `taps`.

    The path around a block of `tcn` is left out: it reads only what the block reads.

    Args:
        params: weights of `conv` (with dilation 1), `tdnn` or `tcn`.

    Raises:
        ValueError: weights of another network.

    >>> from rnncourse import tcn
    >>> params = tcn.init(np.random.default_rng(0), 1, 4, levels=2, kernel_size=3)
    >>> layers_of(params), taps(*layers_of(params)).receptive_field
    (([3, 3, 3, 3], [1, 1, 2, 2]), 13)
    """
    if isinstance(params, ConvParams):
        return [len(params.W)], [1]
    if isinstance(params, TDNNParams):
        return [len(layer.W) for layer in params.layers], [1] * len(params.layers)
    if isinstance(params, TCNParams):
        pairs = [
            (len(layer[0]), 2**level)  # W, or V of a weight-normalised one
            for level, block in enumerate(params.blocks)
            for layer in (block.first, block.second)
        ]
        return [k for k, _ in pairs], [d for _, d in pairs]
    raise ValueError(f"params must be those of conv, tdnn or tcn, got {type(params).__name__}")
