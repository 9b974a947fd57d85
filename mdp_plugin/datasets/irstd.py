"""The data set of infrared small targets."""

import contextlib
import hashlib
import os.path as osp
from collections import Counter
from collections.abc import Sequence
from typing import Any

import mmengine.fileio as fileio
from mmseg.datasets import BaseSegDataset
from mmseg.registry import DATASETS

from ..imaging.file_damage import find_damage
from ..imaging.masks import unlike_a_mask
from ..imaging.picture_files import IMAGE_SUFFIXES, decode_image
from ..wording import counted
from .cached_loader import CachedLoader
from .data_root import resolve_data_root

Suffix = str | Sequence[str]
#: Masks that are looked at before a training starts.
_LOOKED_AT = 8


@DATASETS.register_module()
class IRSTDDataset(BaseSegDataset):
    """Infrared small targets: images with binary masks, as their authors distribute them.

    A split file names one image a line, with or without suffix; line ends of any system, blank
    lines and a byte-order mark are accepted. Without ``ann_file`` all images of the folder are
    used, in the order of their names. The layouts of the public data sets are described in
    ``docs/data.md`` and need nothing but a config.

    Everything that can stop or falsify a training is looked for before it starts: a missing
    image or mask, a damaged file, pictures in place of masks, an empty split, a name listed twice,
    names shared with another split.

    Args:
        data_root (str): Folder of the data set. ``data/NAME`` is looked up in the folder that
            the environment variable ``IRSTD_DATA_ROOT`` names, then in the working directory,
            then in the checkout of the project. Defaults to ''.
        img_suffix (str | Sequence[str]): What follows a name in an image's file name; of several
            the first that exists; 'auto' for all of
            :data:`~mdp_plugin.imaging.picture_files.IMAGE_SUFFIXES`. Upper and lower case mean the
            same. Defaults to 'auto'.
        seg_map_suffix (str | Sequence[str]): The same for masks. Defaults to 'auto'.
        disjoint_from (Sequence[str]): Split files, relative to ``data_root``, that must not
            share a name with this one. Defaults to ().
        part (str, optional): 'val' keeps a fixed part of the split for validation and 'train' the
            rest of it, for data sets that come without a validation split. The part depends on
            the names alone: those whose MD5 digests come first. Defaults to None, everything.
        val_fraction (float): Size of the part 'val', rounded. Defaults to 0.2.
        check_files (bool): Read every file once at the start and test that it is whole.
            Defaults to True.
        cache_images (bool): Decode every file once at the start and keep it in memory.
            Defaults to False.
        serialize_data (bool): Pack the list of files into one array. It pays for lists of many
            thousands; for these small ones it only costs half a second. Defaults to False.
        **kwargs: Arguments of :class:`mmseg.datasets.BaseSegDataset`. Without ``seg_map_path``
            in ``data_prefix`` the data set has no masks.

    Raises:
        FileNotFoundError: If the data set, a split file, an image or a mask is missing.
        ValueError: If a split is empty, lists a name twice or shares names with one of
            ``disjoint_from``, if a part of it is empty, or if its masks are none.
        OSError: If a file is damaged.
    """

    data_root: str
    METAINFO = dict(classes=('background', 'target'), palette=[[0, 0, 0], [255, 0, 0]])

    def __init__(
        self,
        data_root: str = '',
        img_suffix: Suffix = 'auto',
        seg_map_suffix: Suffix = 'auto',
        disjoint_from: Sequence[str] = (),
        part: str | None = None,
        val_fraction: float = 0.2,
        check_files: bool = True,
        cache_images: bool = False,
        serialize_data: bool = False,
        **kwargs: Any,
    ) -> None:
        self.disjoint_from = [disjoint_from] if isinstance(disjoint_from, str) else disjoint_from
        if part not in (None, 'train', 'val'):
            raise ValueError(f"part must be 'train', 'val' or None, not {part!r}")
        if not 0 < val_fraction < 1:
            raise ValueError(f'val_fraction must be between 0 and 1, not {val_fraction!r}')
        self.part = part
        self.val_fraction = val_fraction
        self.check_files = check_files
        self.cache_images = cache_images
        super().__init__(
            data_root=data_root,
            img_suffix=_suffixes(img_suffix),
            seg_map_suffix=_suffixes(seg_map_suffix),
            serialize_data=serialize_data,
            **kwargs,
        )

    def full_init(self) -> None:
        """List the data, check every file and, if asked to, fill the cache."""
        if self._fully_initialized:
            return
        if self.data_root:
            # Once more, because a lazily built data set is allowed not to be there.
            resolve_data_root(self.data_root)
        super().full_init()
        if not len(self):
            raise ValueError(f'{self._split} holds no image')
        if self.check_files:
            self._check_files()
            self._check_masks()
        if self.cache_images:
            self._fill_cache()

    def load_data_list(self) -> list[dict]:
        """List images and masks of the split.

        Returns:
            list[dict]: For each image ``img_path``, ``seg_map_path`` and what mmseg's loading
            transforms expect besides.
        """
        img_dir = self._img_dir
        seg_dir = self.data_prefix.get('seg_map_path')
        images = self._list(img_dir)
        if self.ann_file:
            names = self._read_names(self.ann_file)
        else:
            names = _names_in(images, self.img_suffix, self.seg_map_suffix, img_dir == seg_dir)
        number = len(names)
        if self.part is not None:
            names = self._part_of(names)
        self._check_names(names, number)
        img_paths = self._find(names, img_dir, images, self.img_suffix, 'image')
        seg_paths = None
        if seg_dir is not None:
            masks = images if seg_dir == img_dir else self._list(seg_dir)
            seg_paths = self._find(names, seg_dir, masks, self.seg_map_suffix, 'mask')
        data_list = []
        for index, img_path in enumerate(img_paths):
            info = dict(
                img_path=img_path,
                label_map=self.label_map,
                reduce_zero_label=self.reduce_zero_label,
                seg_fields=[],
            )
            if seg_paths is not None:
                info['seg_map_path'] = seg_paths[index]
            data_list.append(info)
        return data_list

    @property
    def _split(self) -> str:
        name = f'Split {self.ann_file}' if self.ann_file else f'Folder {self._img_dir}'
        return name if self.part is None else f'{name} (part {self.part})'

    @property
    def _img_dir(self) -> str:
        return self.data_prefix.get('img_path') or self.data_root

    def _join_prefix(self) -> None:
        """Settle the data root before the host joins it with the other paths."""
        # A data set built only for its meta information needs no data; full_init does.
        with contextlib.suppress(FileNotFoundError):
            self.data_root = resolve_data_root(self.data_root) if self.data_root else ''
        super()._join_prefix()

    def _list(self, folder: str) -> set:
        if '://' not in folder and not osp.isdir(folder):
            raise FileNotFoundError(f'{self._split} needs the folder {folder}, which is missing')
        return set(
            fileio.list_dir_or_file(
                folder, list_dir=False, recursive=True, backend_args=self.backend_args
            )
        )

    def _read_names(self, path: str) -> list[str]:
        if not fileio.exists(path, backend_args=self.backend_args):
            raise FileNotFoundError(f'Split file {path} is missing')
        try:
            text = fileio.get_text(path, encoding='utf-8-sig', backend_args=self.backend_args)
        except UnicodeDecodeError as error:
            raise ValueError(f'Split file {path} is no list of names (UTF-8)') from error
        lines = (line.strip() for line in text.splitlines())
        return [_strip(line, (*self.img_suffix, *IMAGE_SUFFIXES)) for line in lines if line]

    def _part_of(self, names: list[str]) -> list[str]:
        digests = sorted(hashlib.md5(name.encode()).hexdigest() for name in names)
        held_out = set(digests[: round(len(names) * self.val_fraction)])
        is_val = self.part == 'val'
        return [
            name for name in names if (hashlib.md5(name.encode()).hexdigest() in held_out) == is_val
        ]

    def _too_few(self, number: int) -> str:
        """Why a part of a split with that many names is empty."""
        if self.part is None or not number:
            return ''
        return (
            f': of {counted(number, "image")}, val_fraction={self.val_fraction:g} leaves none for '
            'this part. Add images, change val_fraction, or name a split file for each part'
        )

    def _check_names(self, names: list[str], number: int) -> None:
        if not names:
            raise ValueError(f'{self._split} holds no name{self._too_few(number)}')
        twice = [name for name, count in Counter(names).items() if count > 1]
        if twice:
            raise ValueError(f'{self._split} lists more than once: {_some(twice)}')
        for other in self.disjoint_from:
            path = other if osp.isabs(other) else osp.join(self.data_root, other)
            shared = sorted(set(names).intersection(self._read_names(path)))
            if shared:
                total = counted(len(names), 'name')
                raise ValueError(
                    f'{self._split} shares {len(shared)} of {total} with {path}: '
                    f'{_some(shared)}. Use disjoint splits, or take {other!r} out of '
                    "the data set's disjoint_from if the overlap is meant."
                )

    def _find(
        self, names: list[str], folder: str, files: set, suffixes: tuple[str, ...], kind: str
    ) -> list[str]:
        """Find each name's file, trying the suffixes in their order."""
        paths, missing = [], []
        # Cameras write .PNG and .TIF; of two files that differ by case alone the listed one counts.
        any_case = {_fold(file): file for file in sorted(files)}
        for name in names:
            for suffix in suffixes:
                file = name + suffix
                found = file if file in files else any_case.get(_fold(file))
                if found is not None:
                    paths.append(osp.join(folder, found))
                    break
            else:
                missing.append(name)
        if missing:
            raise FileNotFoundError(
                f'{self._split}: {len(missing)} of {counted(len(names), "name")} without {kind} in '
                f'{folder} (suffix {" or ".join(suffixes)}): {_some(missing)}'
            )
        return paths

    def _check_files(self) -> None:
        damaged = []
        for index in range(len(self)):
            info = self.get_data_info(index)
            for key in ('img_path', 'seg_map_path'):
                if key not in info:
                    continue
                fault = _damage(fileio.get(info[key], backend_args=self.backend_args))
                if fault:
                    damaged.append(f'{info[key]}: {fault}')
        if damaged:
            raise OSError(f'{self._split}: {len(damaged)} damaged files: {_some(damaged)}')

    def _check_masks(self) -> None:
        """Look at a few masks, spread over the split: are they masks at all?"""
        step = max(1, len(self) // _LOOKED_AT)
        infos = [self.get_data_info(index) for index in range(0, len(self), step)]
        paths = [info['seg_map_path'] for info in infos if 'seg_map_path' in info]
        wrong = []
        for path in paths:
            content = fileio.get(path, backend_args=self.backend_args)
            fault = unlike_a_mask(decode_image(content, path))
            if fault:
                wrong.append(f'{path} ({fault})')
        if len(wrong) > len(paths) / 2:
            raise ValueError(
                f'{self._split}: {len(wrong)} of {len(paths)} masks that were looked at are none: '
                f'{_some(wrong, 2)}. A mask is 0 on background and white on its few target pixels; '
                'look at seg_map_path in data_prefix and at seg_map_suffix.'
            )

    def _fill_cache(self) -> None:
        transforms = self.pipeline.transforms
        transforms[:] = [CachedLoader.wrap(transform) for transform in transforms]
        loaders = [t for t in transforms if isinstance(t, CachedLoader)]
        for index in range(len(self)):
            info = self.get_data_info(index)
            for loader in loaders:
                loader(info)


def _damage(content: bytes) -> str | None:
    """What is wrong with a file; PNG, BMP and JPEG, of which most sets are, are not decoded."""
    if content.startswith((b'\x89PNG', b'BM', b'\xff\xd8')):
        return find_damage(content)
    try:
        decode_image(content, 'the file')
    except OSError as error:
        return str(error)
    return None


def _suffixes(value: Suffix) -> tuple[str, ...]:
    if value == 'auto':
        return IMAGE_SUFFIXES
    return tuple(map(_fold, (value,) if isinstance(value, str) else value))


def _fold(file: str) -> str:
    """A file's name with its suffix in lower case."""
    stem, dot, suffix = file.rpartition('.')
    return f'{stem}.{suffix.lower()}' if dot else file


def _strip(name: str, suffixes: Sequence[str]) -> str:
    for suffix in suffixes:
        if suffix and name.lower().endswith(suffix.lower()):
            return name[: -len(suffix)]
    return name


def _names_in(
    files: set, suffixes: tuple[str, ...], mask_suffixes: tuple[str, ...], one_folder: bool
) -> list[str]:
    """Names of all images of a folder, sorted; masks that lie beside them are left out."""
    found: dict[str, None] = {}
    for file in sorted(files):
        folded = _fold(file)
        if one_folder and mask_suffixes != suffixes and folded.endswith(tuple(mask_suffixes)):
            continue
        for suffix in suffixes:
            if folded.endswith(suffix):
                found[file[: -len(suffix)]] = None
                break
    return list(found)


def _some(items: Sequence[str], limit: int = 5) -> str:
    more = f' and {len(items) - limit} more' if len(items) > limit else ''
    return ', '.join(items[:limit]) + more
