"""Pictures that the chapters need again and again, each with a description made of its own numbers.

Every function returns a `Picture`: `.figure` to change or save, `.alt` for those who cannot see it;
as the last line of a cell it shows itself. (`passage` returns a `Passage`, text instead of a
figure.) They are readable in light and dark, at the width of a phone, and without colour: what
colour says, a shape, a sign or a number says too.

    gradient_norms, training_curve          curves
    eigenvalues, singular_values            of `looking.jacobians` and their products
    traces, passage, saturation             of `looking.traces`: every gate of one unit, one unit on
                                            a whole text, the gates of all units
    reach, influence                        of the functions of that name in `looking`
    attention                               the weights that `attention` gives
    taps, lattice                           of `looking.taps` and `looking.lattice`
"""

from rnncourse.plots.curves import gradient_norms, training_curve
from rnncourse.plots.flows import influence
from rnncourse.plots.gates import saturation, traces
from rnncourse.plots.maps import attention, reach
from rnncourse.plots.spectra import eigenvalues, singular_values
from rnncourse.plots.texts import Passage, passage
from rnncourse.plots.tied import lattice, taps

__all__ = [
    "Passage",
    "attention",
    "eigenvalues",
    "gradient_norms",
    "influence",
    "lattice",
    "passage",
    "reach",
    "saturation",
    "singular_values",
    "taps",
    "traces",
    "training_curve",
]
