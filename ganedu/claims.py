"""What a lesson says of its own run, checked by the run.

Here lives `claim`: a sentence that depends on a training stands beside the numbers it was read
from, with its verdict. A lesson is stored only if all its claims hold (`python -m tests.rerun`);
in your own run, on other data or another machine, one may not, and it says so.
Used in all lessons that train.
"""

import ganedu

HOLDS, HOLDS_NOT, REHEARSAL = "holds", "does NOT hold in this run", "rehearsal, not judged"


def claim(sentence, holds):
    """Print a sentence and whether this run bears it out.

    Args:
        sentence: the finding, one sentence.
        holds: whether the numbers of this run say so.

    Raises:
        ValueError: if `sentence` is not a sentence, or `holds` is not one truth value.

    Example:
        >>> claim("Two is more than one.", 2 > 1)  # doctest: +SKIP
        Two is more than one. → holds
    """
    if not isinstance(sentence, str) or not sentence.endswith("."):
        raise ValueError(f"sentence must be a sentence that ends in a full stop; got {sentence!r}.")
    if getattr(holds, "shape", ()) != ():
        raise ValueError(f"holds must be one truth value, as (a < b).all() is; got {holds!r}.")
    verdict = REHEARSAL if ganedu.rehearsing() else HOLDS if holds else HOLDS_NOT
    print(f"{sentence} → {verdict}")
