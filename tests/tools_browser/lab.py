"""Hands for JupyterLab: what a student does there, and what can be read from it."""

from pathlib import Path
from typing import Any

# JupyterLab shows its application object to pages that are started with expose_app_in_browser
_HERE = """async (given) => {
    const app = window.jupyterapp, nb = app.shell.currentWidget, cells = nb.content.widgets;
    const find = name => cells.find(c => c.model.getMetadata('nbgrader')?.grade_id === name);
    %s
}"""
_READY = """
    await app.restored; await nb.context.ready; await nb.context.sessionContext.ready;
    await nb.context.sessionContext.session.kernel.info;
"""
# every code cell has run, once, from top to bottom
_ALL_RAN = """() => {
    const cells = window.jupyterapp.shell.currentWidget.content.widgets;
    const code = cells.filter(c => c.model.type === 'code' && c.model.sharedModel.source.trim());
    return code.every((c, k) => c.model.executionCount === k + 1);
}"""

_RAN_AGAIN = """([name, before]) => {
    const cells = window.jupyterapp.shell.currentWidget.content.widgets;
    const cell = cells.find(c => c.model.getMetadata('nbgrader')?.grade_id === name);
    return ![null, before].includes(cell.model.executionCount);
}"""


class Lab:
    """A page of JupyterLab with one notebook open."""

    def __init__(self, watched: Any, name: str) -> None:
        self.watched, self.page = watched, watched.page
        self.page.set_default_timeout(90_000)
        watched.goto(f"doc/tree/{name}")
        self.page.wait_for_selector(".jp-Notebook .jp-Cell")
        self.ask(_READY)

    def ask(self, script: str, *given: Any) -> Any:
        """Run a few lines in the page, with ``app``, ``nb``, ``cells``, ``find`` and ``given``."""
        return self.page.evaluate(_HERE % script, list(given))

    def menu(self, menu: str, item: str) -> None:
        self.page.get_by_role("menuitem", name=menu, exact=True).click()
        self.page.get_by_role("menuitem", name=item, exact=True).click()

    def wait_until_all_ran(self) -> None:
        self.page.wait_for_function(_ALL_RAN)

    def cell(self, name: str) -> Any:
        """Go into a cell, and give what stands for it on the page."""
        index = self.ask(
            """const index = cells.indexOf(find(given[0]));
            nb.content.activeCellIndex = index;
            await nb.content.scrollToItem(index);
            nb.content.mode = 'edit';
            cells[index].editor.focus();
            return index""",
            name,
        )
        return self.page.locator(f'.jp-Cell[data-windowed-list-index="{index}"]')

    def write(self, name: str, text: str) -> None:
        """Put a text in the place of a cell's, by the keyboard."""
        self.cell(name)
        self.page.keyboard.press("Control+a")
        self.page.keyboard.insert_text(text)

    def run(self, name: str) -> str:
        """Run a cell by its key, and give what it says."""
        self.cell(name)
        before = self.ask("return find(given[0]).model.executionCount", name)
        self.page.keyboard.press("Control+Enter")
        self.page.wait_for_function(_RAN_AGAIN, arg=[name, before])
        self.ask("await nb.context.sessionContext.session.kernel.requestExecute("
                 "{code: '', silent: true}).done")  # fmt: skip
        return self.said(name)

    def said(self, name: str) -> str:
        """A cell's outputs as text."""
        return str(self.ask(
            """return find(given[0]).model.outputs.toJSON().map(
                o => o.text ?? o.data?.['text/plain'] ?? `${o.ename}: ${o.evalue}`).join('\\n')""",
            name,
        ))  # fmt: skip

    def save(self, path: Path) -> None:
        """Save by its keys, and wait until the file is written."""
        before = path.stat().st_mtime_ns
        self.page.keyboard.press("Control+s")
        self.page.wait_for_function(
            "() => !window.jupyterapp.shell.currentWidget.context.model.dirty"
        )
        assert path.stat().st_mtime_ns > before
