# For accuracy: the same network at full resolution, at four times the multiply-adds. It gains
# faster from each epoch, so it takes fewer.
_base_ = './mdpnet-base_sirst-320x320.py'
model = dict(backbone=dict(stem_stride=1), decode_head=dict(upscale=1))
train_cfg = dict(max_epochs=24, val_interval=6)
