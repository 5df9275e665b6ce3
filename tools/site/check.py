"""Static checks of the built site: what no page may hold, and what every picture must have.

Each check is a function that takes a parsed page (or the folder) and yields what is wrong.
"""

import html
import re
from collections.abc import Iterator
from pathlib import Path

from bs4 import BeautifulSoup, Tag

from .paths import HTML, ROOT
from .weight import too_heavy

TAG = re.compile(r"<[a-zA-Z/!][^>]*>")
ELSEWHERE = re.compile(r"^\s*(?:https?:)?//")
FILE_NAME = re.compile(r"(?:^|/)\S+\.(?:png|svg|jpe?g|gif|webp)$", re.IGNORECASE)
#: element → the attributes from which a browser loads something at once
LOADS = {
    "audio": ("src",),
    "embed": ("src",),
    "iframe": ("src",),
    "image": ("href", "xlink:href"),
    "img": ("src", "srcset"),
    "link": ("href",),
    "object": ("data",),
    "script": ("src",),
    "source": ("src", "srcset"),
    "track": ("src",),
    "use": ("href", "xlink:href"),
    "video": ("src", "poster"),
}
LOADED_LINKS = {"stylesheet", "icon", "preload", "modulepreload", "prefetch", "preconnect"}
MARKERS = ("### BEGIN SOLUTION", "### BEGIN HIDDEN TESTS", "=== BEGIN MARK SCHEME ===")
EXPLAINS_MARKERS = {"authoring", "print"}  # the guide for authors, and the page of all pages
SOLUTION = re.compile(r"### BEGIN SOLUTION\n(.*?)### END SOLUTION", re.DOTALL)


def foreign_resources(page: BeautifulSoup) -> Iterator[str]:
    """Yield what the page would load from another host."""
    for element in page.find_all(list(LOADS)):
        if element.name == "link" and not LOADED_LINKS & set(element.get_attribute_list("rel")):
            continue
        for attribute in LOADS[element.name]:
            value = element.get(attribute)
            if isinstance(value, str) and ELSEWHERE.match(value):
                yield f"<{element.name} {attribute}> loads {value}"
    for style in page.find_all("style"):
        yield from foreign_styles(style.get_text())


def foreign_styles(css: str) -> Iterator[str]:
    """Yield what a style sheet would load from another host."""
    for found in re.finditer(r"(?:url\(|@import)\s*[\"']?((?:https?:)?//[^\"')\s]+)", css):
        yield f"a style sheet loads {found[1]}"


def undescribed_pictures(page: BeautifulSoup) -> Iterator[str]:
    """Yield the pictures of the article without a description, or with a file name for one.

    The logo stands beside its own name; a drawing may be hidden where its text says the same.
    """
    article = page.find("article") or page.find("main") or page
    assert isinstance(article, Tag)
    for image in article.find_all("img"):
        if image.find_parent(class_="navbar-brand"):
            continue
        alt = str(image.get("alt") or "").strip()
        if not alt or FILE_NAME.search(alt):
            yield f"an image has {'the file name ' + alt if alt else 'no text'} for its description"
        elif len(alt) < 15:
            yield f"a description says too little: {alt!r}"
    for drawing in article.find_all("svg"):
        if (
            drawing.find_parent(attrs={"aria-hidden": "true"})
            or drawing.get("aria-hidden") == "true"
        ):
            continue
        if not str(drawing.get("aria-label") or "").strip() and not drawing.find("title"):
            yield "a drawing (svg) has no description"


def dead_widgets(page: BeautifulSoup) -> Iterator[str]:
    """Yield controls that need a kernel, which a page does not have."""
    if page.select_one(".widget-interact"):
        yield "a slider of ipywidgets' interact does nothing without a kernel"
    if page.find("script", type=re.compile(r"application/vnd\.jupyter\.widget")):
        yield "a widget needs a kernel: use rnncourse.figures.figure"


def unready_texts(page: BeautifulSoup) -> Iterator[str]:
    """Yield errors that the build let through."""
    if page.select_one(".output.traceback, .output.stderr"):
        yield "a cell's error or warning is shown"
    for problem in page.select(".problematic, .system-message"):
        yield f"text was not understood: {problem.get_text()[:60]!r}"


def stopping_scripts(page: BeautifulSoup) -> Iterator[str]:
    """Yield the scripts of the head, for which a browser would wait before it shows the text."""
    for script in page.select("head script[src]"):
        if not ({"defer", "async"} & set(script.attrs) or script.get("type") == "module"):
            yield f"the text waits for {script['src']}: it should be deferred"


def undescribed_pages(page: BeautifulSoup) -> Iterator[str]:
    """Yield what is wrong with the description that search engines show."""
    described = page.find_all("meta", attrs={"name": "description"})
    machinery = page.find("meta", attrs={"http-equiv": "refresh"})
    if page.find("article", class_="bd-article") and not machinery:
        texts = [str(tag.get("content") or "").strip() for tag in described]
        if len(texts) != 1 or len(texts[0]) < 25:
            yield f"a page has one description, in a sentence (html_meta); found {texts}"


def leaks(folder: Path, solutions: Path) -> Iterator[str]:
    """Yield the files of the site that hold a solution of an assignment.

    A solution is found by its marks, or by its text without regard to white space. Short
    ones (under 80 characters) may well stand in a chapter too, and are not looked for.
    """

    def squeezed(text: str) -> str:
        return re.sub(r"\s+", "", text)

    secrets = {}
    for source in sorted(solutions.rglob("*.md")):
        for found in SOLUTION.finditer(source.read_text("utf8")):
            if len(squeezed(found[1])) >= 80:
                secrets[squeezed(found[1])] = source.name
    for file in sorted(folder.rglob("*")):
        if file.suffix not in {".html", ".md", ".txt", ".ipynb", ".js", ".py", ".json"}:
            continue
        if "_static/vendor" in file.as_posix():
            continue
        text = file.read_text("utf8", errors="replace")
        if file.suffix == ".html":  # the tags out: coloured code is in pieces
            text = html.unescape(TAG.sub("", text))
        name = file.relative_to(folder)
        if name.stem not in EXPLAINS_MARKERS:
            yield from (f"{name}: holds {mark!r}" for mark in MARKERS if mark in text)
        dense = squeezed(text.replace("\\n", "\n"))
        yield from (
            f"{name}: holds a solution of {of}" for secret, of in secrets.items() if secret in dense
        )


PAGE_CHECKS = (
    foreign_resources,
    undescribed_pictures,
    dead_widgets,
    unready_texts,
    stopping_scripts,
    undescribed_pages,
)
#: pages that Sphinx makes without a text of ours
MADE = {"search.html", "genindex.html", "py-modindex.html"}


def problems(folder: Path = HTML, solutions: Path = ROOT / "solutions") -> list[str]:
    """List what is wrong with the built site, each with its page."""
    found = []
    for file in sorted(folder.rglob("*.html")):
        page = BeautifulSoup(file.read_text("utf8"), "html.parser")
        name = file.relative_to(folder)
        runs = [run for run in PAGE_CHECKS if run != undescribed_pages or str(name) not in MADE]
        found += [f"{name}: {wrong}" for run in runs for wrong in run(page)]
        found += [f"{name}: {wrong}" for wrong in too_heavy(file, folder, page)]
    for file in sorted(folder.rglob("*.css")):
        name = file.relative_to(folder)
        found += [f"{name}: {wrong}" for wrong in foreign_styles(file.read_text("utf8"))]
    return [*found, *leaks(folder, solutions)]


def check() -> None:
    """Print what is wrong and stop.

    Raises:
        SystemExit: something is wrong, or nothing was built.
    """
    if not (HTML / "index.html").exists():
        raise SystemExit("nothing is built yet: python -m tools.site build")
    found = problems()
    if found:
        raise SystemExit("\n".join([f"{len(found)} problems in the built site:", *found]))
    print(f"{len(list(HTML.rglob('*.html')))} pages checked: nothing wrong")
