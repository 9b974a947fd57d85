"""Configs of data sets, one or several joined."""

from typing import Any


def parts_of(dataset: dict[str, Any]) -> list[Any]:
    """Data sets that a config holds.

    Args:
        dataset (dict): Config of a data set, of a ``RepeatDataset``, or of a ``ConcatDataset``.

    Returns:
        list[dict]: The joined ones' own configs, not copied, repeated ones once; or the config
        alone.
    """
    if dataset['type'] == 'RepeatDataset':
        return parts_of(dataset['dataset'])
    if dataset['type'] == 'ConcatDataset':
        return [part for joined in dataset['datasets'] for part in parts_of(joined)]
    return [dataset]


def with_pipeline(dataset: dict[str, Any], pipeline: list[dict], **options: Any) -> dict[str, Any]:
    """Give a data set another pipeline.

    Args:
        dataset (dict): See :func:`parts_of`; not changed.
        pipeline (list[dict]): The pipeline.
        **options: Further arguments of the data sets to set.

    Returns:
        dict: The new config, in which every part stands once.
    """
    parts = [{**part, 'pipeline': pipeline, **options} for part in parts_of(dataset)]
    return parts[0] if len(parts) == 1 else dict(type='ConcatDataset', datasets=parts)
