"""How often TensorFlow's graph optimiser gets the penalty of a step wrong, and what cures it.

    uv run python -m tests.benchmarks.traces                 # 100 traces of each form, 40 runs each
    uv run python -m tests.benchmarks.traces --traces 20

The step is that of lesson 05, read from the notebook: the discriminator runs once for logits and
input gradient together, or once for each. Every trace is a fresh graph of equal networks, so
every penalty ought to be the one that eager execution gives. Where it is not, threads have raced:
the same graph is right in one run and wrong in the next. So each graph runs many times, with
weights and optimizers put back. How many go wrong differs from process to process.
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

    names = {"keras": keras, "models": models, "penalties": penalties, "tf": tf, "data": data}
    names |= {"SEED": 0, "softplus_mean": softplus_mean}
    exec(source, names)
    return names["fresh_step"]


def errors(fresh_step, passes, num_traces, num_runs):
    """Relative errors of the compiled penalties [traces, runs]."""
    eager = float(fresh_step(passes)[0]())
    return np.array([runs(*fresh_step(passes), num_runs) for _ in range(num_traces)]) / eager - 1


def runs(step, variables, num_runs):
    """The penalties of one graph, each time from the same weights and slots."""
    start = [variable.numpy() for variable in variables]
    graph = tf.function(step).get_concrete_function()
    penalties_found = []
    for _ in range(num_runs):
        for variable, value in zip(variables, start, strict=True):
            variable.assign(value)
        penalties_found.append(float(graph()))
    return penalties_found


def main():
    parser = arguments.parser(__doc__)
    parser.add_argument("--traces", type=int, default=100)
    parser.add_argument("--runs", type=int, default=40)
    options = parser.parse_args()
    arguments.answer(options, rows(options.traces, options.runs), printed)


def rows(num_traces, num_runs):
    """A row for each form of the step: how many traces are wrong, and in how many of their runs."""
    fresh_step = step_of_the_lesson()
    forms = {"two passes": (2, True), "two passes, workaround": (2, False), "one pass": (1, True)}
    for name, (passes, optimized) in forms.items():
        tf.config.optimizer.set_experimental_options({"dependency_optimization": optimized})
        wrong = np.abs(errors(fresh_step, passes, num_traces, num_runs)) > WRONG
        yield {
            "form": name,
            "traces": num_traces,
            "runs": num_runs,
            "wrong": int(wrong.any(axis=1).sum()),
            "wrong_in_the_first_run": int(wrong[:, 0].sum()),
            "wrong_runs": sorted(int(count) for count in wrong.sum(axis=1) if count),
        }


def printed(rows):
    print(f"TensorFlow {tf.__version__}, Keras {keras.__version__}, {startup.device()}")
    for row in rows:
        print(f"{row['form']}: {row['wrong']} of {row['traces']} traces wrong;", end=" ")
        print(f"in the first run {row['wrong_in_the_first_run']};", end=" ")
        print(f"runs of {row['runs']} that are wrong: {row['wrong_runs']}", flush=True)


if __name__ == "__main__":
    main()
