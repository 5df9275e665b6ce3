"""A language model from beginning to end: text, numbers, training, bits, and text again."""

import numpy as np
import pytest

from rnncourse import data, language, lstm, network, optim, truncated


@pytest.fixture(scope="module")
def text():
    prose = data.documentation()[:20_000]
    return prose[:18_000], prose[18_000:]


def test_an_lstm_learns_to_foresee_prose(text):
    train, test = text
    letters = language.Characters(train, unknown="<unk>")
    K = len(letters)

    def vectors(numbers):
        return data.one_hot(numbers, K, dtype=np.float32)

    x, y = data.streams(letters.encode(train), batch_size=16)
    params = network.init(lstm, np.random.default_rng(0), K, 48, K, dtype=np.float32)
    update = optim.Adam(0.01).step
    for _ in range(4):
        for window in truncated.train(lstm, params, x, y, 25, update, encode=vectors):
            params = window.params

    unseen = letters.encode(test)
    o, _ = network.predict(lstm, params, vectors(unseen[:-1, None]))
    log_p = language.log_probabilities(o, unseen[1:, None])
    bits = language.bits_per_symbol(log_p)
    frequencies = language.NGram(letters.encode(train), 1, K)
    at_chance = language.bits_per_symbol(frequencies.log_probabilities(unseen[1:]))
    assert bits < at_chance - 0.5  # 3.6 and 4.6 where this was written
    assert language.perplexity(log_p) == pytest.approx(2**bits)

    rng = np.random.default_rng(0)
    numbers, _ = language.generate(
        lstm, params, rng, letters.encode("The "), 400, temperature=0.5, encode=vectors
    )
    said = letters.decode(numbers)
    known = set(language.split_words(train))
    words = [word for word in language.split_words(said) if word.isalpha()]
    assert np.mean([word in known for word in words]) > 0.4
    # letters drawn one by one, as often as they occur, seldom make a word
    salad = letters.decode(frequencies.generate(rng, 2000))
    words = [word for word in language.split_words(salad) if word.isalpha()]
    assert np.mean([word in known for word in words]) < 0.3


def test_byte_pairs_and_characters_are_compared_in_bits_per_character(text):
    train, test = text
    coders = {
        "characters": language.Characters(train + test),
        "byte pairs": language.BytePairs.train(train, 300),
    }
    found = {}
    for name, coder in coders.items():
        numbers = coder.encode(test)
        model = language.NGram(coder.encode(train), 2, len(coder))
        bits = language.bits_per_symbol(model.log_probabilities(numbers))
        found[name] = language.bits_per_character(bits, len(numbers), len(test))
        assert coder.decode(numbers) == test
    # a symbol of several characters sees further back with the same order
    assert found["byte pairs"] < found["characters"] - 0.3 < 4  # 2.8 and 3.7
