# As mdpnet-fine_focal_sirst-320x320.py, but scored on the network's square, with images resized by
# the nearest neighbour as masks are: the network sees where the mask's edges can be.
_base_ = './mdpnet-fine_pretrained_sirst-320x320.py'
loss_decode = [
    *(loss for loss in _base_.model.decode_head.loss_decode if loss['type'] != 'TargetLoss'),
    dict(type='PixelFocalLoss', loss_weight=0.5),
]
model = dict(decode_head=dict(loss_decode=loss_decode))
_nearest = dict(AlignedResize=dict(interpolation='nearest'))
train_pipeline = [{**s, **_nearest.get(s['type'], {})} for s in _base_.train_pipeline]
test_pipeline = [{**s, **_nearest.get(s['type'], {})} for s in _base_.test_pipeline]
test_pipeline_square = [{**s, **_nearest.get(s['type'], {})} for s in _base_.test_pipeline_square]
# The views are of the square already; the resize after them brings the mask there, too.
_views = dict(
    type='TestTimeAug',
    transforms=[
        _base_.tta_views,
        *_base_.tta_truth,
        [dict(type='AlignedResize', scale=_base_.scale, as_original=True)],
        [dict(type='PackSegInputs')],
    ],
)
tta_pipeline = [
    _views if s['type'] == 'TestTimeAug' else {**s, **_nearest.get(s['type'], {})}
    for s in _base_.tta_pipeline
]
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline_square))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline_square))
