"""What stands where on the page."""

from collections.abc import Sequence
from pathlib import Path

import gradio as gr

from ..imaging.picture_files import IMAGE_SUFFIXES
from ..imaging.video_files import VIDEO_SUFFIXES
from ..synthesis.backgrounds import BACKGROUNDS
from .uploads import Limits
from .views import fragment, table_headers

#: The scene that a visitor sees first: it has a target that depends on the threshold.
FIRST = 5
#: What stands for a background that the scene's number decides.
ANY = 'any'
#: What stands for a polarity that the model decides.
OF_MODEL = 'as the model says'
#: Seconds until an idle session is forgotten.
SESSION_AGE = 3600


def _take_no_address(file: gr.File) -> None:
    """Let a component accept sent files only, so that the server fetches nothing for anyone.

    A subclass would be the usual way, but Gradio writes a file beside the source of each one.
    """
    move = file.async_move_resource_to_block_cache

    async def move_file(path: str | Path | None) -> str | None:
        if path is not None and '://' in str(path):
            raise gr.Error('only files are taken, no addresses', print_exception=False)
        return await move(path)

    file.async_move_resource_to_block_cache = move_file


class Layout:
    """The components of the page; made inside of `gradio.Blocks`, where they take their places.

    Args:
        names (Sequence[str]): Models that may be chosen; the first one is the default.
        limits (Limits): What an upload may hold.
    """

    def __init__(self, names: Sequence[str], limits: Limits) -> None:
        self.session = gr.State(None, time_to_live=SESSION_AGE)
        gr.HTML(fragment('title'), elem_id='title')
        with gr.Row(elem_id='columns'):
            with gr.Column(scale=1, min_width=300, elem_id='controls'):
                with gr.Group():
                    self.model = gr.Dropdown(names, value=names[0], label='Model')
                    self.threshold = gr.Slider(
                        0.0001, 0.9999, 0.5, step=0.0001, label='Threshold',
                        info='A pixel above it belongs to a target.', elem_id='threshold',
                    )  # fmt: skip
                    self.budget = gr.Slider(
                        -3, 1, -1, step=0.1, label='False targets a frame',
                        info='A power of ten: -1 is one in ten frames.',
                        elem_id='budget',
                    )  # fmt: skip
                    self.point = gr.HTML(elem_id='point')
                with gr.Tabs():
                    with gr.Tab('Synthetic scene'):
                        with gr.Row():
                            self.number = gr.Number(
                                FIRST, label='Scene', precision=0, minimum=0, min_width=90
                            )
                            self.background = gr.Dropdown(
                                [ANY, *sorted(BACKGROUNDS)], value=ANY, label='Background',
                                min_width=120,
                            )  # fmt: skip
                        self.another = gr.Button(
                            'Another scene', variant='primary', elem_id='another'
                        )
                    with gr.Tab('Own file'):
                        self.file = gr.File(
                            label=f'Picture or video, up to {limits.megabytes:g} MB',
                            file_types=[*IMAGE_SUFFIXES, *VIDEO_SUFFIXES],
                            height=150,
                            elem_id='upload',
                        )
                        _take_no_address(self.file)
                        with gr.Row():
                            # A field of numbers sends 0 when it is empty.
                            self.black, self.white = (
                                gr.Textbox(
                                    label=label, placeholder='auto', max_lines=1, min_width=90,
                                    elem_id=label.split()[0].lower(),
                                )
                                for label in ('Black level', 'White level')
                            )  # fmt: skip
                        gr.HTML(fragment('levels'))
                        self.polarity = gr.Dropdown(
                            [OF_MODEL, 'white-hot', 'black-hot'], value=OF_MODEL,
                            label='Polarity', info='Whether what is hot is bright or dark.',
                            elem_id='polarity',
                        )  # fmt: skip
                        gr.HTML(
                            fragment('limits', millions=limits.pixels / 1e6, frames=limits.frames)
                        )
                gr.HTML(fragment('heading', text='Download'))
                with gr.Row(elem_id='downloads'):
                    self.csv = gr.Button('CSV', size='sm', min_width=70, elem_id='csv')
                    self.json = gr.Button('JSON', size='sm', min_width=70)
                    self.overlay = gr.Button('Overlay', size='sm', min_width=70, elem_id='overlay')
                self.fetch = gr.DownloadButton(visible='hidden', elem_id='fetch')
            with gr.Column(scale=3, min_width=320, elem_id='results'):
                self.status = gr.HTML(elem_id='status')
                self.picture = gr.HTML(elem_id='picture')
                self.index = gr.Slider(
                    0, 1, 0, step=1, label='Frame', visible=False, elem_id='frame'
                )
                gr.HTML(fragment('heading', text='Targets', note='A click on one chooses it.'))
                self.table = gr.Dataframe(
                    headers=table_headers(), interactive=False, max_height=300,
                    show_label=False, elem_id='table', buttons=[], datatype='number',
                )  # fmt: skip
                gr.HTML(fragment('heading', text='Enlarged', note='Image and probability.'))
                self.parts = gr.HTML(elem_id='parts')
                with gr.Row(elem_id='surfaces'):
                    # Off until asked for: a browser without a graphics card takes seconds.
                    self.draw = gr.Checkbox(
                        False, label='Surfaces of image and probability', container=False,
                        elem_id='draw', min_width=160,
                    )  # fmt: skip
                    self.whole = gr.Button(
                        'Whole frame', size='sm', visible=False, elem_id='whole', scale=0,
                        min_width=120,
                    )  # fmt: skip
                self.surface = gr.Plot(show_label=False, visible=False, elem_id='surface')
