"""The shipped network on synthetic scenes: real weights, so that probabilities mean something."""

import numpy as np
import pytest
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import load_checkpoint
from mmseg.registry import MODELS

from mdp_plugin.synthesis import SceneGenerator, SceneSettings


@pytest.fixture(scope='session')
def shipped_model(project_root):
    """MDPNet-fine with its weights for NUDT-SIRST, in eval mode."""
    init_default_scope('mmseg')
    name = 'mdpnet-fine_nudt-sirst-256x256'
    model = MODELS.build(Config.fromfile(project_root / f'configs/mdpnet/{name}.py').model)
    weights = project_root / f'mdp_plugin/weights/{name}.pth'
    load_checkpoint(model, str(weights), map_location='cpu', strict=True)
    return model.eval()


@pytest.fixture(scope='session')
def scene():
    """A function: an image (H, W) of the generator, uint8, with targets."""

    def make(height: int, width: int, seed: int = 0) -> np.ndarray:
        return SceneGenerator(SceneSettings(size=(height, width)), seed)(0).image

    return make
