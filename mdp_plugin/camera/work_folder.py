"""The folder of one training: its files, and whether a command goes on in it."""

import json
import shlex
from pathlib import Path
from typing import Any, NamedTuple

from ..whole_files import write_whole


class WorkFolder(NamedTuple):
    """Files of a training, all beside its config.

    Attributes:
        config (Path): The config.
    """

    config: Path

    @property
    def weights(self) -> Path:
        """What the training publishes."""
        return self.config.parent / 'run' / f'{self.config.stem}.pth'

    @property
    def exported(self) -> Path:
        """The file that runs without PyTorch."""
        return self.config.with_suffix('.onnx')

    @property
    def masks(self) -> Path:
        """Folder of the masks."""
        return self.config.parent / 'masks'

    @property
    def report(self) -> Path:
        """The page on the held-out part."""
        return self.config.parent / 'report.html'

    @property
    def _record(self) -> Path:
        return self.config.parent / 'train.json'

    def split(self, part: str) -> Path:
        """Names of the frames of 'train', 'val' or 'test'."""
        return self.config.parent / 'splits' / f'{part}.txt'

    def begin(self, settings: dict[str, Any]) -> None:
        """Make the folder, and note by which command."""
        write_whole(self._record, f'{json.dumps(settings, indent=1)}\n'.encode())

    def is_begun(self, settings: dict[str, Any]) -> bool:
        """Whether the same command has prepared the folder before.

        Args:
            settings (dict[str, Any]): The command's options.

        Returns:
            bool: True if its config is there.

        Raises:
            FileExistsError: If the folder holds something else.
        """
        folder = self.config.parent
        if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
            return False
        try:
            before = json.loads(self._record.read_text(encoding='utf-8'))
        except (OSError, ValueError):
            before = None
        if not isinstance(before, dict):
            raise FileExistsError(f'"{folder}" is not empty; name another folder with --out')
        keys = sorted(before.keys() | settings.keys())
        changed = next((key for key in keys if before.get(key) != settings.get(key)), None)
        if changed is not None:
            raise FileExistsError(
                f'"{folder}" was begun with other options ({changed} {before.get(changed)!r}, now '
                f'{settings.get(changed)!r}); name another folder with --out, or remove it'
            )
        return self.config.is_file()

    def commands(self, images: Path, export_flags: str, amp: bool) -> list[str]:
        """The project's commands of which a training consists.

        Args:
            images (Path): Folder of all frames.
            export_flags (str): Flags of the export, see :attr:`CameraData.export_flags`.
            amp (bool): Whether it trains in mixed precision.

        Returns:
            list[str]: One line each.
        """
        said = {
            'config': self.config,
            'weights': self.weights,
            'exported': self.exported,
            'masks': self.masks,
            'images': images,
            'val': self.split('val'),
            'test': self.split('test'),
            'points': self.config.parent / 'val',
            'report': self.report,
        }
        quoted = {key: shlex.quote(str(path)) for key, path in said.items()}
        return [
            line.format(**quoted, flags=export_flags)
            for line in (
                'python tools/train.py {config}' + ' --amp' * amp,
                'mdpnet evaluate {config},{weights} {masks} --images {images} --names {val} '
                '--out {points} --calibrate',
                'mdpnet export {config} {weights} {exported} --native {flags}',
                'mdpnet evaluate {exported} {masks} --images {images} --names {test}',
                'mdpnet report {config},{weights} --out {report}',
            )
        ]
