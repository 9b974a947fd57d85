from mdp_plugin.engine.tool_config import load_tool_config


def test_command_line_comes_before_the_file(tmp_path):
    file = tmp_path / 'a b.py'
    file.write_text("model = dict(type='A', size=1)\nwork_dir = 'from the file'")
    cfg = load_tool_config(file, {'model.size': 2}, launcher='pytorch')
    assert (cfg.model.size, cfg.model.type) == (2, 'A')
    assert (cfg.launcher, cfg.work_dir) == ('pytorch', 'from the file')
    assert load_tool_config(file, work_dir='given').work_dir == 'given'
    file.write_text('lr = 1')
    assert load_tool_config(file).work_dir == 'work_dirs/a b'
