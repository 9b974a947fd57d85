"""Does an exported file find on ARM what it finds here? On an emulated processor, without a board.

    apt-get install qemu-user
    python tests/emulated_arm.py FILE.onnx

Debian's Python for arm64 and the wheels of ONNX Runtime and NumPy for it are put into a folder
(--folder, 70 MB) and run by qemu-aarch64. What comes out is compared with this machine's result.
Minutes; nothing is said of speed.
"""

import argparse
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import numpy as np

from mdp_plugin.benchmark.board import synthetic_frame
from mdp_plugin.deploy import load_exported

#: Debian's packages of the interpreter, with the libraries that it and the wheels load.
DEBIAN = (
    'libc6', 'libgcc-s1', 'libstdc++6', 'python3.11-minimal', 'libpython3.11-minimal',
    'libpython3.11-stdlib', 'libexpat1', 'zlib1g', 'libssl3', 'libffi8', 'libbz2-1.0', 'liblzma5',
)  # fmt: skip
#: ONNX Runtime 1.32 crashes in QEMU 7.2 while it is imported.
WHEELS = ('onnxruntime==1.20.1', 'numpy>=2,<3')
PLATFORMS = ('manylinux2014_aarch64', 'manylinux_2_27_aarch64', 'manylinux_2_28_aarch64')
CODE = """
import platform, sys
import numpy as np
import onnxruntime
file, frames, out = sys.argv[1:]
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 1
session = onnxruntime.InferenceSession(file, options, providers=['CPUExecutionProvider'])
np.save(out, session.run(['probability'], {'frames': np.load(frames)})[0])
print(platform.machine(), 'ONNX Runtime', onnxruntime.__version__)
"""


def make_machine(folder: Path) -> None:
    """Lay out Python for arm64 and the wheels in a folder, unless they are there."""
    root, site = folder / 'root', folder / 'site'
    if (root / 'usr/bin/python3.11').is_file() and (site / 'onnxruntime').is_dir():
        return
    for name in ('state/lists/partial', 'cache/archives/partial', 'deb', 'wheels'):
        (folder / name).mkdir(parents=True, exist_ok=True)
    settings = {
        'APT::Architecture': 'arm64',
        'APT::Architectures::': 'arm64',
        'Dir::State': folder / 'state',
        'Dir::Cache': folder / 'cache',
        'Dir::State::status': '/dev/null',
    }
    apt = ['apt-get', '-qq', *(f'-o{name}={value}' for name, value in settings.items())]
    subprocess.run([*apt, 'update'], check=True)
    subprocess.run([*apt, 'download', *DEBIAN], check=True, cwd=folder / 'deb')
    for package in (folder / 'deb').glob('*.deb'):
        subprocess.run(['dpkg', '-x', package, root], check=True)
    platforms = [f'--platform={name}' for name in PLATFORMS]
    subprocess.run(
        [
            sys.executable, '-m', 'pip', 'download', '-q', '--no-deps', '--only-binary=:all:',
            '--python-version=3.11', *platforms, '-d', folder / 'wheels', *WHEELS,
        ],
        check=True,
    )  # fmt: skip
    for wheel in (folder / 'wheels').glob('*.whl'):
        zipfile.ZipFile(wheel).extractall(site)


def main() -> None:
    """Run a file here and there."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('file', type=Path, help='exported file, .onnx')
    parser.add_argument('--folder', type=Path, default=Path('work_dirs/arm64'))
    args = parser.parse_args()
    folder = args.folder.resolve()
    detector = load_exported(args.file, threads=1)
    size = detector.metadata.frame_size or (64, 80)
    frames = detector.metadata.to_frames(synthetic_frame(size).astype(np.float32))[None]
    make_machine(folder)
    given, made = folder / 'frames.npy', folder / 'probability.npy'
    np.save(given, frames)
    root = folder / 'root'
    subprocess.run(
        [
            'qemu-aarch64', '-cpu', 'max', '-L', root, root / 'usr/bin/python3.11', '-c', CODE,
            args.file.resolve(), given, made,
        ],
        env={**os.environ, 'PYTHONHOME': str(root / 'usr'), 'PYTHONPATH': str(folder / 'site')},
        check=True,
    )  # fmt: skip
    expected, found = detector(frames), np.load(made)
    difference = float(np.abs(found - expected).max())
    print(f'largest probability {expected.max():.3f}, largest difference {difference:.1e}')
    sys.exit(0 if difference < 1e-4 else 'the results differ')


if __name__ == '__main__':
    main()
