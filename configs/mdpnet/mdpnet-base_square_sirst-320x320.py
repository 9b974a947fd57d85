# The same model, scored on the network's own square instead of the original size.
_base_ = './mdpnet-base_sirst-320x320.py'
test_dataloader = dict(dataset=dict(pipeline=_base_.test_pipeline_square))
