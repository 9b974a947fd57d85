import pytest
import torch

from mdp_plugin.models.distillation import TokenReduction


def test_it_keeps_the_directions_of_the_largest_variance():
    random = torch.Generator().manual_seed(0)
    tokens = torch.randn(4000, 3, generator=random) * torch.tensor([1.0, 5.0, 0.1]) + 7
    reduction = TokenReduction(3, 2)
    assert reduction.fit(tokens) == pytest.approx(1 - 0.01 / 26, abs=1e-3)
    assert torch.allclose(reduction.axes.abs().round(), torch.tensor([[0.0, 1, 0], [1, 0, 0]]))
    reduced = reduction(tokens.T[None, :, :, None])
    assert reduced.shape == (1, 2, 4000, 1)
    assert reduced[0, 0].std() == pytest.approx(5, rel=0.1)
    assert torch.equal(reduced, reduced.half().float())


def test_its_fingerprint_survives_half_precision():
    first, second = TokenReduction(8, 2), TokenReduction(8, 2)
    first.fit(torch.randn(50, 8))
    second.fit(torch.randn(50, 8))
    assert first.fingerprint != second.fingerprint
    second.load_state_dict({k: v.half().float() for k, v in first.state_dict().items()})
    assert first.fingerprint == second.fingerprint


def test_too_few_tokens():
    with pytest.raises(ValueError, match='too few'):
        TokenReduction(8, 4).fit(torch.randn(4, 8))
