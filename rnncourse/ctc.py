"""Connectionist temporal classification: labels for a sequence without saying when each occurs.

At every step the network puts out one of K symbols, blank among them: a path. Collapsing a path
merges repeats and then drops blanks (a a - a b b → a a b). The probability of a labelling is that
of all paths which collapse to it; with y = softmax(o), steps independent given the input:

    z = (-, l[1], -, l[2], …, l[S], -)            labels and blanks: where a path can be  (1)
    α[1, s] = y[1, z[s]] for s ≤ 2                α[t, s] = y[t, z[s]] (α[t-1, s] + α[t-1, s-1]
                                                            + α[t-1, s-2] if z[s] is no blank
                                                              and differs from z[s-2])    (2)
    p(l | o) = α[T, 2S+1] + α[T, 2S]                                                      (3)

β is the same from the end and leaves y[t] to α, so that α[t, s] β[t, s] / p(l | o) is how likely a
path of this labelling stands at s at step t. Summed by symbol it is the expected count n[t, k], and

    d(-log p) / d_o[t, k] = y[t, k] - n[t, k]                                             (4)

All of it is computed in logarithms.

Arrays are time-major: labels stand along the first axis too, (S, B).

Source: A. Graves et al., Connectionist temporal classification, ICML (2006).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from rnncourse import _labelling, _validate
from rnncourse._labelling import log_sum_exp
from rnncourse._validate import Array

__all__ = ["beam_search", "collapse", "greedy", "log_likelihood", "loss"]

# stands for log 0: finite, so that differences of two are 0 and not NaN, and far below any path
_NEVER = -1e30

# beginnings of labellings, each with log p of its paths that end in blank, and of the others
_Beams = dict[tuple[int, ...], tuple[float, float]]


def loss(
    o: Array, labels: Any, lengths: Any = None, label_lengths: Any = None, *, blank: int = 0
) -> tuple[Any, Array]:
    """`-log p(labels | o)`, mean over the batch, and its gradient.

    `torch.nn.CTCLoss` with reduction "sum", divided by B; its "mean" divides each sequence's loss
    by its number of labels first.

    Args:
        o: logits (T, B, K), before the softmax.
        labels: (S, B) integers from 0 to K - 1, none of them blank.
        lengths: (B,) steps in each sequence; o may hold anything beyond, and d_o is zero.
        label_lengths: (B,) labels of each sequence; labels may hold anything beyond.
        blank: number of the symbol that stands for no label.

    Returns:
        The loss (a scalar of o's dtype) and d_o (T, B, K).

    Raises:
        ValueError: a shape that does not fit, a label out of range or blank, fewer steps than the
            labels need (one each, and a blank between equal neighbours), NaN or infinity in o.

    >>> value, d_o = loss(np.zeros((2, 1, 2)), np.array([[1]]))  # three of four paths: 11, 1-, -1
    >>> round(float(np.exp(-value)), 4)
    0.75
    >>> d_o[:, 0].round(4).tolist()
    [[0.1667, -0.1667], [0.1667, -0.1667]]
    """
    o, log_y, z, steps, label_lengths = _checked(o, labels, lengths, label_lengths, blank)
    T, B, K = o.shape
    alpha, log_p = _forward(log_y, z, steps, label_lengths, blank)
    beta = _backward(log_y, z, steps, label_lengths, blank)
    real = _validate.real_steps(steps, T)[:, :, None]
    # beyond the end α goes on over steps that p does not count, and its quotient may overflow
    at = np.exp(np.where(real, alpha + beta - log_p[:, None], _NEVER))  # (T, B, L)
    symbol = (z[:, :, None] == np.arange(K)).astype(o.dtype)  # (B, L, K)
    counts = np.matmul(at.transpose(1, 0, 2), symbol).transpose(1, 0, 2)  # (T, B, K)
    d_o = np.where(real, np.exp(log_y) - counts, o.dtype.type(0))  # eq. 4
    n = o.dtype.type(max(B, 1))
    return -log_p.sum() / n, d_o / n


def log_likelihood(
    o: Array, labels: Any, lengths: Any = None, label_lengths: Any = None, *, blank: int = 0
) -> Array:
    """`log p(labels | o)` of each sequence, (B,); arguments and errors as in `loss`.

    >>> np.exp(log_likelihood(np.zeros((3, 1, 2)), np.array([[1], [1]]))).round(4).tolist()
    [0.125]
    """
    _, log_y, z, steps, label_lengths = _checked(o, labels, lengths, label_lengths, blank)
    return _forward(log_y, z, steps, label_lengths, blank)[1]


def collapse(path: Any, *, blank: int = 0) -> list[int]:
    """The labelling of one path (T,): repeats merged, then blanks dropped.

    Raises:
        ValueError: path has more axes than one, or holds what is no integer.

    >>> collapse([1, 1, 0, 1, 2, 2])
    [1, 1, 2]
    """
    path = _validate.array("path", path)
    _validate.shape("path", path, ("T",))
    if path.size and not np.issubdtype(path.dtype, np.integer):
        raise ValueError(f"path must hold integers, got dtype {path.dtype}")
    new = np.append(True, path[1:] != path[:-1])[: len(path)]
    return [int(k) for k in path[new & (path != blank)]]


def greedy(o: Array, lengths: Any = None, *, blank: int = 0) -> list[list[int]]:
    """The labelling of the likeliest path of each sequence, which need not be the likeliest.

    Below, blank twice has probability 0.36, but the three paths of [1] together 0.64.

    Raises:
        ValueError: as `loss`.

    >>> o = np.log(np.array([[[0.6, 0.4]], [[0.6, 0.4]]]))
    >>> greedy(o)
    [[]]
    """
    o, steps = _labelling.emissions("o", o, lengths)
    _check_blank(blank, o.shape[2])
    best = o.argmax(axis=2)
    return [collapse(best[:n, b], blank=blank) for b, n in enumerate(steps)]


def beam_search(
    o: Array, lengths: Any = None, *, width: int = 10, blank: int = 0
) -> list[list[tuple[list[int], float]]]:
    """The likeliest labellings, by a search over their beginnings.

    At each step every beginning is kept with two probabilities, of its paths that end in blank and
    of those that do not (only the former can repeat the last label), and the `width` likeliest
    beginnings are kept. With a width of at least all beginnings the answer is exact.

    Args:
        o: logits (T, B, K).
        lengths: (B,) steps in each sequence.
        width: beginnings kept, at least 1.
        blank: number of the symbol that stands for no label.

    Returns:
        For each sequence at most `width` labellings with the logarithm of the probability found,
        a lower bound of the true one, likeliest first.

    Raises:
        ValueError: a width below 1; otherwise as `loss`.

    >>> o = np.log(np.array([[[0.6, 0.4]], [[0.6, 0.4]]]))
    >>> [(labels, round(float(np.exp(p)), 4)) for labels, p in beam_search(o)[0]]
    [([1], 0.64), ([], 0.36)]
    """
    if width < 1:
        raise ValueError(f"width must be at least 1, got {width}")
    o, steps = _labelling.emissions("o", o, lengths)
    _check_blank(blank, o.shape[2])
    log_y = _log_softmax(o).astype(np.float64)
    return [_search(log_y[:n, b].tolist(), width, blank) for b, n in enumerate(steps)]


def _search(log_y: list[list[float]], width: int, blank: int) -> list[tuple[list[int], float]]:
    """One sequence, log_y[t][k]."""
    beams: _Beams = {(): (0.0, _NEVER)}
    for y in log_y:
        longer: _Beams = {}
        for labels, (in_blank, in_label) in beams.items():
            either = float(np.logaddexp(in_blank, in_label))
            for k, log_p in enumerate(y):
                if k == blank:
                    _add(longer, labels, either + log_p, _NEVER)
                elif labels and k == labels[-1]:
                    _add(longer, labels, _NEVER, in_label + log_p)
                    _add(longer, (*labels, k), _NEVER, in_blank + log_p)
                else:
                    _add(longer, (*labels, k), _NEVER, either + log_p)
        ranked = sorted(longer.items(), key=lambda item: (-np.logaddexp(*item[1]), item[0]))
        beams = dict(ranked[:width])
    totals = [(list(labels), float(np.logaddexp(*both))) for labels, both in beams.items()]
    return [(labels, log_p) for labels, log_p in totals if log_p > _NEVER / 2]


def _add(beams: _Beams, labels: tuple[int, ...], in_blank: float, in_label: float) -> None:
    before = beams.get(labels, (_NEVER, _NEVER))
    beams[labels] = (
        float(np.logaddexp(before[0], in_blank)),
        float(np.logaddexp(before[1], in_label)),
    )


def _forward(
    log_y: Array, z: Array, steps: Array, label_lengths: Array, blank: int
) -> tuple[Array, Array]:
    """Log α (T, B, L), and log p(labels | o) (B,)."""
    T, B, _ = log_y.shape
    L = z.shape[1]
    every = np.arange(B)
    never = log_y.dtype.type(_NEVER)
    alpha = np.full((T, B, L), never)
    skips = np.where(_can_skip(z, blank), 0, never)  # (B, L)
    for t in range(T):
        here = np.take_along_axis(log_y[t], z, axis=1)
        if t == 0:
            alpha[0, :, :2] = here[:, :2]  # eq. 2
            continue
        before = np.full((3, B, L), never)
        before[0] = alpha[t - 1]
        before[1, :, 1:] = alpha[t - 1, :, :-1]
        before[2, :, 2:] = alpha[t - 1, :, :-2]
        before[2] += skips
        alpha[t] = here + log_sum_exp(before, axis=0)  # eq. 2
    if T == 0:
        return alpha, np.zeros(B, log_y.dtype)
    last = alpha[steps - 1, every]  # (B, L)
    ends = np.stack([last[every, 2 * label_lengths], last[every, 2 * label_lengths - 1]])
    ends[1, label_lengths == 0] = never
    return alpha, np.where(steps > 0, log_sum_exp(ends, axis=0), log_y.dtype.type(0))  # eq. 3


def _backward(log_y: Array, z: Array, steps: Array, label_lengths: Array, blank: int) -> Array:
    """Log β (T, B, L), of all that comes after step t."""
    T, B, _ = log_y.shape
    L = z.shape[1]
    never = log_y.dtype.type(_NEVER)
    place = np.arange(L)
    final = 2 * label_lengths[:, None]
    end = np.where((place == final) | (place == final - 1), 0, never)  # (B, L)
    end = end.astype(log_y.dtype)
    beta = np.empty((T, B, L), log_y.dtype)
    skips = np.where(_can_skip(z, blank), 0, never)
    for t in reversed(range(T)):
        if t == T - 1:
            beta[t] = end
            continue
        here = beta[t + 1] + np.take_along_axis(log_y[t + 1], z, axis=1)
        after = np.full((3, B, L), never)
        after[0] = here
        after[1, :, :-1] = here[:, 1:]
        after[2, :, :-2] = (here + skips)[:, 2:]
        beta[t] = np.where((t + 1 < steps)[:, None], log_sum_exp(after, axis=0), end)
    return beta


def _can_skip(z: Array, blank: int) -> Array:
    """Where a path may come from z[s-2]: over a blank, between two labels that differ."""
    skip: Array = z != blank
    skip[:, :2] = False
    skip[:, 2:] &= z[:, 2:] != z[:, :-2]
    return skip


def _log_softmax(o: Array) -> Array:
    return o - log_sum_exp(o, axis=2)[:, :, None]


def _checked(
    o: Any, labels: Any, lengths: Any, label_lengths: Any, blank: int
) -> tuple[Array, Array, Array, Array, Array]:
    """Logits and log softmax (T, B, K), z (B, 2S + 1), and both lengths (B,)."""
    o, steps = _labelling.emissions("o", o, lengths)
    _, B, K = o.shape
    _check_blank(blank, K)
    labels = np.asarray(labels)
    _validate.shape("labels", labels, ("S", B), because=f"B as in o {o.shape}")
    S = len(labels)
    counts = _validate.lengths(label_lengths, S, B, name="label_lengths", longest="S")
    if counts is None:
        counts = np.full(B, S, np.intp)
    labels = _labelling.labels("labels", labels, ("S", B), counts, K)
    inside = _validate.real_steps(counts, S)
    if (inside & (labels == blank)).any():
        s, b = (int(i) for i in np.argwhere(inside & (labels == blank))[0])
        raise ValueError(f"labels[{s}, {b}] must not be blank = {blank}")
    repeats = ((labels[1:] == labels[:-1]) & inside[1:]).sum(axis=0)
    short = steps < counts + repeats
    if short.any():
        b = int(np.argmax(short))
        raise ValueError(
            f"lengths[{b}] must be at least {counts[b] + repeats[b]} for the {counts[b]} labels "
            f"with {repeats[b]} repeats of sequence {b}, got {steps[b]}"
        )
    z = np.full((B, 2 * S + 1), blank, np.intp)
    z[:, 1::2] = np.where(inside, labels, blank).T  # eq. 1
    return o, _log_softmax(o), z, steps, counts


def _check_blank(blank: int, K: int) -> None:
    if not 0 <= blank < K:
        raise ValueError(f"blank must lie between 0 and K - 1 = {K - 1}, got {blank}")
