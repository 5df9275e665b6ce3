"""The general index: each word of the glossary, and the sections of the chapters that are about it.

Nobody keeps these entries by hand. A section is about a word where its title holds it, where the
text sets it off (as one does where a word is introduced), or where it refers to the glossary.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.transforms import SphinxTransform

GLOSSARY = "appendix/glossary"
LEFT_OUT = (GLOSSARY, "reference/", "assignments/", "genindex")
TEMPLATES = Path(__file__).parent / "templates"


def glossary_terms(text: str) -> list[list[str]]:
    """The words of a glossary in their order, those that share a definition together."""
    inside = text[text.index("{glossary}") :].splitlines()[1:]
    groups: list[list[str]] = [[]]
    for line in inside:
        if line.startswith(":::"):
            break
        if not line.strip() or line.startswith(" "):
            if groups[-1]:
                groups.append([])
        else:
            groups[-1].append(line.strip())
    return [group for group in groups if group]


def holds(title: str, term: str) -> bool:
    """Whether a title speaks of a word, in one number or the other."""
    return bool(re.search(rf"(?<!\w){re.escape(term.lower())}(?:s|es)?(?!\w)", title.lower()))


def own_text(section: nodes.section) -> Iterator[nodes.Element]:
    """What a section sets off or refers to, without the sections below it."""
    for child in section.children:
        if isinstance(child, nodes.section) or not isinstance(child, nodes.Element):
            continue
        for node in child.findall():
            if isinstance(node, nodes.strong | nodes.emphasis):
                if not within_link(node):  # a title in italics, that of another page
                    yield node
            elif isinstance(node, addnodes.pending_xref):
                yield node


def within_link(node: nodes.Element) -> bool:
    """Whether an element is a part of a link's text."""
    while node := node.parent:
        if isinstance(node, nodes.reference | addnodes.pending_xref | addnodes.download_reference):
            return True
        if isinstance(node, nodes.section):
            break
    return False


def words(section: nodes.section, groups: list[list[str]]) -> list[str]:
    """The glossary's words that a section is about, in the glossary's order."""
    title = section.next_node(nodes.title)
    named = {
        node.astext().strip(" .,:;").lower()
        for node in own_text(section)
        if not isinstance(node, addnodes.pending_xref) or node.get("reftype") == "term"
    }
    named |= {
        str(node["reftarget"]).lower()
        for node in own_text(section)
        if isinstance(node, addnodes.pending_xref) and node.get("reftype") == "term"
    }
    found = []
    for group in groups:
        for term in group:
            forms = {term.lower(), f"{term.lower()}s"}
            if forms & named or (title is not None and holds(title.astext(), term)):
                found += group
                break
    return found


class IndexWords(SphinxTransform):
    """Adds the entries before Sphinx collects them."""

    default_priority = 500

    def apply(self, **_: Any) -> None:
        """Add an entry behind the title of each section that is about a word."""
        page, glossary = self.env.docname, Path(self.env.srcdir) / f"{GLOSSARY}.md"
        if page.startswith(LEFT_OUT) or not glossary.exists():
            return
        self.env.note_dependency(str(glossary))
        groups = glossary_terms(glossary.read_text("utf8"))
        titles = _titles(self.env).setdefault(page, {})
        for section in list(self.document.findall(nodes.section)):
            inner = section.parent is not None and not isinstance(
                section.parent, nodes.section | nodes.document
            )  # of an exercise or solution: its words count for the section around it
            if inner or not section["ids"] or not (about := words(section, groups)):
                continue
            name, title = section["ids"][0], section.next_node(nodes.title)
            titles[name] = title.astext() if title is not None else name
            entries = [("single", term, name, "", None) for term in about]
            section.insert(1, addnodes.index(entries=entries))


def _titles(env: BuildEnvironment) -> dict[str, dict[str, str]]:
    if not hasattr(env, "course_sections"):
        env.course_sections = {}  # type: ignore[attr-defined]
    return env.course_sections  # type: ignore[attr-defined, no-any-return]


def forget(app: Sphinx, env: BuildEnvironment, page: str) -> None:
    """Forget a page that is read anew."""
    _titles(env).pop(page, None)


def show(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Say where each entry of the index leads, and leave out the library's functions.

    Sphinx numbers the places of an entry; a reader would have to try them.
    """
    if page != "genindex" or "genindexentries" not in context:
        return
    letters = []
    for letter, entries in context["genindexentries"]:
        kept = []
        for name, (links, _, _) in entries:
            places = [place(app, uri, bool(main)) for main, uri in links]
            if places := [found for found in places if found]:
                kept.append((name, places))
        if kept:
            letters.append((letter, kept))
    context["letters"] = letters


def place(app: Sphinx, uri: str, main: bool) -> dict[str, str] | None:
    """A place as the page shows it: where, and its name; None for one of the library's."""
    name, _, anchor = uri.partition("#")
    page = name.removesuffix(".html")
    if page.startswith("reference/"):
        return None
    chapter = app.env.titles[page].astext() if page in app.env.titles else page
    section = _titles(app.env).get(page, {}).get(anchor, chapter)
    if main:
        return {"uri": uri, "section": "definition", "chapter": ""}
    return {"uri": uri, "section": section, "chapter": "" if section == chapter else chapter}


def add_templates(app: Sphinx, config: Any) -> None:
    """Find our own template of the index."""
    config.templates_path = [*config.templates_path, str(TEMPLATES)]


def setup(app: Sphinx) -> None:
    """Register the entries and the page."""
    app.add_transform(IndexWords)
    app.connect("config-inited", add_templates)
    app.connect("env-purge-doc", forget)
    app.connect("html-page-context", show, priority=400)
