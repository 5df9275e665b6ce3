"""The derivation of a residual block's gradients, for every student's own block."""

from autograder.assignments.tcn import derivation_mistakes, derivation_variants, networks
from autograder.authoring import personal_derivation
from rnncourse.derivation.exercises.tcn import PERSONAL

BLOCK = personal_derivation(
    PERSONAL,
    cell="block-check",
    answer="block",
    title="The gradients of a residual block",
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
    truth=networks.truth,
    solution=derivation_variants.solution,
    mistakes=derivation_mistakes.of,
    variants=derivation_variants.of,
)
