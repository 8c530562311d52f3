"""Starting TensorFlow without its log lines.

TensorFlow's C++ code writes a few lines to file descriptor 2 when it starts, whatever the log
level says. Here lives how they are kept off the screen, while Python's own warnings and errors
still show, what of a machine or of Keras' settings does not fit, and the line on which a lesson
says what it ran on.
"""

import contextlib
import faulthandler
import importlib.metadata
import os
import platform
import sys
import tempfile
import time

BEGAN = time.monotonic()


def start_tensorflow(prepare=None):
    """Import TensorFlow and wake its devices, without the start-up lines.

    A GPU's memory is taken as it is needed, so that two lessons can share one.

    Args:
        prepare: function that is called before the devices wake, for what cannot be chosen later.

    Returns:
        What `prepare` returns.

    Raises:
        ValueError: if Keras is set to another backend or to another order of channels.

    Example:
        >>> start_tensorflow()
    """
    check_keras()
    with native_log_hidden():
        import tensorflow as tf

        with contextlib.suppress(RuntimeError, ValueError):  # it has been started before
            for gpu in tf.config.list_physical_devices("GPU"):
                tf.config.experimental.set_memory_growth(gpu, True)
        made = prepare() if prepare else None
        tf.constant(0)  # the first operation looks for devices, and logs what it finds
    return made


def be_deterministic():
    """From here on let a GPU give the same bits each time; a CPU does so anyway.

    A few operations cannot, and say so when they are called; so do random ones without a seed.

    Example:
        >>> be_deterministic()

    Source: the documentation of `tf.config.experimental.enable_op_determinism`.
    """
    import tensorflow as tf

    if tf.config.list_physical_devices("GPU"):
        tf.config.experimental.enable_op_determinism()


def check_keras():
    """Refuse settings of Keras with which nothing here works.

    Raises:
        ValueError: with the first of `keras_troubles`, if it is one of those.

    Example:
        >>> check_keras()
    """
    for trouble in keras_troubles():
        if "floatx" not in trouble:
            raise ValueError(trouble)


def keras_troubles():
    """What of Keras' settings does not fit: the backend, the order of channels, the type.

    Returns:
        List of sentences, each with the mend.

    Example:
        >>> keras_troubles()
        []
    """
    where = "in keras.json (folder .keras of your home)"
    backend = os.environ.get("KERAS_BACKEND") or "tensorflow"
    if backend != "tensorflow":
        return [f"KERAS_BACKEND is {backend}: unset it, or set it to tensorflow."]
    try:
        with native_log_hidden():
            import keras
    except ImportError as error:
        return [f"Keras cannot be imported ({error}): its backend must be tensorflow, {where}."]
    found = []
    if keras.config.backend() != "tensorflow":
        found.append(f"Keras' backend is {keras.config.backend()}: set it to tensorflow {where}.")
    if keras.config.image_data_format() != "channels_last":
        found.append(f"Keras' image_data_format is channels_first: set channels_last {where}.")
    if keras.config.floatx() != "float32":
        found.append(f"Keras' floatx is {keras.config.floatx()}: set it to float32 {where}.")
    return found


def device_troubles():
    """What is known of this machine's devices to spoil a training.

    Returns:
        List of sentences, each with the mend.

    Example:
        >>> isinstance(device_troubles(), list)
        True
    """
    try:
        version = importlib.metadata.version("tensorflow-metal")
    except importlib.metadata.PackageNotFoundError:
        return []
    return [
        f"tensorflow-metal {version} is installed, with which others have seen GANs go wrong that "
        "are right on the CPU: python -m pip uninstall tensorflow-metal"
    ]


@contextlib.contextmanager
def native_log_hidden(keep=None):
    """Keep what C++ code writes to file descriptor 2 off the screen while in the block.

    If the block fails in an unforeseen way, the hidden lines are shown after all. If C++ code
    ends the process, Python's last words are shown.

    Args:
        keep: file name for the hidden lines; it is removed at the end of the block, so that it
            stays where C++ code has ended the process. None for no such file.

    Example:
        >>> with native_log_hidden():
        ...     number = os.write(2, b"from C++")
    """
    sys.stderr.flush()
    visible = os.dup(2)
    before = sys.stderr
    with _hidden_file(keep) as hidden, _crashes_shown(visible):
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


@contextlib.contextmanager
def _crashes_shown(descriptor):
    """Where Python is when C++ code ends the process, unless a kernel or pytest shows it anyway."""
    watched = faulthandler.is_enabled()
    if not watched:
        faulthandler.enable(descriptor)
    try:
        yield
    finally:
        if not watched:
            faulthandler.disable()


@contextlib.contextmanager
def _hidden_file(keep):
    if keep is None:
        with tempfile.TemporaryFile() as file:
            yield file
        return
    with contextlib.suppress(OSError):
        os.unlink(keep)  # what a process before has left, or a link to somewhere else
    with open(keep, "x+b") as file:
        try:
            yield file
        finally:
            with contextlib.suppress(OSError):
                os.unlink(keep)


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
