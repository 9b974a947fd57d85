import json
from types import SimpleNamespace

import pytest
from mmengine.hooks import LoggerHook

from mdp_plugin.engine.hooks import RankZeroLoggerHook


@pytest.mark.parametrize(
    ('hook_type', 'rank', 'writes'),
    [(RankZeroLoggerHook, 0, True), (RankZeroLoggerHook, 1, False), (LoggerHook, 1, True)],
)
def test_only_the_first_process_writes(tmp_path, monkeypatch, hook_type, rank, writes):
    monkeypatch.setattr('mmengine.dist.utils.get_rank', lambda group=None: rank)
    hook = hook_type()
    hook.json_log_path = 'figures.json'
    logged = []
    hook.after_test_epoch(
        SimpleNamespace(
            log_processor=SimpleNamespace(
                get_log_after_epoch=lambda *args, **kwargs: ({'irstd/nIoU': 0.5}, 'text')
            ),
            logger=SimpleNamespace(info=logged.append),
            test_dataloader=[],
            log_dir=str(tmp_path),
        )
    )
    file = tmp_path / 'figures.json'
    assert file.exists() == writes and bool(logged) == writes
    if writes:
        assert json.loads(file.read_text()) == {'irstd/nIoU': 0.5}
