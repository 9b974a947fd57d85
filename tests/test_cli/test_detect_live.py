"""`mdpnet detect` on streams: pipes, sockets and servers that the tests open themselves."""

import contextlib
import csv
import http.server
import os
import signal
import socket
import threading
import time

import cv2
import numpy as np
import pytest
from drawn_videos import write_video

from mdp_plugin.cli import main
from mdp_plugin.imaging.live_video import is_live
from mdp_plugin.synthesis import SceneGenerator, SceneSettings

pytest.importorskip('av')

GENERATOR = SceneGenerator(SceneSettings(size=(64, 80)))
SCENES = [GENERATOR(number).image for number in range(6)]
DETECT = ['detect', '--model', 'top-hat', '--threads', '1', '--out']


@pytest.fixture
def pipe(monkeypatch):
    """Standard input, and the end that a test writes to."""
    read, write = os.pipe()
    with open(read, 'rb') as there, open(write, 'wb', buffering=0) as here:
        monkeypatch.setattr('sys.stdin', there)
        yield here


def feed(file, content, *, close=True):
    """Write from a thread, since a pipe holds little."""

    def write():
        with contextlib.suppress(OSError):
            file.write(content)
        if close:
            file.close()

    threading.Thread(target=write, daemon=True).start()


def rows(out):
    with (out / 'targets.csv').open() as table:
        return list(csv.DictReader(table))


def of_file(rows):
    return [{name: value for name, value in row.items() if name != 'file'} for row in rows]


def test_a_pipe_of_a_video_gives_what_the_file_gives(tmp_path, pipe, capsys):
    video = write_video(tmp_path / 'clip.mkv', [scene.astype(np.uint16) * 200 for scene in SCENES])
    assert main([*DETECT, str(tmp_path / 'file'), str(video)]) == 0
    feed(pipe, video.read_bytes())
    assert main([*DETECT, str(tmp_path / 'pipe'), '-']) == 0
    found = rows(tmp_path / 'pipe')
    assert of_file(found) == of_file(rows(tmp_path / 'file')) and len(found) > 3
    assert {row['file'] for row in found} == {'standard input'}
    assert f'{len(SCENES)} frames have come, ' in capsys.readouterr().out


def test_raw_frames_have_a_rate_if_it_is_given(tmp_path, pipe):
    deep = [scene.astype(np.uint16) * 200 for scene in SCENES]
    feed(pipe, b''.join(frame.astype('<u2').tobytes() for frame in deep))
    options = ['--raw', '80x64:gray16le', '--frame-rate', '50', '--overlay']
    assert main([*DETECT, str(tmp_path / 'out'), '-', *options]) == 0
    found = rows(tmp_path / 'out')
    for row in found:
        assert float(row['seconds']) == pytest.approx(int(row['frame']) / 50)
    assert found
    drawn = cv2.VideoCapture(str(tmp_path / 'out/overlays/standard_input.mp4'))
    assert drawn.get(cv2.CAP_PROP_FRAME_COUNT) == len(SCENES)


def test_a_stalled_pipe_keeps_what_has_come(tmp_path, pipe, capsys):
    frames = b''.join(scene.tobytes() for scene in SCENES[:3])
    feed(pipe, frames, close=False)
    options = ['--raw', '80x64:gray', '--timeout', '0.5']
    assert main([*DETECT, str(tmp_path), '-', *options]) == 1
    assert 'nothing has come for 0.5 seconds, after 3 frames' in capsys.readouterr().err
    assert {row['frame'] for row in rows(tmp_path)} <= {'0', '1', '2'} and rows(tmp_path)


@pytest.mark.parametrize('content', [b'no video at all' * 1000, b''])
def test_a_pipe_of_garbage(tmp_path, pipe, capsys, content):
    feed(pipe, content)
    assert main([*DETECT, str(tmp_path), '-']) == 2
    assert 'standard input cannot be read as a video' in capsys.readouterr().err


def serve_once(content, then):
    """A TCP server that sends a content to the first that asks, and then does something."""
    server = socket.create_server(('127.0.0.1', 0))

    def run():
        with server, server.accept()[0] as visitor:
            visitor.sendall(content)
            then()

    threading.Thread(target=run, daemon=True).start()
    return f'tcp://127.0.0.1:{server.getsockname()[1]}'


def test_a_stream_that_ends_or_stalls(tmp_path, capsys):
    """Such an address never ends by itself, so its end is told, and the tables are whole."""
    video = write_video(tmp_path / 'clip.ts', SCENES, 'mpeg2video', 'yuv420p', rate=25)
    stalled = threading.Event()
    for name, then, said in (
        ('ended', lambda: None, 'the stream has ended after 6 frames'),
        ('stalled', stalled.wait, 'nothing has come for 2 seconds'),
    ):
        address = serve_once(video.read_bytes(), then)
        out = tmp_path / name
        assert main([*DETECT, str(out), address, '--timeout', '2', '--format', 'csv', 'coco']) == 1
        assert said in capsys.readouterr().err
        assert {row['file'] for row in rows(out)} == {address}
    stalled.set()


class Camera(http.server.BaseHTTPRequestHandler):
    """Motion JPEG without end, as cameras send it; ends the process's run after some frames."""

    def do_GET(self):
        self.send_response(200)
        self.send_header('Content-Type', 'multipart/x-mixed-replace; boundary=frame')
        self.end_headers()
        with contextlib.suppress(OSError):
            for number in range(10_000):
                picture = cv2.imencode('.jpg', SCENES[number % len(SCENES)])[1].tobytes()
                head = f'--frame\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n'
                self.wfile.write(head.encode() + b'\r\n' + picture + b'\r\n')
                if number == self.server.interrupt_after:
                    os.kill(os.getpid(), signal.SIGINT)
                time.sleep(0.01)

    def log_message(self, *_):
        pass


def test_ctrl_c_ends_a_camera_with_whole_tables(tmp_path, capsys):
    server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), Camera)
    server.interrupt_after = 40
    threading.Thread(target=server.serve_forever, daemon=True).start()
    before = signal.getsignal(signal.SIGINT)
    address = f'http://someone:secret@127.0.0.1:{server.server_address[1]}/stream?key=secret'
    assert main([*DETECT, str(tmp_path), address, '--format', 'csv', 'json', 'coco']) == 0
    server.shutdown()
    server.server_close()
    said = capsys.readouterr()
    assert ' frames have come, ' in said.out and 'secret' not in said.out + said.err
    assert 'secret' not in (tmp_path / 'record.jsonl').read_text()
    assert len({row['frame'] for row in rows(tmp_path)}) > 5
    assert signal.getsignal(signal.SIGINT) is before


def test_what_is_no_stream_is_told(tmp_path, capsys):
    for inputs, said in (
        (['63'], 'camera 63 cannot be opened'),
        (['tcp://127.0.0.1:1'], 'cannot be read as a video'),
        (['-', 'a.png'], 'a stream is looked at alone'),
        (['-', '--raw', '80:gray'], '"80:gray" says nothing of raw frames'),
        (['-', '--raw', '80x64:grey'], '"grey" is no kind of pixels'),
        (['a.png', '--raw', '80x64:gray'], '--raw says what standard input holds'),
        (['a.png', '--timeout', '3'], '--timeout is for streams'),
        (['-', '--timeout', '0'], '--timeout must be positive'),
    ):
        assert main([*DETECT, str(tmp_path / 'out'), *inputs]) == 2, inputs
        assert said in capsys.readouterr().err
    assert not (tmp_path / 'out').exists()


def test_a_file_is_a_file(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert is_live('7') and is_live('rtsp://a/b') and is_live('http://a/video')
    (tmp_path / '7').write_bytes(b'')
    for text in ('7', 'frames', 'a.png', 'http://a/b.png', 'https://a/b.mp4?x=1', 's3://a/b'):
        assert not is_live(text)
