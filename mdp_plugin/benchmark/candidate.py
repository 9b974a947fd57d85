"""What is timed: a config with weights, an exported file, or any other ONNX file."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ..deploy.runtime import EXPORTED_SUFFIXES

PRECISIONS = ('f32', 'bf16', 'f16')


@dataclass(frozen=True)
class Candidate:
    """One entrant of a comparison.

    Attributes:
        path (str): A config ('.py') or an exported or foreign file ('.onnx', '.xml', '.pt2').
        weights (str | None): Weights of a config; None: random.
        backend (str | None): What runs a file, see :func:`mdp_plugin.deploy.load_exported`.
        precision (str): 'f32', 'bf16' (OpenVINO, or a config under autocast) or 'f16' (TensorRT,
            or a config on a GPU).
        deploy (bool): Whether a config runs in its deployment form.
        name (str): How the table calls it.
    """

    path: str
    weights: str | None = None
    backend: str | None = None
    precision: str = 'f32'
    deploy: bool = False
    name: str = ''

    @property
    def is_config(self) -> bool:
        """Whether it is a model that PyTorch runs from its config."""
        return self.path.endswith('.py')

    def to_dict(self) -> dict[str, Any]:
        """The fields, for JSON."""
        return asdict(self)


def parse_candidate(text: str) -> Candidate:
    """Read ``PATH[,weights=FILE][,backend=NAME][,precision=P][,deploy][,name=TEXT]``.

    Args:
        text (str): One argument of the command line.

    Returns:
        Candidate: With a name made of the others if none is given.

    Raises:
        ValueError: For an unknown key or value, or a file that does not exist.
    """
    path, *parts = text.split(',')
    values: dict[str, Any] = {}
    for part in parts:
        key, _, value = part.partition('=')
        if key not in ('weights', 'backend', 'precision', 'deploy', 'name'):
            raise ValueError(
                f'"{text}": unknown key {key!r}; possible are weights=FILE, backend=NAME, '
                f'precision={"|".join(PRECISIONS)}, deploy and name=TEXT'
            )
        values[key] = True if key == 'deploy' else value
    if not path.endswith(('.py', *EXPORTED_SUFFIXES)):
        raise ValueError(
            f'"{text}": expected a config (.py) or one of {", ".join(EXPORTED_SUFFIXES)}'
        )
    for file in filter(None, (path, values.get('weights'))):
        if not Path(str(file)).is_file():
            raise ValueError(f'"{text}": there is no file "{file}"')
    if values.get('precision', 'f32') not in PRECISIONS:
        raise ValueError(f'"{text}": precision must be one of {PRECISIONS}')
    if not path.endswith('.py') and {'weights', 'deploy'} & set(values):
        raise ValueError(f'"{text}": weights and deploy are for configs')
    candidate = Candidate(path, **values)
    if not candidate.name:
        how = candidate.backend or ('eager' if candidate.is_config else '')
        words = [Path(path).name, 'deploy' if candidate.deploy else '', how, candidate.precision]
        candidate = Candidate(**{**candidate.to_dict(), 'name': ' '.join(filter(None, words))})
    return candidate
