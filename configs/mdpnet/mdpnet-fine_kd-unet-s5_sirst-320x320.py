# MDPNet-fine learns from unet-s5 in its last step on SIRST; test it with
# mdpnet-fine_pretrained_sirst-320x320.py. On train alone, since the teacher was chosen on val.
_base_ = ['./mdpnet-fine_pretrained_sirst-320x320.py', '../_base_/distillation/unet_s5.py']
model = dict(
    type='DistillEncoderDecoder',
    teacher=dict(
        type='FrozenTeacher',
        config='configs/unet/unet-s5_sirst-320x320.py',
        checkpoint='checkpoints/teachers/unet-s5_sirst-320x320.pth',
    ),
    distillers=_base_.distillers,
    active=('semantic_8', 'semantic_16'),
)
train_dataloader = dict(
    dataset=dict(
        ann_file='idx_427/train.txt', disjoint_from=['idx_427/val.txt', 'idx_427/test.txt']
    )
)
