"""Description of the package for pip; settings of tools are in pyproject.toml."""

import re
import shutil
from pathlib import Path

from setuptools import find_packages, setup
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent


def read_version() -> str:
    """Version number, from its one place."""
    text = (ROOT / 'mdp_plugin' / 'version.py').read_text(encoding='utf-8')
    return re.search(r"__version__ = '(.+)'", text)[1]


def read_description() -> str:
    """README, where it is present (a bare copy of the package may lack it)."""
    readme = ROOT / 'README.md'
    return readme.read_text(encoding='utf-8') if readme.is_file() else ''


class BuildWithConfigs(build_py):
    """Take configs, metafiles and tools along, in the folder that OpenMMLab's packages have."""

    def run(self) -> None:
        """Build, then copy; an editable installation finds them in the checkout."""
        super().run()
        if self.editable_mode:
            return
        kept = Path(self.build_lib) / 'mdp_plugin' / '.mim'
        for name in ('configs', 'tools'):
            shutil.copytree(
                ROOT / name, kept / name, dirs_exist_ok=True,
                ignore=shutil.ignore_patterns('__pycache__'),
            )  # fmt: skip
        shutil.copy2(ROOT / 'model-index.yml', kept)


# Videos, which bring a second FFmpeg beside OpenCV's (34 MB): whatever detects has them.
VIDEO = ['av>=17']
# What runs an exported file.
RUNTIME = ['onnxruntime>=1.20', *VIDEO]
# Tracks of `mdpnet detect --track`: 3 MB, and small packages that these two need.
TRACK = ['trackers>=2.6.1', 'supervision>=0.31']
# Frames in other storages, such as `zip://`; most protocols need one more package.
REMOTE = ['fsspec>=2024.6']
# Results in the forms of other libraries: to_dataframe, to_supervision.
RESULTS = ['pandas>=2.2', 'supervision>=0.31']
TORCH = [
    *VIDEO,
    'torch>=2.4',
    'torchvision',  # mmpretrain imports it without declaring it; teachers come from there
]
# The maintained line. Lower bounds are the versions that the tests ran with first.
ONEDL = [
    *TORCH,
    'onedl-mmengine>=0.10.12',
    'onedl-mmcv>=2.3.6',
    'onedl-mmsegmentation>=1.4.2',
    'onedl-mmpretrain>=1.3.6',
]
# The stock line. It is no longer released, so each pin is its last version.
OPENMMLAB = [
    *TORCH,
    'mmsegmentation==1.2.2',
    'mmengine==0.10.7',
    # mmsegmentation 1.2.2 refuses mmcv 2.2.0 and newer. MDPNet uses none of mmcv's compiled
    # operators, so the variant without them suffices; its compiled sibling of the same version
    # has no wheels for current torch and does not build in isolation.
    'mmcv-lite==2.1.0',
    'mmpretrain==1.2.0',
    # mmsegmentation imports both without declaring them.
    'ftfy',
    'regex',
]
TEST = [
    'pytest>=8',
    'hypothesis>=6',
    'pycocotools>=2.0.11',
    'tensorboard>=2.15',
    'seaborn>=0.13',  # the host's analyze_logs.py draws with it
    'pypdfium2>=5',  # opens the figures for papers
    'playwright>=1.65',  # drives the Chromium that the system has
    'axe-playwright-python>=0.1.8',  # brings axe-core, which judges pages
]
# Export, which takes one of the two lines as well, and the programs that run what is exported.
DEPLOY = [
    *RUNTIME,
    'onnx>=1.17',
    'onnxscript>=0.2',
    'openvino>=2025.0',
]
# Export to ncnn and MNN, beside `deploy`, and the programs that run it: 170 MB, most of it pnnx.
EDGE = [
    'ncnn>=1.0.20261020',
    'pnnx>=20261020',
    'MNN>=3.6',
]
# The page of `mdpnet demo`.
DEMO = [
    'gradio>=6',
    'plotly>=7',
    'pillow>=12',
    *VIDEO,
    'starlette>=0.40',  # Gradio's server, whose requests the page looks at
]
# The documentation as a site; its table of models is read with the host packages.
DOCS = [
    'mkdocs>=1.6',
    'mkdocs-material>=9',
    'mkdocstrings[python]>=1',
]
DEV = [
    *TEST,
    *DEPLOY,
    *EDGE,
    'onnxslim>=0.1.98',  # what others do to an exported file
    *DEMO,
    *DOCS,
    *TRACK,
    *REMOTE,
    *RESULTS,
    'ruff>=0.9',
    'mypy>=1.15',
    'codespell[toml]>=2.3',
    'pre-commit>=4',
]

setup(
    name='mdp_plugin',
    version=read_version(),
    description='MDPNet: infrared small target detection as a plugin for MMSegmentation',
    long_description=read_description(),
    long_description_content_type='text/markdown',
    license='Apache-2.0',
    keywords='infrared small target detection, segmentation, MMSegmentation, OpenMMLab',
    packages=find_packages(include=['mdp_plugin', 'mdp_plugin.*']),
    package_data={'mdp_plugin': ['weights/*', 'demo/*.css', 'demo/*.js', '*/*.html']},
    cmdclass={'build_py': BuildWithConfigs},
    entry_points={'console_scripts': ['mdpnet = mdp_plugin.cli:main']},
    python_requires='>=3.10,<3.13',
    # The host packages are extras: both lines install the same import names, and whichever comes
    # second overwrites the other, so neither may be pulled in without being asked for. Without
    # them predictions are scored and scenes are made; `runtime` adds detection.
    install_requires=[
        'jinja2>=3',
        'matplotlib>=3.7',
        'numpy>=1.26',
        'opencv-python>=4.8',
        'pillow',
        'prettytable',
        'pyyaml',
        'scipy>=1.11',
        'shtab>=1.7',  # completion of the command line; plain Python
        'tifffile>=2025.5',
        'tqdm',
    ],
    extras_require={
        'runtime': RUNTIME,
        'video': VIDEO,
        'track': TRACK,
        'remote': REMOTE,
        'results': RESULTS,
        'onedl': ONEDL,
        'openmmlab': OPENMMLAB,
        'test': TEST,
        'deploy': DEPLOY,
        'edge': EDGE,
        'demo': DEMO,
        'docs': DOCS,
        'dev': DEV,
    },
    classifiers=[
        'Development Status :: 4 - Beta',
        'Intended Audience :: Science/Research',
        'Operating System :: OS Independent',
        'Programming Language :: Python :: 3.10',
        'Programming Language :: Python :: 3.11',
        'Programming Language :: Python :: 3.12',
        'Topic :: Scientific/Engineering :: Image Recognition',
    ],
    zip_safe=False,
)
