"""Run lessons in full and store their outputs: the one command before a lesson is committed.

    uv run python -m tests.rerun notebooks/06_a_working_gan.ipynb
    uv run python -m tests.rerun                                    # all lessons

A lesson is committed with the outputs of a complete run on MNIST. Here lives how they get there:
every cell is run in a fresh kernel, noise that differs from machine to machine is taken out, and
a hash of the code is stored, so that a picture cannot outlive the code that made it. A lesson
that raises an error, writes to stderr, or claims what its run does not show, keeps the outputs that
it had.
"""

import argparse
import hashlib
import os
import re
import subprocess
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from ganedu import claims

NOTEBOOKS = Path(__file__).parent.parent / "notebooks"
CELL_SECONDS = 1800  # a cell that takes longer does not belong into a lesson
KERNELSPEC = {"display_name": "Python 3", "language": "python", "name": "python3"}

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
WIDGET = "The sliders appear here when you run this cell."

# What TensorFlow writes when it starts, past TF_CPP_MIN_LOG_LEVEL. Anything else is a finding.
START_UP = re.compile(
    r"""WARNING:\ All\ log\ messages\ before\ absl::InitializeLog\(\)\ is\ called\ .*
    | .*\]\ oneDNN\ custom\ operations\ are\ on\..*
    | .*\]\ Could\ not\ find\ cuda\ drivers\ on\ your\ machine,\ GPU\ will\ not\ be\ used\.
    | .*\]\ failed\ call\ to\ cuInit:\ .*""",
    re.VERBOSE,
)


def code_sha256(notebook):
    """What the code cells say, in 64 signs.

    Args:
        notebook: as `nbformat.read` returns it.

    Returns:
        The sha256 of the sources of all code cells, in their order, as hexadecimal digits.

    Example:
        >>> cells = [nbformat.v4.new_code_cell("1 + 1"), nbformat.v4.new_markdown_cell("Two.")]
        >>> code_sha256(nbformat.v4.new_notebook(cells=cells))[:8]
        '72fce594'
    """
    sources = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    return hashlib.sha256("\0".join(sources).encode()).hexdigest()


def rerun(path):
    """Run a lesson in full and write it back with its outputs.

    Args:
        path: of the notebook.

    Raises:
        nbclient.exceptions.CellExecutionError: if a cell raises an error.
        ValueError: if a cell writes to stderr, or a claim does not hold.
    """
    notebook = nbformat.read(path, as_version=4)
    client = NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        kernel_name=KERNELSPEC["name"],
        resources={"metadata": {"path": str(Path(path).parent)}},
        coalesce_streams=True,
        record_timing=False,
    )
    # nbclient's part in a widget may stall the run; its picture is not stored anyway
    client.comm_open_handlers["jupyter.widget"] = lambda message: None
    # what a kernel says before it is ready belongs to no cell
    client.execute(env=environment(), stderr=subprocess.DEVNULL)
    for number, cell in enumerate(notebook.cells):
        if cell.cell_type == "code":
            cell.outputs = without_start_up_lines(cell.outputs, f"{path}, cell {number}")
            cell.outputs = without_dead_widget(cell.outputs)
            check_claims(cell.outputs, f"{path}, cell {number}")
    notebook.metadata["kernelspec"] = dict(KERNELSPEC)
    notebook.metadata["language_info"] = {"name": "python"}  # its version is this machine's
    notebook.metadata["ganedu"] = {"code_sha256": code_sha256(notebook)}
    text = stripped(nbformat.writes(notebook))
    Path(path).write_text(text, encoding="utf-8", newline="\n")


def environment():
    """The environment variables of a full run: quiet, not a rehearsal, with absolute paths."""
    left_out = ("GANEDU_SMOKE", "NBGRADER_EXECUTION", "MPLBACKEND")
    variables = {name: value for name, value in os.environ.items() if name not in left_out}
    variables["TF_CPP_MIN_LOG_LEVEL"] = "2"
    if variables.get("GANEDU_DATA_DIR"):
        variables["GANEDU_DATA_DIR"] = str(Path(variables["GANEDU_DATA_DIR"]).resolve())
    return variables


def without_start_up_lines(outputs, where):
    """The outputs of a cell without TensorFlow's start-up lines.

    Args:
        outputs: list of outputs of a code cell.
        where: the name of the cell, for the error.

    Returns:
        The outputs that are left.

    Raises:
        ValueError: if there is anything else on stderr.
    """
    kept = []
    for output in outputs:
        if output.get("name") != "stderr":
            kept.append(output)
            continue
        lines = [line for line in output["text"].splitlines() if line.strip()]
        others = [line for line in lines if not START_UP.fullmatch(line)]
        if others:
            raise ValueError(f"{where} writes to stderr:\n" + "\n".join(others))
    return kept


def check_claims(outputs, where):
    """Refuse a run that does not bear out what the lesson says of it.

    Args:
        outputs: list of outputs of a code cell.
        where: the name of the cell, for the error.

    Raises:
        ValueError: if a claim is printed with the verdict that it does not hold.
    """
    lines = [line for output in outputs for line in output.get("text", "").splitlines()]
    failed = [line for line in lines if line.endswith(f"→ {claims.HOLDS_NOT}")]
    if failed:
        raise ValueError(f"{where} claims what its run does not show:\n" + "\n".join(failed))


def without_dead_widget(outputs):
    """The outputs of a cell, or one sentence: without its kernel a widget is only a fault.

    Args:
        outputs: list of outputs of a code cell.

    Returns:
        The outputs, or, if a widget is among them, one output that shows `WIDGET`.

    Example:
        >>> data = {"application/vnd.jupyter.widget-view+json": {}, "text/plain": "VBox()"}
        >>> shown = nbformat.v4.new_output("execute_result", data, execution_count=3)
        >>> without_dead_widget([shown])[0].data == {"text/plain": WIDGET}
        True
    """
    for output in outputs:
        if WIDGET_VIEW in output.get("data", {}):
            output.data = {"text/plain": WIDGET}
            return [output]
    return outputs


def stripped(text):
    """A notebook's JSON without the metadata that differ from machine to machine."""
    command = [sys.executable, "-m", "nbstripout", "--keep-output", "--keep-count", "--keep-id"]
    command += ["--unix-newlines", "--extra-keys", "metadata.widgets"]
    done = subprocess.run(command, input=text.encode(), stdout=subprocess.PIPE, check=True)
    return done.stdout.decode()


def main():
    """Run the lessons that are named, or all."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.rerun", description="Run lessons in full."
    )
    parser.add_argument("notebooks", nargs="*", type=Path, help="default: all in notebooks/")
    paths = parser.parse_args().notebooks or sorted(NOTEBOOKS.glob("*.ipynb"))
    if "GANEDU_DATA_DIR" not in os.environ:
        print("GANEDU_DATA_DIR is not set: see in the last cell that the run was on MNIST.")
    failed = 0
    for path in paths:
        print(f"{path.name} … ", end="", flush=True)
        began = time.monotonic()
        try:
            rerun(path)
            print(f"{time.monotonic() - began:.0f} s, {path.stat().st_size / 1000:.0f} kB")
        except (CellExecutionError, ValueError) as error:
            failed += 1
            plain = re.sub(r"\x1b\[[0-9;]*m", "", str(error))  # without colours
            print(f"failed after {time.monotonic() - began:.0f} s; not written.\n{plain}")
    return 1 if failed or not paths else 0


if __name__ == "__main__":
    sys.exit(main())
