"""variant steps seed turn zoom [k=v]"""
import sys,time
import keras, numpy as np, tensorflow as tf
from keras import layers
from tests.benchmarks import few_labels as b
from ganedu import few_labels as f
variant,steps,seed=sys.argv[1],int(sys.argv[2]),int(sys.argv[3])
opt=dict(wide=0,turn=0.0,zoom=0.0,both=0,covered=0.4,sure=0.95,w=1.0)
for kv in sys.argv[4:]:
    k,v=kv.split("="); v=float(v) if "." in v or "e" in v else int(v)
    if k in opt: opt[k]=v
    else: f.RECIPE[k]=v
def recogniser(num_classes=10,image_shape=(28,28,1),widths=(16,32),*,noise=.2,shift=.08,twice=False,seed=0):
    seeds=f.layer_seeds(seed,"recogniser"); images=keras.Input(image_shape,name="images")
    shared=f._seeing(widths,num_classes,seeds)
    def look(covered=0.0,strong=False):
        h=images
        if strong and opt["turn"]: h=layers.RandomRotation(opt["turn"],fill_mode="constant",fill_value=-1.0,seed=next(seeds))(h)
        if strong and opt["zoom"]: h=layers.RandomZoom((-opt["zoom"],opt["zoom"]),(-opt["zoom"],opt["zoom"]),fill_mode="constant",fill_value=-1.0,seed=next(seeds))(h)
        h=f.Shift(shift,next(seeds),covered)(h)
        for layer in shared:
            if isinstance(layer,(layers.Conv2D,layers.Dense)): h=layers.GaussianNoise(noise,seed=next(seeds))(h)
            before,h=h,layer(h)
        return before,h
    feat,cl=look(strong=bool(opt["both"]))
    outs=[f.made_up_logit(cl),cl,feat]
    second=[look(opt["covered"],True)[1]] if twice else []
    return keras.Model(images,outs+second,name="discriminator")
f.recogniser=recogniser; f.SURE=opt["sure"]
def sure_cost(first,second,sure=None):
    said=tf.nn.softmax(tf.stop_gradient(first)); c=tf.nn.sparse_softmax_cross_entropy_with_logits(tf.argmax(said,1),second)
    return opt["w"]*tf.where(tf.reduce_max(said,1)>=opt["sure"],c,0.0)
f.sure_cost=sure_cost
if opt["wide"]: f.RECIPE["widths"]=[16*opt["wide"],32*opt["wide"]]
t=b.trainer(variant,100,seed,steps); c=time.process_time(); w=time.time()
for k in range(4):
    t(steps//4)
    print(variant,opt,sys.argv[4:],"seed",seed,"step",(k+1)*steps//4,"cpu",round(time.process_time()-c),"wall",round(time.time()-w),"error",b.missed(t.classifier()),flush=True)
