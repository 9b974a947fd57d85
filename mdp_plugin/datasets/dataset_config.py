"""Configs of data sets, one or several joined."""

from typing import Any


def parts_of(dataset: dict[str, Any]) -> list[Any]:
    """Data sets that a config holds.

    Args:
        dataset (dict): Config of a data set, or of a ``ConcatDataset``.

    Returns:
        list[dict]: The joined ones' own configs, not copied; or the config alone.
    """
    return dataset['datasets'] if dataset['type'] == 'ConcatDataset' else [dataset]


def with_pipeline(dataset: dict[str, Any], pipeline: list[dict], **options: Any) -> dict[str, Any]:
    """Give a data set another pipeline.

    Args:
        dataset (dict): Config of a data set, or of a ``ConcatDataset``; not changed.
        pipeline (list[dict]): The pipeline.
        **options: Further arguments of the data sets to set.

    Returns:
        dict: The new config.
    """
    parts = [{**part, 'pipeline': pipeline, **options} for part in parts_of(dataset)]
    return parts[0] if len(parts) == 1 else {**dataset, 'datasets': parts}
