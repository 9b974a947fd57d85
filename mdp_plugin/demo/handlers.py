"""What happens when a visitor touches something."""

import html
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gradio as gr

from . import views
from .downloads import write_overlay, write_table
from .layout import ANY, BY_THRESHOLD, OF_MODEL
from .session import Models, Session, start_session, synthetic_scene
from .uploads import Limits, Upload, check_name_and_size, read_upload

#: What a visitor may have done wrong; all else stays a fault of ours.
MISTAKES = (ImportError, KeyError, OSError, TypeError, ValueError)
#: What stands in place of results that there are none of.
NOTHING = 'Choose a file or a scene.'


def _said(error: Exception) -> str:
    """What is wrong with what was asked for."""
    return error.args[0] if isinstance(error, KeyError) else str(error)


def _level(text: str | None, name: str) -> float | None:
    """A level as a visitor writes it; None if the field is empty."""
    if text is None or not text.strip():
        return None
    try:
        return float(text)
    except ValueError:
        raise ValueError(f'the {name} level is no number: "{text}"; leave it empty') from None


class Handlers:
    """The handlers: each takes the values of components and returns those of others.

    Args:
        models (Models): What may be chosen.
        limits (Limits): What an upload may hold.
        folder (Path): Where files pass through: what ``GRADIO_TEMP_DIR`` names.
    """

    def __init__(self, models: Models, limits: Limits, folder: Path) -> None:
        self._models = models
        self._limits = limits
        self._folder = folder

    # What a visitor sees, in parts: what depends on the threshold, and what on the place.

    def _seen(self, session: Session | None, index: float) -> list[Any]:
        if session is None:
            return views.no_result(NOTHING)
        number = _frame(session, index)
        targets = session.targets(number)
        return [
            views.status_view(session, number, targets),
            views.picture_view(session, number, targets),
            views.table_view(session, targets),
            views.parts_view(session, number, targets),
        ]

    def _placed(self, session: Session | None, index: float, draw: bool) -> list[Any]:
        if session is None or not draw:
            return [gr.update(value=None, visible=False), gr.update(visible=False)]
        figure = views.surface_view(session, _frame(session, index))
        return [
            gr.update(value=figure, visible=True),
            gr.update(visible=session.chosen is not None),
        ]

    def _started(self, session: Session, draw: bool) -> list[Any]:
        last = len(session.probabilities) - 1
        budgets = session.budgets()
        choices = [(text, rate) for rate, text in budgets.items()]
        return [
            session,
            *self._seen(session, 0),
            *self._placed(session, 0, draw),
            gr.update(value=0, maximum=max(1, last), visible=last > 0),
            _on_slider(session.threshold),
            gr.update(
                choices=[BY_THRESHOLD, *choices], value=BY_THRESHOLD[1], visible=bool(budgets)
            ),
            views.fragment('point', expectation=session.expectation()),
            '',
        ]

    def _refused(self, message: str, session: Session | None = None) -> list[Any]:
        """Nothing but a message; a session that is kept can be looked at with other settings."""
        return [
            session,
            *views.no_result(message),
            *self._placed(None, 0, False),
            gr.update(visible=False),
            gr.skip(),
            gr.skip(),
            '',
            views.fragment('problem', message=message),
        ]

    def _start(
        self,
        upload: Upload,
        truth: list[tuple[float, float]],
        model: str,
        black: str | None,
        white: str | None,
        polarity: str,
    ) -> Session:
        given: dict[str, Any] = {} if polarity == OF_MODEL else {'polarity': polarity}
        own = self._models[model].levels
        levels = own.updated(_level(black, 'black'), _level(white, 'white'), **given)
        progress = gr.Progress()
        return start_session(
            self._models, model, upload, truth, levels,
            lambda done, total: progress((done, total), unit='frames'),
        )  # fmt: skip

    # Handlers: each takes the values of components and returns those of others.

    def show_scene(
        self,
        number: float,
        background: str,
        draw: bool,
        model: str,
        black: str | None,
        white: str | None,
        polarity: str,
    ) -> list[Any]:
        """Detect in a synthetic scene."""
        try:
            kind = None if background == ANY else background
            upload, truth = synthetic_scene(int(number or 0), kind)
            session = self._start(upload, truth, model, black, white, polarity)
        except MISTAKES as error:
            return self._refused(_said(error))
        return self._started(session, draw)

    def show_file(
        self,
        path: str,
        draw: bool,
        model: str,
        black: str | None,
        white: str | None,
        polarity: str,
    ) -> list[Any]:
        """Detect in an uploaded file."""
        try:
            upload = read_upload(path, self._limits)
            session = self._start(upload, [], model, black, white, polarity)
        except MISTAKES as error:
            return self._refused(_said(error))
        return self._started(session, draw)

    def refuse_file(self, file: gr.EventData) -> list[Any]:
        """Say why a file is not even sent: its name and size tell enough."""
        try:
            check_name_and_size(str(file.name), int(file.size), self._limits)
        except MISTAKES as error:
            return self._refused(_said(error))
        return self._refused(NOTHING)

    def show_again(
        self,
        session: Session | None,
        draw: bool,
        model: str,
        black: str | None,
        white: str | None,
        polarity: str,
    ) -> list[Any]:
        """Detect in the same frames with other settings."""
        if session is None:
            return self._refused(NOTHING)
        try:
            again = self._start(session.upload, session.truth, model, black, white, polarity)
        except MISTAKES as error:
            return self._refused(_said(error), session)
        return self._started(again, draw)

    def set_threshold(self, session: Session | None, index: float, threshold: float) -> list[Any]:
        """Derive targets anew."""
        point = ''
        if session is not None:
            session.threshold = threshold
            point = views.fragment('point', expectation=session.expectation())
        return [session, *self._seen(session, index), BY_THRESHOLD[1], point]

    def set_budget(self, session: Session | None, index: float, budget: float) -> list[Any]:
        """Derive targets at the threshold that keeps a rate of false alarms."""
        if session is None:
            return [None, *self._seen(None, index), gr.skip(), '']
        doubt = ''
        if budget != BY_THRESHOLD[1]:
            session.keep_budget(budget)
            doubt = session.doubt(budget)
        point = views.fragment('point', expectation=session.expectation(), doubt=doubt)
        return [session, *self._seen(session, index), _on_slider(session.threshold), point]

    def show_frame(self, session: Session | None, index: float, draw: bool) -> list[Any]:
        """Show another frame of a video."""
        return [*self._seen(session, index), *self._placed(session, index, draw)]

    def show_surface(self, session: Session | None, index: float, draw: bool) -> list[Any]:
        """Draw the surfaces, or leave them out."""
        return self._placed(session, index, draw)

    def choose(
        self, session: Session | None, index: float, draw: bool, target: gr.EventData
    ) -> list[Any]:
        """Choose a target by its number, or none with 0; the browser has marked it already."""
        if session is None:
            return [None, '', *self._placed(None, index, draw)]
        frame = _frame(session, index)
        targets = session.targets(frame)
        number = int(target.number)
        session.chosen = None
        if 0 < number <= len(targets):
            session.chosen = targets[number - 1].x, targets[number - 1].y
        parts = views.parts_view(session, frame, targets)
        return [session, parts, *self._placed(session, index, draw)]

    def download(self, kind: str) -> Callable[[Session | None], str]:
        """Make the handler that writes a file.

        Args:
            kind (str): 'overlay' or a format of tables.

        Returns:
            Callable: Takes the session, returns the path of the file.
        """

        def download(session: Session | None) -> str:
            if session is None:
                raise gr.Error(NOTHING, print_exception=False)
            try:
                folder = Path(tempfile.mkdtemp(dir=self._folder))
                if kind == 'overlay':
                    return str(write_overlay(session, folder))
                return str(write_table(session, kind, folder))
            except MISTAKES as error:
                text = html.escape(_said(error), quote=False)
                raise gr.Error(text, print_exception=False) from error

        return download


def _frame(session: Session, index: float) -> int:
    """A frame's number as the slider has it, inside what there is."""
    return min(max(int(index), 0), len(session.probabilities) - 1)


def _on_slider(threshold: float) -> float:
    """A threshold as the slider can show it; the session keeps the exact one."""
    return min(max(round(threshold, 4), 0.0001), 0.9999)
