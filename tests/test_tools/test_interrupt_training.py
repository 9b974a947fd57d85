import re
import subprocess
import sys

from tiny_training import PROJECT_ROOT, write_config, write_dataset

EMA = "custom_hooks = [dict(type='EMAHook', momentum=0.1)]\n"


def test_a_training_that_is_interrupted_ends_like_one_that_is_not(tmp_path):
    config = write_config(
        tmp_path, write_dataset(tmp_path / 'data'), EMA + 'train_cfg.update(max_epochs=8)'
    )
    tool = [sys.executable, PROJECT_ROOT / 'tools/analysis_tools/interrupt_training.py', config]
    out = tmp_path / 'out'
    done = subprocess.run(
        [*tool, '--times', '3', '--out', out], cwd=tmp_path, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    for kind in ('killed', 'killed while writing', 'no room'):
        row = rf'^\| {kind} \| (\d) \| (\d) \| (\d) \| (\d) \|$'
        ((times, within, between, _),) = re.findall(row, done.stdout, re.M)
        assert int(within) + int(between) == int(times) == 1
    assert 'no difference' in done.stdout
    # The comparison sees what it is meant to see.
    best = next((out / 'interrupted').glob('best_*.pth'))
    best.rename(best.with_name('best_irstd_nIoU_epoch_0.pth'))
    from mdp_plugin.experiments.interruptions import differences

    assert len(differences(out / 'undisturbed', out / 'interrupted')) == 2
