# cells of the notebook that read the recording, on the tiny one
import sys, json
from pathlib import Path
import ganedu.startup; ganedu.startup.start_tensorflow()
from ganedu import shipped; shipped.RECORDINGS=Path("/tmp/l18x/rec")
from ganedu import plotting
n=0
def show(figure, alt):
    global n; n+=1; figure.savefig(f"/tmp/l18x/cell{n}.png", dpi=70); print("picture:", alt)
plotting.show=show
nb=json.load(open("notebooks/18_other_generators.ipynb")); ns={"ganedu":ganedu}
whole="all" in sys.argv
for c in nb["cells"]:
    if c["cell_type"]!="code": continue
    s="".join(c["source"]); tags=c["metadata"].get("tags",[])
    if not whole and "imports" not in tags and not any(w in s for w in ("recording","every","rows,","mine","shown","for most in")): continue
    if "bootstrap" in tags: continue
    import time; t=time.process_time(); print("---",c["id"],flush=True); exec(s,ns); print("  cpu",round(time.process_time()-t,1),flush=True)
