"""One training on several devices or machines, with the numbers of one.

Here lives which devices train, how a global batch is shared among them, and how several processes
agree to stop. A launcher starts the processes, as `ganedu.launch` says; nothing here does. That
gradients are divided by the number of replicas, and that each draws its rows of the common noise,
stands where it happens, in `ganedu.training` and `ganedu.seeding`. Taught in lesson 19.
"""

import contextlib
import zlib

import tensorflow as tf

from ganedu import launch

NAMES = ("auto", "one", "mirrored", "workers")


def strategy(name="auto"):
    """Where the replicas of a training are, as `tf.distribute` calls it.

    "mirrored" takes all GPUs of this machine; without a GPU it makes two devices of the CPU, which
    is no faster: to try it. It and "workers" must be asked for before TensorFlow has computed
    anything. "workers" waits until all processes that TF_CONFIG names are there.

    Args:
        name: one of `NAMES`; "auto" is "workers" where TF_CONFIG names at least two processes,
            else "mirrored" where there are several GPUs, else "one".

    Returns:
        `tf.distribute.Strategy`.

    Raises:
        ValueError: if the name is unknown, or TF_CONFIG is missing or cannot be understood.

    Example:
        >>> strategy("one").num_replicas_in_sync
        1
    """
    if name not in NAMES:
        raise ValueError(f"There is no strategy {name!r}. Choose one of: {', '.join(NAMES)}.")
    gpus = tf.config.list_physical_devices("GPU")
    if name == "auto":
        name = "workers" if launch.num_processes() > 1 else "mirrored" if len(gpus) > 1 else "one"
    if name == "workers":
        if not launch.num_processes():
            raise ValueError(
                "--strategy workers needs the variable TF_CONFIG, which says who takes part. A "
                "launcher sets it: notebooks/launchers/ has files for three of them."
            )
        return tf.distribute.MultiWorkerMirroredStrategy()
    if name == "mirrored":
        return tf.distribute.MirroredStrategy(None if gpus else _halves_of_the_cpu())
    return tf.distribute.get_strategy()


def are_processes(strategy):
    """Whether the replicas are in several processes, which must read and reduce in one order.

    Args:
        strategy: `tf.distribute.Strategy`.

    Returns:
        True or False.

    Example:
        >>> are_processes(strategy("one"))
        False
    """
    return isinstance(strategy, tf.distribute.MultiWorkerMirroredStrategy)


def check_batch(batch_size, num_replicas):
    """Refuse a global batch that cannot be shared equally.

    Args:
        batch_size: rows of the global batch.
        num_replicas: among how many.

    Raises:
        ValueError: with the sizes and the numbers that fit, unless it divides.

    Example:
        >>> check_batch(32, 4)
    """
    if batch_size % num_replicas == 0:
        return
    below = batch_size // num_replicas * num_replicas
    sizes = " or ".join(str(size) for size in (below, below + num_replicas) if size)
    fit = ", ".join(str(n) for n in range(1, batch_size + 1) if batch_size % n == 0)
    raise ValueError(
        f"A batch of {batch_size} cannot be shared equally by {num_replicas} replicas. Take "
        f"{sizes} images, or as many replicas as divide {batch_size}: {fit}."
    )


def shared(dataset, strategy):
    """A dataset of global batches as the replicas of a training take it.

    Replica r of n gets the rows r·b/n to (r + 1)·b/n of each batch of b. For processes it begins
    anew after its end: `fit` must be told the steps.

    Args:
        dataset: `tf.data.Dataset` of global batches, the same one in every process.
        strategy: `tf.distribute.Strategy`.

    Returns:
        What `keras.Model.fit` takes under that strategy.

    Raises:
        ValueError: if the replicas do not divide the batch.

    Example:
        >>> batches = tf.data.Dataset.range(8).batch(4, drop_remainder=True)
        >>> shared(batches, strategy("one")) is batches
        True
    """
    num_replicas = strategy.num_replicas_in_sync
    if num_replicas == 1:
        return dataset
    sizes = {spec.shape[0] for spec in tf.nest.flatten(dataset.element_spec)}
    check_batch(max(size or 0 for size in sizes), num_replicas)
    if not are_processes(strategy):
        return dataset  # Keras has the strategy split each batch
    # Keras hands a plain dataset to processes in a form that its own step then refuses
    return strategy.distribute_datasets_from_function(
        lambda context: rows_of_process(dataset, context)
    )


def rows_of_process(dataset, context):
    """A process' rows of each global batch, one element for each of its replicas.

    Args:
        dataset: `tf.data.Dataset` of global batches.
        context: `tf.distribute.InputContext`.

    Returns:
        `tf.data.Dataset` of batches for one replica, again and again.

    Example:
        >>> second = tf.distribute.InputContext(2, input_pipeline_id=1, num_replicas_in_sync=2)
        >>> batches = tf.data.Dataset.range(8).batch(4, drop_remainder=True)
        >>> own = rows_of_process(batches, second).take(2)
        >>> [rows.tolist() for rows in own.as_numpy_iterator()]
        [[2, 3], [6, 7]]
    """
    local = context.num_replicas_in_sync // context.num_input_pipelines

    def own_rows(rows):
        size = rows.shape[0] // context.num_replicas_in_sync
        first = context.input_pipeline_id * local * size
        return tf.reshape(rows[first : first + local * size], [local, size, *rows.shape[1:]])

    alone = not isinstance(dataset.element_spec, tuple)  # a tuple comes as so many arguments
    own = dataset.map(lambda *batch: tf.nest.map_structure(own_rows, batch[0] if alone else batch))
    # of one with an end the strategy forgets the batch size, and asks all before each batch
    return own.unbatch().repeat()


def any_asks(asked, strategy):
    """Whether some process wants something; all of them must ask at the same moment.

    Args:
        asked: list of what this one wants, each true or false.
        strategy: `tf.distribute.Strategy`.

    Returns:
        List of True or False, the same in all processes.

    Example:
        >>> any_asks([True, False], strategy("one"))
        [True, False]
    """
    if not are_processes(strategy):
        return [bool(one) for one in asked]
    return [count > 0 for count in _sums([float(one) for one in asked], strategy)]


def check_same(text, strategy):
    """Refuse to train together what is not the same in all processes.

    Args:
        text: what this one has.
        strategy: `tf.distribute.Strategy`.

    Raises:
        ValueError: in all processes, if they have not all the same.

    Example:
        >>> check_same("mnist, step 0", strategy("one"))
    """
    if not are_processes(strategy):
        return
    number = zlib.crc32(text.encode()) % 2**20  # so small that the sums are exact
    total, squares, processes = _sums([number, number**2, 1], strategy)
    if squares - 2 * number * total + processes * number**2:  # the sum of squared differences
        with contextlib.suppress(tf.errors.OpError):
            _sums([0, 0, 0], strategy)  # nobody ends before all have the answer
        raise ValueError(
            f"The processes do not train the same: here it is {text}. All of them need the same "
            "flags, data and, to resume, the same run folder."
        )


def _sums(values, strategy):
    """Each value added up over all replicas."""
    added = _added(strategy, tf.constant(values, tf.float64))
    return strategy.experimental_local_results(added)[0].numpy().tolist()


@tf.function
def _added(strategy, values):
    def add(values):
        here = tf.identity(values)  # on the device of the replica, as a reduction wants it
        return tf.distribute.get_replica_context().all_reduce(tf.distribute.ReduceOp.SUM, here)

    return strategy.run(add, args=(values,))


def _halves_of_the_cpu():
    """Two devices made of the CPU, so that several replicas can be tried without a GPU."""
    [cpu] = tf.config.list_physical_devices("CPU")
    if tf.config.get_logical_device_configuration(cpu) is None:
        try:
            tf.config.set_logical_device_configuration(
                cpu, [tf.config.LogicalDeviceConfiguration()] * 2
            )
        except RuntimeError as error:
            raise ValueError(
                "There is no GPU, and the CPU can be made two devices only before TensorFlow has "
                "computed anything. Start anew, and ask for this first."
            ) from error
    return [device.name for device in tf.config.list_logical_devices("CPU")]
