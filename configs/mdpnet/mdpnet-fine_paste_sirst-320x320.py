# As mdpnet-fine_pretrained_sirst-320x320.py, but with pasted targets: on val it finds a target more
# and raises more false alarms.
_base_ = './mdpnet-fine_pretrained_sirst-320x320.py'
train_pipeline = _base_.train_pipeline
train_pipeline.insert(5, dict(type='TargetCopyPaste'))  # after the resize
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
