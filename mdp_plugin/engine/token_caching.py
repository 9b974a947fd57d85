"""Encode a data set's images once, for all steps of a training."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmseg.registry import DATASETS, MODELS
from tqdm import tqdm

from ..datasets.dataset_config import parts_of, with_pipeline
from ..datasets.token_cache import TokenCache
from ..models.segmentors import TokenGuidedEncoderDecoder
from ..whole_files import open_whole


def _images(cfg: Config, split: str) -> Iterator[tuple[str, np.ndarray]]:
    """Images (H, W) as they come to the step `LoadTokens`, and the folder that it names."""
    for part in parts_of(cfg[f'{split}_dataloader'].dataset):
        kinds = [step['type'] for step in part['pipeline']]
        if 'LoadTokens' not in kinds:
            continue
        at = kinds.index('LoadTokens')
        dataset = DATASETS.build(with_pipeline(part, part['pipeline'][:at], cache_images=False))
        for index in range(len(dataset)):
            yield part['pipeline'][at]['folder'], dataset[index]['img']


def _symmetries(image: np.ndarray) -> list[np.ndarray]:
    """The eight symmetries of an image."""
    turned = [np.rot90(image, turns) for turns in range(4)]
    return turned + [np.swapaxes(one, 0, 1) for one in turned]


def _as_batch(image: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(image, np.float32))[None, None]


def fit_reduction(model: TokenGuidedEncoderDecoder, images: Sequence[np.ndarray]) -> float:
    """Fit the reduction of a network's tokens, and write its file.

    Args:
        model (TokenGuidedEncoderDecoder): The network.
        images (Sequence[np.ndarray]): Training images (H, W).

    Returns:
        float: Share of the variance that is kept.
    """
    device = next(model.parameters()).device
    tokens = [model.encoder(_as_batch(image).to(device)).cpu() for image in images]
    kept = model.reduction.fit(torch.cat([t[0].flatten(1).T for t in tokens]))
    with open_whole(model.reduction_path) as file:
        torch.save(model.reduction.state_dict(), file)
    return kept


def cache_tokens(
    cfg: Config,
    splits: Sequence[str] = ('train', 'val'),
    symmetries: bool = False,
    fit_images: int = 64,
    report: Callable[[str], None] = print,
) -> None:
    """Write the tokens of a config's images into the folders of its steps `LoadTokens`.

    Args:
        cfg (Config): Config of a ``TokenGuidedEncoderDecoder``.
        splits (Sequence[str]): Of 'train', 'val' and 'test'. Defaults to train and val.
        symmetries (bool): Encode all eight symmetries of each image. Defaults to False.
        fit_images (int): Training images that fit the reduction, evenly spread. Defaults to 64.
        report (Callable): Is told in sentences what was done. Defaults to printing them.

    Raises:
        FileNotFoundError: If the encoder or the data are missing.
        ValueError: If the config has no tokens, or a folder holds those of another encoder.
    """
    init_default_scope('mmseg')
    model = MODELS.build(cfg.model)
    images = [found for split in splits for found in _images(cfg, split)]
    if not isinstance(model, TokenGuidedEncoderDecoder) or not images:
        raise ValueError(
            f'{cfg.filename} is no config of a teacher with tokens: its model is no '
            'TokenGuidedEncoderDecoder, or its pipelines have no step LoadTokens'
        )
    model.eval().to('cuda' if torch.cuda.is_available() else 'cpu')
    if model.reduction_path.is_file():
        model.read_reduction()
    else:
        train = [image for _, image in _images(cfg, 'train')]
        kept = fit_reduction(model, train[:: -(-len(train) // fit_images)])
        report(f'{model.reduction_path}: keeps {kept:.1%} of the variance')
    caches = {folder: TokenCache(folder) for folder, _ in images}
    for cache in caches.values():
        cache.open_for(model.fingerprint, model.encoder.cell)
    device = next(model.parameters()).device
    written = 0
    for folder, image in tqdm(images, desc='encoded', disable=None):
        for view in _symmetries(image) if symmetries else [image]:
            if view in caches[folder]:
                continue
            tokens = model.encode(_as_batch(view).to(device))[0]
            caches[folder].write(view, tokens.permute(1, 2, 0).cpu().numpy())
            written += 1
    places = ', '.join(sorted(caches))
    report(f'{written} images encoded, {len(images)} looked at; tokens in {places}')
