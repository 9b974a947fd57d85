"""What tracking is worth: the tool, and its counts for a detector that is known."""

import subprocess
import sys

import numpy as np

from mdp_plugin.detection import Detection, Target, Tracking
from mdp_plugin.experiments.tracks import measure_tracks
from mdp_plugin.project_files import PACKAGE
from mdp_plugin.synthesis import SceneSettings, SequenceGenerator, SequenceSettings, TargetSettings

FRAMES = 20
GENERATOR = SequenceGenerator(
    SequenceSettings(
        SceneSettings(size=(96, 128), targets=TargetSettings(count=(1, 1))),
        frames=FRAMES, speed=(0.5, 0.5), drift=(0, 0), jitter=(0, 0),
    )
)  # fmt: skip
#: Frames in which the target is not found; a track does not survive the second gap.
MISSED = (3, *range(8, 12))


class KnownDetector:
    """Finds the target but in some frames, a spot of one frame in each, and a lasting one."""

    def __init__(self, sequence=-1):
        self.sequence, self.frame = sequence, -1
        self.truths = [frame.targets for frame in GENERATOR(sequence)] if sequence >= 0 else []

    def for_video(self):
        self.sequence += 1
        return KnownDetector(self.sequence)

    def __call__(self, image):
        self.frame += 1
        truth = self.truths[self.frame]
        places = [(t.x + 1, t.y - 1) for t in truth if self.frame not in MISSED]
        # Far from the target, and from the places of the frames before.
        (target,) = truth
        far = 15.0 if target.y > 48 else 70.0
        places += [((37 * self.frame) % 110, far + 10), (5.0, far - 10)]
        found = [Target(x, y, (int(x), int(y), 3, 3), 9, 0.9, 0.8) for x, y in places]
        empty = np.zeros(image.shape, np.float32)
        return Detection(empty, empty > 0, found, empty)


def test_counts_of_a_known_detector():
    found = measure_tracks(
        KnownDetector(),
        GENERATOR,
        2,
        {'none': None, '3/5': Tracking(coast=2), 'all': Tracking((1, 1))},
    )
    plain, tracked = found['none'], found['3/5']
    assert plain.frames == plain.places == 2 * FRAMES
    assert plain.places_found == tracked.places_found == 2 * (FRAMES - len(MISSED))
    assert plain.targets == plain.targets_found == tracked.targets_found == 2
    assert plain.false == 2 * 2 * FRAMES and tracked.false == 2 * FRAMES
    assert plain.false_tracks == plain.switches == 0
    assert tracked.false_tracks == 2 and tracked.switches == 2
    assert found['all'].false == plain.false and found['all'].switches == 0
    assert tracked.an_hour(tracked.false, 25) == 25 * 3600


def test_the_tool_prints_a_table(project_root):
    model = f'known={PACKAGE / "weights/mdpnet-fine_cameras-512x640.onnx"}'
    command = [sys.executable, str(project_root / 'tools/analysis_tools/track_experiment.py')]
    options = ['--sequences', '1', '--frames', '6', '--size', '64', '80', '--threads', '1']
    options += ['--seeds', '0', '1', '--noise', '1', '1', '--no-bad-pixels']
    done = subprocess.run(
        [*command, '--model', model, *options],
        capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert [line.split(' | ')[1] for line in lines[2:]] == ['none', '2/3', '3/5', '5/8']
    assert all('±' in line for line in lines[2:])
    refused = subprocess.run([*command, '--confirm', '5/3'], capture_output=True, text=True)
    assert refused.returncode == 1 and 'got 5 of 3' in refused.stderr
    assert 'Traceback' not in refused.stderr
