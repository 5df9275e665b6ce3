"""What one LSTM unit does while the network reads a sentence that the reader types.

The network's weights come with the state, exported from training, so that the figure shows a real
network: `rnncourse.lstm` on one-hot words, and a softmax layer that guesses the next word. A word
that the network does not know is read as a vector of zeros.

`lstm_gates.js` computes the same in the browser.
"""

import re
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from rnncourse import linear, looking, losses, lstm

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: one unit by hand: "on" stores 1, "off" erases it, anything else leaves it; the output is open
STATE: dict[str, Any] = {
    "sentence": "on wait wait off wait",
    "unit": 0,
    "words": ["off", "on", "wait"],
    "weights": {
        "W_ih": [[0.0, 12.0, 0.0], [-12.0, -12.0, 0.0], [0.0, 4.0, 0.0], [0.0, 0.0, 0.0]],
        "W_hh": [[0.0], [0.0], [0.0], [0.0]],
        "b": [-6.0, 6.0, 0.0, 6.0],
        "W_ho": [[4.0], [-4.0], [0.0]],
        "b_o": [-2.0, 2.0, 0.0],
    },
}
ROWS = "figoch"
MOST = 24  # words read


class Reading(NamedTuple):
    """What the network did at every word."""

    words: list[str]
    known: list[bool]
    inside: dict[str, list[list[float]]]  # by name, a row for each word, a column for each unit
    guesses: list[list[float]]  # probabilities of the next word


def tokens(sentence: str) -> list[str]:
    """Split at spaces, punctuation apart; at most 24 words."""
    return re.findall(r"[^\s.,;:!?]+|[.,;:!?]", sentence)[:MOST]


def read(sentence: str, words: list[str], weights: dict[str, Any]) -> Reading:
    """Run the network over a sentence.

    Args:
        sentence: words with spaces between; capitals do not matter.
        words: the vocabulary, in the order of the input's columns.
        weights: W_ih (4H, I), W_hh (4H, H), b (4H,) of the cell, rows i, f, g, o; W_ho (K, H) and
            b_o (K,) of the output layer, where K = I = len(words).

    Raises:
        ValueError: a shape that does not fit.
    """
    cell = lstm.LSTMParams(*(np.array(weights[name]) for name in ("W_ih", "W_hh", "b")))
    out = linear.LinearParams(np.array(weights["W_ho"]), np.array(weights["b_o"]))
    place = {word.lower(): k for k, word in enumerate(words)}
    found = tokens(sentence)
    x = np.zeros((len(found), 1, len(words)))
    for t, word in enumerate(found):
        if word.lower() in place:
            x[t, 0, place[word.lower()]] = 1
    inside = looking.traces(lstm, cell, x)
    o, _ = linear.forward(out, inside["h"])
    return Reading(
        found,
        [word.lower() in place for word in found],
        {name: inside[name][:, 0].tolist() for name in ROWS},
        losses.softmax(o)[:, 0].tolist(),
    )


def draw(sentence: str, unit: int, words: list[str], weights: dict[str, Any]) -> "Figure":
    """Draw the figure as it stands before a reader moves it."""
    import matplotlib.pyplot as plt

    reading = read(sentence, words, weights)
    T = len(reading.words)
    drawn, axes = plt.subplots(1, len(ROWS), figsize=(7, 0.9 + 0.24 * T), sharey=True)
    for name, ax in zip(ROWS, axes, strict=True):
        values = [row[unit] for row in reading.inside[name]]
        ax.barh(range(T), values, color="C0" if name in "fio" else "C1")
        most = max([1.0, *(abs(v) for v in values)])
        ax.set(xlim=(0 if name in "fio" else -most, most), title=name)
        ax.axvline(0, color="black", lw=0.8)
        ax.spines[["top", "right", "left"]].set_visible(False)
        ax.tick_params(left=False, labelsize=8)
    axes[0].set_yticks(range(T), reading.words, fontsize=9)
    axes[0].invert_yaxis()
    return drawn
