"""The file of an experiment: a config, shared options, seeds and variants."""

import argparse
from pathlib import Path

import yaml
from mmengine.config import Config, DictAction

from ..engine.tool_config import load_tool_config
from ..project_files import PROJECT_ROOT

#: Keys of an experiment or a variant that name a config.
CONFIG_KEYS = {'config', 'test_config'}


class ExperimentError(ValueError):
    """An experiment cannot go on; the message says why."""


def load_experiment(path: Path) -> dict:
    """Read and check an experiment file.

    Args:
        path (Path): The YAML file.

    Returns:
        dict: With config, seeds, options and variants.

    Raises:
        ExperimentError: If the file lacks a key or names a missing config.
    """
    experiment = yaml.safe_load(path.read_text())
    missing = {'config', 'variants'} - set(experiment)
    if missing:
        raise ExperimentError(f'{path}: missing {", ".join(sorted(missing))}')
    experiment.setdefault('seeds', [0])
    experiment.setdefault('options', {})
    experiment.setdefault('speed', {})
    unknown = set(experiment['speed']) - {'size', 'threads'}
    if unknown:
        raise ExperimentError(f'{path}: speed has no option {", ".join(sorted(unknown))}')
    experiment['variants'] = {
        name: settings or {} for name, settings in experiment['variants'].items()
    }
    for settings in (experiment, *experiment['variants'].values()):
        for key in CONFIG_KEYS & set(settings):
            if not (PROJECT_ROOT / settings[key]).is_file():
                raise ExperimentError(f'{path}: there is no config {settings[key]}')
    return experiment


def settings_of(experiment: dict, variant: str) -> tuple[dict, dict]:
    """What a variant runs with.

    Args:
        experiment (dict): The checked experiment.
        variant (str): Name of the variant.

    Returns:
        tuple[dict, dict]: The configs by :data:`CONFIG_KEYS`, and the overrides.
    """
    own = experiment['variants'][variant]
    options = {**experiment['options'], **own}
    return {**experiment, **own}, {k: v for k, v in options.items() if k not in CONFIG_KEYS}


def variant_config(experiment: dict, variant: str) -> Config:
    """The config that a variant trains, its overrides read as on the command line."""
    settings, options = settings_of(experiment, variant)
    parser = argparse.ArgumentParser()
    parser.add_argument('--cfg-options', nargs='+', action=DictAction)
    words = [f'{key}={value}' for key, value in options.items()]
    parsed = parser.parse_args(['--cfg-options', *words] if words else [])
    return load_tool_config(PROJECT_ROOT / settings['config'], parsed.cfg_options)
