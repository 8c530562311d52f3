# the network says the image (tanh); how the squared error is weighted on the way: 1 / max(b, .1)**power
import os, sys, time
os.environ.pop("GANEDU_SMOKE",None)
from ganedu import startup; startup.start_tensorflow()
import keras, numpy as np, tensorflow as tf
from tests.benchmarks import generators as g
from ganedu import data, features, metrics, models, recipes
from ganedu.rivals import fitting, paths
from ganedu.models import layer_seeds,_leaky,_start,_waves,_refined,_joined,BOTTOM
L=keras.layers
def film(widths=(32,48),units=128,seed=0):
    seeds=layer_seeds(seed,"denoiser"); images=keras.Input((28,28,1)); times=keras.Input(())
    told=_leaky(L.Dense(units,**_start(seeds,"he_normal"))(_waves(times)))
    def timed(maps):
        c=maps.shape[-1]; one=lambda: L.Reshape((1,1,c))(L.Dense(c,kernel_initializer="zeros")(told))
        return maps*(1+one())+one()
    maps=[images]
    for w in widths:
        h=L.Conv2D(w,4,2,"same",**_start(seeds,"he_normal"))(maps[-1]); maps.append(_refined(_leaky(timed(h)),seeds))
    h=L.Flatten()(L.Conv2D(BOTTOM,1,**_start(seeds,"he_normal"))(maps[-1]))
    h=L.Dense(units,**_start(seeds,"he_normal"))(h)
    h=_leaky(h*(1+L.Dense(units,kernel_initializer="zeros")(told))+L.Dense(units,**_start(seeds))(told))
    h=_leaky(L.Dense(49*BOTTOM,**_start(seeds,"he_normal"))(h)); h=L.Reshape((7,7,BOTTOM))(h)
    h=_joined(h,maps[2],seeds); h=L.Conv2DTranspose(widths[0],4,2,"same",**_start(seeds,"he_normal"))(h); h=_leaky(timed(h))
    h=_joined(h,maps[1],seeds)
    h=L.Conv2DTranspose(1,4,2,"same",**_start(seeds))(h)
    n=keras.Model([images,times],L.Activation("tanh")(h)); print("film",n.count_params(),flush=True); return n
steps=int(sys.argv[1]); im=data.load("mnist").images
test=features.digit_features(data.load("mnist","test").images[np.random.default_rng(0).permutation(10000)[:3000]])
for word in sys.argv[2:]:
    power,kind=word.split(",")[:2]; power=float(power)
    path=paths.ARC if "arc" in word else paths.STRAIGHT
    base=models.denoiser(**recipes.PATH_NETWORK, seed=0)
    if "film" in word: base=film(units=192 if "192" in word else 128)
    if "big" in word: base=models.denoiser(widths=[32,48],num_units=256,seed=0)
    net=keras.Model(base.inputs, keras.layers.Activation("tanh")(base.outputs[0])) if kind=="tanh" and base.layers[-1].__class__.__name__!="Activation" else base
    numbered=data.batches(im,32,0,0).enumerate(0)
    from ganedu import seeding
    def asked(number,images):
        fn,ft=fitting.seeds_of(0,number); e=seeding.normal(images.shape,fn); t=seeding.uniform([len(images)],ft); t=t**2 if 'tsq' in word else t
        x_t=paths.between(path,images,e,t); b=path.weights(t)[1]
        return (x_t,t),images,tf.reshape(tf.maximum(b,.1)**-power,[-1,1,1])
    told=dict(g.RIVALS["path"])
    for w in word.split(",")[2:]:
        if "=" in w: k,v=w.split("="); told[k]=float(v)
    t=time.process_time(); h=fitting.fit(net,numbered.map(asked),"mse",steps,told)
    print(word,"cpu",round(time.process_time()-t,1),"loss",[round(x,4) for x in h.history["loss"][::20]],round(h.history["loss"][-1],4),flush=True)
    # mean squared errors of the image at a few times, test digits
    T=data.load("mnist","test").images[:500]; e=np.random.default_rng(1).standard_normal(T.shape).astype("float32")
    for tt in (0,.1,.3,.5,.7,.9):
        tv=tf.fill([500],np.float32(tt)); xt=paths.between(path,tf.constant(T),tf.constant(e),tv)
        print("   t",tt,"x mse",round(float(np.mean((net([xt,tv])-T)**2)),4),end=";")
    print(flush=True)
    @tf.function
    def walk(x,n):
        for k in tf.range(n):
            t=tf.cast(k,tf.float32)/tf.cast(n,tf.float32); t2=tf.cast(k+1,tf.float32)/tf.cast(n,tf.float32)
            (a,b),(a2,b2)=path.weights(t),path.weights(t2)
            hat=net([x,tf.fill([tf.shape(x)[0]],t)],training=False)
            x=tf.ensure_shape(a2*hat+b2*(x-a*hat)/b,[None,28,28,1])
        return x
    for k in (50,10,4,1):
        noise=paths.noise_of((28,28,1),1000,1)
        x=np.concatenate([walk(noise[i:i+250],tf.constant(k)) for i in range(0,1000,250)]); p=features.predict(x)
        print("  ",k,"frechet",round(float(metrics.frechet_distance(p.features,test)),1),"sure",round(float((p.probabilities.max(1)>.9).mean()),3),flush=True)
    from matplotlib.figure import Figure
    f=Figure(figsize=(8,3)); ax=f.subplots(3,1)
    for a_,k in zip(ax,(50,10,1)):
        x=np.array(walk(noise[:16],tf.constant(k))); a_.imshow(np.concatenate(list(x[...,0]),axis=1),cmap="gray",vmin=-1,vmax=1); a_.axis("off")
    f.savefig(f"/tmp/l18x/px-{word.replace('=','')}.png")
    net.save_weights(f"/tmp/l18x/px-{word.replace('=','')}.weights.h5")
