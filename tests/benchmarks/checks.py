"""The checks of the exercises against many answers under many seeds: who passes, who is refused.

    uv run python -m tests.benchmarks.checks                        # 1,000 seeds: hours
    uv run python -m tests.benchmarks.checks --seeds 50 --json      # one object a line
    uv run python -m tests.benchmarks.checks --only 03.1 08.4

The solution runs under that many seeds, each other answer under a fifth of them: the documented
mistakes, and the right and wrong answers of `tests/answers.py`. A right one must score full, a
wrong one nothing, and a mistake must be named. Lesson 05 trains networks, a few seconds a seed.
"""

import argparse
import contextlib
import io
import json
import sys
import time

from ganedu import startup

startup.start_tensorflow()

from ganedu.exercises import check  # noqa: E402
from ganedu.exercises.comparing import defined  # noqa: E402
from ganedu.exercises.shelf import EXERCISES  # noqa: E402
from tests.answers import FOLLOWED, HEAD, RIGHT, WRONG  # noqa: E402


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


def rows(exercise, num_seeds, num_others):
    """One for each answer, seed by seed, because a check remembers what a seed's mistakes do."""
    tried = [
        {"exercise": exercise.id, "kind": kind, "number": number, "seeds": 0, "failed": []}
        for number, (kind, _, _) in enumerate(answers(exercise))
    ]
    seconds = [0.0] * len(tried)
    for seed in range(num_seeds if exercise.draws else 1):
        for number, (kind, code, says) in enumerate(answers(exercise)):
            if kind != "solution" and seed >= num_others:
                continue
            began = time.monotonic()
            tried[number]["seeds"] += 1
            if not as_it_should(exercise, code, says, seed):
                tried[number]["failed"].append(seed)
            seconds[number] += time.monotonic() - began
    return [{**row, "seconds": round(spent, 2)} for row, spent in zip(tried, seconds)]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=1000, help="for each solution")
    parser.add_argument("--others", type=int, help="for each other answer; a fifth by default")
    parser.add_argument("--only", nargs="+", default=list(EXERCISES), metavar="ID")
    parser.add_argument("--json", action="store_true", help="one object a line, nothing else")
    options = parser.parse_args()
    others = max(1, options.seeds // 5 if options.others is None else options.others)
    failed = 0
    for id in options.only:
        for row in rows(EXERCISES[id], options.seeds, others):
            failed += len(row["failed"])
            if options.json:
                print(json.dumps(row), flush=True)
            else:
                right = row["seeds"] - len(row["failed"])
                told = f"{row['kind']:8} {row['number']:2}: {right} of {row['seeds']}"
                print(f"{id} {told}", f"failed {row['failed'][:5]}" * bool(row["failed"]))
    sys.exit(bool(failed))


if __name__ == "__main__":
    main()
