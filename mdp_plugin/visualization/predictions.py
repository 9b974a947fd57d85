"""Pictures of what a model predicts for its test images."""

from pathlib import Path

from .. import registration  # noqa: F401  (first: it checks and bridges the hosts)

# isort: split
import numpy as np
import torch
from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from mmseg.apis import init_model

from ..devices import find_device
from ..engine.tool_config import network_levels, without_teacher
from ..imaging.picture_files import write_picture
from .prediction_panels import draw_panels, make_sheet, read_levels


def draw_predictions(
    cfg: Config,
    weights: str,
    out: Path,
    *,
    max_images: int | None = None,
    device: str | None = None,
) -> int:
    """Draw the test images of a config, and a contact sheet.

    Args:
        cfg (Config): The config.
        weights (str): Path of its weights.
        out (Path): Folder of the pictures, made if it is not there.
        max_images (int, optional): Draw the first ones only. Defaults to None: all.
        device (str, optional): Defaults to None: 'cuda:0' if there is a GPU, else 'cpu'.

    Returns:
        int: Number of pictures, ``contact_sheet.png`` apart.

    Raises:
        OSError: If an image cannot be read or a picture cannot be written.
        ValueError: If there is no such device.
    """
    init_default_scope(cfg.get('default_scope', 'mmseg'))
    device = str(find_device(device))
    model = init_model(without_teacher(cfg), weights, device=device)
    loader_cfg = dict(cfg.test_dataloader, num_workers=0, persistent_workers=False)
    loader = Runner.build_dataloader(loader_cfg)
    out.mkdir(parents=True, exist_ok=True)
    levels = network_levels(cfg)
    rows: list[list[np.ndarray]] = []
    for batch in loader:
        with torch.no_grad():
            samples = model.test_step(batch)
        for sample in samples:
            pred = sample.pred_sem_seg.data.squeeze(0).cpu().numpy() == 1
            truth = sample.gt_sem_seg.data.squeeze(0).cpu().numpy() == 1
            image = read_levels(sample.img_path, truth.shape, levels)
            panels = draw_panels(image, pred, truth)
            write_picture(out / f'{Path(sample.img_path).stem}.png', np.hstack(panels))
            rows.append(panels)
            if len(rows) == max_images:
                break
        if len(rows) == max_images:
            break
    write_picture(out / 'contact_sheet.png', make_sheet(rows))
    return len(rows)
