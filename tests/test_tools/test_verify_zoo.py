"""The zoo's entries are what its weights measure."""

import re
import runpy

import pytest
import torch
import yaml
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS
from tiny_training import PROJECT_ROOT, write_config, write_dataset

from mdp_plugin import cli
from mdp_plugin.evaluation.operating_points import OperatingPoints
from mdp_plugin.zoo.entries import metafiles, read_entries, sha256


@pytest.fixture(scope='module')
def tool():
    return runpy.run_path(str(PROJECT_ROOT / 'tools/analysis_tools/verify_zoo.py'))['main']


@pytest.fixture
def index(tmp_path):
    """A zoo of one model with random weights, its values not yet measured."""
    init_default_scope('mmseg')
    square = "scale = (64, 64)\ntest_pipeline = val_dataloader['dataset']['pipeline']\n"
    square += "test_pipeline_square = [*test_pipeline[:4], dict(type='AlignedResize', "
    square += 'scale=(32, 32), as_original=True), test_pipeline[4]]'
    config = write_config(tmp_path, write_dataset(tmp_path / 'data', num_images=3), square)
    torch.manual_seed(0)
    model = MODELS.build(Config.fromfile(config).model)
    torch.save({'state_dict': model.state_dict()}, tmp_path / 'tiny.pth')
    (tmp_path / 'metafile.yml').write_text(
        '# A comment.\nCollections:\n- Name: Tiny\nModels:\n'
        '- Name: tiny\n  Config: tiny.py\n  Weights: tiny.pth\n'
    )
    path = tmp_path / 'model-index.yml'
    path.write_text('Import:\n- metafile.yml\n')
    return path


def run(tool, index, *arguments: str) -> int:
    return tool([*arguments, '--index', str(index)])


def test_update_verify_and_every_kind_of_difference(tool, index, capsys):
    assert run(tool, index) == 1
    assert 'DIFFERS' in capsys.readouterr().out
    assert run(tool, index, '--update', 'tiny') == 0
    metafile = index.parent / 'metafile.yml'
    text = metafile.read_text()
    assert text.startswith('# A comment.\nCollections:')
    (entry,) = yaml.safe_load(text)['Models']
    assert len(entry['SHA256']) == 64 and entry['Metadata']['Input'] == [1, 64, 64]
    original, square = entry['Results']
    assert (original['Protocol'], square['Protocol']) == ('original', 'square')
    assert list(original['Metrics']) == ['nIoU', 'IoU', 'F1', 'Pd', 'Fa', 'AUC']
    assert original['Metrics'] != square['Metrics']
    capsys.readouterr()
    assert run(tool, index) == 0
    output = capsys.readouterr().out
    assert '1 of 1 entries agree' in output and 'DIFFERS' not in output

    # Within the tolerance, beyond it, another size, other weights.
    stated = yaml.safe_load(text)
    figures = stated['Models'][0]['Results'][1]['Metrics']
    figures['IoU'] += 0.04
    metafile.write_text(yaml.safe_dump(stated))
    assert run(tool, index) == 0
    figures['IoU'] += 0.04
    stated['Models'][0]['Metadata']['MACs'] += 1
    metafile.write_text(yaml.safe_dump(stated))
    capsys.readouterr()
    assert run(tool, index) == 1
    lines = capsys.readouterr().out.splitlines()
    wrong = [line for line in lines if 'DIFFERS' in line]
    assert len(wrong) == 2 and 'MACs' in wrong[0] and 'IoU (data, square)' in wrong[1]


def test_a_stored_threshold_has_results_of_its_own(tool, index, capsys):
    def store(threshold: float) -> None:
        curve = {'threshold': [0.1, 0.9], 'Fa': [1e-4, 0.0]}
        points = OperatingPoints(threshold, 'three images', curve, None)
        points.save(index.parent / 'tiny.operating_points.json')

    metafile = index.parent / 'metafile.yml'
    store(0.5)  # that of the other protocols
    assert run(tool, index, '--update') == 0
    protocols = [r['Protocol'] for r in read_entries(metafile)[0]['Results']]
    assert protocols == ['original', 'square']
    store(0.1)
    assert run(tool, index, '--update') == 0
    original, _, stored = read_entries(metafile)[0]['Results']
    assert stored['Protocol'] == 'operating point'
    assert {'FPPI', 'FalseFrames'} <= set(stored['Metrics'])
    assert stored['Metrics']['Fa'] != original['Metrics']['Fa']
    capsys.readouterr()
    assert run(tool, index) == 0
    store(0.9)
    assert run(tool, index) == 1
    assert 'operating point) |' in capsys.readouterr().out


def test_a_model_of_several_data_sets_has_results_of_each(tool, index, capsys):
    other = write_dataset(index.parent / 'other', num_images=3, seed=1)
    (index.parent / 'second.py').write_text(
        f"_base_ = './tiny.py'\ntest_dataloader = dict(dataset=dict(data_root={str(other)!r}))\n"
    )
    with (index.parent / 'metafile.yml').open('a') as metafile:
        metafile.write('  Tests: [second.py]\n')
    assert run(tool, index, '--update') == 0
    assert run(tool, index) == 0
    (entry,) = read_entries(index.parent / 'metafile.yml')
    results = {(r['Dataset'], r['Protocol']): r['Metrics'] for r in entry['Results']}
    assert list(results) == [
        (name, protocol) for name in ('data', 'other') for protocol in ('original', 'square')
    ]
    assert results['data', 'original'] != results['other', 'original']
    capsys.readouterr()
    other.rename(index.parent / 'elsewhere')
    assert run(tool, index) == 1
    assert 'other' in capsys.readouterr().out


def test_absent_data_fail_or_are_skipped(tool, index, capsys, monkeypatch):
    assert run(tool, index, '--update') == 0
    (index.parent / 'data').rename(index.parent / 'elsewhere')
    assert run(tool, index) == 1
    assert '--data skip' in capsys.readouterr().out
    assert run(tool, index, '--data', 'skip') == 0
    assert 'figures skipped' in capsys.readouterr().out
    metafile = index.parent / 'metafile.yml'
    text = metafile.read_text()
    metafile.write_text(text.replace('MACs: ', 'MACs: 1'))
    assert run(tool, index, '--data', 'skip', '--update') == 0
    (kept,), (before,) = read_entries(metafile), yaml.safe_load(text)['Models']
    assert kept == before and len(kept['Results']) == 2
    # What needs no data is compared nevertheless.
    weights = torch.load(index.parent / 'tiny.pth', weights_only=True)
    weights['state_dict']['decode_head.conv_seg.bias'] += 1
    torch.save(weights, index.parent / 'tiny.pth')
    assert run(tool, index, '--data', 'skip') == 1
    (index.parent / 'tiny.pth').unlink()
    assert run(tool, index, '--data', 'skip') == 1
    assert 'do not exist' in capsys.readouterr().out


def test_unknown_names_empty_zoos_and_incomplete_entries(tool, index, capsys):
    assert run(tool, index, 'other') == 1
    assert 'no entry other' in capsys.readouterr().out
    metafile = index.parent / 'metafile.yml'
    metafile.write_text('Models: []\n')
    assert run(tool, index) == 1
    metafile.write_text('Models:\n- Name: tiny\n')
    with pytest.raises(KeyError, match="'tiny' lacks .*Config.*Weights"):
        run(tool, index)
    metafile.unlink()
    with pytest.raises(FileNotFoundError, match='metafile.yml'):
        run(tool, index)


def test_an_exported_file_is_held_against_its_weights(tool, index, capsys):
    assert run(tool, index, '--update') == 0
    files = [str(index.parent / name) for name in ('tiny.py', 'tiny.pth', 'tiny.onnx')]
    assert cli.main(['export', *files, '--frame-type', 'float32']) == 0
    capsys.readouterr()
    assert run(tool, index) == 0
    assert len(re.findall(r'of the exported file +\|.*ok', capsys.readouterr().out)) == 4
    # Other weights, to which the entry is brought up and the file is not.
    weights = torch.load(files[1], weights_only=True)
    weights['state_dict']['decode_head.conv_seg.bias'] += 1
    torch.save(weights, files[1])
    assert run(tool, index, '--update') == 1
    output = capsys.readouterr().out
    assert len(re.findall(r'of the exported file +\|.*DIFFERS', output)) == 3
    assert 'export anew, with --frame-type float32, beside the weights: tiny' in output
    assert '0 of 1 entries agree' in output


def test_entries_of_the_project_point_to_files():
    files = metafiles(PROJECT_ROOT / 'model-index.yml')
    assert PROJECT_ROOT / 'configs/mdpnet/metafile.yml' in files
    for file in files:
        for entry in read_entries(file):
            assert (PROJECT_ROOT / entry['Config']).is_file()
            weights = PROJECT_ROOT / entry['Weights']
            assert sha256(weights) == entry['SHA256']
            assert {'nIoU', 'IoU', 'F1', 'Pd', 'Fa', 'AUC'} <= set(entry['Results'][0]['Metrics'])
