from pathlib import Path

import pytest

from mdp_plugin.datasets.data_root import candidate_roots, resolve_data_root


def test_the_environment_variable_stands_for_data(tmp_path, monkeypatch):
    (tmp_path / 'SIRST').mkdir()
    monkeypatch.setenv('IRSTD_DATA_ROOT', str(tmp_path))
    assert resolve_data_root('data/SIRST') == str(tmp_path / 'SIRST')


def test_the_working_directory_serves_what_the_variable_lacks(tmp_path, monkeypatch):
    (tmp_path / 'data/synthetic').mkdir(parents=True)
    monkeypatch.setenv('IRSTD_DATA_ROOT', str(tmp_path / 'elsewhere'))
    monkeypatch.chdir(tmp_path)
    assert resolve_data_root('data/synthetic') == 'data/synthetic'


def test_the_checkout_comes_last(tmp_path, monkeypatch, project_root):
    monkeypatch.delenv('IRSTD_DATA_ROOT', raising=False)
    monkeypatch.chdir(tmp_path)
    assert candidate_roots('data/SIRST') == ['data/SIRST', str(project_root / 'data/SIRST')]
    assert resolve_data_root('tests') == str(Path(project_root) / 'tests')


def test_the_variable_concerns_only_folders_under_data(tmp_path, monkeypatch):
    monkeypatch.setenv('IRSTD_DATA_ROOT', str(tmp_path))
    assert all(str(tmp_path) not in c for c in candidate_roots('other/SIRST'))
    assert candidate_roots('/absolute/SIRST') == ['/absolute/SIRST']
    assert candidate_roots('s3://bucket/SIRST') == ['s3://bucket/SIRST']


def test_a_missing_folder_is_reported_with_all_places(tmp_path, monkeypatch):
    monkeypatch.setenv('IRSTD_DATA_ROOT', str(tmp_path))
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError) as error:
        resolve_data_root('data/NoSuchSet')
    for place in (tmp_path / 'NoSuchSet', tmp_path / 'data/NoSuchSet', 'IRSTD_DATA_ROOT'):
        assert str(place) in str(error.value)
