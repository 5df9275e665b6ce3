"""The notebook that a chapter offers: its text with the outputs of the same cells."""

import json

from tools.sphinx_ext.pages import with_outputs


def cell(kind, source, **more):
    return {"cell_type": kind, "id": "random", "source": source, **more}


def test_outputs_go_to_their_cells_and_names_are_the_same_each_time(tmp_path):
    code = {"outputs": [], "execution_count": None}
    cells = [cell("markdown", "# A"), cell("code", "1", **code), cell("code", "2", **code)]
    text = json.dumps({"cells": cells, "metadata": {}})
    executed = tmp_path / "base.ipynb"
    done = [cell("code", s, outputs=[{"text": s}], execution_count=int(s)) for s in ("1", "2")]
    executed.write_text(json.dumps({"cells": done}))
    notebook = json.loads(with_outputs(text, executed))
    assert [c["id"] for c in notebook["cells"]] == ["cell-0", "cell-1", "cell-2"]
    assert [c.get("outputs") for c in notebook["cells"]] == [None, [{"text": "1"}], [{"text": "2"}]]
    assert notebook["cells"][2]["execution_count"] == 2
    assert with_outputs(text, executed) == with_outputs(text.replace("random", "r2"), executed)


def test_a_page_that_nobody_executed_is_offered_without():
    text = json.dumps({"cells": [cell("code", "1", outputs=[])]})
    assert json.loads(with_outputs(text, None))["cells"][0]["outputs"] == []
