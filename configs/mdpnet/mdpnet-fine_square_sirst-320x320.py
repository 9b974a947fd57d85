# As mdpnet-fine_focal_sirst-320x320.py, but scored on the network's square, with images resized by
# the nearest neighbour as masks are: the network sees where the mask's edges can be.
_base_ = './mdpnet-fine_pretrained_sirst-320x320.py'
loss_decode = _base_.model.decode_head.loss_decode
loss_decode[3] = dict(type='PixelFocalLoss', loss_weight=0.5)
model = dict(decode_head=dict(loss_decode=loss_decode))
train_pipeline = _base_.train_pipeline
test_pipeline = _base_.test_pipeline
test_pipeline_square = _base_.test_pipeline_square
tta_pipeline = _base_.tta_pipeline
train_pipeline[4].interpolation = 'nearest'
test_pipeline[2].interpolation = 'nearest'
test_pipeline_square[4].interpolation = 'nearest'
tta_pipeline[2].interpolation = 'nearest'
# The views are of the square already; this brings the mask, which is loaded after them, there, too.
tta_pipeline[3].transforms.insert(
    -1, [dict(type='AlignedResize', scale=_base_.scale, as_original=True)]
)
train_dataloader = dict(dataset=dict(pipeline=train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=test_pipeline_square))
test_dataloader = dict(dataset=dict(pipeline=test_pipeline_square))
