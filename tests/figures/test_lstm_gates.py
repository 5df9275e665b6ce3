"""The typed sentence is read by the network that was exported: in Python, and in the browser."""

import json

import numpy as np
import pytest

from rnncourse import losses, lstm, network
from rnncourse.figures import lstm_gates
from rnncourse.figures.lstm_gates import STATE, draw, read, tokens

WORDS = ["Joan", "Anna", "es", "activo", "."]
SENTENCES = ["Joan es activo y Anna", "", "anna  ES perro.", "es " * 40]


def trained() -> tuple[network.NetworkParams, dict[str, list[object]]]:
    params = network.init(lstm, np.random.default_rng(0), len(WORDS), 4, len(WORDS))
    params = params._replace(cell=lstm.LSTMParams(*(3 * part for part in params.cell)))
    arrays = {**params.cell._asdict(), **params.out._asdict()}
    return params, {name: array.round(6).tolist() for name, array in arrays.items()}


def test_python_is_the_librarys_forward_on_one_hot_words() -> None:
    params, weights = trained()
    found = read("Joan es perro Anna", WORDS, weights)
    x = np.zeros((4, 1, 5))
    for t, k in ((0, 0), (1, 2), (3, 1)):  # at the third word, unknown, all stay zero
        x[t, 0, k] = 1
    h, state, _ = lstm.forward(params.cell, x)
    o, _ = network.predict(lstm, params, x)
    assert found.known == [True, True, False, True]
    np.testing.assert_allclose(found.inside["h"], h[:, 0], atol=1e-5)
    np.testing.assert_allclose(found.inside["c"][-1], state.c[0], atol=1e-5)
    np.testing.assert_allclose(found.guesses, losses.softmax(o)[:, 0], atol=1e-5)


def test_browser_reads_as_the_librarys_forward(run_module) -> None:
    _, weights = trained()
    program = """
      const [sentences, words, weights] = JSON.parse(process.argv[2]);
      console.log(JSON.stringify(sentences.map((s) => module.read(s, words, weights))));
    """
    given = json.dumps([SENTENCES, WORDS, weights])
    for sentence, js in zip(
        SENTENCES, json.loads(run_module("lstm_gates", program, given)), strict=True
    ):
        ours = read(sentence, WORDS, weights)
        assert js["words"] == ours.words
        assert js["known"] == ours.known
        for name in "figoch":
            np.testing.assert_allclose(js["inside"][name], ours.inside[name], rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(js["guesses"], ours.guesses, rtol=1e-9, atol=1e-12)


def test_the_unit_by_hand_stores_holds_and_erases() -> None:
    found = read(STATE["sentence"], STATE["words"], STATE["weights"])
    cell = [row[0] for row in found.inside["c"]]
    assert min(cell[:3]) > 0.9
    assert max(cell[3:]) < 0.1
    assert found.inside["f"][3][0] < 0.1


def test_browser_says_what_it_shows(run_module) -> None:
    program = """
      const state = JSON.parse(process.argv[2]);
      for (const sentence of [state.sentence, '', 'on nap', 'on off wait on off'])
        console.log(module.describe({...state, sentence}));
    """
    lines = run_module("lstm_gates", program, json.dumps(STATE)).splitlines()
    assert "lowest, 0.0025, at “off”; it erases what the cell held at “off”." in lines[0]
    assert "Next word: on 8" in lines[0]
    assert "off, on, wait" in lines[1]
    assert "read as zeros: “nap”" in lines[2]
    assert "erases nothing" in lines[2]
    assert "what the cell held at “off”, “off”." in lines[3]


def test_tokens_keep_punctuation_apart_and_stop_somewhere() -> None:
    assert tokens("Anna, es activa.") == ["Anna", ",", "es", "activa", "."]
    assert len(tokens("es " * 99)) == lstm_gates.MOST


@pytest.mark.parametrize("sentence", ["on wait off", ""])
def test_draws(sentence: str) -> None:
    drawn = draw(**STATE | {"sentence": sentence})
    assert len(drawn.axes) == 6
