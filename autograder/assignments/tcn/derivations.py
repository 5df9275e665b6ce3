"""The derivation of a residual block's gradients, for every student's own block."""

from autograder.assignment import DerivationItem, Variant, personal
from autograder.assignments.tcn import derivation_mistakes, derivation_variants, networks
from rnncourse.derivation.exercises.tcn import FAMILY, PERSONAL


def _block(member: str) -> DerivationItem:
    return DerivationItem(
        cell="block-check",
        answer="block",
        title="The gradients of a residual block",
        exercise=PERSONAL.versions[member],
        truth=networks.truth(member),
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
        mistakes=derivation_mistakes.of(member),
        variants=derivation_variants.of(member),
        solution=Variant("own", source=derivation_variants.solution(member)),
    )


BLOCK = personal(FAMILY, _block)
