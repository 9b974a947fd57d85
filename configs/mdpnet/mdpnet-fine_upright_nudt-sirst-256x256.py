# mdpnet-fine_nudt-sirst-256x256.py goes on from its weights on train and val, everything fixed
# before, with images that stay upright. Figures on val mean nothing here; its weights are those of
# the last epoch.
_base_ = './mdpnet-fine_nudt-sirst-256x256.py'
load_from = 'mdp_plugin/weights/mdpnet-fine_nudt-sirst-256x256.pth'
# The data set's shapes occur mirrored left to right, never upside down or turned (docs/data.md):
# with that known, the network need not draw the others as well.
_upright = dict(RandomSymmetry=dict(upright=True))
train_pipeline = [{**s, **_upright.get(s['type'], {})} for s in _base_.train_pipeline]
train_dataloader = dict(
    dataset=dict(
        ann_file='50_50/train.txt', disjoint_from=['50_50/test.txt'], pipeline=train_pipeline
    )
)
optim_wrapper = dict(optimizer=dict(lr=2.5e-3))
train_cfg = dict(max_epochs=60, val_interval=60)
default_hooks = dict(checkpoint=dict(save_best=None))
