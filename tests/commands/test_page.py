"""The page of a project: whole, readable, and asking nobody outside."""

import re
from html.parser import HTMLParser

import pytest

from ganedu.commands import page, review
from tests.commands.test_review import project

PNG = b"\x89PNG of nothing"
PICTURES = {"mnist": {"samples": PNG, "nearest": PNG}}
ROW = {"step": 50, "discriminator_loss": 1.3, "generator_loss": 0.8}


def made(found=None, words=""):
    found = found or project()
    for each in found:
        each["rows"] = [ROW, {**ROW, "step": 100}]
    return page.page_of(review.judged(found, words), found, PICTURES, words)


class Tags(HTMLParser):
    """What a page opens and closes."""

    def __init__(self, text):
        super().__init__()
        self.open, self.seen = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.seen.append((tag, dict(attrs)))
        if tag not in ("meta", "img", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_it_is_whole_and_asks_nobody_outside():
    text = made()
    tags = Tags(text)
    assert tags.open == [] and [tag for tag, _ in tags.seen].count("h1") == 1
    for tag, attributes in tags.seen:
        assert tag not in ("script", "link", "iframe", "object", "a")
        for name in ("src", "href", "action", "data"):
            assert attributes.get(name, "data:").startswith("data:")
    assert "default-src 'none'" in text and "url(" not in text and "@import" not in text
    assert not re.search(r"https?:", text)


def test_pictures_have_words_that_say_what_they_are():
    pictures = [attributes for tag, attributes in Tags(made()).seen if tag == "img"]
    assert len(pictures) == 4  # a curve for each of two arms, and two pictures of one
    assert all(re.search(r"\w \w.*\.$", each["alt"]) for each in pictures)


def test_verdicts_are_words_and_carry_what_mends_them():
    found = project(run2={"weights": None})
    text = made(found)
    assert "✗ not met</td><td>at least three seeds" in text
    assert "ganedu train --dataset mnist --minutes 2 --seed 3" in text
    assert text.count("✓ met") == 7


def test_numbers_stand_beside_their_floor_with_n_and_features():
    text = made()
    assert "n = 2,000 samples against 10,000 held-out images" in text
    assert "seeds of the runs: 0, 1, 2" in text
    cells = "<td>Fréchet distance</td><td>20.00</td><td>20.00</td><td>20.00</td><td>2.00</td>"
    assert text.count(cells) == 2


def test_a_learners_words_are_words_and_nothing_else():
    text = made(words="# My <i>title</i>\n\n- one & two\n- three\n\n<script>x</script>\n\n| a |")
    assert "<h1>My &lt;i&gt;title&lt;/i&gt;</h1>" in text
    assert "<title>My &lt;i&gt;title&lt;/i&gt;</title>" in text
    assert "<ul><li>one &amp; two</li><li>three</li></ul>" in text
    assert "<p>&lt;script&gt;x&lt;/script&gt;</p>" in text and "<pre>| a |</pre>" in text
    assert Tags(text).open == []


def test_a_name_of_data_cannot_break_out():
    found = project()
    for each in found:
        each["settings"]["dataset"] = 'the folder "><script>'
    assert "<script>" not in made(found)


def test_it_is_written_whole_and_again(tmp_path):
    found = project()
    lines = review.judged(found)
    for _ in range(2):
        page.check_free(tmp_path / "page")
        page.write(tmp_path / "page", lines, found, PICTURES, "")
    assert {path.name for path in (tmp_path / "page").iterdir()} == {page.NAME, page.FACTS}


@pytest.mark.parametrize("name", [page.NAME, page.FACTS])
def test_a_page_of_somebody_else_is_left_alone(name, tmp_path):
    (tmp_path / name).write_text("<html>mine</html>")
    with pytest.raises(FileExistsError, match="ganedu did not make it"):
        page.check_free(tmp_path)
    with pytest.raises(FileExistsError, match="is a file"):
        page.check_free(tmp_path / name)
