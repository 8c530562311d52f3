"""How Sphinx makes pages for reading from the lessons; `build.py` calls it.

Nothing is run here: the pages show the outputs that are stored in the notebooks. Here live the
settings, and what the pages need beyond them: the sentence of each figure as its alternative text,
a note where a widget would be, and formulas that need no network.
"""

import hashlib
import importlib.metadata
from pathlib import Path

import nbformat
from docutils import nodes

import ganedu
from tests.rerun import WIDGET

project = "ganedu"
author = importlib.metadata.metadata("ganedu")["Author"]
copyright = f"{author}; code MIT, text and pictures CC BY 4.0"
version = release = ganedu.__version__
language = "en"
smartquotes = False  # quotation marks as they are in the lessons

extensions = ["myst_nb"]
include_patterns = ["index.md", "notation.md", "[0-9][0-9]_*.ipynb"]
myst_enable_extensions = ["amsmath", "colon_fence", "dollarmath"]
nb_execution_mode = "off"
nb_ipywidgets_js = {}  # without its kernel a widget is dead; its scripts come from outside
nb_merge_streams = True

html_theme = "sphinx_book_theme"
html_title = "ganedu"
html_show_sphinx = False
html_copy_source = False
html_context = {"default_mode": "auto"}  # light or dark, as the reader's system says
html_theme_options = {
    "home_page_in_toc": True,
    "navbar_persistent": [],  # one place to search is enough: the one beside the text
    "use_download_button": False,
}

# MathJax 3.2.2, the file es5/tex-svg-full.js of its own release: signs are drawn as SVG, so it
# needs no fonts and no second file. The hash is that of the release.
STATIC = ("pages.css", "pages.js")
MATHJAX = "sphinx-mathjax-offline/static/mathjax/tex-svg-full.js"
MATHJAX_SHA256 = "a4354ff94fd868aea0cc6eaaa79a57fda0588646fc46ee3700a349ee0a11cbe6"
INTERACTIVE = "Interactive in JupyterLab or Colab: run the lesson there, and sliders stand here."


def mathjax():
    """The path of MathJax on this machine, once its content is known to be right."""
    path = importlib.metadata.distribution("sphinx-mathjax-offline").locate_file(MATHJAX)
    found = hashlib.sha256(path.read_bytes()).hexdigest()
    if found != MATHJAX_SHA256:
        raise ValueError(f"{path} has the sha256 {found}; expected {MATHJAX_SHA256}.")
    return str(path)


HERE = Path(__file__).resolve().parent
html_static_path = [mathjax(), *(str(HERE / name) for name in STATIC)]
html_css_files = ["pages.css"]
html_js_files = ["pages.js"]
mathjax_path = "tex-svg-full.js"


def sentences(path):
    """What the figures of a notebook say, in their order."""
    outputs = [o for cell in nbformat.read(path, 4).cells for o in cell.get("outputs", ())]
    return [
        output.metadata[kind]["alt"]
        for output in outputs
        for kind in output.get("data", ())
        if kind.startswith("image/")
    ]


def complete(app, doctree):
    """Give each figure its sentence as alternative text, and each widget a note."""
    path = app.env.doc2path(app.env.docname)
    if not str(path).endswith(".ipynb"):
        return
    boxes = [box for box in doctree.findall(nodes.container) if "cell_output" in box["classes"]]
    pictures = [picture for box in boxes for picture in box.findall(nodes.image)]
    for picture, sentence in zip(pictures, sentences(path), strict=True):
        picture["alt"] = sentence
    for block in list(doctree.findall(nodes.literal_block)):
        if block.astext().strip() == WIDGET:
            block.replace_self(nodes.note("", nodes.paragraph(text=INTERACTIVE)))


def setup(app):
    """What Sphinx asks a configuration for."""
    app.connect("doctree-read", complete)
