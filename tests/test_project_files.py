import pytest

from mdp_plugin.project_files import find_project_file


def test_files_of_the_project_are_found_from_elsewhere(project_root, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    relative = 'configs/_base_/default_runtime.py'
    assert find_project_file(relative) == project_root / relative
    own = tmp_path / relative
    own.parent.mkdir(parents=True)
    own.write_text('lr = 1')
    assert find_project_file(relative).resolve() == own


def test_a_missing_file_is_named_with_all_places(project_root, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError) as error:
        find_project_file('configs/none.py', 'config file')
    assert str(error.value).startswith('config file not found')
    assert '"configs/none.py"' in str(error.value)
    assert f'"{project_root / "configs/none.py"}"' in str(error.value)
