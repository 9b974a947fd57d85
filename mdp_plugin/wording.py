"""Words of messages: numbers with their nouns, and what a mistyped word may have meant."""

import difflib
from collections.abc import Iterable


def counted(number: float, noun: str, plural: str | None = None) -> str:
    """Write a number with its noun.

    Args:
        number (float): How many.
        noun (str): What, as of one: 'frame', or 'image without target'.
        plural (str, optional): As of several. Defaults to None: with an 's' behind the first word.

    Returns:
        str: '1 frame', '0 frames', '2 images without target'.
    """
    first, space, rest = noun.partition(' ')
    several = plural or f'{first}s{space}{rest}'
    return f'{number:.0f} {noun if number == 1 else several}'


def did_you_mean(word: str, words: Iterable[str]) -> str:
    """Ask for the word that is most like a mistyped one.

    Args:
        word (str): What was written.
        words (Iterable[str]): What could be meant.

    Returns:
        str: '; did you mean "detect"?', to be put behind a message; nothing if none is like it.
    """
    alike = difflib.get_close_matches(word, list(words), n=1)
    return f'; did you mean "{alike[0]}"?' if alike else ''
