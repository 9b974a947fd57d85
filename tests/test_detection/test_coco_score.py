import csv
import json

import cv2

from mdp_plugin.cli import main
from mdp_plugin.synthesis import SceneGenerator, SceneSettings


def test_the_score_for_coco_is_the_calibrated_confidence(tmp_path):
    (tmp_path / 'frames').mkdir()
    scene = SceneGenerator(SceneSettings(size=(128, 128)), seed=0)
    for index in range(4):
        cv2.imwrite(str(tmp_path / f'frames/{index}.png'), scene(index).image)
    out = tmp_path / 'out'
    assert (
        main(['detect', str(tmp_path / 'frames'), '--out', str(out), '--format', 'csv', 'coco'])
        == 0
    )
    rows = list(csv.DictReader((out / 'targets.csv').open()))
    contents = [json.loads(path.read_text()) for path in out.glob('*coco*.json')]
    lists = [c if isinstance(c, list) else c['annotations'] for c in contents]
    assert len(lists) == 2
    for found in lists:
        scores = [target['score'] for target in found]
        assert scores == [float(row['confidence']) for row in rows]
        assert scores != [float(row['peak']) for row in rows]
