# Fewer blocks, and a recipe of two parts: windows on targets here, then whole images
# (mdpnet-slim_whole_sirst-320x320.py).
_base_ = [
    '../_base_/models/mdpnet.py',
    '../_base_/datasets/sirst.py',
    '../_base_/schedules/adamw_100e.py',
    '../_base_/default_runtime.py',
]
crop_size = (160, 160)
data_preprocessor = dict(size=crop_size)
model = dict(
    data_preprocessor={**_base_.data_preprocessor, **data_preprocessor},
    backbone=dict(depths=(1, 2, 2, 2)),
    decode_head=dict(
        loss_decode=[
            dict(type='SoftIoULoss', reduction='batch', loss_weight=1.0),
            dict(
                type='CrossEntropyLoss',
                use_sigmoid=True,
                avg_non_ignore=True,
                loss_weight=0.2,
                loss_name='loss_bce',
            ),
        ]
    ),
)
_sizes = dict(RandomTargetCrop=dict(crop_size=crop_size))
train_pipeline = [{**s, **_sizes.get(s['type'], {})} for s in _base_.train_pipeline]
train_dataloader = dict(batch_size=8, dataset=dict(pipeline=train_pipeline))
train_cfg = dict(max_epochs=200)
