"""Puts all chapters on one page, `print.html`: to print, or to save as one file.

The page is made from the built pages, so that it says exactly what they say. Names and links are
given their chapter's name, solutions are opened, figures are their still pictures, and the answers
to the questions stand at the end of the book.
"""

import posixpath
import re
from pathlib import Path
from typing import NamedTuple

from .freshness import digest
from .paths import BUILD, HTML
from .toc import Entry, entries

PAGE = HTML / "print.html"
PDF = HTML / "book.pdf"
PDF_KEY = BUILD / "book-pdf-key"
LEFT_OUT = ("index", "reference/", "assignments/", "genindex")
TEMPLATE = Path(__file__).with_name("whole.html")

TAG = re.compile(r"<[a-zA-Z][^>]*>")
NAMES = re.compile(r'(?<=\s)(id|for|aria-labelledby|aria-describedby|aria-controls)="([^"]*)"')
ADDRESS = re.compile(r'(?<=\s)((?:xlink:)?href|src|data)="([^"]*)"')
PAINT = re.compile(r"url\(#")
RUN_BOX = re.compile(r'<details class="run-page.*?</details>\n?', re.DOTALL)
HEADERLINK = re.compile(r'<a class="headerlink".*?</a>', re.DOTALL)
QUIZ = re.compile(
    r'(<div class="quiz" [^>]*id="(?P<name>[^"]*)">\n<p class="quiz-title">(?P<title>.*?)</p>.*?)'
    r'<details class="quiz-answers">.*?</summary>\s*(?P<answers>.*?)</details>\s*(?=</div>)',
    re.DOTALL,
)


class Chapter(NamedTuple):
    """One page of the book as a part of the whole."""

    page: str
    name: str  # its id in the whole
    title: str
    part: str
    text: str
    answers: str


def whole() -> Path:
    """Write the page; one that would be the same keeps its time, and its PDF.

    Raises:
        SystemExit: two elements would have one name, or a link within the page leads nowhere.
    """
    text = whole_text()
    if not (PDF.exists() and PDF_KEY.exists() and PDF_KEY.read_text() == digest(text.encode())):
        PDF.unlink(missing_ok=True)
    text = text.replace("<!-- pdf -->", offer())
    if not PAGE.exists() or PAGE.read_text("utf8") != text:
        PAGE.write_text(text, "utf8")
    return PAGE


def whole_text() -> str:
    """The page, but for what it says of its PDF.

    Raises:
        SystemExit: as `whole`.
    """
    pages = [entry for entry in entries() if not entry.page.startswith(LEFT_OUT)]
    inside = {entry.page for entry in pages}
    text = compose([chapter(entry, inside) for entry in pages])
    if wrong := problems(text):
        raise SystemExit("\n".join(["print.html:", *wrong]))
    return text


def keep_pdf() -> None:
    """Note what the PDF was made of, and offer it."""
    PDF_KEY.write_text(digest(whole_text().encode()))
    whole()


def offer() -> str:
    """The link to the PDF, where it was made."""
    if not PDF.exists():
        return ""
    return f'As PDF: <a href="{PDF.name}">{PDF.name}</a>, {PDF.stat().st_size / 1e6:.1f} MB.'


def chapter(entry: Entry, inside: set[str]) -> Chapter:
    """Take a page's text out of its file, and make it fit into the whole.

    Args:
        entry: The page.
        inside: The pages of the whole; a link to another one leads to the site.
    """
    html = (HTML / f"{entry.page}.html").read_text("utf8")
    text = html[html.index('<article class="bd-article">') : html.rindex("</article>")]
    text = text.removeprefix('<article class="bd-article">')
    text = HEADERLINK.sub("", RUN_BOX.sub("", text))
    name = slug(entry.page)
    text = TAG.sub(lambda tag: renamed(tag[0], entry.page, inside), text)
    heading = re.search(r"<h1>(.*?)</h1>", text, re.DOTALL)
    title = heading[1] if heading else entry.page
    answers: list[str] = []

    def take(quiz: re.Match[str]) -> str:
        answers.append(f'<h3><a href="#{quiz["name"]}">{quiz["title"]}</a></h3>\n{quiz["answers"]}')
        return quiz[1]

    text = QUIZ.sub(take, text)
    return Chapter(entry.page, name, title, entry.part, text, "\n".join(answers))


def slug(page: str) -> str:
    """A page's name in the whole."""
    return page.replace("/", "-")


def renamed(tag: str, page: str, inside: set[str]) -> str:
    """An element's opening tag with the names and addresses that it has in the whole."""
    name = slug(page)

    def names(found: re.Match[str]) -> str:
        return f'{found[1]}="{" ".join(f"{name}--{one}" for one in found[2].split())}"'

    def address(found: re.Match[str]) -> str:
        return f'{found[1]}="{moved(found[2], page, inside)}"'

    tag = ADDRESS.sub(address, NAMES.sub(names, tag))
    return PAINT.sub(f"url(#{name}--", tag)


def moved(address: str, page: str, inside: set[str]) -> str:
    """An address on `page` as it is on the whole."""
    if address.startswith("#"):
        return f"#{slug(page)}--{address[1:]}" if len(address) > 1 else f"#{slug(page)}"
    if re.match(r"[a-z][a-z0-9+.-]*:|//", address):
        return address
    path, _, anchor = address.partition("#")
    path = posixpath.normpath(posixpath.join(posixpath.dirname(page), path))
    to = path.removesuffix(".html")
    if path.endswith(".html") and to in inside:
        return f"#{slug(to)}--{anchor}" if anchor else f"#{slug(to)}"
    return f"{path}#{anchor}" if anchor else path


def compose(chapters: list[Chapter]) -> str:
    """The page: what it is, its contents, the chapters, the answers."""
    index = (HTML / "index.html").read_text("utf8")
    head = index[: index.index("</head>")]
    styles = re.findall(r"<link[^>]*rel=\"stylesheet\"[^>]*>", head)
    maths = re.findall(r"<script>window\.MathJax.*?</script>", head, re.DOTALL)
    maths += re.findall(r'<script[^>]*src="[^"]*mathjax[^"]*"[^>]*></script>', head)
    if not maths:  # the first page may have no formula
        maths = mathjax(chapters)
    contents, texts, answers, part = [], [], [], ""
    for one in chapters:
        if one.part != part:
            contents.append(f'<li class="print-part">{one.part}</li>')
            part = one.part
        contents.append(f'<li><a href="#{one.name}">{one.title}</a></li>')
        texts.append(f'<section class="chapter" id="{one.name}">\n{one.text}\n</section>')
        if one.answers:
            answers.append(f"<h2>{one.title}</h2>\n{one.answers}")
    contents.append('<li><a href="#answers">Answers to the questions</a></li>')
    parts = {
        "STYLES": "\n".join(styles),
        "MATHS": "\n".join(maths),
        "CONTENTS": "\n".join(contents),
        "CHAPTERS": "\n".join(texts),
        "ANSWERS": "\n".join(answers),
    }
    text = TEMPLATE.read_text("utf8")
    for key, value in parts.items():
        text = text.replace(f"<!-- {key} -->", value)
    return text


def mathjax(chapters: list[Chapter]) -> list[str]:
    """MathJax's settings and address, from the first chapter that has them."""
    for one in chapters:
        html = (HTML / f"{one.page}.html").read_text("utf8")
        head = html[: html.index("</head>")]
        if found := re.findall(r"<script>window\.MathJax.*?</script>", head, re.DOTALL):
            script = re.search(r'<script[^>]*src="[^"]*mathjax[^"]*"[^>]*></script>', head)
            assert script is not None
            return [*found, re.sub(r'src="(?:\.\./)*', 'src="', script[0])]
    return []


def problems(text: str) -> list[str]:
    """Names given twice, and links to names that are not there."""
    tags = TAG.findall(text)
    names = [found[1] for tag in tags for found in re.finditer(r'\sid="([^"]*)"', tag)]
    links = {found[1] for tag in tags for found in re.finditer(r'\shref="#([^"]*)"', tag)}
    twice = (
        sorted({name for name in names if names.count(name) > 1})
        if len(set(names)) < len(names)
        else []
    )
    return [f"two elements are called {name}" for name in twice] + [
        f"a link leads to {name}, which is not there" for name in sorted(links - set(names))
    ]
