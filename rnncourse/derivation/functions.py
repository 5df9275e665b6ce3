"""Functions that exercises may offer."""

import math

from rnncourse.derivation.exercise import Display, Function


def sigmoid(z: float) -> float:
    """The logistic function, without overflow."""
    return 1 / (1 + math.exp(-z)) if z >= 0 else 1 - 1 / (1 + math.exp(z))


def activation(z: float, gain: float, shift: float, slope: float) -> float:
    """An activation that is none of the usual ones: ``gain tanh(z + shift) + slope z``."""
    return gain * math.tanh(z + shift) + slope * z


def activation_derivative(z: float, gain: float, shift: float, slope: float) -> float:
    """The derivative of ``activation``."""
    return gain * (1 - math.tanh(z + shift) ** 2) + slope


TANH = Function("tanh", math.tanh, "hyperbolic tangent, of every element")
SIGMOID = Function("sigmoid", sigmoid, "logistic function, of every element")
EXP = Function("exp", math.exp, "exponential, of every element")
LOG = Function("log", math.log, "natural logarithm, of every element")
SOFTMAX = Function("softmax", None, "softmax of a column")
STANDARD = (TANH, SIGMOID, EXP, LOG, SOFTMAX)


def open_activation(label: str, description: str) -> tuple[Function, Function]:
    """An activation f with the label, left open, and its derivative df."""
    return (
        Function(
            f"f_{label}",
            activation,
            description,
            parameters=f"f_{label}",
            spellings=(f"f{label}",),
            display=Display("f", mark=label),
        ),
        Function(
            f"df_{label}",
            activation_derivative,
            f"the derivative of f_{label}, of every element",
            parameters=f"f_{label}",
            spellings=(f"df{label}", f"dplus_f_{label}"),
            display=Display("f", mark=label),
            prime=True,
        ),
    )
