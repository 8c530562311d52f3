"""The pages for reading: every lesson is there, whole, and no page needs the network.

They are built once, in a process for which there is no network, and then read as a browser reads
them: what they load, what they show, where they lead. Where there is a browser, it opens them,
wide and narrow, light and dark, and as they are printed.
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
import yaml
from PIL import Image

from tests.rerun import NOTEBOOKS, WIDGET
from tests.test_browser import PALE_WORDS, browser  # noqa: F401 (a fixture)

pytestmark = pytest.mark.site

BUILD = NOTEBOOKS.parent / "site" / "build.py"
WORKFLOW = NOTEBOOKS.parent / ".github" / "workflows" / "pages.yml"
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
    links = article(pages["index"]).select(".lesson strong a")
    assert LESSONS
    assert [link["href"] for link in links] == [f"{name}.html" for name in LESSONS]
    for name, link in zip(LESSONS, links, strict=True):
        title = notebook(name).cells[0].source.splitlines()[0].removeprefix("# ")
        assert said(article(pages[name]).h1.find(string=True)) == said(title) == said(link.text)
        beside = [link["href"] for link in pages[name].select("nav.bd-links a.internal")]
        own = {name: "#", "notation": "notation.html"}
        assert beside[-len(LESSONS) - 1 :] == [
            own.get(other, f"{other}.html") for other in [*LESSONS, "notation"]
        ]


def test_front_page_shows_what_each_lesson_is(folder, pages):
    cards = article(pages["index"]).select(".lesson")
    for name, card in zip(LESSONS, cards, strict=True):
        [cell] = [c for c in notebook(name).cells if "picture" in c.metadata.get("tags", ())]
        stored = [*cell.outputs, *outputs(name)]  # its own, once the lesson was run
        first = next(output for output in stored if "image/png" in output.get("data", ()))
        assert card.img["alt"] == first.metadata["image/png"]["alt"]
        assert card.img.find_parent("a")["href"] == f"{name}.html"
        assert (folder / card.img["src"]).stat().st_size < 150_000
        assert said(notebook(name).cells[0].source.split("\n\n")[1]) in said(card.text)
        assert re.search(r"\d minutes to work through; runs in .*minute", said(card.text))
    words = said(article(pages["index"]).text)
    assert re.search(r"takes about \d+ hours", words)
    for way in ("uv run jupyter lab", "uv run ganedu colab", "uv run ganedu train"):
        assert way in words


@pytest.mark.parametrize("number, coloured", [(0, False), (1, True)])
def test_front_page_shows_learning_and_a_still_for_who_wants_no_motion(
    folder, pages, number, coloured
):
    """Digits, and then pictures in colour."""
    [source, moving] = article(pages["index"]).find_all("picture")[number](["source", "img"])
    assert source["media"] == "(prefers-reduced-motion: reduce)" and moving["alt"]
    with Image.open(folder / source["srcset"]) as still, Image.open(folder / moving["src"]) as film:
        assert film.n_frames >= 10 and film.info["loop"] > 0  # it comes to rest
        sides = int(moving["width"]) // 2, int(moving["height"]) // 2
        assert film.size == still.size == sides
        film.seek(film.n_frames - 1)
        last = film.convert("RGB")
        assert last.tobytes() == still.convert("RGB").tobytes()
    red, green, _ = last.split()
    assert (red.tobytes() != green.tobytes()) == coloured
    assert sum((folder / file).stat().st_size for file in (source["srcset"], moving["src"])) < 3e5


def test_front_page_searches(folder, pages):
    form = article(pages["index"]).form
    assert (folder / form["action"]).is_file() and form.input["name"] == "q"
    assert form.label["for"] == form.input["id"]


def test_only_the_set_up_is_folded(pages):
    for name in LESSONS:
        folded = article(pages[name]).select("details.hide")
        assert [said(part.summary.text).split()[0] for part in folded] == [
            "Set-up", "Imports", "Settings"
        ]  # fmt: skip


def test_previous_and_next_lesson_stand_at_the_foot(pages):
    for before, after in pairwise(["index", *LESSONS, "notation"]):
        assert pages[before].select_one(".prev-next-footer a.right-next")["href"] == f"{after}.html"
        assert pages[after].select_one(".prev-next-footer a.left-prev")["href"] == f"{before}.html"


def test_pages_are_published_as_they_are_built_here():
    jobs = yaml.safe_load(WORKFLOW.read_text("utf-8"))["jobs"]
    steps = jobs["publish"]["steps"]
    assert any(step.get("run", "").endswith("site python site/build.py") for step in steps)
    assert any(step.get("with", {}).get("path") == "_site" for step in steps)


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
        for tag in page.find_all(["script", "img", "link", "source"]):
            address = urlsplit(tag.get("src") or tag.get("href") or tag.get("srcset") or "")
            lies_there = address.scheme == "data" or (folder / unquote(address.path)).is_file()
            assert not address.path or lies_there, f"{name}: {tag}"


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
        players = article(pages[name]).select(".cell_output audio")
        heard = [said(player.find_next("p").text) for player in players]
        assert [text for text in captions if text not in heard] == expected
        assert len(captions) == len(expected) + len(players)
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


# In a browser

# Parts that are too wide for their place and have no scroll bar, which always shows.
CUT_OFF = """article => [...article.querySelectorAll('*')].filter(part => {
    const frame = part.closest('.wide');
    if (frame) return !(getComputedStyle(frame).overflowX === 'auto' && frame.tabIndex === 0
        && parseFloat(getComputedStyle(frame, '::-webkit-scrollbar').height) > 5);
    if (part.closest('svg, mjx-assistive-mml, .sr-only, .visually-hidden')) return false;
    return part.getBoundingClientRect().right > article.getBoundingClientRect().right + 1;
}).map(part => part.outerHTML.slice(0, 120))"""
WIDE_CODE = "article => [...article.querySelectorAll('.cell_input pre.wide')].map(p => p.innerText)"
DRAWN = "() => window.MathJax?.startup?.promise?.then(() => true) ?? true"
WORDS = "p, a, li, td, th, label, button, h1, h2, summary"


@pytest.fixture
def opened(folder, browser):  # noqa: F811
    """Opens a page in a window of its own, once its formulas are drawn."""

    def open_page(name, width=1280, **options):
        page = browser.new_context(viewport={"width": width, "height": 900}, **options).new_page()
        page.goto((folder / f"{name}.html").as_uri())
        page.wait_for_function(DRAWN)
        return page

    yield open_page
    for context in browser.contexts:
        context.close()


@pytest.mark.browser
@pytest.mark.parametrize("name", ["index", "notation", *LESSONS])
def test_nothing_is_cut_off(opened, name):
    page = opened(name)
    for width in (1280, 400):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.locator("article").evaluate(CUT_OFF) == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        if width == 1280:  # 88 columns of code; ruff names longer lines
            for code in page.locator("article").evaluate(WIDE_CODE):
                assert max(map(len, code.splitlines())) > 88, code


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_can_be_read_in_light_and_dark(opened, scheme):
    for name in ("index", LESSONS[1]):
        page = opened(name, color_scheme=scheme)
        assert page.locator("html").get_attribute("data-theme") == scheme
        assert page.locator("article").evaluate(PALE_WORDS, WORDS) == []


@pytest.mark.browser
def test_motion_stands_still_for_who_asks(opened):
    for wish, file in (("reduce", "learning.png"), ("no-preference", "learning.gif")):
        page = opened("index", reduced_motion=wish)
        assert (
            page.locator("img.learning").first.evaluate("image => image.currentSrc").endswith(file)
        )


@pytest.mark.browser
def test_search_finds_a_lesson(opened):
    page = opened("index")
    page.get_by_label("Find in the lessons").fill("saturating")
    page.keyboard.press("Enter")
    page.locator(f"ul.search a[href^='{LESSONS[2]}.html']").first.wait_for()


@pytest.mark.browser
def test_a_printed_page_has_all_its_lines_and_no_menus(opened):
    page = opened(LESSONS[2], width=700)
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    for part in page.locator(".bd-sidebar-primary, .prev-next-footer, details.hide").all():
        assert not part.is_visible()
    assert page.locator("article details:not(.hide):not([open])").count() == 0
    for block in page.locator("article .cell_input pre:visible").all()[:20]:
        assert block.evaluate("pre => pre.scrollWidth <= pre.clientWidth + 1")
