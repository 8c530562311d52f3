"""The page of a project: one HTML file that asks nobody outside.

Here lives how verdicts, tables, curves, pictures and a learner's words become a page. Pictures are
inside the file; a policy in its head forbids the browser to load anything else. Of Markdown a page
knows headings, lists, tables, code, bold, italics and pictures; all else stands there as it was
written.
"""

import base64
import contextlib
import html
import json
import re

from ganedu import writing
from ganedu.commands import review
from ganedu.commands.evaluate import CLASS_MEASURES, MEASURES

NAME, FACTS = "index.html", "review.json"
MARK = '<meta name="generator" content="ganedu review">'
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem;
  color: #1a1a1a; background: #fff; }
table { border-collapse: collapse; margin: 1rem 0; display: block; overflow-x: auto; }
th, td { border: 1px solid #999; padding: .3rem .6rem; text-align: left; vertical-align: top; }
td { white-space: pre-line; }
img { max-width: 100%; height: auto; }
pre, code { background: #f2f2f2; white-space: pre-wrap; overflow-wrap: anywhere; }
figcaption { color: #444; }
"""
SIGNS = {review.MET: "✓", review.NOT_MET: "✗", review.OPEN: "?"}
ITEM = re.compile(r"(?:[-*]|\d+\.) +")  # how a point of a list begins
PICTURE = re.compile(r"!\[([^\]]+)\]\(([^)\s]+\.(?:png|jpe?g))\)", re.I)
INLINE = re.compile(r"`([^`\n]+)`|\*\*(?=\S)(.+?)(?<=\S)\*\*|\*(?=\S)([^*]+?)(?<=\S)\*", re.S)
LARGEST = 3_000_000  # bytes of a picture that a page takes in


def check_free(folder):
    """Refuse a folder in which another's page would be written over.

    Args:
        folder: `pathlib.Path`; it need not exist.

    Raises:
        FileExistsError: if a file stands there that `ganedu review` did not write.
    """
    for name, mark in ((NAME, MARK), (FACTS, '"lines"')):
        path = folder / name
        if path.exists() and not (path.is_file() and mark in path.read_text("utf-8", "replace")):
            raise FileExistsError(
                f"{path} is there, and ganedu did not make it. Choose another --page, or move it."
            )
    if folder.exists() and not folder.is_dir():
        raise FileExistsError(f"{folder} is a file. Choose a folder for --page.")


def write(folder, lines, facts, pictures, *, words, beside):
    """Write the page, and beside it what it rests on as JSON.

    Args:
        folder: `pathlib.Path`; it is made if it is not there.
        lines: list of `review.Line`.
        facts: list of what `again.facts_of_run` found.
        pictures: dictionary from an arm to the pictures of its first run.
        words: what the learner wrote; may be empty.
        beside: the folder in which it lies, with the pictures that it names; or None.

    Raises:
        OSError: if it cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in (
        (NAME, page_of(lines, facts, pictures, words=words, beside=beside)),
        (FACTS, review.as_json(lines, facts) + "\n"),
    ):
        with writing.whole(folder / name) as place:
            place.write_text(text, encoding="utf-8")


def page_of(lines, facts, pictures, *, words="", beside=None):
    """The page as text.

    Args:
        lines: list of `review.Line`.
        facts: list of what `again.facts_of_run` found.
        pictures: dictionary from an arm to the pictures of its first run.
        words: what the learner wrote; may be empty.
        beside: the folder in which it lies, with the pictures that it names; or None.

    Returns:
        str, HTML.
    """
    title = re.match(r"# +(.+)", words.strip())
    title = title[1].strip() if title else "A project with a GAN"
    rest = re.sub(r"\A\s*# +.+", "", words)
    parts = [
        f"<h1>{_inline(title)}</h1>",
        *(_block(block, beside) for block in _blocks(rest)),
        "<h2>What a program can check</h2>",
        _verdicts(lines),
        "<h2>Numbers</h2>",
        _numbers(facts),
        "<h2>Curves</h2>",
        _curves(facts),
        "<h2>Samples</h2>",
        _samples(pictures),
        "<h2>Model card</h2>",
        _card(facts),
    ]
    return (
        f'<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n{MARK}\n'
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{html.escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(parts)
        + "\n</body>\n</html>\n"
    )


def _blocks(text):
    """The parts of a learner's words: code whole, headings alone, else what empty lines divide."""
    for number, part in enumerate(re.split(r"^```.*\n((?:.*\n)*?)```[ ]*$", text, flags=re.M)):
        if number % 2:
            yield f"```{part}"
            continue
        part = re.sub(r"^(#{1,4} .+)$", r"\n\1\n", part, flags=re.M)
        yield from (block for block in re.split(r"\n\s*\n", part) if block.strip())


def _block(block, beside):
    """A part of a learner's words as HTML; what is written there is escaped."""
    lines = block.strip("\n").splitlines()
    if block.startswith("```"):
        return f"<pre>{html.escape(block[3:])}</pre>"
    if heading := re.fullmatch(r"\s*(#{1,4}) +(.+)\s*", block):
        level = max(2, len(heading[1]))  # the page has its title
        return f"<h{level}>{_inline(heading[2].strip())}</h{level}>"
    if picture := PICTURE.fullmatch(block.strip()):
        return _picture(*picture.groups(), beside)
    if len(lines) > 1 and all(line.startswith("|") for line in lines):
        return _table(*_cells(lines), _inline)
    if ITEM.match(lines[0]):
        kind = "ol" if lines[0][0].isdecimal() else "ul"
        items = re.split(rf"^{ITEM.pattern}", "\n".join(lines), flags=re.M)[1:]
        return f"<{kind}>{''.join(f'<li>{_inline(item.strip())}</li>' for item in items)}</{kind}>"
    if block.startswith("    "):
        return f"<pre>{html.escape(block.strip())}</pre>"
    return f"<p>{_inline(block.strip())}</p>"


def _inline(text):
    """Words as HTML, with their code, bold and italics; what else is written there is escaped."""

    def marked(found):
        code, bold, italic = found.groups()
        if code:
            return f"<code>{code}</code>"
        tag = "strong" if bold else "em"
        return f"<{tag}>{INLINE.sub(marked, bold or italic)}</{tag}>"

    return INLINE.sub(marked, html.escape(text))


def _cells(lines):
    """The heads and the rows of a table in Markdown."""
    rows = [[cell.strip() for cell in line.strip().strip("|").split("|")] for line in lines]
    return rows[0], [row for row in rows[1:] if not all(re.fullmatch(r":?-+:?", c) for c in row)]


def _picture(said, name, beside):
    """A picture of the learner's own, from the folder of the project and from nowhere else."""
    with contextlib.suppress(OSError, ValueError):  # a name that no file can have
        path = (beside / name).resolve() if beside else None
        inside = path and path.is_relative_to(beside.resolve()) and path.is_file()
        if inside and path.stat().st_size <= LARGEST:
            kind = "png" if path.suffix.lower() == ".png" else "jpeg"
            return _figure(path.read_bytes(), said, kind)
    return (
        f"<p>{html.escape(f'{said} (beside {review.WORDS} is no picture {name} below 3 MB)')}</p>"
    )


def _table(heads, rows, safe=html.escape):
    """Cells are text; `safe` makes HTML of them."""
    head = "".join(f'<th scope="col">{safe(str(cell))}</th>' for cell in heads)
    body = "".join(
        "<tr>" + "".join(f"<td>{safe(str(cell))}</td>" for cell in row) + "</tr>\n" for row in rows
    )
    return f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}</tbody>\n</table>"


def _verdicts(lines):
    rows = [
        (f"{SIGNS[line.verdict]} {line.verdict}", line.name, line.said, line.mend) for line in lines
    ]
    return _table(("verdict", "line", "found", "what mends it"), rows)


def _numbers(facts):
    """A table for each arm: the median, the range over seeds, and the floor at the same n."""
    parts = []
    for arm, told in review.table_of(facts).items():
        rows = [
            (title, *(form.format(told[name][i]) for i in (1, 0, 2, 3)), better)
            for name, (title, form, better) in (MEASURES | CLASS_MEASURES).items()
            if name in told and form != "{:d}"
        ]
        parts.append(f"<h3>{html.escape(arm)}</h3>\n<p>{html.escape(_basis(arm, facts))}</p>")
        heads = ("measure", "median", "least", "most", "real images", "better")
        parts.append(_table(heads, rows) if rows else "<p>No run of it came to its end.</p>")
    return "\n".join(parts)


def _basis(arm, facts):
    """On what the numbers of an arm rest: n, the floor, the features, the seeds."""
    from ganedu import evaluation

    several = review.arms(facts)[arm]
    ended = [each for each in several if each["finished"] and each["measured"]]
    if not ended:
        return ""
    told = ended[0]["measured"]
    kind = evaluation.KINDS.get(told.get("features"), "a classifier of these data")
    seeds = ", ".join(str(each["settings"]["seed"]) for each in ended)
    best = any(each["measured"].get("best") for each in ended)
    chosen = " A best checkpoint was chosen by these images, which flatters it." if best else ""
    return (
        f"n = {told['num_images']:,} samples against {told['num_reference']:,} held-out images; "
        f"the floor: as many real training images in their place; features: {kind}; seeds of the "
        f"runs: {seeds}. Whoever hands out training images gets the floor, and is copied to 1.000."
        + chosen
    )


def _curves(facts):
    """The losses of all runs of an arm in one picture."""
    from matplotlib.figure import Figure

    from ganedu import plotting

    parts = []
    for arm, several in review.arms(facts).items():
        figure = Figure(figsize=(7.5, 2.6), layout="constrained")
        for axes, name in zip(
            figure.subplots(1, 2), ("discriminator_loss", "generator_loss"), strict=True
        ):
            for each in several:
                rows = each["rows"]
                axes.plot([r["step"] for r in rows], [r[name] for r in rows], linewidth=1)
            axes.set(xlabel="step", title=name.replace("_", " "))
        said = f"{arm}: the losses of {len(several)} runs, a line each."
        parts.append(_figure(plotting.png(figure), said))
    return "\n".join(parts)


def _samples(pictures):
    parts = []
    for arm, seen in pictures.items():
        if "samples" in seen:
            said = f"{arm}: the first 64 samples of the seed that was measured, none left out."
            parts.append(_figure(seen["samples"], said))
        if "nearest" in seen:
            said = f"{arm}: samples, each with the training image that is nearest in pixels."
            parts.append(_figure(seen["nearest"], said))
    return "\n".join(parts) or "<p>No run can be opened.</p>"


def _figure(picture, said, kind="png"):
    data = base64.b64encode(picture).decode()
    safe = html.escape(said, quote=True)
    return (
        f'<figure><img alt="{safe}" src="data:image/{kind};base64,{data}">'
        f"<figcaption>{safe}</figcaption></figure>"
    )


def _card(facts):
    """What each run is: data, length, seed, versions; the recipe once for each arm."""
    rows = [
        (
            each["run"],
            review.arm_of(each["settings"]) if each["settings"] else "?",
            each["settings"].get("seed", "?"),
            f"{each['step']:,}",
            f"{each['seconds']:.0f} s",
            "yes" if each["finished"] else "no",
        )
        for each in facts
    ]
    parts = [_table(("run", "arm", "seed", "steps", "time", "came to its end"), rows)]
    for arm, several in review.arms(facts).items():
        kept = {k: v for k, v in several[0]["settings"].items() if k in ("recipe", "versions")}
        text = html.escape(json.dumps(kept, indent=1, ensure_ascii=False))
        parts.append(f"<h3>Recipe of {html.escape(arm)}</h3>\n<pre>{text}</pre>")
    return "\n".join(parts)
