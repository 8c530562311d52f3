"""Starting TensorFlow without its log lines.

TensorFlow's C++ code writes a few lines to file descriptor 2 when it starts, whatever the log
level says. Here lives how they are kept off the screen; Python's own warnings and errors still
show.
"""

import contextlib
import os
import sys
import tempfile


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
        if _is_descriptor_2(sys.stderr):
            sys.stderr = open(visible, "w", closefd=False, errors="replace", buffering=1)  # noqa: SIM115
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
            os.dup2(visible, 2)
            os.close(visible)


def _is_descriptor_2(stream):
    try:
        return stream.fileno() == 2
    except (AttributeError, OSError, ValueError):
        return False
