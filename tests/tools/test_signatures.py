"""Long signatures are lines, not lists of definitions without a term."""

from tools.sphinx_ext.pages import SIGNATURE, lines_of_signature


def test_the_lines_of_a_signature():
    page = (
        '<dl class="py"><dt class="sig py" id="f">f(<dl>\n'
        "<dd>a,</dd>\n</dl>)</dt><dd>text</dd></dl>"
    )
    assert SIGNATURE.sub(lines_of_signature, page) == (
        '<dl class="py"><dt class="sig py" id="f">f(<span class="sig-lines">\n'
        '<span class="sig-line">a,</span>\n</span>)</dt><dd>text</dd></dl>'
    )
