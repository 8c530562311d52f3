"""Save a GAN and load it again, to the bit.

Here live `save` and `load`. A checkpoint is every variable of the networks (dropout's random
states and the running means of the log included), both optimizers' slots, with them the step, and
the state of an augmentation that adapts; randomness needs nothing more, because it is a function
of the step. It is one .npz file, written whole, and read without pickle; it says what it is of, and
has a checksum of its arrays.
Taught in lesson 06.
"""

import hashlib
import json
import warnings
import zipfile
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf

import ganedu
from ganedu import data, writing

FORMAT = "ganedu checkpoint 1"
_ABOUT = "about"  # the entry that says what the file is
_MOST_ABOUT = 40_000  # bytes of it


def save(path, gan, facts=None):
    """Write a checkpoint; the file that stood there before stays until the new one is whole.

    Of several processes that train together all must call it at the same step, each with a file of
    its own: the means of the log are added up over all of them.

    Args:
        path: file name, usually ending in .npz. Its folder must exist.
        gan: a compiled `training.GAN`.
        facts: dictionary of JSON values that `about` is to return as well, such as the data set.

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
    if broken := _not_finite(arrays):
        raise ValueError(
            f"Not saved: {len(broken)} of {len(arrays)} variables hold a NaN or an infinity "
            f"(step {int(gan.step)})."
        )
    about = {
        **(facts or {}),
        "format": FORMAT,
        "step": int(gan.step),
        "seed": next(iter(_parts(gan).values())).seed,
        "ganedu": ganedu.__version__,
        "keras": keras.__version__,
        "tensorflow": tf.__version__,
        "trained": _trained(gan),
        "sets": getattr(gan, "sets", None),
        "sha256": _digest(arrays),
    }
    with writing.whole(path) as place, open(place, "wb") as file:
        np.savez(file, **{_ABOUT: np.array(json.dumps(about)), **arrays})


def load(path, gan):
    """Put a checkpoint back into a GAN that was built and compiled in the same way.

    Args:
        path: a file that `save` wrote.
        gan: a compiled `training.GAN`; it is changed only if the whole file is good.

    Returns:
        The step of the checkpoint, an int.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if the file is empty, truncated, damaged, not a checkpoint, or of another GAN.

    Warns:
        data.SuspiciousInput: if a learning rate is another one than when it was saved; what
            `compile` was told now counts.

    Example:
        See `save`.
    """
    path, variables = Path(path), _variables(gan)
    wanted = {name: _kind(np.asarray(variable)) for name, variable in variables.items()}
    told, kinds, arrays = _read(path, wanted)
    if told.get("trained", {}) != _trained(gan):  # older ones have none
        raise ValueError(
            f"{path} was saved when other variables were trained. Compile the GAN with the same "
            "generator_variables and discriminator_variables."
        )
    differing = [n for n in {**wanted, **kinds} if wanted.get(n) != kinds.get(n)]
    if differing:
        raise ValueError(
            f"{path} is the checkpoint of another GAN: {len(differing)} of {len(variables)} "
            f"variables do not fit, the first is {_describe(differing[0], kinds, wanted)}. "
            "Build and compile the GAN as it was when it was saved (networks, optimizers, EMA)."
        )
    first = next(iter(_parts(gan).values()))
    [counter] = [n for n, v in variables.items() if v is first.generator_optimizer.iterations]
    changed = told.get("sha256", _digest(arrays)) != _digest(arrays)  # older ones have none
    if changed or _not_finite(arrays) or arrays[counter] != told["step"]:
        raise ValueError(f"{path} is damaged: its arrays are not those that were saved.")
    for name, variable in variables.items():
        if variable.name == "learning_rate" and variable.numpy() != arrays[name]:
            warnings.warn(
                f"{name.split('/')[0]}: the learning rate is {variable.numpy():g} here and was "
                f"{arrays[name]:g} when it was saved; the one here is used.",
                data.SuspiciousInput,
                stacklevel=2,
            )
        else:
            variable.assign(arrays[name])
    if told.get("sets"):  # of a CycleGAN, which knows them again
        gan.sets = tuple(told["sets"])
    return told["step"]


def about(path):
    """What a checkpoint says about itself, without a GAN to put it into.

    Args:
        path: a file that `save` wrote.

    Returns:
        Dictionary with step, seed, versions and the facts that were given to `save`.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: if the file is empty, truncated or not a checkpoint.

    Example:
        >>> about("runs/0001/checkpoint.npz")["step"]  # doctest: +SKIP
        8000
    """
    return _read(Path(path))[0]


def _variables(gan):
    """Every variable that decides how training goes on, by name."""
    return {
        f"{way}{kind}/{i:03d}": variable
        for way, part in _parts(gan).items()
        for kind, variables in _variables_of_one(part).items()
        for i, variable in enumerate(variables)
    }


def _parts(gan):
    """The GANs that it is made of, by the beginning of their variables' names: one, or several."""
    several = getattr(gan, "parts", None)
    return {f"{name}_": part for name, part in several.items()} if several else {"": gan}


def _variables_of_one(gan):
    if getattr(gan, "generator_optimizer", None) is None:
        raise ValueError("Compile the GAN first: the optimizers belong to a checkpoint.")
    return {
        "networks": gan.variables,
        "log": [variable for tracker in gan.trackers for variable in tracker.variables],
        f"generator_{type(gan.generator_optimizer).__name__}": gan.generator_optimizer.variables,
        f"discriminator_{type(gan.discriminator_optimizer).__name__}": (
            gan.discriminator_optimizer.variables
        ),
        "augment": getattr(gan.augment, "variables", []),
    }


def _trained(gan):
    """Which variables are trained, of the players who leave some out."""
    return {
        f"{way}{player}": list(places)
        for way, part in _parts(gan).items()
        for player, places in part.trained.items()
        if len(places) < len(getattr(part, player).trainable_variables)
    }


def _read(path, wanted=None):
    """What a file says about itself, the kinds of its arrays, and these if they are as wanted.

    No array is unpacked before its size is known to be right.
    """
    if not path.is_file():
        raise FileNotFoundError(f"There is no checkpoint {path}.")
    with open(path, "rb") as file:
        try:
            with zipfile.ZipFile(file) as archive:
                kinds = {
                    name.removesuffix(".npy"): _head(archive, name) for name in _names(archive)
                }
                shape, dtype = kinds.pop(_ABOUT, ((), np.dtype("U0")))
                small = shape == () and dtype.kind == "U" and dtype.itemsize <= _MOST_ABOUT
                told = str(_array(archive, _ABOUT)) if small and dtype.itemsize else ""
                arrays = {name: _array(archive, name) for name in kinds} if kinds == wanted else {}
        except Exception as error:  # a damaged archive can fail in any way
            raise ValueError(
                f"{path} is empty, truncated or not a checkpoint ({error})."
            ) from error
    return _understood(path, told), kinds, arrays


def _names(archive):
    return [name for name in archive.namelist() if name.endswith(".npy")]


def _head(archive, name):
    """Shape and type of an entry, by its first bytes."""
    with archive.open(name) as entry:
        version = np.lib.format.read_magic(entry)
        read = getattr(np.lib.format, f"read_array_header_{version[0]}_{version[1]}")
        shape, _, dtype = read(entry)
    return shape, dtype


def _array(archive, name):
    with archive.open(f"{name}.npy") as entry:
        return np.lib.format.read_array(entry, allow_pickle=False)


def _understood(path, text):
    """The dictionary that a checkpoint is about."""
    try:
        told = json.loads(text)
        if told["format"] == FORMAT and type(told["step"]) is int and told["step"] >= 0:
            return told
    except (KeyError, RecursionError, TypeError, ValueError):
        pass
    raise ValueError(f"{path} is not a checkpoint of ganedu ({_ABOUT}: {text[:60]!r}).")


def _digest(arrays):
    """One checksum of all names, shapes, types and values."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        digest.update(f"{name} {_kind(arrays[name])} ".encode())
        digest.update(np.ascontiguousarray(arrays[name]).tobytes())
    return digest.hexdigest()


def _not_finite(arrays):
    return [
        name
        for name, array in arrays.items()
        if np.issubdtype(array.dtype, np.floating) and not np.isfinite(array).all()
    ]


def _kind(array):
    return array.shape, array.dtype


def _describe(name, kinds, wanted):
    told = [
        f"{owner[name][1]} {owner[name][0]}" if name in owner else "no" for owner in (kinds, wanted)
    ]
    return f"{name}: {told[0]} in the file, {told[1]} here"
