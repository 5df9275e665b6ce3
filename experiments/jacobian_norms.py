"""What a gradient is multiplied by at every step back: the argument of vanishing and exploding.

Claims:
1. Without nonlinearity the slope of lag τ holds the τ-th power of the recurrent matrix, so it
   changes by the largest |eigenvalue| a step: below 1 it vanishes, above 1 it explodes.
2. With tanh units it vanishes for certain if the largest singular value is below 1: the norm of lag
   τ is at most the τ-th power of it. An eigenvalue above 1 is necessary for an explosion, and not
   enough: units away from zero shrink every step.
3. A unit that latches a bit against disturbances has a slope below 1 a step: what is kept safely
   cannot be learnt from far.
4. Where a state is handed on as it is, the slope stays: ReLU units above zero with the identity,
   an LSTM's cell with its forget gate open. With the gate at σ(b) it is multiplied by that.

Sources: I. Goodfellow, Y. Bengio and A. Courville, Deep learning (2016), section 10.7 (1);
R. Pascanu, T. Mikolov and Y. Bengio, On the difficulty of training recurrent neural networks (2013)
(2); Y. Bengio, P. Simard and P. Frasconi, Learning long-term dependencies with gradient descent is
difficult (1994) (3); Q. V. Le, N. Jaitly and G. E. Hinton (2015) and S. Hochreiter and J.
Schmidhuber (1997), F. Gers, J. Schmidhuber and F. Cummins, Learning to forget (2000) (4).

Protocol: `rnncourse.flow.state_gradient_norms` of random networks; the factor a step is the
geometric mean from lag 50 to lag 300, where the largest eigenvalue has outlasted the others. There
is no chance level: 1 is the border. Nothing is trained.

Scale: 100 units; exact up to the choice of the lags. All in float64.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from experiments.experiment import Experiment, Fact, Measured, Show
from rnncourse import elman, flow, initialise, lstm, relu_rnn
from rnncourse.elman import ElmanParams

SETTINGS: dict[str, Any] = {"units": 100, "T": 300, "skip": 50}


def measure(seed: int, show: Show, *, units: int, T: int, skip: int) -> Measured:
    """The factor a step for each kind of network."""
    rng = np.random.default_rng(seed)
    still, moving = np.zeros((T, 1, 1)), rng.standard_normal((T, 1, 1))
    show(0, "norms")

    def factor(cell: Any, params: Any, x: Any, state: Any = None) -> float:
        far = norms(cell, params, x, state)
        return float((far[T] / far[skip]) ** (1 / (T - skip)))

    def tanh_network(W: Any, u: float = 1.0) -> ElmanParams:
        return ElmanParams(np.full((units, 1), u), W, np.zeros(units))

    def matrix(radius: float) -> Any:
        return initialise.scaled_to_radius(rng, (units, units), radius=radius)

    W = rng.standard_normal((units, units))
    short = tanh_network(0.95 * W / np.linalg.norm(W, 2))
    far = norms(elman, short, moving)
    latch = elman.scalar(w=1.5, u=0.1).params
    above_zero = relu_rnn.ReLUState(np.ones((1, units)))
    irnn = relu_rnn.init_identity(rng, 1, units)
    return Measured(
        {
            "radius 0.9": factor(elman, tanh_network(matrix(0.9)), still),
            "radius 1.1": factor(elman, tanh_network(matrix(1.1)), still),
            "orthogonal": factor(
                elman, tanh_network(initialise.orthogonal(rng, (units, units))), still
            ),
            "singular value 0.95": float((far[1:] ** (1 / np.arange(1, T + 1))).max()),
            "radius 1.1, driven": factor(elman, tanh_network(matrix(1.1)), moving),
            "latch": factor(elman, latch, moving, elman.ElmanState(np.ones((1, 1)))),
            "identity": factor(relu_rnn, irnn, still, above_zero),
            "forget bias 40": factor(lstm, only_cells(units, 40.0), moving),
            "forget bias 1": factor(lstm, only_cells(units, 1.0), moving),
        },
        {},
    )


def norms(cell: Any, params: Any, x: Any, state: Any = None) -> Any:
    """Norm of the gradient by the state, by lag 0 … T."""
    return flow.state_gradient_norms(cell, params, x, state)[::-1, 0]


def only_cells(units: int, forget_bias: float) -> lstm.LSTMParams:
    """An LSTM whose gates see nothing: what is left is the path through the cells."""
    b = np.zeros(4 * units)
    b[units : 2 * units] = forget_bias
    return lstm.LSTMParams(np.zeros((4 * units, 1)), np.zeros((4 * units, units)), b)


def _fact(name: str, says: str, source: str, published: str, least: float, most: float) -> Fact:
    return Fact(name, says, source, published, None, least, most)


_GOODFELLOW, _PASCANU = "Goodfellow et al. 2016", "Pascanu et al. 2013"
_LSTM, _GERS = "Hochreiter & Schmidhuber 1997", "Gers et al. 2000"
EXPERIMENT = Experiment(
    claim="the factor of a gradient's norm for each step back",
    facts=(
        _fact("radius 0.9", "linear, largest eigenvalue 0.9", _GOODFELLOW, "0.9", 0.87, 0.93),
        _fact("radius 1.1", "linear, largest eigenvalue 1.1", _GOODFELLOW, "1.1", 1.07, 1.13),
        _fact("orthogonal", "linear, orthogonal", _GOODFELLOW, "1", 1 - 1e-9, 1 + 1e-9),
        _fact(
            "singular value 0.95",
            "tanh, largest singular value 0.95, the largest mean factor up to any lag",
            _PASCANU,
            "at most 0.95",
            0,
            0.95,
        ),
        _fact(
            "radius 1.1, driven",
            "tanh, eigenvalue 1.1, driven by inputs",
            _PASCANU,
            "need not explode",
            0,
            1,
        ),
        _fact("latch", "a tanh unit that latches a bit", "Bengio et al. 1994", "below 1", 0.1, 1),
        _fact("identity", "ReLU, identity", "Le et al. 2015", "1", 1 - 1e-9, 1 + 1e-9),
        _fact("forget bias 40", "LSTM's cell, gate open", _LSTM, "1", 1 - 1e-9, 1 + 1e-9),
        _fact("forget bias 1", "LSTM's cell, gate σ(1)", _GERS, "σ(1) = 0.731", 0.7310, 0.7311),
    ),
    settings=SETTINGS,
    measure=measure,
    seeds=10,
)
