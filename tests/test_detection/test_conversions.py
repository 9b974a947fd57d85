"""Results in the forms of other libraries."""

import csv
import importlib.util
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import cv2
import numpy as np
import pytest

from mdp_plugin import TargetDetector
from mdp_plugin.cli import main
from mdp_plugin.detection import Detection, Target
from mdp_plugin.project_files import PROJECT_ROOT
from mdp_plugin.synthesis import SceneGenerator, SceneSettings

SCENE = SceneGenerator(SceneSettings(size=(128, 128)))(3).image


def detection(*targets):
    return Detection(*np.zeros((2, 40, 40), np.float32), targets, np.zeros((40, 40), np.float32))


@pytest.fixture(scope='module')
def found():
    return TargetDetector('top-hat', threads=1)(SCENE)


def test_a_dataframe_is_the_table_of_the_command(found, tmp_path):
    pd = pytest.importorskip('pandas')
    cv2.imwrite(str(tmp_path / 'a.png'), SCENE)
    out = tmp_path / 'out'
    assert main(['detect', str(tmp_path / 'a.png'), '--model', 'top-hat', '--out', str(out)]) == 0
    written = pd.read_csv(out / 'targets.csv').drop(columns=['file', 'frame', 'seconds'])
    made = found.to_dataframe()
    assert len(made) > 1 and list(made.columns) == list(written.columns)
    for name in written.columns:
        np.testing.assert_allclose(
            made[name].to_numpy(float, na_value=np.nan), written[name].to_numpy(float), atol=1e-6
        )
    with (out / 'targets.csv').open() as file:
        assert len(list(csv.reader(file))) == len(made) + 1
    # Types are those of frames with targets where there is none, and tracks stay whole numbers.
    none = detection().to_dataframe()
    assert none.dtypes.equals(made.dtypes) and not len(none)
    tracked = detection(Target(1.5, 2.5, (1, 2, 3, 4), 5, 0.9, 0.8, track_id=7)).to_dataframe()
    both = pd.concat([made, tracked], keys=['a.png', 'b.png'], names=['file'])
    assert both.loc['b.png', 'track_id'].tolist() == [7] and both['track_id'].dtype == 'Int64'


def test_supervision_draws_and_saves_it(found):
    sv = pytest.importorskip('supervision')
    made = found.to_supervision()
    assert len(made) == len(found.targets) > 1
    for box, peak, target in zip(made.xyxy, made.confidence, found.targets, strict=True):
        left, top, width, height = target.box
        assert box.tolist() == [left, top, left + width, top + height]
        assert peak == target.peak
        # The box holds what was found, to the last pixel.
        x, y = slice(int(box[0]), int(box[2])), slice(int(box[1]), int(box[3]))
        assert found.mask[y, x].any(axis=0).all() and found.mask[y, x].any(axis=1).all()
    assert made.data['area'].tolist() == [target.area for target in found.targets]
    scene = cv2.cvtColor(SCENE, cv2.COLOR_GRAY2BGR)
    assert (sv.BoxAnnotator().annotate(scene.copy(), made) != scene).any()
    few = made[made.data['area'] > np.median(made.data['area'])]
    assert 0 < len(few) < len(made)
    tracked = detection(
        Target(1.5, 2.5, (1, 2, 3, 4), 5, 0.9, 0.8, 3.0, 0.7, 7),
        Target(11.5, 2.5, (11, 2, 3, 4), 5, 0.9, 0.8, 3.0, 0.6, 9),
    ).to_supervision()
    assert tracked.tracker_id.tolist() == [7, 9] and tracked.confidence.tolist() == [0.7, 0.6]
    none = detection().to_supervision()
    assert not len(none) and none.xyxy.shape == (0, 4)
    assert len(sv.Detections.merge([none, made])) == len(made)


@pytest.mark.parametrize(
    ('package', 'method'), [('pandas', 'to_dataframe'), ('supervision', 'to_supervision')]
)
def test_a_missing_library_is_named(package, method, monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util,
        'find_spec',
        lambda name, *rest: (name != package and find(name, *rest)) or None,
    )
    with pytest.raises(ImportError, match=rf'{package} missing: pip install -e "\.\[results\]"'):
        getattr(detection(), method)()


@pytest.fixture
def detected(tmp_path):
    """A folder with frames and the COCO file of `mdpnet detect`, as docs/use.md makes it."""
    (tmp_path / 'frames').mkdir()
    for name, image in (('a.png', SCENE), ('b.png', np.full((64, 96), 9, np.uint8))):
        cv2.imwrite(str(tmp_path / 'frames' / name), image)
    assert main([
        'detect', str(tmp_path / 'frames'), '--model', 'top-hat', '--format', 'coco',
        '--out', str(tmp_path / 'detections'),
    ]) == 0  # fmt: skip
    return tmp_path


def documented(word):
    """The block of docs/use.md that holds a word; none of these programs is in the project."""
    text = (PROJECT_ROOT / 'docs/use.md').read_text()
    return next(
        block for block in re.findall(r'^```\w+\n(.*?)^```$', text, re.M | re.S) if word in block
    )


@pytest.mark.skipif(not shutil.which('label-studio-converter'), reason='no Label Studio here')
def test_label_studio_takes_the_coco_file(detected, found):
    subprocess.run(documented('label-studio-converter'), shell=True, cwd=detected, check=True)
    with_targets, empty = json.loads((detected / 'tasks.json').read_text())
    assert with_targets['data']['image'].endswith('a.png')
    results = with_targets['predictions'][0]['result']
    assert len(results) == len(found.targets) and not empty['predictions'][0]['result']
    for result, target in zip(results, found.targets, strict=True):
        percent = [result['value'][name] for name in ('x', 'y', 'width', 'height')]
        assert percent == pytest.approx([100 * value / 128 for value in target.box])


#: What the block in docs/use.md does, without a database, which not every machine can have.
READ_BY_FIFTYONE = """
import json
import fiftyone as fo

importer = fo.types.COCODetectionDataset().get_dataset_importer_cls()(
    data_path='frames', labels_path='detections/targets_coco.json'
)
with importer:
    shown = {}
    for path, _, labels in importer:
        targets = [target for part in labels.values() for target in part.detections]
        shown[path] = [[*target.bounding_box, target.confidence] for target in targets]
print(json.dumps(shown))
"""


@pytest.mark.skipif(not shutil.which('fiftyone'), reason='no FiftyOne here')
def test_fiftyone_reads_the_coco_file(detected, found):
    assert 'dataset_type=fo.types.COCODetectionDataset' in documented('import fiftyone')
    python = Path(shutil.which('fiftyone')).with_name('python')
    done = subprocess.run(
        [python, '-c', READ_BY_FIFTYONE], cwd=detected, env={**os.environ, 'PYTHONPATH': ''},
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    read = json.loads(done.stdout.splitlines()[-1])
    shown = {Path(path).name: targets for path, targets in read.items()}
    assert sorted(shown) == ['a.png', 'b.png'] and not shown['b.png']
    expected = [[*(value / 128 for value in t.box), t.peak] for t in found.targets]
    np.testing.assert_allclose(shown['a.png'], expected, atol=1e-5)
