"""Speed of variants of a network: deployment form, against a peer, in one run."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS

from ..deploy.metadata import ExportMetadata
from ..export.detector_graph import DetectorGraph
from ..export.exporting import export
from ..version import __version__
from .candidate import Candidate
from .comparison import CandidateError
from .lw_irstnet import write_onnx
from .session import run_session

#: Name of the peer's rows, and the backends that everything is timed in.
PEER, BACKENDS = 'LW-IRSTNet', ('onnxruntime', 'openvino')


def export_untrained(cfg: Config, out: Path, size: tuple[int, int]) -> Path:
    """Export a config's network with random weights, for frames of one size.

    Args:
        cfg (Config): The config.
        out (Path): File to write, see :func:`mdp_plugin.export.exporting.export`.
        size (tuple[int, int]): Height and width of the frames, float32.

    Returns:
        Path: The file.
    """
    init_default_scope(cfg.get('default_scope', 'mmseg'))
    metadata = ExportMetadata(
        name=out.stem, data_set='', frame_type='float32', white_level=255.0, frame_size=size,
        size=None, threshold=0.5, with_mask=False, weights_sha256='', precision='float32',
        version=__version__,
    )  # fmt: skip
    return export(DetectorGraph(MODELS.build(cfg.model), frame_type='float32'), metadata, out)


def time_variants(
    configs: Mapping[str, Config], size: tuple[int, int] = (256, 256), threads: int = 1
) -> dict[str, Any]:
    """Time the deployment forms of several configs and LW-IRSTNet in turns.

    Args:
        configs (Mapping[str, Config]): Config of each variant by its name.
        size (tuple[int, int]): Height and width of the frames. Defaults to (256, 256).
        threads (int): Threads of the CPU. Defaults to 1.

    Returns:
        dict[str, Any]: ``machine``, ``threads``, ``size``, ``limits`` and, under ``variants``, for
        each name the median milliseconds of each backend (``onnxruntime``, ``openvino``), ``gmacs``
        and ``share_of_roofline`` of the faster one. :data:`PEER` is a variant, too.

    Raises:
        CandidateError: If a variant cannot run in one of the backends.
    """
    with tempfile.TemporaryDirectory() as folder:
        files = {PEER: write_onnx(Path(folder) / 'peer.onnx', size)}
        for index, (name, cfg) in enumerate(configs.items()):
            files[name] = export_untrained(cfg, Path(folder) / f'{index}.onnx', size)
        candidates = [
            Candidate(str(file), backend=backend, name=f'{name} | {backend}')
            for name, file in files.items()
            for backend in BACKENDS
        ]
        session = run_session(candidates, threads, size, whole=False)
    rows = session.pop('candidates')
    failed = [f'{name}: {row["alone"]}' for name, row in rows.items() if 'roofline' not in row]
    if failed:
        raise CandidateError('; '.join(failed))
    session['variants'] = {}
    for name in files:
        by_backend = {backend: rows[f'{name} | {backend}'] for backend in BACKENDS}
        rooflines = [row['roofline'] for row in by_backend.values()]
        session['variants'][name] = {
            **{backend: row['alone']['median_ms'] for backend, row in by_backend.items()},
            'gmacs': rooflines[0]['macs'] / 1e9,
            'share_of_roofline': max(r['share_of_roofline'] for r in rooflines),
        }
    return session
