import pytest

from rnncourse.figures import say, table, words


@pytest.fixture
def shown(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    pages: list[str] = []
    monkeypatch.setattr(words, "_display", pages.append)
    return pages


def test_a_sentence_is_a_paragraph(shown: list[str]) -> None:
    say("It is <b>0.5</b>.")
    assert shown == ["<p>It is <b>0.5</b>.</p>"]


def test_a_table_has_its_rows_in_order(shown: list[str]) -> None:
    table(["w", "slope"], [0.5, -1], ("0.9", 2))
    (page,) = shown
    assert page.index("<th>slope</th>") < page.index("<td>-1</td>") < page.index("<td>0.9</td>")
    assert page.count("<tr>") == 3


def test_a_row_of_another_length_is_named(shown: list[str]) -> None:
    with pytest.raises(ValueError, match="must have 2 cells, got 1 in row 2"):
        table(["a", "b"], [1, 2], [3])
    assert shown == []
