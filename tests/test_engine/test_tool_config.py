import pytest

from mdp_plugin.engine.tool_config import find_config, load_tool_config


def test_configs_of_the_project_are_found_from_elsewhere(project_root, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    relative = 'configs/_base_/default_runtime.py'
    assert find_config(relative) == project_root / relative
    own = tmp_path / relative
    own.parent.mkdir(parents=True)
    own.write_text('lr = 1')
    assert find_config(relative).resolve() == own


def test_a_missing_config_is_named_with_all_places(project_root, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError) as error:
        find_config('configs/none.py')
    assert '"configs/none.py"' in str(error.value)
    assert f'"{project_root / "configs/none.py"}"' in str(error.value)


def test_command_line_comes_before_the_file(tmp_path):
    file = tmp_path / 'a b.py'
    file.write_text("model = dict(type='A', size=1)\nwork_dir = 'from the file'")
    cfg = load_tool_config(file, {'model.size': 2}, launcher='pytorch')
    assert (cfg.model.size, cfg.model.type) == (2, 'A')
    assert (cfg.launcher, cfg.work_dir) == ('pytorch', 'from the file')
    assert load_tool_config(file, work_dir='given').work_dir == 'given'
    file.write_text('lr = 1')
    assert load_tool_config(file).work_dir == 'work_dirs/a b'
