# mdpnet-fine_nudt-sirst-256x256.py goes on from its weights on train and val, and the mean of both
# is what is tested; everything fixed before. Figures on val mean nothing here; its weights are
# those of the last epoch.
_base_ = './mdpnet-fine_nudt-sirst-256x256.py'
load_from = 'mdp_plugin/weights/mdpnet-fine_nudt-sirst-256x256.pth'
train_dataloader = dict(dataset=dict(ann_file='50_50/train.txt', disjoint_from=['50_50/test.txt']))
optim_wrapper = dict(optimizer=dict(lr=2.5e-3))
_mean = dict(EMAHook=dict(type='WeightSpaceEnsembleHook', start=load_from))
custom_hooks = [{**hook, **_mean.get(hook['type'], {})} for hook in _base_.custom_hooks]
train_cfg = dict(max_epochs=60, val_interval=60)
default_hooks = dict(checkpoint=dict(save_best=None))
