"""What a shell loads to complete the command line: all of it is in there, nothing is run."""

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import shtab

from ..zoo.entries import installed_entries

#: Arguments that name detectors.
_DETECTORS = ('model', 'models', 'detectors', 'start')
#: Arguments that are files and not declared as paths, since detectors or patterns may stand there.
_FILES = ('inputs', 'predictions', 'config', 'checkpoint', 'weights')


def _arguments(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """All arguments of a parser and of its commands."""
    for action in parser._actions:
        yield action
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from _arguments(command)


def completion(parser: argparse.ArgumentParser, shell: str) -> str:
    """Write the script of a shell.

    Args:
        parser (argparse.ArgumentParser): With all commands.
        shell (str): 'bash' or 'zsh'.

    Returns:
        str: The script.
    """
    entries = installed_entries()
    names = ' '.join(n for e in entries for n in (e.get('Alias'), e['Name']) if n)
    models = {'bash': '_mdpnet_models', 'zsh': '_mdpnet_models'}
    preamble: Any = {  # by shell, which shtab's types do not know
        'bash': f'_mdpnet_models() {{ compgen -W "{names}" -- "$1"; compgen -f -- "$1"; }}',
        'zsh': f'_mdpnet_models() {{ compadd -- {names}; _files; }}',
    }
    for argument in _arguments(parser):
        known: Any = argument  # the attribute is shtab's
        if argument.dest in _DETECTORS:
            known.complete = models
        elif argument.type is Path or argument.dest in _FILES:
            known.complete = shtab.FILE
    return shtab.complete(parser, shell, preamble=preamble)
