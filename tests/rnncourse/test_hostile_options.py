"""Options that are no such numbers, tags that are no strings: refused by name."""

import math

import numpy as np
import pytest

from rnncourse import clockwork, crf, ctc, dropout, esn, iob, lstm, memm, tdnn, variational, zoneout

NO_NUMBERS = [None, "2", [2], math.nan, -1]


def refused(text):
    return pytest.raises(ValueError, match=rf"^{text}\b")


@pytest.mark.parametrize("value", NO_NUMBERS, ids=repr)
def test_sizes_scales_and_rates(value):
    rng = np.random.default_rng(0)
    for name, call in [
        ("input_size", lambda: esn.init(rng, value, 3)),
        ("feedback_size", lambda: esn.init(rng, 1, 3, value)),
        ("radius", lambda: esn.init(rng, 1, 3, radius=value)),
        ("bias_scale", lambda: esn.init(rng, 1, 3, bias_scale=value)),
        ("alpha", lambda: esn.init(rng, 1, 3, alpha=value)),
        ("periods", lambda: clockwork.unit_periods(4, (value,))),
        ("rate", lambda: dropout.Dropout(value)),
        ("rate_in", lambda: variational.Variational(lstm, value)),
        ("rates", lambda: zoneout.Zoneout(lstm, {"h": value})),
        ("rates", lambda: zoneout.Zoneout(lstm, value)),
    ]:
        with refused(name):
            call()


@pytest.mark.parametrize("value", [None, "22", 2, 2.0])
def test_what_is_no_sequence_of_numbers(value):
    with refused("periods"):
        clockwork.unit_periods(4, value)
    with refused("kernel_sizes"):
        tdnn.init(np.random.default_rng(0), 2, 3, kernel_sizes=value)


@pytest.mark.parametrize("model", [crf, memm])
def test_chains_without_scores(model):
    e, tags = np.zeros((4, 2, 3)), np.zeros((4, 2), int)
    good = model.init(np.random.default_rng(0), 3)
    for params in (None, 3, (1, 2), type(good)(*(a.tolist() for a in good))):
        with refused("params"):
            model.log_likelihood(params, e, tags)
        with refused("params"):
            model.viterbi(params, e)
    with refused("tags"):
        model.log_likelihood(good, e, [[0], [1, 2]])


def test_paths_and_tags():
    for path in (None, [1.5], "a", [[1], [1, 2]]):
        with refused("path"):
            ctc.collapse(path)
    assert ctc.collapse([]) == []
    for tags in (None, 3, "B-X", [1], [["B-X"]]):
        for call in (iob.decode, iob.is_valid):
            with refused("tags"):
                call(tags)
