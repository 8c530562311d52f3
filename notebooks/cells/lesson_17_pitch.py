import sys, time, json, numpy as np
from ganedu import startup; startup.start_tensorflow()
from scipy.stats import wasserstein_distance as wd
from ganedu import sounds, recipes
steps, over, tag = int(sys.argv[1]), json.loads(sys.argv[2]), sys.argv[3]
settings={**recipes.SOUNDS,**over}
d=sounds.draw(4000,0); test=sounds.draw(1000,1)
form=settings["form"]
X=d.waves if form=="waves" else sounds.spectrograms(d.waves)
tp,te=np.log2(test.pitch),np.log2(sounds.decay_of(test.waves))
gan=recipes.sound_gan(0,settings=settings); lab=np.arange(600)%3; t=time.process_time()
for k in range(2):
    gan.fit(X,settings["batch_size"],steps_per_epoch=steps//2,conditions=d.labels,verbose=0)
    f=gan.generate(600,1,conditions=lab); np.save(f"/tmp/l17x/q_{tag}.npy",f)
    w=f if form=="waves" else sounds.waves_of(f,0)
    p,e=np.log2(np.maximum(sounds.pitch_of(w),1)),np.log2(np.maximum(sounds.decay_of(w),1e-4))
    print(tag,over,(k+1)*steps//2,f"pitch {wd(p,tp):.3f} decay {wd(e,te):.3f}",np.histogram(p-np.log2(200),np.arange(-.5,3.1,.25))[0],f"{time.process_time()-t:.0f}s",flush=True)
