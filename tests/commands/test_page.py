"""The page of a project: whole, readable, and asking nobody outside."""

import re
from html.parser import HTMLParser

import pytest

from ganedu.commands import page, review
from tests.commands.test_review import project

PNG = b"\x89PNG of nothing"
PICTURES = {"mnist": {"samples": PNG, "nearest": PNG}}
ROW = {"step": 50, "discriminator_loss": 1.3, "generator_loss": 0.8}


def made(found=None, words="", beside=None):
    found = found or project()
    for each in found:
        each["rows"] = [ROW, {**ROW, "step": 100}]
    lines = review.judged(found, words)
    return page.page_of(lines, found, PICTURES, words=words, beside=beside)


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
    text = made(words="# My <i>title</i>\n\n- one & two\n- three\n\n<script>x</script>")
    assert "<h1>My &lt;i&gt;title&lt;/i&gt;</h1>" in text
    assert "<title>My &lt;i&gt;title&lt;/i&gt;</title>" in text
    assert "<ul><li>one &amp; two</li><li>three</li></ul>" in text
    assert "<p>&lt;script&gt;x&lt;/script&gt;</p>" in text
    assert Tags(text).open == [] and text.count("<h1>") == 1
    assert text.count("My &lt;i&gt;title") == 2  # not a third time as a heading of the text


WORDS = """Some words
in two lines.
## A heading <b>
More words.

1. first
   goes on
2. second

| arm | distance |
|---|--:|
| told | 1 < 2 |

```python
x = 1

# no heading & no end
```

    an indented line
# Late
"""


def test_of_markdown_it_knows_what_a_project_needs():
    text = made(words=WORDS)
    assert "<h1>A project with a GAN</h1>" in text and text.count("<h1>") == 1
    assert (
        "<p>Some words\nin two lines.</p>\n<h2>A heading &lt;b&gt;</h2>\n<p>More words.</p>" in text
    )
    assert "<ol><li>first\n   goes on</li><li>second</li></ol>" in text
    assert '<th scope="col">distance</th>' in text
    assert "<tbody>\n<tr><td>told</td><td>1 &lt; 2</td></tr>\n</tbody>" in text
    assert "<pre>x = 1\n\n# no heading &amp; no end\n</pre>" in text
    assert "<pre>an indented line</pre>" in text and "<h2>Late</h2>" in text
    assert Tags(text).open == []


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("`a * b * c` and *it*", "<code>a * b * c</code> and <em>it</em>"),
        (
            "**told `x` twice**, *or not*",
            "<strong>told <code>x</code> twice</strong>, <em>or not</em>",
        ),
        ("2 * 3 * 4, 5* and `one", "2 * 3 * 4, 5* and `one"),
        ("`<b>` & *<i>*", "<code>&lt;b&gt;</code> &amp; <em>&lt;i&gt;</em>"),
        ("*over\ntwo* **lines\nof**", "<em>over\ntwo</em> <strong>lines\nof</strong>"),
    ],
)
def test_code_bold_and_italics_are_shown_as_such(words, expected):
    assert f"<p>{expected}</p>" in made(words=words)
    one_line, expected = (text.replace("\n", " ") for text in (words, expected))
    shown = made(words=f"# {one_line}\n\n- {one_line}\n\n| a |\n|---|\n| {one_line} |")
    for tag in ("h1", "li", "td"):
        assert f"<{tag}>{expected}</{tag}>" in shown
    assert Tags(shown).open == []


def test_a_picture_of_ones_own_is_taken_in_from_the_project_and_from_nowhere_else(tmp_path):
    place = tmp_path / "project"
    place.mkdir()
    for path in (place / "mine.png", place / "photo.JPG", tmp_path / "secret.png"):
        path.write_bytes(PNG)
    (place / "large.png").write_bytes(bytes(page.LARGEST + 1))
    (place / "link.png").symlink_to(tmp_path / "secret.png")

    def shown(name):
        text = made(words=f"# T\n\n![Both <networks>]({name})", beside=place)
        return re.findall(r'alt="Both &lt;networks&gt;" src="data:image/(\w+)', text)

    assert (shown("mine.png"), shown("photo.JPG")) == (["png"], ["jpeg"])
    for name in (
        "../secret.png",
        "link.png",
        "large.png",
        "no.png",
        "project.md",
        tmp_path / "secret.png",
        "no\0.png",
        "n" * 300 + ".png",
    ):
        assert shown(name) == []
    assert "is no picture no.png below 3 MB" in made(words="![Both](no.png)", beside=place)
    assert made(words="![Both](mine.png)")  # without a folder it is words


def test_a_run_whose_settings_are_lost_has_a_row_and_no_arm():
    found = project()
    found[0] = {**found[0], "settings": {}}
    text = made(found)
    assert "<td>runs/0001</td><td>?</td><td>?</td>" in text and "unknown" not in text


def test_numbers_of_classes_and_of_a_chosen_checkpoint_are_told():
    found = project()
    assert "flatters" not in made(found)
    told = found[3]["measured"]
    values, floors = told["values"] | {"agreement": 0.9}, told["floors"] | {"agreement": 0.99}
    found[3:] = [
        {**each, "measured": {**told, "values": values, "floors": floors, "best": True}}
        for each in found[3:]
    ]
    text = made(found)
    assert "<td>as asked</td><td>0.900</td><td>0.900</td><td>0.900</td><td>0.990</td>" in text
    assert text.count("which flatters it") == 1


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
        page.write(tmp_path / "page", lines, found, PICTURES, words="", beside=None)
    assert {path.name for path in (tmp_path / "page").iterdir()} == {page.NAME, page.FACTS}


@pytest.mark.parametrize("name", [page.NAME, page.FACTS])
def test_a_page_of_somebody_else_is_left_alone(name, tmp_path):
    (tmp_path / name).write_text("<html>mine</html>")
    with pytest.raises(FileExistsError, match="ganedu did not make it"):
        page.check_free(tmp_path)
    with pytest.raises(FileExistsError, match="is a file"):
        page.check_free(tmp_path / name)
