import pytest
import torch
from tiny_encoder import ENCODER, write_encoder

from mdp_plugin.models.distillation.token_encoder import TokenEncoder, window_starts


@pytest.fixture(scope='module')
def encoder(tmp_path_factory):
    return write_encoder(tmp_path_factory.mktemp('encoder') / 'encoder.pth')


def build(file, **kwargs):
    options = dict(blocks=(1, 2), cell=4, window=8, autocast=None) | kwargs
    return TokenEncoder(ENCODER, str(file), **options)


@pytest.mark.parametrize(('length', 'starts'), [(5, [0]), (8, [0]), (9, [0, 1]), (20, [0, 8, 12])])
def test_windows_cover_everything_and_end_with_the_image(length, starts):
    assert window_starts(length, 8) == starts
    covered = {i for start in starts for i in range(start, min(start + 8, length))}
    assert covered == set(range(length))


def test_a_window_is_what_the_transformer_says_of_it(encoder):
    tokens = build(encoder)
    grey = torch.rand(2, 1, 48, 32) * 255  # two windows of 32 x 32 above each other
    found = tokens(grey)
    assert found.shape == (2, 32, 12, 8)
    assert torch.allclose(found[:, :, :8][:, :, :4], tokens(grey[:, :, :32])[:, :, :4], atol=1e-5)
    assert torch.allclose(found[:, :, 4:], tokens(grey[:, :, 16:]), atol=1e-5)
    # Each block's tokens have mean 0 and variance 1.
    blocks = found.view(2, 2, 16, 12, 8)
    assert torch.allclose(blocks.mean(2), torch.zeros(2, 2, 12, 8), atol=1e-5)
    assert torch.allclose(blocks.var(2, unbiased=False), torch.ones(2, 2, 12, 8), atol=1e-2)


def test_the_last_cells_are_filled_by_the_mirrored_border(encoder):
    tokens = build(encoder)
    grey = torch.rand(1, 1, 30, 32) * 255
    mirrored = torch.nn.functional.pad(grey, (0, 0, 0, 2), mode='reflect')
    assert torch.equal(tokens(grey), tokens(mirrored))


def test_the_fingerprint_says_what_decides_the_tokens(encoder, tmp_path):
    one = build(encoder).fingerprint
    assert one == build(encoder).fingerprint
    other = write_encoder(tmp_path / 'other.pth', seed=1)
    changed = [build(encoder, cell=8), build(encoder, blocks=(1, 3)), build(other)]
    assert len({one, *(tokens.fingerprint for tokens in changed)}) == 4


@pytest.mark.parametrize(
    'wrong', [dict(blocks=(2, 1)), dict(blocks=(4,)), dict(blocks=()), dict(cell=0)]
)
def test_impossible_settings_are_refused(encoder, wrong):
    with pytest.raises(ValueError, match='must be'):
        build(encoder, **wrong)
