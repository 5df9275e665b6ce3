"""The page of speeds shows what was stored, and nothing else."""

import json

from tools.site import speed

ROW = {
    "T, B": "3, 2",
    "dtype": "float32",
    "fast, ms": 1.23456,
    "torch, ms": 2.0,
    "fast, least": 1.0,
    "fast/torch": 0.61728,
    "fast/torch, least": 0.5,
    "calls": 7,
}


def test_the_page(tmp_path, monkeypatch):
    results = tmp_path / "results.json"
    results.write_text(json.dumps({"machine": ["some processor", "versions"], "a cell": [ROW]}))
    monkeypatch.setattr(speed, "RESULTS", results)
    page = speed.speed()
    assert "```text\nsome processor\nversions\n```" in page
    assert page.endswith(
        "## A cell\n\n"
        "| T, B | dtype | fast, ms | fast/torch | fast/torch, least |\n"
        "| --- | --- | --- | --- | --- |\n"
        "| 3, 2 | float32 | 1.23 | 0.617 | 0.5 |\n"
    )


def test_a_module_is_named_as_it_is_written():
    assert speed.heading("gru against torch") == "`gru` against torch"
    assert speed.heading("import") == "Import"


def test_what_is_stored_is_what_the_benchmarks_give():
    stored = json.loads(speed.RESULTS.read_text("utf8"))
    titles = " ".join(stored)
    for peer in ("torch.nn.RNN", "torch.nn.GRU", "torch.nn.LSTM", "conv1d", "CRF", "scans"):
        assert peer in titles
    assert all(len(rows) > 1 for title, rows in stored.items() if title != "machine")
