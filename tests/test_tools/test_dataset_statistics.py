"""The statistics tool measures what was drawn."""

import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from tiny_training import run_tool

TOOL = 'tools/analysis_tools/dataset_statistics.py'


def write_spots(root: Path, offset: tuple[int, int]) -> None:
    """Two images of spots 5 pixels wide: as they are marked in the first, moved in the second."""
    (root / 'images').mkdir(parents=True)
    (root / 'masks').mkdir()
    rows, columns = np.mgrid[:96, :96]
    for name, (down, right) in (('straight', (0, 0)), ('moved', offset)):
        image, mask = np.full((96, 96), 40.0), np.zeros((96, 96), np.uint8)
        for y in (24, 48, 72):
            for x in (24, 48, 72):
                squares = (rows - y) ** 2 + (columns - x) ** 2
                image += 120 * np.exp(-squares / 4)
                mask[(rows - y - down) ** 2 + (columns - x - right) ** 2 <= 6] = 255
        mask[10, 10] = 255
        cv2.imwrite(str(root / f'images/{name}.png'), image.round().astype(np.uint8))
        cv2.imwrite(str(root / f'masks/{name}.png'), mask)


def rows_of(output: str) -> dict[str, list[float]]:
    lines = [re.fullmatch(r'(\D+?)((?: +-?[\d.]+){5})', line) for line in output.splitlines()]
    return {line[1].strip(): [float(value) for value in line[2].split()] for line in lines if line}


def test_offset_of_masks_areas_and_names(tmp_path: Path) -> None:
    root = tmp_path / 'spots'
    write_spots(root, (1, -1))
    names = tmp_path / 'names.txt'
    for name, down, right in (('straight', 0, 0), ('moved', 1, -1)):
        names.write_text(f'{name}\n')
        output = run_tool(TOOL, root, '--names', names, '--area', 2, 99, cwd=tmp_path)
        assert 'spots: 1 image, 9 targets' in output
        rows = rows_of(output)
        assert rows['mask below target, px'] == pytest.approx([down] * 5, abs=0.1)
        assert rows['mask right of target, px'] == pytest.approx([right] * 5, abs=0.1)
        assert rows['targets per image'] == [9] * 5 and rows['target area, px'] == [21] * 5
    everything = run_tool(TOOL, root, cwd=tmp_path)
    assert 'spots: 2 images, 20 targets' in everything
    assert rows_of(everything)['target area, px'][0] == 1


def test_in_which_positions_shapes_occur(tmp_path: Path) -> None:
    root = tmp_path / 'shapes'
    (root / 'images').mkdir(parents=True)
    (root / 'masks').mkdir()
    hook = np.uint8([[1, 0, 0, 0], [1, 1, 1, 1]])
    mask = np.zeros((64, 64), np.uint8)
    for row, shape in ((8, hook), (20, np.fliplr(hook)), (32, hook), (44, np.ones((2, 4)))):
        mask[row : row + 2, 30:34] = shape
    cv2.imwrite(str(root / 'images/0.png'), 20 + 100 * mask)
    cv2.imwrite(str(root / 'masks/0.png'), 255 * mask)
    output = run_tool(TOOL, root, cwd=tmp_path)
    assert rows_of(output)['width by height'] == [2] * 5
    assert (
        'left to right 100 %, upside down 0 %, turned by a half 0 %, turned by a quarter 0 %'
    ) in output


def test_names_without_files_are_named(tmp_path: Path) -> None:
    write_spots(tmp_path / 'spots', (0, 0))
    names = tmp_path / 'names.txt'
    names.write_text('other\n')
    with pytest.raises(AssertionError, match=r'cannot read .*other\.png'):
        run_tool(TOOL, tmp_path / 'spots', '--names', names, cwd=tmp_path)


def test_a_data_set_without_any_target(tmp_path: Path) -> None:
    root = tmp_path / 'empty'
    write_spots(root, (0, 0))
    for path in (root / 'masks').iterdir():
        cv2.imwrite(str(path), np.zeros((96, 96), np.uint8))
    output = run_tool(TOOL, root, cwd=tmp_path)
    assert 'empty: 2 images, 0 targets' in output
    assert 'nan' not in output and 'the same mask elsewhere' not in output
    rows = rows_of(output)
    assert rows['targets per image'] == [0] * 5 and 'SCR' not in rows
    assert rows['image mean'][0] > 40
