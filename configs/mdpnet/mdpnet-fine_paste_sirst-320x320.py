# As mdpnet-fine_pretrained_sirst-320x320.py, but with pasted targets: on val it finds a target more
# and raises more false alarms.
_base_ = './mdpnet-fine_pretrained_sirst-320x320.py'
_paste = [dict(type='TargetCopyPaste')]
train_pipeline = [
    step
    for s in _base_.train_pipeline
    for step in ([s, *_paste] if s['type'] == 'AlignedResize' else [s])
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
