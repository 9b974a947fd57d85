"""Lists of files that may have many millions of lines, in some tens of bytes each."""

import os
from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from .remote_files import is_remote, split_remote


class FileList:
    """Paths and names of files, in the order in which they are added.

    Folders are held once for all files that follow each other, and the rest as bytes.
    """

    def __init__(self) -> None:
        self._folders: list[tuple[str, str]] = []  # before a file's own name, and after it
        self._folder_of = array('I')
        self._text, self._ends = bytearray(), array('Q')
        self._named = array('H')  # how many characters at the end of a path are the name
        self._names: dict[int, str] = {}  # those that are no such end

    def add(self, path: str, name: str) -> None:
        """Add a file.

        Args:
            path (str): Its path, or its address in another storage.
            name (str): What results call it.
        """
        before, own, after = split_remote(path) if is_remote(path) else _split(path)
        if not self._folders or self._folders[-1] != (before, after):
            self._folders.append((before, after))
        self._folder_of.append(len(self._folders) - 1)
        self._text += os.fsencode(own)
        self._ends.append(len(self._text))
        self._named.append(0)
        self._rename(len(self) - 1, before + own, name)

    def _rename(self, number: int, path: str, name: str) -> None:
        self._names.pop(number, None)
        if len(name) < 1 << 16 and path.endswith(name):
            self._named[number] = len(name)
        else:
            self._names[number] = name

    def _path(self, number: int) -> tuple[str, str]:
        """Path or address of a file, and what of it ends with the name."""
        begin = self._ends[number - 1] if number else 0
        own = os.fsdecode(bytes(self._text[begin : self._ends[number]]))
        before, after = self._folders[self._folder_of[number]]
        return before + own + after, before + own

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, number: int) -> tuple[str, str]:
        """Path and name of a file."""
        path, end = self._path(number)
        name = self._names.get(number)
        return path, end[len(end) - self._named[number] :] if name is None else name

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return (self[number] for number in range(len(self)))

    def once(self) -> 'FileList':
        """The same files, each once, where it comes first."""
        again = self._repeated(lambda number: _place(self._path(number)[0]))
        if not again:
            return self
        kept, seen = FileList(), set()
        for number, (path, name) in enumerate(self):
            if number in again:
                place = _place(path)
                if place in seen:
                    continue
                seen.add(place)
            kept.add(path, name)
        return kept

    def name_apart(self) -> None:
        """Tell files of one name apart by the folders in front of it."""
        twice = self._repeated(lambda number: self[number][1])
        if not twice:
            return
        common: str | None = None
        for number in twice:
            folder = os.path.dirname(_place(self._path(number)[0]))
            common = folder if common is None else os.path.commonpath([common, folder])
        for number in twice:
            path, end = self._path(number)
            self._rename(number, end, Path(os.path.relpath(_place(path), common)).as_posix())
        for number in self._repeated(lambda number: self[number][1]):
            path, end = self._path(number)
            whole = Path(_place(path))
            self._rename(number, end, whole.relative_to(whole.anchor).as_posix())

    def _repeated(self, text_of: Callable[[int], str]) -> set[int]:
        """Numbers of files whose text another one has as well."""
        hashes = np.frombuffer(
            array('q', (hash(text_of(number)) for number in range(len(self)))), np.int64
        )
        ordered = np.sort(hashes)
        several = np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
        if not several.size:
            return set()
        alike = np.flatnonzero(np.isin(hashes, several)).tolist()
        count = Counter(map(text_of, alike))  # the texts themselves decide
        return {number for number in alike if count[text_of(number)] > 1}


def _split(path: str) -> tuple[str, str, str]:
    folder, own = os.path.split(path)
    return path[: len(path) - len(own)], own, ''


def _place(path: str) -> str:
    """Where a file is, as an absolute path: in an archive, in a storage or on this machine."""
    if not is_remote(path):
        return os.path.abspath(path)
    *inside, outside = path.split('::')
    place = '/' + outside.replace('://', '/', 1) if is_remote(outside) else os.path.abspath(outside)
    return os.path.normpath(
        '/'.join([place, *(part.partition('://')[2] for part in reversed(inside))])
    )
