"""Below a chapter's title: how long its code took, and how a reader runs it.

Binder and Colab are links that a publisher switches on in `_config.yml` (`course_repository`); off,
the page names neither. They open the notebooks of a branch that `python -m tools.site notebooks`
fills. Nothing of theirs is loaded in any case.
"""

from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import quote

from docutils import nodes
from sphinx.application import Sphinx

from tools.site.execute import kept


def took(seconds: float) -> str:
    """A duration with two digits.

    >>> took(23.4), took(7.26), took(0.04)
    ('23 s', '7.3 s', '0.04 s')
    """
    return f"{seconds:.0f} s" if seconds >= 10 else f"{seconds:.2g} s"


def launchers(repository: str, branch: str, page: str) -> list[tuple[str, str]]:
    """Names and addresses of the services that run a page's notebook; none without a repository.

    Args:
        repository: The address of the repository on GitHub, or "".
        branch: The branch that holds the notebooks.
        page: The page, such as "recurrence/bptt".

    Raises:
        ValueError: the address is not one of a repository on GitHub.
    """
    if not repository:
        return []
    head, _, name = repository.rstrip("/").removesuffix(".git").partition("github.com/")
    if head not in ("https://", "https://www.") or len(name.split("/")) != 2:
        raise ValueError(
            "course_repository should be like https://github.com/owner/name, or empty; "
            f"got {repository!r}"
        )
    where, notebook = quote(branch, safe=""), quote(f"{page}.ipynb")
    path = quote(f"lab/tree/{page}.ipynb", safe="")
    return [
        ("Binder", f"https://mybinder.org/v2/gh/{name}/{where}?urlpath={path}"),
        ("Colab", f"https://colab.research.google.com/github/{name}/blob/{where}/{notebook}"),
    ]


def box(
    seconds: float | None, notebook: str, links: list[tuple[str, str]], packages: list[str]
) -> str:
    """The box, folded.

    Args:
        seconds: The processor's time that the page's code took; None where nobody measured it.
        notebook: The address of the page's notebook.
        packages: Those of `rnncourse[data]` that it loads.
        links: The services that run it.
    """
    name = notebook.rsplit("/", 1)[-1]
    said = (
        f"The code of this page ran in {took(seconds)} on one core when the site was built."
        if seconds is not None
        else ""
    )
    parts = "notebook,torch,data" if packages else "notebook,torch"
    install = f'pip install "rnncourse[{parts}]"'
    lines = [
        '<details class="run-page d-print-none">',
        f'<summary><span class="run-title">Run this page</span> <span>{said}</span></summary>',
        f'<p>Take <a href="{escape(notebook)}" download>{escape(name)}</a> and, where it is:</p>',
        '<div class="highlight-sh notranslate"><div class="highlight">'
        f"<pre>{escape(install, quote=False)}\njupyter lab {escape(name)}\n</pre></div></div>",
    ]
    if links:
        offered = " or ".join(
            f'<a class="run-elsewhere" rel="noopener" href="{escape(url)}">{service}</a>'
            for service, url in links
        )
        lines.append(f"<p>Or run it at {offered}, which are other people's machines.</p>")
    return "\n".join([*lines, "</details>"])


def add_box(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Put the box below the first heading of a page that holds code."""
    source = context.get("sourcename", "")
    if (
        not source.endswith(".md")
        or not context.get("ipynb_source")
        or "</h1>" not in context["body"]
    ):
        return
    found = kept(Path(app.env.doc2path(page)))
    notebook = f"{context['pathto']('_sources', 1)}/{context['ipynb_source']}"
    links = launchers(app.config.course_repository, app.config.course_notebooks, page)
    seconds, packages = (found.seconds, found.packages) if found else (None, [])
    told = box(seconds, notebook, links, packages)
    head, body = context["body"].split("</h1>", 1)
    context["body"] = f"{head}</h1>\n{told}{body}"


def setup(app: Sphinx) -> None:
    """Register the box and the publisher's settings."""
    app.add_config_value("course_repository", "", "html", str)
    app.add_config_value("course_notebooks", "notebooks", "html", str)
    app.connect("html-page-context", add_box, priority=460)
