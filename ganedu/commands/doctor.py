"""`ganedu doctor`: what this machine is, and what will be used on it."""

import importlib.util
import os
import platform
import shutil
import sys

import ganedu
from ganedu import startup
from ganedu.startup import device, native_log_hidden


def doctor():
    """`ganedu doctor`: what this machine is, and what will be used on it.

    Returns:
        0 if everything is fit for the course, 1 if something is too old or missing.
    """
    if troubles := [trouble for trouble in startup.keras_troubles() if "floatx" not in trouble]:
        print("\n".join(troubles))  # with these nothing else can be found out
        return 1
    with native_log_hidden():
        rows = _rows()
    troubles = _troubles(rows["TensorFlow"], rows["Keras"])
    troubles += startup.keras_troubles() + startup.device_troubles()
    for name, value in rows.items():
        print(f"{name + ':':12}{value}")
    seen = ", ".join(rows[name] for name in ("ganedu", "Python", "Device"))
    print(f"To report how long a lesson takes here, send its last cell with: ganedu {seen}.")
    print("\n".join(troubles) or "All is fit for the course.")
    print("".join(_advice()), end="")
    return 1 if troubles else 0


def _rows():
    import keras
    import tensorflow as tf

    from ganedu import data, downloads

    return {
        "ganedu": ganedu.__version__,
        "Python": f"{platform.python_version()} on {platform.system()} {platform.machine()}",
        "TensorFlow": tf.__version__,
        "Keras": keras.__version__,
        "Device": device(),
        "Data": data.whereabouts(),
        "Cache": str(downloads.cache_folder()).replace(os.path.expanduser("~"), "~", 1),
        "Free disk": f"{shutil.disk_usage('.').free / 1e9:.0f} GB here",
    }


def _troubles(tensorflow_version, keras_version):
    """What is too old or too new, each with the command that mends it."""
    mend = "python -m pip install --upgrade 'tensorflow>=2.16.1,<3' 'keras>=3.11,<4'"
    found = []
    if not (3, 11) <= sys.version_info[:2] <= (3, 13):
        found.append("Python 3.11, 3.12 or 3.13 is needed: uv python install 3.12")
    for name, version, least in (
        ("TensorFlow", tensorflow_version, (2, 16)),
        ("Keras", keras_version, (3, 11)),
    ):
        if tuple(int(part) for part in version.split(".")[:2]) < least:
            found.append(f"{name} {version} is too old: {mend}")
    return found


def _advice():
    """What costs time here and no more; on two cores TensorFlow took 10 s to start, and then 4."""
    import tensorflow

    compiled = importlib.util.cache_from_source(tensorflow.__file__)
    if sys.dont_write_bytecode and not os.path.exists(compiled):
        yield (
            "Each start compiles TensorFlow's sources again, some seconds, because "
            "PYTHONDONTWRITEBYTECODE is set: unset it, or once run uv sync --compile-bytecode.\n"
        )
