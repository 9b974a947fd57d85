"""The parser of the command line: one sentence for a mistake, with the word that was meant."""

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn

from ..wording import did_you_mean


class CommandParser(argparse.ArgumentParser):
    """Says what is wrong without a page of usage, and asks for the nearest command, option, choice.

    Descriptions keep their lines.
    """

    def __init__(self, **options: Any) -> None:
        options.setdefault('formatter_class', argparse.RawDescriptionHelpFormatter)
        super().__init__(**options)

    def error(self, message: str) -> NoReturn:
        """End with status 2 and a message."""
        self.exit(2, f'{self.prog}: {message}\n`{self.prog} --help` explains all of it\n')

    def parse_known_args(  # type: ignore[override]  # the base class has overloads
        self, args: Sequence[str] | None = None, namespace: Any = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Parse, and refuse what is left over: here, where it is known which command it is for."""
        known, rest = super().parse_known_args(args, namespace)
        if rest:
            word = next((text for text in rest if text.startswith('-')), rest[0])
            kind = 'option' if word.startswith('-') else 'argument'
            asked = did_you_mean(word.partition('=')[0], self._option_string_actions)
            self.error(f'unknown {kind} "{word}"{asked}')
        return known, rest

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        """Refuse what is no choice; the base class lists them all, and asks for none."""
        if action.choices is None or value in action.choices:
            return
        words = [str(choice) for choice in action.choices]
        asked = did_you_mean(str(value), words) or f'; choose from {", ".join(words)}'
        if isinstance(action, argparse._SubParsersAction):
            self.error(f'there is no {str(action.metavar).lower()} "{value}"{asked}')
        raise argparse.ArgumentError(action, f'invalid choice: "{value}"{asked}')
