"""Writes the chapters as notebooks for a branch that Binder and Colab open.

The folder holds nothing but the notebooks, without outputs, and `requirements.txt`, from which
Binder makes its machine; on Colab the first cell installs the same.
"""

from pathlib import Path

import yaml

from .execute import chapters
from .paths import BOOK, ROOT

REQUIREMENT = "rnncourse[notebook,torch,data]"


def requirement(repository: str) -> str:
    """What pip should install: the library as that repository has it."""
    return f"{REQUIREMENT} @ git+{repository}" if repository else REQUIREMENT


def notebooks(folder: Path) -> list[Path]:
    """Write one notebook for each chapter, at the place that the page has in the book.

    The same chapters give the same files.
    """
    import jupytext
    import nbformat
    from nbformat.v4 import new_code_cell

    settings = yaml.safe_load((ROOT / "_config.yml").read_text("utf8"))["sphinx"]["config"]
    wanted = requirement(settings.get("course_repository") or "")
    made = []
    for chapter in chapters():
        notebook = jupytext.read(chapter)
        install = f'%pip install -q "{wanted}"  # on Binder it is there already'
        notebook.cells.insert(1, new_code_cell(install))  # type: ignore[no-untyped-call]
        for number, cell in enumerate(notebook.cells):
            cell["id"] = f"cell-{number}"
        notebook.metadata = {"kernelspec": notebook.metadata["kernelspec"]}
        notebook.nbformat, notebook.nbformat_minor = 4, 5
        path = folder / chapter.relative_to(BOOK).with_suffix(".ipynb")
        path.parent.mkdir(parents=True, exist_ok=True)
        nbformat.write(notebook, path)  # type: ignore[no-untyped-call]
        made.append(path)
    (folder / "requirements.txt").write_text(f"{wanted}\n", "utf8")
    return made
