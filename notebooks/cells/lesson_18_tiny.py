# the benchmark from end to end, small; its recording goes to /tmp/l18x/rec
import sys, time, types, shutil, json
from pathlib import Path
from tests.benchmarks import generators as g, stored
from ganedu.playground import generators as shown
d=Path("/tmp/l18x/rec"); shutil.rmtree(d,ignore_errors=True); d.mkdir(); g.KEPT=d/"kept"; g.shipped.RECORDINGS=d
g.FEW,g.MANY=100,150
g.SECONDS=g.STUDENT_SECONDS=0.05
g.recipes.STUDENT={**g.recipes.STUDENT,"num_pairs":64,"teacher_steps":1}
g.PATH_STEPS={"diffusion":[("DDPM 1000",4,1.0),("DDPM 50",3,1.0),("DDPM 10",2,1.0),("DDIM 50",3,0.0),("DDIM 10",2,0.0)],"flow":[("flow 50",3,0.0),("flow 10",10,0.0),("flow 4",4,0.0),("flow 1",1,0.0)]}; g.SAMPLINGS|=g.PATH_STEPS
clock=stored.clocked
stored.clocked=lambda *a: clock(*a,num_rounds=2,num_steps=2)
stored.side_by_side=lambda run,left,jobs: ({**row,**run(row)} for row in left)
sec=g.seconds; g.seconds=lambda work,n: sec(work,min(n,2))
t=time.process_time()
o=types.SimpleNamespace(only=list(g.PROGRAMS),seeds=[0],jobs=1,store=True)
def go(only):
    o.only=only; n=0
    for row in g.rows_of(o): n+=1; print(round(time.process_time()-t,1), row, flush=True)
    return n
first=go(["GAN","flow"]); steps={r["program"]:r["steps"] for r in json.loads((d/"generators.json").read_text())["rows"]}
print("--- all, picked up again"); go(list(g.PROGRAMS))
rec=json.loads((d/"generators.json").read_text()); print(list(rec), len(rec["rows"]), rec["clock"]); print(rec["speeds"][:3])
assert {r["program"]:r["steps"] for r in rec["rows"]}.items()>=steps.items()
print(sorted(g.shipped.pictures("generators")), sorted(p.name for p in (d/"kept").iterdir()))
g.trained=g.taught=None
print("--- again, nothing is trained", go(list(g.PROGRAMS)), round(time.process_time()-t,1))
g.printed(iter(list(g.rows_of(o))))
