"""What one output of dilated causal convolutions reads: by kernel, dilation and depth.

Blocks follow one another, each of one or two convolutions with k taps; the dilation is 1 in the
first block and grows by a factor from block to block. The steps that are read are sums of one tap
of each convolution. Where the dilations grow too fast for the kernel, some steps lie between the
taps and are never read.

`receptive_field.js` computes the same in the browser; here it is `rnncourse.looking.taps`.
"""

from typing import TYPE_CHECKING, NamedTuple

from rnncourse.looking import Taps, taps

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STATE = {"k": 3, "growth": 2, "blocks": 3, "convolutions": 2}


class Numbers(NamedTuple):
    """What the figure says of a tree of taps."""

    field: int  # steps from the first to the last that is read
    read: int  # how many of them are read
    gap: int | None  # the nearest lag that is not read
    fewest: int  # paths to a step that is read
    most: int


def tree(k: int, growth: int, blocks: int, convolutions: int) -> Taps:
    """The taps of one output.

    Args:
        k: taps of every convolution.
        growth: the factor of the dilation from block to block.
        blocks: how many.
        convolutions: in each block, all with its dilation.

    Raises:
        ValueError: a number below 1.
    """
    named = {"k": k, "growth": growth, "blocks": blocks, "convolutions": convolutions}
    for name, value in named.items():
        if value < 1:
            raise ValueError(f"{name} should be at least 1; got {value}")
    dilations = [growth**block for block in range(blocks) for _ in range(convolutions)]
    return taps([k] * len(dilations), dilations)


def numbers(k: int, growth: int, blocks: int, convolutions: int) -> Numbers:
    """Count the steps and the paths; arguments as `tree`'s."""
    found = tree(k, growth, blocks, convolutions)
    lags, paths = found.lags[0].tolist(), found.paths[0].tolist()
    gap = next((lag for lag in range(lags[-1]) if lag not in set(lags)), None)
    return Numbers(found.receptive_field, len(lags), gap, min(paths), max(paths))


def draw(k: int, growth: int, blocks: int, convolutions: int) -> "Figure":
    """Draw the figure as it stands before a reader moves it."""
    from rnncourse import plots

    drawn: Figure = plots.taps(tree(k, growth, blocks, convolutions)).figure
    return drawn
