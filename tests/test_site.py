"""The pages for reading: every lesson is there, whole, and no page needs the network.

They are built once, in a process for which there is no network, and then read as a browser reads
them: what they load, what they show, where they lead.
"""

import hashlib
import importlib.util
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from urllib.parse import unquote, urlsplit

import bs4
import nbformat
import pytest

from tests.rerun import NOTEBOOKS, WIDGET

pytestmark = pytest.mark.site

BUILD = NOTEBOOKS.parent / "site" / "build.py"
LESSONS = sorted(path.stem for path in NOTEBOOKS.glob("[0-9][0-9]_*.ipynb"))
MATHJAX_3_2_2 = "a4354ff94fd868aea0cc6eaaa79a57fda0588646fc46ee3700a349ee0a11cbe6"
SECONDS = 600  # it takes about ten on an idle machine

WITHOUT_NETWORK = """
import runpy, socket, sys
def refuse(*arguments, **options):
    raise OSError("the network is cut")
socket.getaddrinfo = socket.socket.connect = socket.socket.connect_ex = refuse
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""

# What a browser loads by itself. A link that waits for a click may lead anywhere.
LOADED = {
    "audio": ["src"],
    "embed": ["src"],
    "iframe": ["src"],
    "image": ["href", "xlink:href"],
    "img": ["src", "srcset"],
    "input": ["src"],
    "link": ["href"],
    "object": ["data"],
    "script": ["src"],
    "source": ["src", "srcset"],
    "track": ["src"],
    "use": ["href", "xlink:href"],
    "video": ["src", "poster"],
}
OUTSIDE = re.compile(r"(?:[a-z]+:)?//|https?:", re.IGNORECASE)
LOADED_BY_STYLE = re.compile(r"(?:url\(|@import)\s*[\"']?\s*(?:https?:)?//", re.IGNORECASE)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the pages are, after a build without warnings and without network."""
    if importlib.util.find_spec("myst_nb") is None:
        pytest.skip("run it with its tools: uv run --group site pytest -m site")
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-X", "utf8", "-c", WITHOUT_NETWORK, str(BUILD), str(folder)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", timeout=SECONDS)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def pages(folder):
    """The pages by their names: of the lessons, the notation, and what Sphinx adds."""
    files = {path.stem: path.read_text("utf-8") for path in folder.glob("*.html")}
    return {name: bs4.BeautifulSoup(text, "html.parser") for name, text in files.items()}


def article(page):
    """What an author wrote, without what the theme puts around it."""
    return page.find("article")


def notebook(name):
    return nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)


def outputs(name):
    return [output for cell in notebook(name).cells for output in cell.get("outputs", ())]


def said(text):
    """Words without their spacing."""
    return " ".join(text.split())


def test_every_lesson_is_there_and_listed_in_its_order(pages):
    links = article(pages["index"]).select(".toctree-wrapper a")
    assert LESSONS
    assert [link["href"] for link in links] == [f"{name}.html" for name in [*LESSONS, "notation"]]
    for name in LESSONS:
        title = notebook(name).cells[0].source.splitlines()[0].removeprefix("# ")
        assert said(article(pages[name]).h1.find(string=True)) == said(title)
        beside = [link["href"] for link in pages[name].select("nav.bd-links a.internal")]
        own = {name: "#", "notation": "notation.html"}
        assert beside[-len(LESSONS) - 1 :] == [
            own.get(other, f"{other}.html") for other in [*LESSONS, "notation"]
        ]


def test_every_cell_and_its_printed_output_is_there(pages):
    for name in LESSONS:
        inputs = article(pages[name]).select(".cell_input pre")
        sources = [cell.source for cell in notebook(name).cells if cell.cell_type == "code"]
        assert [block.text.strip() for block in inputs] == [source.strip() for source in sources]
        everything = said(article(pages[name]).text)
        for output in outputs(name):
            if output.output_type == "stream":
                assert said(output.text) in everything, name


def test_no_page_asks_an_outside_host(pages):
    for name, page in pages.items():
        for tag in page.find_all(list(LOADED)):
            for attribute in LOADED[tag.name]:
                assert not OUTSIDE.match(tag.get(attribute, "").strip()), f"{name}: {tag}"
        for style in [*page.find_all("style"), *page.find_all(style=True)]:
            assert not LOADED_BY_STYLE.search(style.get("style") or style.text), name
        for script in page.find_all("script", src=False):
            assert "://" not in script.text, f"{name}: {script}"


def test_no_style_sheet_asks_an_outside_host(folder):
    sheets = list(folder.glob("**/*.css"))
    assert sheets
    for sheet in sheets:
        assert not LOADED_BY_STYLE.search(sheet.read_text("utf-8")), sheet


def test_everything_that_a_page_loads_lies_beside_it(folder, pages):
    for name, page in pages.items():
        for tag in page.find_all(["script", "img", "link"]):
            address = urlsplit(tag.get("src") or tag.get("href") or "").path
            assert not address or (folder / unquote(address)).is_file(), f"{name}: {tag}"


def test_formulas_are_drawn_by_the_mathjax_that_lies_there(folder, pages):
    digest = hashlib.sha256((folder / "_static" / "tex-svg-full.js").read_bytes()).hexdigest()
    assert digest == MATHJAX_3_2_2
    with_formulas = [name for name, page in pages.items() if page.select(".math")]
    assert {"01_the_adversarial_loss", "notation"} <= set(with_formulas)
    for name in with_formulas:
        sources = [urlsplit(script["src"]).path for script in pages[name].select("script[src]")]
        assert [s for s in sources if re.search("mathjax|tex-", s)] == ["_static/tex-svg-full.js"]
        for formula in article(pages[name]).select(".math"):
            assert re.match(r"\s*\\[(\[]", formula.text), formula
        # a formula that was not taken for one
        prose = [p for p in article(pages[name]).select("p, td, li") if not p.select(".math")]
        assert not [p.text for p in prose if "$$" in p.text or re.search(r"\$\\", p.text)], name


def test_every_picture_says_what_it_shows(pages):
    for name in LESSONS:
        expected = [
            output.metadata[kind]["alt"]
            for output in outputs(name)
            for kind in output.get("data", {})
            if kind.startswith("image/")
        ]
        pictures = article(pages[name]).select(".cell_output img")
        assert [picture["alt"] for picture in pictures] == expected
        captions = [said(p.text) for p in article(pages[name]).select(".cell_output p > em")]
        assert captions == expected
    for name, page in pages.items():
        for picture in page.find_all("img"):
            alt = picture.get("alt", "")
            assert alt.strip() and not re.search(r"\.(png|gif|svg)$|^\S*/\S*$", alt), (
                f"{name}: {picture}"
            )


def test_a_note_stands_where_a_widget_would_be(pages):
    for name in LESSONS:
        widgets = [o for o in outputs(name) if o.get("data", {}).get("text/plain") == WIDGET]
        notes = article(pages[name]).select(".cell_output .note")
        assert len(notes) == len(widgets)
        assert all("Interactive in JupyterLab or Colab" in note.text for note in notes)
        assert WIDGET not in article(pages[name]).text


def test_headings_are_in_order(pages):
    for name in ["index", "notation", *LESSONS]:
        levels = [int(tag.name[1]) for tag in article(pages[name]).find_all(re.compile("^h[1-6]$"))]
        assert levels[0] == 1 and levels.count(1) == 1, name
        assert all(lower <= upper + 1 for upper, lower in pairwise(levels)), name


def test_links_between_pages_lead_somewhere(folder, pages):
    for name, page in pages.items():
        for link in page.find_all("a", href=True):
            parts = urlsplit(link["href"])
            if parts.scheme or parts.netloc or link["href"] in ("#", ""):
                continue
            target = Path(unquote(parts.path)).stem if parts.path else name
            assert not parts.path or (folder / unquote(parts.path)).is_file(), f"{name}: {link}"
            if parts.fragment:
                there = pages[target].find(id=unquote(parts.fragment))
                assert there, f"{name}: {link}"
    linked = {link["href"] for link in article(pages["notation"]).find_all("a", href=True)}
    assert {f"{name}.html" for name in LESSONS} & linked, "the glossary leads to lessons"


def test_pages_say_their_language_and_title(pages):
    for name, page in pages.items():
        assert page.html["lang"] == "en", name
        assert page.title.text.strip(), name
