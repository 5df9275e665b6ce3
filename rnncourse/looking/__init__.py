"""What happens inside a network, as numbers; `rnncourse.plots` draws each of them.

    jacobians, products, eigenvalues, singular_values, spectral_radius     one step, and many
    traces, saturation                                                     states and gates
    reach, span, influence                                                 which input moves what
    layers_of, taps                                                        what a convolution reads
    lattice                                                                a CRF's tags

How much of a loss's gradient arrives at each step is in `rnncourse.flow`.
"""

from rnncourse.looking.crf_lattice import Lattice, lattice
from rnncourse.looking.inside import Saturation, saturation, traces
from rnncourse.looking.sensitivity import Influence, Span, influence, reach, span
from rnncourse.looking.spectra import (
    eigenvalues,
    jacobians,
    products,
    singular_values,
    spectral_radius,
)
from rnncourse.looking.tap_tree import Taps, layers_of, taps

__all__ = [
    "Influence",
    "Lattice",
    "Saturation",
    "Span",
    "Taps",
    "eigenvalues",
    "influence",
    "jacobians",
    "lattice",
    "layers_of",
    "products",
    "reach",
    "saturation",
    "singular_values",
    "span",
    "spectral_radius",
    "taps",
    "traces",
]
