"""Save a GAN and load it again, to the bit.

Here live `save` and `load`. A checkpoint is every variable of the networks (dropout's random
states and the running means of the log included), both optimizers' slots, and with them the
step; randomness needs nothing more, because it is a function of the step. It is one .npz file,
written beside its place and then renamed, and read without pickle.
Taught in lesson 06.
"""

import json
import os
import zipfile
import zlib
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

import ganedu

FORMAT = "ganedu checkpoint 1"
_ABOUT = "about"  # the entry that says what the file is


def save(path, gan):
    """Write a checkpoint; the file that stood there before stays until the new one is whole.

    Args:
        path: file name, usually ending in .npz. Its folder must exist.
        gan: a compiled `training.GAN`.

    Raises:
        ValueError: if the GAN is not compiled, or a weight is not finite.
        OSError: if the file cannot be written; the one that stood there is untouched.

    Example:
        >>> import tempfile
        >>> from ganedu import models, training
        >>> gan = training.GAN(models.mlp_generator(), models.mlp_discriminator(), 2, seed=0)
        >>> gan.compile(keras.optimizers.Adam(), keras.optimizers.Adam())
        >>> path = Path(tempfile.mkdtemp()) / "checkpoint.npz"
        >>> save(path, gan)
        >>> load(path, gan)
        0
    """
    arrays = {name: np.asarray(variable) for name, variable in _variables(gan).items()}
    broken = [name for name, array in arrays.items() if not _finite(array)]
    if broken:
        raise ValueError(
            f"Not saved: {len(broken)} of {len(arrays)} variables hold a NaN or an infinity "
            f"(step {int(gan.step)})."
        )
    about = {
        "format": FORMAT,
        "step": int(gan.step),
        "seed": gan.seed,
        "ganedu": ganedu.__version__,
        "keras": keras.__version__,
        "tensorflow": tf.__version__,
    }
    _write_atomically(Path(path), {_ABOUT: np.array(json.dumps(about)), **arrays})


def load(path, gan):
    """Put a checkpoint back into a GAN that was built and compiled in the same way.

    Args:
        path: a file that `save` wrote.
        gan: a compiled `training.GAN`; it is changed only if the whole file is good.

    Returns:
        The step of the checkpoint, an int.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if the file is empty, truncated, not a checkpoint, or of another GAN.

    Example:
        See `save`.
    """
    path = Path(path)
    arrays = _read(path)
    step, variables = _step(path, arrays.pop(_ABOUT)), _variables(gan)
    differing = [
        name
        for name in {**variables, **arrays}
        if name not in arrays or name not in variables or not _fits(arrays[name], variables[name])
    ]
    if differing:
        raise ValueError(
            f"{path} is the checkpoint of another GAN: {len(differing)} of {len(variables)} "
            f"variables do not fit, the first is {_describe(differing[0], arrays, variables)}. "
            "Build and compile the GAN as it was when it was saved (networks, optimizers, EMA)."
        )
    for name, variable in variables.items():
        variable.assign(arrays[name])
    return step


def read_step(path):
    """The step of a checkpoint, without a GAN to put it into.

    Args:
        path: a file that `save` wrote.

    Returns:
        An int.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if the file is empty, truncated or not a checkpoint.

    Example:
        >>> read_step("runs/0001/checkpoint.npz")  # doctest: +SKIP
        8000
    """
    return _step(path, _read(Path(path))[_ABOUT])


def _variables(gan):
    """Every variable that decides how training goes on, by name."""
    if getattr(gan, "generator_optimizer", None) is None:
        raise ValueError("Compile the GAN first: the optimizers belong to a checkpoint.")
    parts = {
        "networks": gan.variables,
        "log": [variable for tracker in gan.trackers for variable in tracker.variables],
        f"generator_{type(gan.generator_optimizer).__name__}": gan.generator_optimizer.variables,
        f"discriminator_{type(gan.discriminator_optimizer).__name__}": (
            gan.discriminator_optimizer.variables
        ),
    }
    return {
        f"{part}/{i:03d}": variable
        for part, variables in parts.items()
        for i, variable in enumerate(variables)
    }


def _read(path):
    if not path.is_file():
        raise FileNotFoundError(f"There is no checkpoint {path}.")
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as entries:
            arrays = {name: entries[name] for name in entries.files}
    except (EOFError, OSError, RuntimeError, ValueError, zipfile.BadZipFile, zlib.error) as error:
        raise ValueError(f"{path} is empty, truncated or not a checkpoint ({error}).") from error
    except (AttributeError, TypeError):  # np.load returns a plain array for an .npy file
        raise ValueError(f"{path} is not a checkpoint but a single array.") from None
    if _ABOUT not in arrays:
        raise ValueError(f"{path} is not a checkpoint of ganedu (no entry {_ABOUT!r}).")
    return arrays


def _step(path, entry):
    """The step that the entry about the file names."""
    try:
        about = json.loads(str(entry))
        if about["format"] == FORMAT:
            return int(about["step"])
    except (KeyError, TypeError, ValueError):
        pass
    raise ValueError(f"{path} is not a checkpoint of ganedu ({_ABOUT}: {str(entry)[:60]!r}).")


def _write_atomically(path, arrays):
    partial = path.with_name(f"{path.name}.{os.getpid()}.partial")
    try:
        with open(partial, "wb") as file:
            np.savez(file, **arrays)
            file.flush()
            os.fsync(file.fileno())  # without it a power cut can leave an empty file
        os.replace(partial, path)
    finally:
        partial.unlink(missing_ok=True)


def _finite(array):
    return not np.issubdtype(array.dtype, np.floating) or bool(np.isfinite(array).all())


def _fits(array, variable):
    return array.shape == tuple(variable.shape) and array.dtype == np.asarray(variable).dtype


def _describe(name, arrays, variables):
    kinds = [
        f"{np.asarray(owner[name]).dtype} {tuple(owner[name].shape)}" if name in owner else "no"
        for owner in (arrays, variables)
    ]
    return f"{name}: {kinds[0]} in the file, {kinds[1]} here"
