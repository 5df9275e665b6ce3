"""The notebooks for Binder and Colab: complete, without outputs, the same each time."""

import nbformat

from tools.site import notebooks
from tools.site.execute import chapters


def test_notebooks_of_all_chapters(tmp_path):
    made = notebooks.notebooks(tmp_path)
    assert len(made) == len(chapters())
    assert (tmp_path / "requirements.txt").read_text() == "rnncourse[notebook,torch,data]\n"
    path = tmp_path / "recurrence" / "bptt.ipynb"
    notebook = nbformat.read(path, 4)
    nbformat.validate(notebook)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    assert code[0].source.startswith('%pip install -q "rnncourse[')
    assert len(code) > 20 and not any(cell.outputs for cell in code)
    before = path.read_bytes()
    notebooks.notebooks(tmp_path)
    assert path.read_bytes() == before
