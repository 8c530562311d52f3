"""A course on generative adversarial networks, and the small package behind it.

Here lives what every lesson needs before anything else: the version and the budget.
Importing it loads neither TensorFlow nor Keras.
"""

import os

__version__ = "0.1.0"

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")  # read when TensorFlow starts: fewer log lines

SMOKE_STEPS = 4  # enough to pass every line of a loop, a log row and a picture


def budget(steps):
    """How many training steps to take: all of them, or a handful in a rehearsal.

    A rehearsal is a run that only shows that everything works: the environment variable
    ``GANEDU_SMOKE`` is set to anything but ``0`` (the tests do), or ``NBGRADER_EXECUTION`` is
    set (nbgrader does).

    Args:
        steps: the number of steps of the full run, a positive integer.

    Returns:
        `steps`, or at most `SMOKE_STEPS` in a rehearsal.

    Raises:
        ValueError: if `steps` is not a positive integer.

    Example:
        >>> 1 <= budget(2000) <= 2000
        True
    """
    if isinstance(steps, bool) or not isinstance(steps, int) or steps < 1:
        raise ValueError(f"steps must be a positive integer, for example 2000; got {steps!r}.")
    return min(steps, SMOKE_STEPS) if rehearsing() else steps


def rehearsing():
    """Whether this run only shows that everything works; see `budget`.

    Returns:
        True or False.

    Example:
        >>> isinstance(rehearsing(), bool)
        True
    """
    return os.environ.get("GANEDU_SMOKE", "0") not in ("", "0") or bool(
        os.environ.get("NBGRADER_EXECUTION")
    )
