"""The derivation of a residual block's gradients, with its points."""

from autograder.assignment import DerivationItem
from autograder.assignments.tcn import derivation_mistakes, derivation_variants, networks
from rnncourse.derivation.exercises import tcn

BLOCK = DerivationItem(
    cell="block-check",
    answer="block",
    title="The gradients of a residual block",
    exercise=tcn.BLOCK,
    truth=networks.BLOCK,
    points={
        "dz[t]": 1,
        "de[t]": 1,
        "du[t]": 2,
        "da[t]": 1,
        "dx[t]": 3,
        "dc": 1,
        "dS": 1,
        "dQ": 1,
    },
    mistakes=derivation_mistakes.BLOCK,
    variants=derivation_variants.BLOCK,
)
