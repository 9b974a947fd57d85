"""What an exported file says of itself where a test has no training."""

from mdp_plugin.deploy import ExportMetadata


def describe(frame_type: str = 'uint8', **kwargs: object) -> ExportMetadata:
    """A description with a value for each field that is not given."""
    values = dict(
        name='model', data_set='NUDT-SIRST', frame_type=frame_type, white_level=255.0,
        frame_size=None, size=None, threshold=0.5, with_mask=False,
        weights_sha256='0' * 64, precision='float32', version='1',
    )  # fmt: skip
    return ExportMetadata(**{**values, **kwargs})
