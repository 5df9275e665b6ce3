import pytest
from IPython.utils.capture import capture_output

from rnncourse.figures import say, table


def shown(what) -> str:
    with capture_output() as captured:
        what()
    (output,) = captured.outputs
    return output.data["text/html"]


def test_a_sentence_is_a_paragraph() -> None:
    assert shown(lambda: say("It is <b>0.5</b>.")) == "<p>It is <b>0.5</b>.</p>"


def test_a_table_has_its_rows_in_order() -> None:
    page = shown(lambda: table(["w", "slope"], [0.5, -1], ("0.9", 2)))
    assert page.index("<th>slope</th>") < page.index("<td>-1</td>") < page.index("<td>0.9</td>")
    assert page.count("<tr>") == 3


def test_a_row_of_another_length_is_named() -> None:
    with pytest.raises(ValueError, match="must have 2 cells, got 1 in row 2"):
        table(["a", "b"], [1, 2], [3])
