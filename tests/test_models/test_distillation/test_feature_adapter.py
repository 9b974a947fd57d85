import pytest
import torch
from torch.nn import functional as F

from mdp_plugin.models.distillation.feature_adapter import FeatureAdapter


@pytest.mark.parametrize('size', [(3, 3), (3, 9), (9, 3), (3, 12)])
def test_what_is_larger_is_averaged(size):
    student = torch.randn(1, 2, 9, 9)
    result = FeatureAdapter(2, 2)(student, size)
    torch.testing.assert_close(result, F.adaptive_avg_pool2d(student, size))


@pytest.mark.parametrize(
    'own, size', [((4, 4), (8, 8)), ((9, 9), (9, 18)), ((9, 9), (18, 9)), ((6, 9), (8, 12)),
                  ((9, 6), (12, 8))]
)  # fmt: skip
def test_what_is_smaller_is_interpolated(own, size):
    student = torch.randn(1, 2, *own)
    result = FeatureAdapter(2, 2)(student, size)
    expected = F.interpolate(student, size, mode='bilinear', align_corners=False)
    torch.testing.assert_close(result, expected)


def test_equal_maps_stay_and_other_widths_are_projected():
    student = torch.randn(1, 2, 4, 4)
    assert torch.equal(FeatureAdapter(2, 2)(student, (4, 4)), student)
    assert FeatureAdapter(2, 3)(student, (4, 4)).shape == (1, 3, 4, 4)
