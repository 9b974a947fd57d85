"""Pictures of what training sees."""

import runpy

import cv2
import numpy as np
import pytest
from tiny_training import PROJECT_ROOT, SIZE, run_tool, write_config, write_dataset

TOOL = 'tools/analysis_tools/browse_dataset.py'


@pytest.fixture(scope='module')
def tool():
    return runpy.run_path(str(PROJECT_ROOT / TOOL))


@pytest.mark.parametrize('dtype', [np.uint8, np.uint16, np.float32])
@pytest.mark.parametrize('channels', [0, 1, 3])
def test_outline_surrounds_the_target_and_hides_nothing(tool, dtype, channels):
    image = np.full((64, 80), 10, dtype)
    image[20:23, 30:34] = 250
    image = image if channels == 0 else np.repeat(image[..., None], channels, axis=2)
    mask = np.zeros((64, 80), np.uint8)
    mask[20:23, 30:34] = 1
    mask[50:52, 10:12] = 255
    picture = tool['draw'](image, mask)
    assert picture.dtype == np.uint8 and picture.shape == (512, 640, 3)
    assert (picture[160:184, 240:272] == picture[160, 240]).all()
    assert picture[160, 240].min() > picture[0, 0].max()
    outline = (picture == tool['TARGET']).all(-1)
    rows, columns = np.nonzero(outline)
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (159, 184, 239, 272)
    assert outline.sum() == 2 * 34 + 2 * 24
    ignored = np.argwhere((picture == tool['IGNORED']).all(-1))
    assert ignored.min(0).tolist() == [399, 79]


@pytest.mark.parametrize('depth', [8, 16])
def test_tool_draws_the_training_pipeline(tmp_path, depth):
    root = write_dataset(tmp_path / 'data', num_images=3)
    if depth == 16:
        for file in (root / 'images').iterdir():
            cv2.imwrite(str(file), cv2.imread(str(file), 0).astype(np.uint16) * 200)
    run_tool(
        TOOL, write_config(tmp_path, root), '--not-show', '--output-dir', tmp_path / 'out',
        '--max-images', '2', '--show-interval', '1',
        '--cfg-options', 'train_dataloader.dataset.pipeline.4.prob=1.0',
        cwd=tmp_path,
    )  # fmt: skip
    files = sorted((tmp_path / 'out').iterdir())
    assert [file.name for file in files] == ['00000_spot_0.png', '00001_spot_1.png']
    for index, file in enumerate(files):
        picture = cv2.imread(str(file))
        assert picture.shape == (512, 512, 3)
        mask = cv2.imread(str(root / f'masks/spot_{index}.png'), 0)[:, ::-1]
        edge = np.argwhere((picture == (60, 60, 255)).all(-1))
        target = np.argwhere(mask) * 512 // SIZE
        # Flipped as the pipeline says, and outlined by one pixel.
        assert edge.min(0).tolist() == (target.min(0) - 1).tolist()


def test_nothing_to_do_is_refused(tool):
    with pytest.raises(SystemExit):
        tool['parse_args'](['config.py', '--not-show'])
