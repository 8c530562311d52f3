"""Tiny recordings outside of the repository."""
import sys, pathlib, types
sys.path.insert(0, ".")
what = sys.argv[1]
from ganedu import shipped
if __name__ == "__main__":
    from tests.benchmarks import stored
    shipped.RECORDINGS = pathlib.Path("/tmp/l19x/rec"); shipped.RECORDINGS.mkdir(exist_ok=True)
    options = types.SimpleNamespace(json=False, store=True, jobs=1, seeds=[0], only=None, seconds=None)
    if what == "steps":
        from tests.benchmarks import scaling
        scaling.SHAPES = [{"batch": b, "width": 16, "side": 28} for b in (16, 32)]
        options.only = ["steps"]
        scaling.printed(scaling.rows(options))
        print("again"); list(scaling.rows(options))
    if what == "rates":
        from tests.benchmarks import scaling
        stored.side_by_side = lambda run, wanted, jobs: ({**w, **run(w)} for w in wanted)
        scaling.IMAGES, scaling.BATCHES = 2560, (32, 256)
        options.only = ["rates"]
        scaling.printed(scaling.rows(options))
    if what == "stacked":
        from tests.benchmarks import stacked
        stored.side_by_side = lambda run, wanted, jobs: ({**w, **run(w)} for w in wanted)
        import functools
        stored.clocked = functools.partial(stored.clocked, num_rounds=2, num_steps=4)
        stacked.NUM_IMAGES = 600
        options.only, options.seconds = list(stacked.PROGRAMS), 0.3
        stacked.printed(stacked.rows(options))
