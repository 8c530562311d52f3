"""Mutations; tests are called directly, on one tiny run that is trained once."""
import contextlib, inspect, io, os, shutil, sys, tempfile, time, types
from pathlib import Path
os.environ.setdefault("GANEDU_SMOKE", "1")
sys.path.insert(0, "/tmp/wt/l20"); os.chdir("/tmp/wt/l20")
import pytest
from ganedu.commands import again, page, review
NEED = set(sys.argv[1:]) or {"review", "page", "again"}
if "again" not in NEED:
    import ganedu
    fake = types.ModuleType("ganedu.evaluation"); fake.KINDS = {"photographs": "photographs"}
    sys.modules["ganedu.evaluation"] = fake; ganedu.evaluation = fake
from tests.commands import test_review as TR
if "page" in NEED:
    from tests.commands import test_page as TP
    import matplotlib.figure
    class Axes:
        def __getattr__(self, name): return lambda *a, **k: None
    class Figure:
        def __init__(self, **k): pass
        def subplots(self, *a): return [Axes(), Axes()]
    if "again" not in NEED:
        matplotlib.figure.Figure = Figure
        fake = types.ModuleType("ganedu.plotting"); fake.png = lambda figure: b"PNG"
        sys.modules["ganedu.plotting"] = fake; ganedu.plotting = fake

BASE = pytest.MonkeyPatch(); NEED = set(sys.argv[1:]) or {"review", "page", "again"}
ROOT = Path(tempfile.mkdtemp())
RUNS = {}
if "again" in NEED:
    from tests.commands import test_again as TA
    from tests.tiny_run import make_tiny, start
    make_tiny(BASE)
    with contextlib.redirect_stdout(io.StringIO()):
        assert start(ROOT / "whole") == 0 and start(ROOT / "cond", "--conditional") == 0
    RUNS = {"whole": ROOT / "whole", "conditional": ROOT / "cond"}
    print("runs made", flush=True)

class Capsys:
    def __init__(self): self.buffer = io.StringIO()
    def readouterr(self):
        text = self.buffer.getvalue(); self.buffer.truncate(0); self.buffer.seek(0)
        return types.SimpleNamespace(out=text, err="")

def wrapped(fixture):
    return getattr(fixture, "_get_wrapped_function", lambda: fixture.__wrapped__)()

def cases(module, only=None):
    """(name, function, parameters) of every test of a module."""
    for name, f in list(vars(module).items()):
        if not name.startswith("test_") or not callable(f): continue
        if only and not any(o in name for o in only.split(" or ")): continue
        sets = [{}]
        for mark in getattr(f, "pytestmark", []):
            if mark.name != "parametrize": continue
            names, values = mark.args[:2]
            names = [n.strip() for n in names.split(",")] if isinstance(names, str) else list(names)
            sets = [{**s, **dict(zip(names, v if len(names) > 1 else [v]))} for s in sets for v in values]
        for s in sets: yield name, f, s

def call(f, given):
    patch, capsys = pytest.MonkeyPatch(), Capsys()
    kw = dict(given)
    here = os.getcwd()
    try:
        tmp = Path(tempfile.mkdtemp(dir=ROOT)).resolve()
        for p in inspect.signature(f).parameters:
            if p in kw: continue
            if p == "tiny": kw[p] = None
            elif p in RUNS: kw[p] = RUNS[p]
            elif p == "copy": kw[p] = Path(shutil.copytree(RUNS["whole"], tmp / "run"))
            elif p == "tmp_path": kw[p] = tmp / "t"; (tmp / "t").mkdir(exist_ok=True)
            elif p == "monkeypatch": kw[p] = patch
            elif p == "capsys": kw[p] = capsys
            elif p == "unmeasured": kw[p] = wrapped(TA.unmeasured)(patch)
            else: raise RuntimeError(f"fixture {p}")
        with contextlib.redirect_stdout(capsys.buffer), contextlib.redirect_stderr(io.StringIO()):
            f(**kw)
        return ""
    except RuntimeError as e:
        if "fixture" in str(e): raise
        return repr(e)
    except (Exception, KeyboardInterrupt, pytest.fail.Exception) as e:
        return repr(e)[:150]
    finally:
        patch.undo(); os.chdir(here)

def judge(tests):
    for module, only in tests:
        for name, f, s in cases(module, only):
            if name == "test_a_whole_project": continue
            if "settings_that_a_run_can_have" not in name and "resuming" in name or "otherwise" in name: pass
            if (bad := call(f, s)): return f"{name}: {bad}"
    return ""

R = [
 ('if not path.name.startswith(".")', 'if True'),
 ('[*_runs_under(name), *_runs_under(name / "runs")]', '[*_runs_under(name)]'),
 ('[*_runs_under(name), *_runs_under(name / "runs")]', '[*(_runs_under(name) or _runs_under(name / "runs"))]'),
 ('above = 2 if', 'above = 1 if'),
 ('above = 2 if', 'above = 3 if'),
 ('int(name.resolve().name == "runs")', '0'),
 ('int(name.resolve().name == "runs")', '1'),
 ('if each["settings"]:  #', 'if True:  #'),
 ('    if not counts:', '    if False:'),
 ('    if shut := _shut(facts):\n        return Line(name, OPEN, " ".join(shut), PUT_BACK)\n    if len(measured)', '    if len(measured)'),
 ('    if shut := _shut(facts):\n        return Line(name, OPEN, " ".join(shut), PUT_BACK)\n    tried', '    tried'),
 ('PUT_BACK) if shut else Line(name, MET, said)', 'PUT_BACK) if False else Line(name, MET, said)'),
 ('if not (f / runs.SETTINGS).is_file()]', 'if False]'),
 ('    if empty:', '    if False:'),
 ('if each["trouble"] else each["run"]', 'if False else each["run"]'),
 ('SURE = 3.0', 'SURE = 2.9'), ('SURE = 3.0', 'SURE = 3.1'),
 ('shlex.quote(str(_from_here(own["folder"])))', 'str(_from_here(own["folder"]))'),
 ('if len({*each}) > 1]', ']'),
 ('if all(key in recipe for recipe in recipes)]', 'if any(key in recipe for recipe in recipes)]'),
 ('if arm in arms_of_data]', ']'),
 ('sum(each["stated"] is not None for each in facts)', 'sum(bool(each["stated"]) for each in facts)'),
 ('        return Line(name, NOT_MET, "; ".join(apart)', '        return Line(name, MET, "; ".join(apart)'),
 ('if each["trouble"] and each["ended"] is not None', 'if each["trouble"]'),
 ('return min(len({*seeds}), len(weights))', 'return len({*seeds})'),
 ('return min(len({*seeds}), len(weights))', 'return len(weights)'),
 ('if number < LEAST_SEEDS', 'if number < 2'),
 ('if each["finished"] and each["weights"]]', 'if each["finished"]]'),
 ('if each["finished"] and each["weights"]]', 'if each["weights"]]'),
 ('if each["stated"] and "features" not in each["stated"]', 'if "features" not in (each["stated"] or {"features":1})'),
 ('if len(measured) < len([each for each in facts if each["finished"]]) or not measured', 'if not measured'),
 ('(1 / num_samples + 1 / num_held_out)', '(1 / num_samples)'),
 ('math.sqrt(variance)', 'variance'),
 ('max(every) <= MOST_APART * min(every)', 'max(every) < 1.2 * min(every)'),
 ('max(every) <= MOST_APART * min(every)', 'max(every) < MOST_APART * min(every)'),
 ('data = settings["dataset"], own.get("content_sha256")', 'data = own.get("content_sha256")'),
 ('if len(arms) > 1 and _as_long(arms)', 'if _as_long(arms)'),
 ('if same is False', 'if not same'),
 ('if same is None', 'if False'),
 ('bool(told["shared"]) or not told["held_out"]', 'bool(told["shared"])'),
 ('bool(told["shared"]) or not told["held_out"]', 'not told["held_out"]'),
 ('if path not in here]', 'if False]'),
 ('if n not in folders]', 'if False]'),
 ('    if not all(path.name.isdecimal() for path in here):', '    if False:'),
 ('return min(values), statistics.median(values), max(values)', 'return min(values), statistics.mean(values[:2]), max(values)'),
 ('own = {**own, "folder": str(_from_here(own["folder"]))}', 'own = {**own}'),
 ('if path not in found]', 'if True]'),
 ('new = (seed for seed in range(1000) if seed not in seeds)', 'new = (seed for seed in range(1000))'),
 ('if re.search(DISTANCE, text, re.I) and re.search(r"\\d", text)', 'if re.search(DISTANCE, text, re.I)'),
 ('if type(ended[0]["floors"].get(name)) in (int, float)', 'if True'),
 ('    if shut := _shut(facts):\n        return Line(name, OPEN, " ".join(shut), PUT_BACK)\n    if not any', '    if not any'),
 ('    if shut := _shut(facts):\n        return Line(name, OPEN, " ".join(shut), PUT_BACK)\n    tried', '    tried'),
 ('if all(key in recipe for recipe in recipes)]', 'if any(key in recipe for recipe in recipes)]'),
 ('if arm in arms_of_data]', ']'),
 ('if type(ended[0]["floors"].get(name)) in (int, float)', 'if True'),
 ('    if not any(each["measured"] for each in facts):', '    if False:'),
 ('    if not any(each["pictures"] for each in facts):', '    if False:'),
 ('or NOTHING[0]', ''),
 (r"\d\s+(?:\w+\s+)?(?:samples|images|pictures)\b", r"(?:samples|images|pictures)\b"),
 (r"(?:\w+\s+)?", ""),
]
P = [
 ('level = max(2, len(heading[1]))', 'level = len(heading[1])'),
 ('path.is_relative_to(beside.resolve()) and path.is_file()', 'path.is_file()'),
 ('path = (beside / name).resolve() if beside', 'path = (beside / name) if beside'),
 ('if inside and path.stat().st_size <= LARGEST', 'if inside'),
 ('if path.suffix.lower() == ".png"', 'if path.suffix == ".jpg"'),
 ('if not all(re.fullmatch(r":?-+:?", c) for c in row)]', ']'),
 ('"ol" if lines[0][0].isdecimal() else "ul"', '"ul"'),
 ('yield f"```{part}"', 'yield part'),
 ('return f"<pre>{html.escape(block[3:])}</pre>"', 'return f"<pre>{block[3:]}</pre>"'),
 ("<li>{html.escape(item.strip())}</li>", "<li>{item.strip()}</li>"),
 ('return f"<{tag}>{html.escape(block.strip())}</{tag}>"', 'return f"<{tag}>{block.strip()}</{tag}>"'),
 ('>{html.escape(heading[2].strip())}<', '>{heading[2].strip()}<'),
 ('(MEASURES | CLASS_MEASURES)', 'MEASURES'),
 ('if best else ""', 'if False else ""'),
 ('if each["settings"] else "?"', 'if True else "?"'),
 ("default-src 'none'", "default-src *"),
 ('<td>{html.escape(str(cell))}</td>', '<td>{cell}</td>'),
 ('mark in path.read_text("utf-8", "replace")', 'True'),
 ('for i in (1, 0, 2, 3)', 'for i in (1, 0, 2, 2)'),
 ('if folder.exists() and not folder.is_dir():', 'if False:'),
 ('rest = re.sub(r"\\A\\s*# +.+", "", words)', 'rest = words'),
 ('part = re.sub(r"^(#{1,4} .+)$", r"\\n\\1\\n", part, flags=re.M)', 'pass'),
 ('safe = html.escape(said, quote=True)', 'safe = said'),
]
A = [  # old, new, which tests
 ('named and kinds == (str, int) and isinstance(settings.get("recipe", {}), dict)', 'named and kinds == (str, int)', "settings_that"),
 ('named and kinds == (str, int) and', 'named and', "settings_that"),
 ('if named and kinds', 'if kinds', "settings_that"),
 ('check_values({**settings, "dataset": None})', 'pass', "settings_that"),
 ('and settings.get("seed") is not None', '', "settings_that"),
 ('isinstance(settings.get("dataset"), str) and', '', "settings_that"),
 ('if place != place.parent:', 'if True:', "no_path"),
 ('((Path.cwd(), ""), (Path.home(), "~/"))', '((Path.cwd(), ""),)', "no_path"),
 ('((Path.cwd(), ""), (Path.home(), "~/"))', '((Path.home(), "~/"),)', "no_path"),
 ('"run": without_paths(folder.as_posix())', '"run": folder.as_posix()', "no_path or found_as"),
 ('facts["ended"] = 0\n', 'pass\n', "damaged_file"),
 ('    with contextlib.suppress(OSError):\n        facts["rows"]', '    if True:\n        facts["rows"]', "damaged_file"),
 ('if type(number) is not int or not', 'if not', "never_measured"),
 ('not evaluate.LEAST <= number <= most', 'not 1 <= number <= most', "never_measured"),
 ('if type(seed) is not int or not 0 <= seed < 2**63', 'if type(seed) is not int', "never_measured"),
 ('if type(seed) is not int or not 0 <= seed < 2**63', 'if not 0 <= seed < 2**63', "never_measured"),
 ('if isinstance(stated.get(of), dict) else {}', '', "never_measured"),
 ('gan = load_run(folder, best=True) if best else gan', 'pass', "of_the_best"),
 ('told | ({"best": True} if best else {})', 'told', "of_the_best"),
 ('evaluate.measured(images, real, labels)', 'evaluate.measured(images, real)', "stated_of_classes"),
 ('conditions=labels)', 'conditions=None)', "conditional_run_is"),
 ('    if code:  #', '    if False:  #', "who_stops"),
 ('(OSError, ValueError, FloatingPointError) as error', '(OSError, ValueError) as error', "breaks"),
 ('without_paths(str(error))', '"" ', "damaged_file or cannot_be_opened"),
 ('<= SAME_PIXELS', '<= 3', "pixels"),
 ('len(shapes) == 1 and', '', "pixels"),
 ('if kinds[0] != kinds[1]', 'if True', "what_was_stated_is"),
 ('for of in ("values", "floors"):', 'for of in ("values",):', "what_was_stated_is"),
 ('"copies": len(seen) - len({*seen})', '"copies": len({*seen})', "copies_and"),
 ('if one in {*seen}', 'if one not in {*seen}', "copies_and"),
 ('facts["finished"] = facts["ended"] == facts["step"]', 'facts["finished"] = facts["ended"] is not None', "another_step"),
 ('_same_picture(folder, settings, built(settings))', '_same_picture(folder, settings, gan)', "found_as"),
 ('{n: (stated.get(n), told[n]) for n in numbers if stated.get(n) != told[n]}', '{}', "never_measured"),
 ('((once, (STEPS,)), (stopped, (STOP, STEPS)))', '((once, (STEPS,)), (stopped, (STEPS,)))', "resuming"),
 ('if len(equal) < len(names)', 'if False', "goes_on_otherwise"),
 ('return "" if rows[0] == rows[1]', 'return "" if True', "goes_on_otherwise"),
 ('left = shutil.ignore_patterns(runs.SAMPLES, runs.ANIMATION, runs.LOCK, "*.partial*")\n    shutil.copytree(folder, copy, ignore=left)', 'shutil.move(folder, copy)', "resuming"),
]
def all_of(mod, muts, tests_of):
    src = open(mod.__file__).read()
    for m in muts:
        old, new = m[:2]
        if src.count(old) < 1: print("NOT FOUND", old[:80], flush=True); continue
        saved = dict(mod.__dict__)
        exec(compile(src.replace(old, new), mod.__file__, "exec"), mod.__dict__)
        t = time.time(); bad = judge(tests_of(m))
        mod.__dict__.update(saved)
        print("killed  " if bad else "SURVIVED", f"{time.time()-t:4.0f}s |", old[:50].replace("\n", "⏎"), "→", new[:45].replace("\n", "⏎"), "|", bad[:60], flush=True)

light = [(TR, None)]
if "review" in NEED:
    print("baseline review/page:", judge(light) or "ok", flush=True)
    all_of(review, R, lambda m: light)
if "page" in NEED:
    print("baseline page", judge([(TP, None)]) or "ok", flush=True)
    all_of(page, P, lambda m: [(TP, None)])
if "again" in NEED:
    for k in dict.fromkeys(m[2] for m in A):
        t = time.time(); print("baseline", k, judge([(TA, k)]) or "ok", f"{time.time()-t:.0f}s", flush=True)
    all_of(again, A, lambda m: [(TA, m[2])])
shutil.rmtree(ROOT)
