"""IRSTDTTAModel averages probabilities; one view is the plain prediction."""

import pytest
import torch
from mmengine.config import ConfigDict
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample


def build(out_channels, threshold=0.5):
    """A small U-Net in the TTA wrapper, as `tools/test.py --tta` builds it."""
    binary = out_channels == 1
    num_out = dict(out_channels=1, threshold=threshold) if binary else {}
    loss = dict(type='CrossEntropyLoss', use_sigmoid=binary, avg_non_ignore=True)
    module = ConfigDict(
        type='EncoderDecoder',
        data_preprocessor=dict(type='SegDataPreProcessor', mean=[0.0], std=[1.0]),
        backbone=dict(
            type='UNet',
            in_channels=1,
            base_channels=4,
            num_stages=2,
            strides=(1, 1),
            enc_num_convs=(1, 1),
            dec_num_convs=(1,),
            downsamples=(True,),
            enc_dilations=(1, 1),
            dec_dilations=(1,),
        ),
        decode_head=dict(
            type='FCNHead',
            in_channels=4,
            in_index=1,
            channels=4,
            num_convs=1,
            concat_input=False,
            dropout_ratio=0,
            num_classes=2,
            align_corners=False,
            loss_decode=loss,
            **num_out,
        ),
        test_cfg=dict(mode='whole'),
    )
    torch.manual_seed(0)
    model = MODELS.build(ConfigDict(type='IRSTDTTAModel', module=module)).eval()
    # features are positive after ReLU: weights of mean zero give logits of either sign
    weight = torch.nn.init.normal_(model.module.decode_head.conv_seg.weight, std=5)
    weight.data -= weight.data.mean(dim=1, keepdim=True)
    return model


def view(image, flip=False, path='a.png', truth=None):
    """One view of an image as the data loader delivers it."""
    shape = tuple(image.shape[-2:])
    sample = SegDataSample(
        metainfo=dict(
            img_path=path,
            ori_shape=shape,
            img_shape=shape,
            pad_shape=shape,
            flip=flip,
            flip_direction='horizontal' if flip else None,
        )
    )
    if truth is not None:
        sample.gt_sem_seg = PixelData(data=truth)
    return (image.flip(-1) if flip else image), sample


def batch(*views):
    """Views of one image, collated: inputs and samples by view, each a list over images."""
    return dict(inputs=[[image] for image, _ in views], data_samples=[[s] for _, s in views])


def plain(model, image):
    """The segmentor's own prediction."""
    inputs, sample = view(image)
    (predicted,) = model.module.test_step(dict(inputs=[inputs], data_samples=[sample]))
    return predicted


def probability(sample):
    """Target probability of a predicted sample, (H, W)."""
    scores = sample.seg_logits.data
    return scores[0] if len(scores) == 1 else scores.softmax(dim=0)[1]


@pytest.fixture
def image():
    return torch.randn(1, 24, 30, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize('out_channels', [1, 2])
def test_one_view_is_the_plain_prediction(image, out_channels):
    model = build(out_channels)
    expected = plain(model, image)
    (got,) = model.test_step(batch(view(image)))
    assert 0 < expected.pred_sem_seg.data.float().mean() < 1
    assert torch.equal(got.pred_sem_seg.data, expected.pred_sem_seg.data)
    assert got.pred_sem_seg.data.dtype == expected.pred_sem_seg.data.dtype
    torch.testing.assert_close(probability(got), probability(expected), rtol=0, atol=1e-6)
    if out_channels == 1:
        assert torch.equal(got.seg_logits.data, expected.seg_logits.data)


@pytest.mark.parametrize('out_channels', [1, 2])
def test_views_are_averaged_as_probabilities(image, out_channels):
    model = build(out_channels)
    straight = probability(plain(model, image))
    turned_back = probability(plain(model, image.flip(-1))).flip(-1)
    assert (straight - turned_back).abs().max() > 0.05
    mean = (straight + turned_back) / 2
    (got,) = model.test_step(batch(view(image), view(image, flip=True)))
    torch.testing.assert_close(probability(got), mean, rtol=0, atol=1e-6)
    assert got.pred_sem_seg.data.shape == (1, 24, 30)
    decided = (mean - 0.5).abs() > 1e-5
    assert torch.equal((got.pred_sem_seg.data[0] == 1)[decided], (mean > 0.5)[decided])
    assert decided.float().mean() > 0.99


def test_the_heads_threshold_decides(image):
    model = build(1, threshold=0.8)
    (got,) = model.test_step(batch(view(image), view(image, flip=True)))
    expected = got.seg_logits.data > 0.8
    assert torch.equal(got.pred_sem_seg.data, expected.float())
    assert expected.any()


def test_the_sample_keeps_metainfo_and_truth_of_the_view_that_is_not_flipped(image):
    model = build(1)
    truth = torch.zeros(1, 24, 30, dtype=torch.long)
    truth[0, 3:5, 20:22] = 1
    turned = view(image, flip=True, truth=truth.flip(-1))
    (got,) = model.test_step(batch(turned, view(image, path='b.png', truth=truth)))
    assert got.metainfo['img_path'] == 'b.png'
    assert got.metainfo['ori_shape'] == (24, 30)
    assert not got.metainfo['flip']
    assert torch.equal(got.gt_sem_seg.data, truth)


def test_several_images_are_merged_one_by_one(image):
    model = build(1)
    other = image.flip(-2) * 0.5
    data = dict(
        inputs=[[image, other], [image.flip(-1), other.flip(-1)]],
        data_samples=[
            [view(image)[1], view(other, path='b.png')[1]],
            [view(image, flip=True)[1], view(other, flip=True, path='b.png')[1]],
        ],
    )
    got = model.test_step(data)
    assert [sample.metainfo['img_path'] for sample in got] == ['a.png', 'b.png']
    for sample, source in zip(got, (image, other), strict=True):
        (alone,) = model.test_step(batch(view(source), view(source, flip=True)))
        torch.testing.assert_close(sample.seg_logits.data, alone.seg_logits.data)


def test_views_of_unequal_size_are_refused(image):
    model = build(1)
    with pytest.raises(ValueError, match=r'a.png: the views have the shapes'):
        model.test_step(batch(view(image), view(image.transpose(-1, -2))))
