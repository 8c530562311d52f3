"""Starting TensorFlow without its log lines.

TensorFlow's C++ code writes a few lines to file descriptor 2 when it starts, whatever the log
level says. Here lives how they are kept off the screen, while Python's own warnings and errors
still show, and the line on which a lesson says what it ran on.
"""

import contextlib
import os
import platform
import sys
import tempfile
import time

BEGAN = time.monotonic()


def start_tensorflow():
    """Import TensorFlow and wake its devices, without the start-up lines.

    Example:
        >>> start_tensorflow()
    """
    with native_log_hidden():
        import tensorflow as tf

        tf.constant(0)  # the first operation looks for devices, and logs what it finds


@contextlib.contextmanager
def native_log_hidden():
    """Keep what C++ code writes to file descriptor 2 off the screen while in the block.

    If the block fails in an unforeseen way, the hidden lines are shown after all.

    Example:
        >>> with native_log_hidden():
        ...     number = os.write(2, b"from C++")
    """
    sys.stderr.flush()
    visible = os.dup(2)
    before = sys.stderr
    with tempfile.TemporaryFile() as hidden:
        os.dup2(hidden.fileno(), 2)
        stand_in = None
        if _is_descriptor_2(sys.stderr):
            shown = open(visible, "w", closefd=False, errors="replace", buffering=1)  # noqa: SIM115
            sys.stderr = stand_in = _StandIn(shown)
        try:
            yield
        except (OSError, ValueError, ArithmeticError, KeyboardInterrupt):
            raise  # foreseen: the message says it all
        except BaseException:
            hidden.seek(0)
            os.write(visible, hidden.read())
            raise
        finally:
            sys.stderr.flush()
            sys.stderr = before
            if stand_in is not None:
                stand_in.stream = before
            os.dup2(visible, 2)
            os.close(visible)


def colophon(dataset):
    """What a lesson ran on: versions, device, dataset and wall time since its first cell.

    Args:
        dataset: name of the images, as `data.load` gives it.

    Returns:
        Text of three lines.

    Example:
        >>> print(colophon("mnist"))  # doctest: +SKIP
        ganedu 0.1.0, TensorFlow 2.21.0, Keras 3.15.1, Python 3.12.1
        CPU, 2 cores; dataset mnist
        3 min 20 s
    """
    import keras
    import tensorflow as tf

    import ganedu

    minutes, seconds = divmod(round(time.monotonic() - BEGAN), 60)
    return (
        f"ganedu {ganedu.__version__}, TensorFlow {tf.__version__}, Keras {keras.__version__}, "
        f"Python {platform.python_version()}\n{device()}; dataset {dataset}\n"
        f"{f'{minutes} min ' if minutes else ''}{seconds} s"
    )


def device():
    """The device that TensorFlow will use.

    Returns:
        The names of the GPUs, or "CPU" with the number of cores.

    Example:
        >>> isinstance(device(), str)
        True
    """
    import tensorflow as tf

    gpus = tf.config.list_physical_devices("GPU")
    details = [tf.config.experimental.get_device_details(gpu) for gpu in gpus]
    names = [str(detail.get("device_name", "GPU")) for detail in details]
    return ", ".join(names) or f"CPU, {os.cpu_count()} cores"


def say_if_slow(time):
    """Say how long a lesson takes where there is no GPU; called by notebooks made for Colab.

    Args:
        time: the time on 2 CPU cores, in words.

    Example:
        >>> say_if_slow("2 minutes on 2 CPU cores")  # doctest: +SKIP
        There is no GPU in this runtime, which is fine: the lesson takes 2 minutes on 2 CPU cores.
    """
    import tensorflow as tf

    if not tf.config.list_physical_devices("GPU"):
        print(f"There is no GPU in this runtime, which is fine: the lesson takes {time}.")


class _StandIn:
    """Stands for a stream, also for whoever keeps it beyond the block, as loggers do."""

    def __init__(self, stream):
        self.stream = stream

    def __getattr__(self, name):
        return getattr(self.stream, name)


def _is_descriptor_2(stream):
    try:
        return stream.fileno() == 2
    except (AttributeError, OSError, ValueError):
        return False
