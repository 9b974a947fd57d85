"""The package where configs, teachers or PyTorch are not."""

import shutil
import subprocess
import sys

import pytest

from mdp_plugin import config_file
from mdp_plugin.project_files import PACKAGE, PROJECT_ROOT


@pytest.fixture(scope='module')
def installed(tmp_path_factory):
    """A folder that holds the package as an installation does: with `.mim`, without teachers."""
    folder = tmp_path_factory.mktemp('site-packages')
    package = shutil.copytree(
        PACKAGE, folder / 'mdp_plugin', ignore=shutil.ignore_patterns('__pycache__')
    )
    shutil.copytree(PROJECT_ROOT / 'configs', package / '.mim/configs')
    shutil.copy2(PROJECT_ROOT / 'model-index.yml', package / '.mim')
    # Other packages leave such folders beside it.
    (folder / 'configs').mkdir()
    return folder


def python(installed, code):
    """Run code where the installed package is found, and say what it printed."""
    return subprocess.run(
        [sys.executable, '-c', code], cwd=installed, capture_output=True, text=True
    )  # fmt: skip


def test_teachers_are_not_listed_where_they_are_not(installed):
    done = python(installed, "from mdp_plugin.cli import main; main(['zoo'])")
    assert 'mdpnet' in done.stdout and not done.stderr
    assert 'unet' not in done.stdout and 'irstformer' not in done.stdout


def test_a_teacher_that_is_not_there_is_named_with_where_it_is(installed):
    code = (
        "from mdp_plugin.cli import main; main(['detect', '.', '--model', 'unet-s5_sirst-320x320'])"
    )
    shutil.copy2(PROJECT_ROOT / 'docs/images/demo.png', installed)
    done = python(installed, code)
    assert 'are not installed; a checkout of the project has them in "checkpoints/' in done.stderr


def test_a_config_elsewhere_inherits_one_of_the_package(installed, tmp_path):
    name = 'mdpnet/mdpnet-tiny_synthetic-256x256.py'
    own = tmp_path / 'own.py'
    own.write_text(f"_base_ = __import__('mdp_plugin').config_file('{name}')\nscale = (64, 64)\n")
    code = 'from mmengine.config import Config; '
    code += f'cfg = Config.fromfile({str(own)!r}); print(cfg.train_cfg.max_epochs, cfg.scale)'
    done = python(installed, code)
    assert done.stdout.split('\n')[-2] == '30 (64, 64)', done.stderr
    assert config_file(name) == str(PROJECT_ROOT / 'configs' / name)
    with pytest.raises(FileNotFoundError, match='has no config "none.py"'):
        config_file('none.py')


def test_commands_install_into_a_checkout_or_into_an_environment(installed, project_root):
    code = "from mdp_plugin.installation import install_command; print(install_command('onedl'))"
    assert python(installed, code).stdout == 'pip install "mdp_plugin[onedl]"\n'
    assert python(project_root, code).stdout == 'pip install -e ".[onedl]"\n'
