"""What a launcher has told this process: the variable TF_CONFIG.

Slurm, Kubernetes' training operator and Ray start the same command on several machines and say
to each process who takes part. Here lives what can be known of that before TensorFlow starts; how
the processes then train together lives in `ganedu.replicas`. Taught in lesson 19.
"""

import json
import os

VARIABLE = "TF_CONFIG"
LEADER = "chief"  # the task that writes; where there is none, worker 0


def num_processes():
    """How many processes train together.

    Returns:
        int; 0 where no launcher has set the variable.

    Raises:
        ValueError: if it is set and cannot be understood.

    Example:
        >>> num_processes()
        0
    """
    cluster, _, _ = _told()
    return sum(len(cluster.get(kind, ())) for kind in (LEADER, "worker"))


def is_leader():
    """Whether this process writes what a training leaves behind.

    Returns:
        True or False; True in exactly one process of those that train together.

    Raises:
        ValueError: if the variable is set and cannot be understood.

    Example:
        >>> is_leader()
        True
    """
    cluster, kind, number = _told()
    # others, such as "ps" and "evaluator", do not train, whatever their number
    return kind == LEADER or kind == "worker" and LEADER not in cluster and number == 0


def _told():
    """The addresses by kind of task, and which task this is."""
    text = os.environ.get(VARIABLE)
    if not text:
        return {}, "worker", 0
    try:
        told = json.loads(text)
        cluster, kind, number = told["cluster"], told["task"]["type"], int(told["task"]["index"])
        addresses = cluster[kind]
    except (ValueError, TypeError, KeyError):
        addresses, number = [], 0
    if not isinstance(addresses, list) or not 0 <= number < len(addresses):
        raise ValueError(
            f'{VARIABLE} must be as in {{"cluster": {{"worker": ["one:2222", "two:2222"]}}, '
            f'"task": {{"type": "worker", "index": 0}}}}; got {text[:200]}'
        )
    return cluster, kind, number
