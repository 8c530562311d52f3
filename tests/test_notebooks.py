"""The shape of every lesson: what can be seen without running it. nbval runs them."""

import re
from itertools import pairwise

import nbformat
import pytest

from tests.rerun import KERNELSPEC, NOTEBOOKS, WIDGET, WIDGET_VIEW, code_sha256

MOST_BYTES = 1_000_000
MOST_LINES, MOST_IMPORT_LINES = 30, 8
PATHS = sorted(NOTEBOOKS.glob("**/*.ipynb"))
PATHS = [path for path in PATHS if ".ipynb_checkpoints" not in path.parts]


@pytest.fixture(scope="module", params=PATHS, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture(scope="module")
def lesson(path):
    return nbformat.read(path, as_version=4)


def code_cells(lesson):
    return [cell for cell in lesson.cells if cell.cell_type == "code"]


def prose(lesson):
    """The text cells in their order, without code blocks and formulas."""
    cells = [cell.source for cell in lesson.cells if cell.cell_type == "markdown"]
    fenced = re.compile(r"^(`{3,}|~{3,}).*?^\1|\$\$.*?\$\$", re.DOTALL | re.MULTILINE)
    return [fenced.sub("", source) for source in cells]


def headings(lesson):
    found = re.findall(r"^(#{1,6}) +(.+?) *#*$", "\n\n".join(prose(lesson)), re.MULTILINE)
    return [(len(marks), text) for marks, text in found]


def outputs(lesson):
    return [(cell, output) for cell in code_cells(lesson) for output in cell.outputs]


def printed(cell):
    """What a cell shows as text."""
    shown = [output.get("text", "") or output.get("data", {}) for output in cell.outputs]
    texts = [
        s if isinstance(s, str) else s.get("text/markdown", s.get("text/plain")) for s in shown
    ]
    return "\n".join(filter(None, texts))


def tagged(lesson, tag):
    return [cell for cell in lesson.cells if tag in cell.metadata.get("tags", [])]


def test_there_are_lessons():
    assert PATHS


def test_names_are_ordered_and_titles_have_the_number():
    numbers = [re.fullmatch(r"(\d\d)_[a-z0-9]+(?:_[a-z0-9]+)*", path.stem) for path in PATHS]
    assert all(numbers), [path.name for path in PATHS]
    numbers = [match[1] for match in numbers]
    assert len(set(numbers)) == len(numbers), numbers


def test_is_a_valid_notebook_that_every_tool_reads(path, lesson):
    nbformat.validate(lesson)
    assert (lesson.nbformat, lesson.nbformat_minor >= 5) == (4, True)
    ids = [cell.id for cell in lesson.cells]
    assert len(set(ids)) == len(ids)
    assert path.stat().st_size < MOST_BYTES
    assert b"\r" not in path.read_bytes()


def test_metadata_are_those_of_the_rerun(lesson):
    assert lesson.metadata.kernelspec == KERNELSPEC
    assert "widgets" not in lesson.metadata  # GitHub refuses to show widgets without their state
    assert lesson.metadata.language_info == {"name": "python"}


def test_outputs_are_those_of_this_code(lesson):
    stored = lesson.metadata.get("ganedu", {}).get("code_sha256")
    assert stored == code_sha256(lesson), "run: uv run python -m tests.rerun"


def test_cells_ran_once_in_their_order(lesson):
    counts = [cell.execution_count for cell in code_cells(lesson)]
    assert counts == list(range(1, len(counts) + 1))
    assert any(cell.outputs for cell in code_cells(lesson))


def test_no_error_and_no_stderr_is_stored(lesson):
    for cell, output in outputs(lesson):
        meant = "raises-exception" in cell.metadata.get("tags", [])
        assert output.output_type != "error" or meant, f"{output.get('ename')}: {cell.source}"
        assert output.get("name") != "stderr", f"{cell.source}\n→ {output.text}"


def test_first_cell_is_the_title(path, lesson):
    first, others = headings(lesson)[0], headings(lesson)[1:]
    assert lesson.cells[0].cell_type == "markdown"
    assert lesson.cells[0].source.startswith("# ")
    assert re.fullmatch(rf"{path.stem[:2]} · [A-Z0-9“].+", first[1]), first
    assert all(level > 1 for level, _ in others), "one title, then parts"


def test_heading_levels_are_not_skipped(lesson):
    found = headings(lesson)
    assert len(found) > 1, "a lesson has parts"
    for (upper, _), (lower, text) in pairwise(found):
        assert lower <= upper + 1, text
    texts = [text for _, text in found]
    assert len(set(texts)) == len(texts), texts


def test_cells_that_every_lesson_has_are_in_their_places(lesson):
    cells = code_cells(lesson)
    places = {
        "bootstrap": cells[0],
        "imports": cells[1],
        "settings": cells[2],
        "colophon": cells[-1],
    }
    for tag, cell in places.items():
        assert tagged(lesson, tag) == [cell], tag
    assert len(places["imports"].source.splitlines()) <= MOST_IMPORT_LINES
    for line in places["settings"].source.splitlines():
        assert re.match(r"[A-Z][A-Z0-9_]* = .+  # \w|[\s#)\]}]|$", line), f"a reason each: {line}"


def test_imports_stand_in_the_imports_cell_only(lesson):
    for cell in code_cells(lesson)[2:]:
        assert not re.search(r"^(import|from) ", cell.source, re.MULTILINE), cell.source


def test_bootstrap_cell_is_the_same_in_all(lesson):
    first = tagged(nbformat.read(PATHS[0], as_version=4), "bootstrap")
    assert tagged(lesson, "bootstrap")[0].source == first[0].source


def test_no_code_cell_is_long(lesson):
    for cell in code_cells(lesson):
        assert cell.source.strip(), "an empty cell"
        assert len(cell.source.splitlines()) <= MOST_LINES, cell.source


def test_links_to_files_lead_somewhere(path, lesson):
    for source in prose(lesson):
        for target in re.findall(r"\]\(([^)\s]+)[^)]*\)|(?:src|href)=[\"']([^\"']+)", source):
            target = "".join(target)
            if not re.match(r"[a-z]+:|#", target):
                assert (path.parent / target.partition("#")[0]).exists(), target


def test_links_say_where_they_lead(lesson):
    for source in prose(lesson):
        for text in re.findall(r"(?<!!)\[([^\]]*)\]\(", source):
            assert text.strip().lower() not in ("", "here", "click here", "link", "this"), source


def test_pictures_in_the_text_have_an_alternative_text(lesson):
    for source in prose(lesson):
        assert not re.search(r"!\[\s*\]", source), source
        for image in re.findall(r"<img\b[^>]*>", source):
            assert re.search(r"\balt=[\"'][^\"']{10,}", image), image


def test_figures_state_their_finding(lesson):
    """`plotting.show` puts the sentence into the metadata and under the picture."""
    for cell, output in outputs(lesson):
        data = output.get("data", {})
        assert "image/svg+xml" not in data, "a PNG also shows on GitHub"
        for kind in [kind for kind in data if kind.startswith("image/")]:
            alt = output.metadata.get(kind, {}).get("alt", "")
            assert re.search(r"\w \w.*[.!?]$", alt), f"no sentence in alt: {cell.source}"
            after = cell.outputs[cell.outputs.index(output) + 1 :]
            captions = [o.data.get("text/markdown", "") for o in after if "data" in o]
            assert any(alt in caption for caption in captions), f"no caption: {cell.source}"


def test_one_cell_holds_the_picture_of_the_front_page(lesson):
    [cell] = [c for c in code_cells(lesson) if "picture" in c.metadata.get("tags", [])]
    assert any("image/png" in output.get("data", {}) for output in cell.outputs)


def test_pictures_in_html_have_an_alternative_text(lesson):
    for cell, output in outputs(lesson):
        html = output.get("data", {}).get("text/html", "")
        for image in re.findall(r"<img\b[^>]*>", html):
            assert re.search(r"\balt=([\"'])[^\"']{10,}\1", image), f"no alt: {cell.source}"


def test_no_dead_widget_is_stored(lesson):
    """Without its kernel a widget is an error message; a sentence and a picture stand there."""
    shows = [output.get("data", {}) for _, output in outputs(lesson)]
    assert not any(WIDGET_VIEW in data for data in shows), "run: uv run python -m tests.rerun"
    if any(data.get("text/plain") == WIDGET for data in shows):
        assert any("image/png" in data for data in shows)


def test_last_code_cell_says_where_the_outputs_come_from(lesson):
    last = printed(code_cells(lesson)[-1])
    for what in ("ganedu", "Python", "TensorFlow", "Keras"):
        assert re.search(rf"\b{what}\W+\d+\.\d+", last), f"{what}'s version is missing in: {last}"
    assert re.search(r"\bMNIST\b", last, re.IGNORECASE), f"not a run on MNIST: {last}"
    assert re.search(r"\d\s*(?:s|min|seconds|minutes)\b", last), f"no wall time: {last}"
    assert re.search(r"\b(?:[CG]PU|cores?)\b", last), f"no device: {last}"


def test_nothing_is_left_open(lesson):
    unfinished = re.compile(r"\bTO" r"DO\b|\bFIX" r"ME\b|\bXX" r"X\b|\bLorem\b")
    for cell in lesson.cells:
        assert not unfinished.search(cell.source), cell.source


def test_checked_outputs_are_stored(lesson):
    """nbval compares nothing, and says nothing, where a cell to compare has no output."""
    for cell in code_cells(lesson):
        if "nbval-check-output" in cell.metadata.get("tags", []):
            assert cell.outputs, cell.source
            assert all("image/png" not in output.get("data", {}) for output in cell.outputs)
        assert "NBVAL_SKIP" not in cell.source, "every cell is run"
