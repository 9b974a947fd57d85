# Learns the half pixel by which NUDT-SIRST's masks lie off many targets (docs/data.md): no flips or
# turns, which would move it to any side.
_base_ = './mdpnet-fine_nudt-sirst-256x256.py'
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
