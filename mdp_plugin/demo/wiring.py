"""Which handler hears which component, and which components show what it returns."""

from typing import Any

import gradio as gr

from .handlers import Handlers
from .layout import Layout

#: Clicks the hidden link when the browser has put its address in.
FETCH = "() => setTimeout(() => document.querySelector('#fetch').click(), 100)"


def connect(blocks: gr.Blocks, parts: Layout, handlers: Handlers) -> None:
    """Connect components and handlers.

    What runs the network waits in line, one at a time; what only derives from kept maps does not,
    and of several moves of a slider the last one counts.

    Args:
        blocks (gr.Blocks): The page.
        parts (Layout): Its components.
        handlers (Handlers): What is to be done.
    """
    seen = [parts.status, parts.picture, parts.table, parts.parts]
    placed = [parts.surface, parts.whole]
    started = [
        parts.session,
        *seen,
        *placed,
        parts.index,
        parts.threshold,
        parts.budget,
        parts.point,
        parts.problem,
    ]
    settings = [parts.draw, parts.model, parts.black, parts.white, parts.polarity]
    # Waiting is shown in one place, over the picture that it will replace.
    network: dict[str, Any] = dict(
        concurrency_limit=1, concurrency_id='network', show_progress_on=parts.picture
    )
    quick: dict[str, Any] = dict(
        concurrency_limit=8, concurrency_id='views', show_progress='hidden'
    )
    last: dict[str, Any] = dict(trigger_mode='always_last', **quick)

    scene = [parts.number, parts.background, *settings]
    blocks.load(handlers.show_scene, scene, started, api_name='scene', **network)
    gr.on(
        [parts.number.submit, parts.background.input], handlers.show_scene, scene, started,
        api_visibility='private', **network,
    )  # fmt: skip
    parts.another.click(
        lambda number: number + 1, parts.number, parts.number, api_visibility='private', **quick
    ).then(handlers.show_scene, scene, started, api_visibility='private', **network)
    sent = parts.file.upload(
        handlers.show_file, [parts.file, *settings], started, api_name='file', **network
    )
    # Whatever came of it, the next file finds an empty place.
    for end in (sent.success, sent.failure):
        end(lambda: None, None, parts.file, api_visibility='private', **quick)
    parts.picture.upload(handlers.refuse_file, None, started, api_visibility='private', **quick)
    gr.on(
        [parts.model.input, parts.black.submit, parts.white.submit, parts.polarity.input],
        handlers.show_again, [parts.session, *settings], started, api_visibility='private',
        **network,
    )  # fmt: skip

    state = [parts.session, parts.index]
    parts.threshold.input(
        handlers.set_threshold, [*state, parts.threshold],
        [parts.session, *seen, parts.budget, parts.point],
        api_name='threshold', **last,
    )  # fmt: skip
    parts.budget.input(
        handlers.set_budget, [*state, parts.budget],
        [parts.session, *seen, parts.threshold, parts.point], api_name='budget', **last,
    )  # fmt: skip
    place = [*state, parts.draw]
    parts.index.input(handlers.show_frame, place, [*seen, *placed], api_name='frame', **last)
    parts.draw.input(handlers.show_surface, place, placed, api_visibility='private', **last)
    parts.picture.select(
        handlers.choose, place, [parts.session, parts.parts, *placed],
        # One after the other: what an event tells is of that event, and none is left out.
        trigger_mode='multiple', concurrency_limit=1, concurrency_id='choices',
        show_progress='hidden', api_visibility='private',
    )  # fmt: skip
    for button, kind in ((parts.csv, 'csv'), (parts.json, 'json'), (parts.overlay, 'overlay')):
        button.click(
            handlers.download(kind),
            parts.session,
            parts.fetch,
            api_name=f'download_{kind}',
            **quick,
        ).success(None, js=FETCH)
