"""The derivations of the first assignment, with their points."""

from autograder.assignment import DerivationItem
from autograder.assignments.bptt import derivation_mistakes, derivation_variants, networks
from rnncourse.derivation.exercises import bptt

GRADIENTS = DerivationItem(
    cell="gradients-check",
    answer="gradients",
    title="The gradients of an Elman network",
    exercise=bptt.GRADIENTS,
    truth=networks.GRADIENTS,
    points={
        "do[t]": 1,
        "dh[T]": 1,
        "dh[t]": 1,
        "dc": 0.5,
        "db": 0.5,
        "dV": 0.5,
        "dW": 1,
        "dU": 0.5,
    },
    mistakes=derivation_mistakes.GRADIENTS,
    variants=derivation_variants.GRADIENTS,
)

DELTA = DerivationItem(
    cell="delta-check",
    answer="delta",
    title="Error signals δ and the update of a weight",
    exercise=bptt.DELTA,
    truth=networks.DELTA,
    points={"delta_o[t]": 1, "delta_h[t]": 1, "DW": 1},
    mistakes=derivation_mistakes.DELTA,
    variants=derivation_variants.DELTA,
)

CHAIN = DerivationItem(
    cell="chain-check",
    answer="chain",
    title="One step as a chain of equalities",
    exercise=bptt.CHAIN,
    truth=networks.CHAIN,
    points={"dh[t]": 2},
    mistakes=derivation_mistakes.CHAIN,
    variants=derivation_variants.CHAIN,
)

ITEMS = (GRADIENTS, DELTA, CHAIN)
