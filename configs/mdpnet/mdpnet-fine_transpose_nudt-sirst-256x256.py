# Learns the half pixel by which NUDT-SIRST's masks lie off many targets (docs/data.md): no flips or
# turns, which would move it to any side.
_base_ = [
    '../_base_/models/mdpnet_fine.py',
    '../_base_/datasets/nudt_sirst.py',
    '../_base_/schedules/adamw_100e.py',
    '../_base_/default_runtime.py',
]
model = dict(data_preprocessor=_base_.data_preprocessor)
train_pipeline = [
    step
    for step in _base_.train_pipeline
    if step['type'] not in ('RandomFlip', 'RandomQuarterTurn')
]
train_pipeline.insert(-2, dict(type='RandomTranspose'))
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
param_scheduler = _base_.param_scheduler
param_scheduler[0].total_steps = 90
train_cfg = dict(max_epochs=90)
