import multiprocessing
import resource
import signal
import time

import pytest
import torch

from mdp_plugin.engine.checkpoint_files import is_whole, resume_candidates
from mdp_plugin.whole_files import write_whole


def save(path, value=0.0, time='20260101_000000'):
    content = {'meta': {'time': time}, 'state_dict': {'weight': torch.full((500,), value)}}
    torch.save(content, path)
    return path


def cut(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def names(work_dir):
    return [path.name for path in resume_candidates(work_dir)]


def test_whole_and_damaged_files_are_told_apart(tmp_path):
    path = save(tmp_path / 'epoch_1.pth')
    assert is_whole(path)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    assert not is_whole(path)
    save(path)
    cut(path)
    assert not is_whole(path)
    path.write_bytes(b'')
    assert not is_whole(path)
    assert not is_whole(tmp_path / 'absent.pth')


def test_candidates_start_with_the_last_and_ignore_an_earlier_training(tmp_path):
    assert resume_candidates(tmp_path) == []
    for number in (8, 9, 10, 11):
        save(tmp_path / f'epoch_{number}.pth')
    save(tmp_path / 'best_irstd_nIoU_epoch_7.pth')
    # The folder was moved: the host wrote a path that no longer exists.
    (tmp_path / 'last_checkpoint').write_text('/elsewhere/epoch_10.pth')
    assert names(tmp_path) == ['epoch_10.pth', 'epoch_9.pth', 'epoch_8.pth']


@pytest.mark.parametrize('note', [None, '', '/some/where/epo'])
def test_without_the_host_s_note_the_whole_file_written_last_is_the_first(tmp_path, note):
    save(tmp_path / 'epoch_80.pth', time='20250101_000000')  # of an earlier training
    for number in (9, 10):
        save(tmp_path / f'epoch_{number}.pth', time='20260101_000000')
    save(tmp_path / 'epoch_11.pth')
    cut(tmp_path / 'epoch_11.pth')
    if note is not None:
        (tmp_path / 'last_checkpoint').write_text(note)
    assert names(tmp_path) == ['epoch_10.pth', 'epoch_9.pth']


def test_damaged_files_alone_are_named(tmp_path):
    cut(save(tmp_path / 'epoch_1.pth'))
    assert names(tmp_path) == ['epoch_1.pth']


def test_a_write_that_fails_leaves_the_former_file(tmp_path):
    path = tmp_path / 'file.pth'
    write_whole(path, b'former')
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    former = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        with pytest.raises(OSError, match='too large'):
            write_whole(path, b'x' * 2000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, former)
    assert path.read_bytes() == b'former'
    assert [file.name for file in tmp_path.iterdir()] == ['file.pth']


def test_a_process_killed_while_it_writes_leaves_the_former_file(tmp_path):
    path = tmp_path / 'file.pth'
    write_whole(path, b'former')
    content = b'x' * (1 << 28)
    process = multiprocessing.get_context('fork').Process(target=write_whole, args=(path, content))
    process.start()
    while not list(tmp_path.glob('.*.part')):
        assert process.is_alive()
        time.sleep(0.001)
    process.kill()
    process.join()
    assert path.read_bytes() == b'former'
