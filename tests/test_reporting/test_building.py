"""`report` from Python, without the command line."""

import json

import cv2
import numpy as np
import pytest

from mdp_plugin import Protocol, evaluate, report


@pytest.fixture(scope='module')
def folders(tmp_path_factory):
    """Images, masks, and predictions of which one misses its target and one is false."""
    root = tmp_path_factory.mktemp('report')
    for name in ('images', 'masks', 'others'):
        (root / name).mkdir()
    for index in range(4):
        mask = np.zeros((40, 50), np.uint8)
        mask[10:13, 20:23] = 255
        image = np.random.default_rng(index).integers(0, 99, mask.shape).astype(np.uint8)
        cv2.imwrite(str(root / f'images/{index}.png'), image + mask // 2)
        cv2.imwrite(str(root / f'masks/{index}_mask.png'), mask)
        prediction = np.roll(mask, 9, axis=0) if index == 2 else mask
        cv2.imwrite(str(root / f'others/{index}.png'), prediction)
    return root


def test_a_report_holds_what_evaluate_finds(folders, tmp_path):
    seen = []

    def progress(samples, name):
        seen.append((name, len(samples)))
        return samples

    detectors = [folders / 'others', f'theirs={folders / "masks"}']
    sources = {'images': folders / 'images', 'truths': folders / 'masks'}
    made = report(detectors, **sources, square=64, title='Night', progress=progress)
    assert seen == [('others', 4), ('theirs', 4)]
    others, theirs = made.scores
    expected = evaluate(folders / 'others', folders / 'masks')
    assert others.figures['original size'] == expected.figures.to_dict()
    assert others.curves == expected.curves.to_dict()
    square = evaluate(folders / 'others', folders / 'masks', protocol=Protocol(eval_size=64))
    assert others.figures['64x64'] == square.figures.to_dict()
    assert [(m.kind, m.image) for m in others.mistakes] == [('missed', '2'), ('false', '2')]
    assert theirs.mistakes == []
    assert [name for name, *_ in made.surfaces] == ['2', '0', '1']  # most mistakes first
    values = json.loads(json.dumps(made.to_dict()))
    assert values['title'] == 'Night' and list(values['detectors']) == ['others', 'theirs']
    assert values['detectors']['others']['figures'] == others.figures
    assert values['detectors']['others']['mistakes'][0]['centre'] == [11, 21]
    assert [target['found'] for target in values['detectors']['others']['targets']] == [
        True, True, False, True,
    ]  # fmt: skip
    written = made.write(tmp_path / 'new/page.html')
    assert [file.name for file in written] == ['page.html', 'page.csv', 'page.tex']
    assert '<h1>Night</h1>' in written[0].read_text()
    pictures = made.write_pictures(tmp_path / 'pictures')
    assert {file.name for file in pictures} == {
        'curves.png', 'mistakes-others.png', 'mistakes-theirs.png',
    }  # fmt: skip
    assert all(file.is_file() for file in [*written, *pictures])


def test_the_title_is_the_folder_of_images(folders):
    made = report([folders / 'others'], images=folders / 'images', truths=folders / 'masks')
    assert made.title == 'images' and made.threshold == 0.5


def test_mistakes_are_named(folders):
    sources = {'images': folders / 'images', 'truths': folders / 'masks'}
    for detectors, options, error, words in (
        (str(folders / 'others'), sources, TypeError, 'must be a list'),
        ([], sources, ValueError, 'needs a detector'),
        ([folders / 'others'], {}, ValueError, '--images and --truths are needed'),
        ([folders / 'others'], {'images': folders / 'images'}, ValueError, 'belong together'),
        ([folders / 'others'] * 2, sources, ValueError, 'two detectors are called "others"'),
        (['mdpnet-mars'], sources, KeyError, 'no model "mdpnet-mars"'),
    ):
        with pytest.raises(error, match=words):
            report(detectors, **options)
