import cv2
import numpy as np
import pytest
import torch
from mmengine.structures import PixelData
from mmseg.registry import VISUALIZERS
from mmseg.structures import SegDataSample

from mdp_plugin.imaging.drawing import as_display_image


def sample(mask):
    return SegDataSample(pred_sem_seg=PixelData(data=torch.as_tensor(mask)[None]))


@pytest.mark.parametrize('depth', [np.uint8, np.uint16])
@pytest.mark.parametrize('channels', [(), (1,), (3,)])
def test_targets_are_coloured_and_framed_and_the_rest_is_untouched(tmp_path, depth, channels):
    visualizer = VISUALIZERS.build(
        dict(type='IRSTDVisualizer', name=tmp_path.name, alpha=0.5, margin=2)
    )
    visualizer.dataset_meta = dict(classes=('background', 'target'), palette=[[0] * 3, [255, 0, 0]])
    image = np.zeros((32, 32, *channels), depth)
    image[0, 0] = 200 if depth == np.uint8 else 65535
    mask = np.zeros((32, 32), np.uint8)
    mask[10:12, 20:23] = 1
    out = tmp_path / 'drawn.png'
    visualizer.add_datasample('drawn', image, sample(mask), draw_gt=False, out_file=str(out))
    drawn = cv2.cvtColor(cv2.imread(str(out)), cv2.COLOR_BGR2RGB)
    assert drawn.shape == (32, 32, 3)
    shown = as_display_image(image)
    mixed = (shown[10:12, 20:23] * 0.5 + [127.5, 0, 0]).astype(np.uint8)
    assert (drawn[10:12, 20:23] == mixed).all()
    frame = np.zeros((32, 32), bool)
    frame[7:15, 17:26] = True
    frame[8:14, 18:25] = False
    assert (drawn[frame] == [255, 0, 0]).all()
    rest = ~frame & (mask == 0)
    assert (drawn[rest] == shown[rest]).all()


def test_an_image_without_targets_stays_as_it_is(tmp_path):
    visualizer = VISUALIZERS.build(dict(type='IRSTDVisualizer', name='empty'))
    out = tmp_path / 'empty.png'
    image = np.arange(64, dtype=np.uint8).reshape(8, 8)
    visualizer.add_datasample(
        'empty', image, sample(np.zeros((8, 8), np.uint8)), draw_gt=False, out_file=str(out)
    )
    assert (cv2.imread(str(out)) == image[..., None]).all()
