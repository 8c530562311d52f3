"""The checks of the exercises against many answers under many seeds: who passes, who is refused.

    uv run python -m tests.benchmarks.checks                          # 1,000 seeds: hours
    uv run python -m tests.benchmarks.checks --seeds 7 8 --json       # these, one object a line
    uv run python -m tests.benchmarks.checks --only 03.1 08.4 --most 200

The solution runs under all seeds, each other answer under the first fifth of them: the documented
mistakes, and the right and wrong answers of `tests/answers.py`. A right one must score full, a
wrong one nothing, and a mistake must be named. Lesson 05 trains networks, a few seconds a seed.
"""

import contextlib
import io
import math
import sys
import time

from ganedu import startup

startup.start_tensorflow()

from ganedu.exercises import check  # noqa: E402
from ganedu.exercises.comparing import defined  # noqa: E402
from ganedu.exercises.shelf import EXERCISES  # noqa: E402
from tests.answers import FOLLOWED, HEAD, RIGHT, WRONG  # noqa: E402
from tests.benchmarks import arguments  # noqa: E402


def answers(exercise):
    """(kind, code, what must be said) of each answer; None where it must score full."""
    yield "solution", exercise.solution, None
    id = exercise.id
    hints = [FOLLOWED[id]] if id in FOLLOWED else []
    for kind, codes in (("right", RIGHT.get(id, [])), ("hints", hints)):
        yield from ((kind, HEAD + code, None) for code in codes)
    for mistake in exercise.mistakes:
        yield from (("mistake", code, mistake.says) for code in mistake.codes)
    yield from (("wrong", HEAD + code, "") for code in WRONG.get(id, []))


def as_it_should(exercise, code, says, seed):
    """Whether an answer gets what it deserves, whatever it prints."""
    with contextlib.redirect_stdout(io.StringIO()):
        score = check(exercise.id, defined(code, exercise.name), seed)
    if says is None:
        return score == exercise.points
    return score == 0 and says in score.message


def tried_out(exercise, seeds, others):
    """One for each answer, seed by seed, because a check remembers what a seed's mistakes do."""
    tried = [
        {"exercise": exercise.id, "kind": kind, "number": number, "seeds": 0, "failed": []}
        for number, (kind, _, _) in enumerate(answers(exercise))
    ]
    seconds = [0.0] * len(tried)
    for seed in seeds if exercise.draws else seeds[:1]:
        for number, (kind, code, says) in enumerate(answers(exercise)):
            if kind != "solution" and seed not in others:
                continue
            began = time.monotonic()
            tried[number]["seeds"] += 1
            if not as_it_should(exercise, code, says, seed):
                tried[number]["failed"].append(seed)
            seconds[number] += time.monotonic() - began
    return [{**row, "seconds": round(spent, 2)} for row, spent in zip(tried, seconds)]


def main():
    parser = arguments.parser(__doc__, seeds=range(1000))
    parser.add_argument("--most", type=int, metavar="N", help="only the first N of the seeds")
    parser.add_argument("--only", nargs="+", default=list(EXERCISES), metavar="ID")
    failed = []
    options = parser.parse_args()
    arguments.answer(options, rows(options, failed), printed)
    if failed:
        sys.exit(1)


def rows(options, failed):
    """A row for each answer of each exercise; `failed` gets the seeds of wrong verdicts."""
    seeds = options.seeds[: options.most]
    others = {*seeds[: math.ceil(len(seeds) / 5)]}
    for id in options.only:
        for row in tried_out(EXERCISES[id], seeds, others):
            failed += row["failed"]
            yield row


def printed(rows):
    for row in rows:
        right = row["seeds"] - len(row["failed"])
        told = f"{row['exercise']} {row['kind']:8} {row['number']:2}: {right} of {row['seeds']}"
        print(told, f"failed {row['failed'][:5]}" * bool(row["failed"]), flush=True)


if __name__ == "__main__":
    main()
