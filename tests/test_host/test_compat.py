import sys

import mmseg
import pytest

from mdp_plugin.host import compat

ON_STOCK = bool(compat._installed(('mmsegmentation',)))
EXTRA = 'openmmlab' if ON_STOCK else 'onedl'
OTHER_DISTRIBUTION = 'onedl-mmsegmentation' if ON_STOCK else 'mmsegmentation'


def test_the_installed_hosts_pass():
    compat.check_hosts()


@pytest.mark.parametrize('name', ['mmengine', 'mmcv', 'mmseg'])
def test_a_missing_host_is_named_with_the_command(monkeypatch, name):
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(ImportError) as error:
        compat.check_hosts()
    assert f'"{name}" is missing' in str(error.value)
    assert f'pip install -e ".[{EXTRA}]"' in str(error.value)


def test_an_old_host_is_named_with_both_versions(monkeypatch):
    monkeypatch.setattr(mmseg, '__version__', '1.1.10')
    with pytest.raises(
        ImportError, match=r'"mmseg" 1\.1\.10 is too old, at least 1\.2\.2'
    ) as error:
        compat.check_hosts()
    assert f'pip install -e ".[{EXTRA}]"' in str(error.value)


def test_both_lines_at_once_are_refused(monkeypatch, tmp_path):
    info = tmp_path / f'{OTHER_DISTRIBUTION.replace("-", "_")}-1.2.2.dist-info'
    info.mkdir()
    (info / 'METADATA').write_text(f'Name: {OTHER_DISTRIBUTION}\nVersion: 1.2.2\n')
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(ImportError, match='two lines') as error:
        compat.check_hosts()
    for name in ('onedl-mmsegmentation', 'mmsegmentation'):
        assert f' {name}' in str(error.value).split('pip uninstall -y')[1]


@pytest.mark.parametrize(
    ('older', 'newer'), [('1.2.2', '1.10.0'), ('0.10.7', '0.10.12'), ('2.0.0rc4', '2.1.0')]
)
def test_versions_compare_by_number(older, newer):
    assert compat._as_numbers(older) < compat._as_numbers(newer)


def test_missing_operators_can_be_named_and_fail_when_called():
    ops = compat._MissingOps('mmcv._ext')
    assert callable(ops.sigmoid_focal_loss_forward)
    with pytest.raises(ImportError, match='sigmoid_focal_loss_forward.*mmcv-lite'):
        ops.sigmoid_focal_loss_forward(1, gamma=2)
    assert not hasattr(ops, '__path__')


@pytest.mark.skipif(not ON_STOCK, reason='OneDL guards its imports of operators itself')
def test_stock_models_that_import_operators_are_registered():
    from mmseg.registry import MODELS

    assert MODELS.get('FocalLoss') is not None
