"""Both benchmark programs end to end, tiny, outside the repository; then every cell of the lesson."""
import os, sys, time, json, pathlib, traceback, shutil
os.environ["GANEDU_SMOKE"]="1"; os.environ["XDG_CACHE_HOME"]="/tmp/l17x/cache"
T=time.process_time; t0=T()
def log(*a): print("##",f"{T()-t0:.1f}",*a,flush=True)
sys.path.insert(0,"/tmp/wt/l17"); os.chdir("/tmp/wt/l17")
from ganedu import startup; startup.start_tensorflow()
from ganedu import shipped
REC,BOX=pathlib.Path("/tmp/l17x/rec"),pathlib.Path("/tmp/l17x/box")
shutil.copy(shipped.RECORDINGS/"names.json",REC/"names.json")
shipped.RECORDINGS, shipped.FOLDER = REC, BOX
from tests.benchmarks import stored, words as W, sounds as S
from tests import ship
log("imported")
stored.side_by_side=lambda run,wanted,jobs: ({**one,**run(one)} for one in wanted)
stored.clocked=lambda wanted,trainer,seconds=None,**k: [{**one,"milliseconds":1.0,"steps":2} for one in wanted]
def go(module,*args):
    sys.argv=["x",*args,"--jobs","1","--store"]
    try: module.main()
    except SystemExit as e: log("exit",e)
    except Exception: traceback.print_exc()
    log(module.__name__,*args)
only=sys.argv[1:] 
W.NUM_TRAINED,W.NUM_MEASURED,W.PART,W.TEMPERATURES=64,40,20,(0.5,1.0,1.2); W.train=lambda *a: None
go(W,"--seeds","0","1")
keep=W.run; W.run=lambda s: (_ for _ in ()).throw(RuntimeError("made again"))
go(W,"--seeds","0","1"); W.run=keep
S.NUM_TRAINED,S.NUM_MEASURED,S.NUM_TAUGHT,S.EPOCHS=64,99,64,{"drawn":1,"spoken":1}
go(S,"--seeds","0")
S.run=lambda s: (_ for _ in ()).throw(RuntimeError("made again")); S.floor=S.run
go(S,"--seeds","0")
ship.NUM_SOUNDS=ship.NUM_HEARD=40
if not (BOX/"sounds.npz").exists():
    try: ship.main(["sounds","--steps","1"])
    except Exception: traceback.print_exc()
log("shipped", os.path.getsize(BOX/"sounds.npz"))
nb=json.load(open("notebooks/17_sound_and_text.ipynb")); ns={}
import IPython.display as D
for c in nb["cells"]:
    if c["cell_type"]!="code": continue
    print("---",c["id"],flush=True); t=T()
    try: exec(compile("".join(c["source"]),c["id"],"exec"),ns)
    except Exception: traceback.print_exc(limit=-3)
    if T()-t>1: log("cell",c["id"],f"{T()-t:.1f}")
log("end")
