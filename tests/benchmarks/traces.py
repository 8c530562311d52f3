"""How often TensorFlow's graph optimiser gets the penalty of a step wrong, in one pass and in two.

    uv run python -m tests.benchmarks.traces                 # 200 traces of each form
    uv run python -m tests.benchmarks.traces --traces 1000

The step is that of lesson 05, read from the notebook: the discriminator runs once for logits and
input gradient together, or once for each. Every trace is a fresh graph of equal networks, so
every penalty ought to be the one that eager execution gives. How many go wrong differs from
process to process.
"""

from ganedu import startup

startup.start_tensorflow()

import keras  # noqa: E402
import nbformat  # noqa: E402
import numpy as np  # noqa: E402
import tensorflow as tf  # noqa: E402

from ganedu import data, models, penalties  # noqa: E402
from tests.benchmarks import arguments  # noqa: E402
from tests.rerun import NOTEBOOKS  # noqa: E402

WRONG = 1e-4  # relative; rounding differs by less than a thousandth of that


def step_of_the_lesson():
    """The function `fresh_step` of lesson 05, with what it needs."""
    cells = nbformat.read(NOTEBOOKS / "05_the_bug_hunt.ipynb", as_version=4).cells
    [source] = [cell.source for cell in cells if "def fresh_step" in cell.source]

    def softplus_mean(logits):
        return tf.reduce_mean(tf.nn.softplus(logits))

    names = {"keras": keras, "models": models, "penalties": penalties, "tf": tf, "SEED": 0}
    names |= {"ring": data.ring(1000, seed=0), "softplus_mean": softplus_mean}
    exec(source, names)
    return names["fresh_step"]


def errors(fresh_step, passes, num_traces):
    """Relative errors of the compiled penalties."""
    eager = float(fresh_step(passes)())
    graphs = (tf.function(fresh_step(passes)).get_concrete_function() for _ in range(num_traces))
    return np.array([abs(float(graph()) / eager - 1) for graph in graphs])


def main():
    parser = arguments.parser(__doc__)
    parser.add_argument("--traces", type=int, default=200)
    options = parser.parse_args()
    arguments.answer(options, rows(options.traces), printed)


def rows(num_traces):
    """A row for each form of the step: how many traces are wrong, and the worst relative error."""
    fresh_step = step_of_the_lesson()
    for passes in (2, 1):
        found = errors(fresh_step, passes, num_traces)
        wrong = int((found > WRONG).sum())
        yield {"passes": passes, "traces": num_traces, "wrong": wrong, "worst": float(found.max())}


def printed(rows):
    print(f"TensorFlow {tf.__version__}, Keras {keras.__version__}, {startup.device()}")
    for row in rows:
        worst = f", by up to {row['worst']:.1%}" if row["wrong"] else ""
        told = f"{row['wrong']} of {row['traces']} traces wrong{worst}"
        print(f"{row['passes']} pass(es): {told}", flush=True)


if __name__ == "__main__":
    main()
