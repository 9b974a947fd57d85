"""Detection that is killed and started anew ends like one that is not."""

from mdp_plugin.experiments.interrupted_detection import (
    differences,
    interrupt_detection,
    write_frames,
)
from mdp_plugin.project_files import PACKAGE

#: Starts without PyTorch.
LIGHT = PACKAGE / 'weights/mdpnet-fine_cameras-512x640.onnx'


def test_killed_detections_end_like_undisturbed_ones(tmp_path):
    write_frames(tmp_path / 'frames', 80)
    names = [path.suffix for path in (tmp_path / 'frames').iterdir()]
    assert sorted(set(names)) == ['.mkv', '.png', '.tif'] and len(names) == 23
    command = [str(tmp_path / 'frames'), '--model', str(LIGHT), '--threads', '1', '--overlay']
    command += ['--threshold', '0.5', '--workers', '2']
    command += ['--format', 'csv', 'json', 'coco']
    kills = list(interrupt_detection(command, tmp_path, 3))
    assert {kill.worker for kill in kills} == {True, False}
    assert max(kill.files for kill in kills) < 23
    undisturbed, interrupted = tmp_path / 'undisturbed', tmp_path / 'interrupted'
    assert differences(undisturbed, interrupted) == []
    assert (undisturbed / 'targets.csv').read_text().count('\n') > 80
    # The comparison sees what it is meant to see.
    table = interrupted / 'targets.csv'
    table.write_text(table.read_text().rpartition(',')[0])
    (interrupted / 'overlays/frame0.png.png').unlink()
    assert differences(undisturbed, interrupted) == ['overlays/frame0.png.png', 'targets.csv']
