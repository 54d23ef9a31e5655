"""Commands and standard input as raw PCM, against commands that exit, hang and flood."""

from __future__ import annotations

import contextlib
import fcntl
import logging
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from genred.audio import AudioBlock
from genred.config.schema import CommandSource, PipeSource
from genred.engine.flag import Flag
from genred.errors import SourceError
from genred.sources.argument_secrets import secrets_of
from genred.sources.command import Command
from genred.sources.pcm import MAX_AHEAD_S, PcmFormat, read_pcm
from genred.sources.pipe import StandardInput, is_audio_file
from genred.sources.source import Meter
from genred.sources.started_processes import StartedProcesses
from tests.patience import PATIENCE_S
from tests.sources import sounds
from tests.sources.collect import Collected, collect

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def command(program: str, **settings: object) -> Command:
    """A command that runs a few lines of Python, which find `out`, a binary standard output."""
    head = "import sys, time, os, subprocess\nout = sys.stdout.buffer\n"
    arguments = (sys.executable, "-c", head + program)
    return Command(CommandSource(command=arguments, **{"stall_timeout_s": 30.0, **settings}))  # type: ignore[arg-type]


def shell_command(script: str, *, stall_timeout_s: float) -> Command:
    """A command that begins sooner than a busy machine starts Python."""
    return Command(CommandSource(command=("sh", "-c", script), stall_timeout_s=stall_timeout_s))


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def open_files() -> set[tuple[str, str]]:
    """Each descriptor of this process, with what it is of."""
    found = set()
    for descriptor in Path("/proc/self/fd").iterdir():
        # That of the listing itself is gone by now.
        with contextlib.suppress(FileNotFoundError):
            found.add((descriptor.name, str(descriptor.readlink())))
    return found


def write_all(descriptor: int, content: bytes) -> None:
    """Writes to a pipe whose reader may go away, and closes it."""
    with contextlib.suppress(BrokenPipeError), os.fdopen(descriptor, "wb") as pipe:
        pipe.write(content)


def resident_bytes() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


def failure(heard: Collected) -> SourceError:
    assert isinstance(heard.error, SourceError), heard.error
    return heard.error


@pytest.mark.parametrize(
    ("form", "rate_hz", "channels", "pack"),
    [
        ("s16le", 22_050, 1, "h"),
        ("s16le", 48_000, 2, "h"),
        ("f32le", 32_000, 1, "f"),
        ("f32le", 96_000, 2, "f"),
        ("s16le", 4_000, 1, "h"),
    ],
)
def test_raw_pcm_of_every_format_is_read(form: str, rate_hz: int, channels: int, pack: str) -> None:
    scale = 16_000 if pack == "h" else 0.5
    program = (
        f"import array, math\nrate, channels = {rate_hz}, {channels}\n"
        f"wave = [{scale} * math.sin(2 * math.pi * 440 * n / rate) for n in range(rate)]\n"
        f"tone = [{'round' if pack == 'h' else 'float'}(sample) for sample in wave]\n"
        f"out.write(array.array('{pack}', [sample for sample in tone for _ in range(channels)]).tobytes())\n"
    )
    heard = collect(command(program, format=form, rate_hz=rate_hz, channels=channels))
    assert heard.error is None
    assert heard.infos[0].codec == f"pcm_{form}"
    assert heard.seconds == pytest.approx(1.0, abs=0.01)
    assert heard.tone_hz() == pytest.approx(440, abs=2)
    assert np.abs(heard.samples).max() == pytest.approx(0.5, abs=0.03)


def test_samples_that_arrive_in_pieces_are_put_together() -> None:
    program = "for _ in range(1470):\n    out.write(bytes([0, 64] * 30)[:59]); out.flush(); out.write(bytes([64]))\n"
    heard = collect(command(program))
    np.testing.assert_allclose(heard.samples, 0.5)
    assert heard.samples.size == 44_100


def test_a_command_that_does_not_exist_is_named() -> None:
    error = failure(collect(Command(CommandSource(command=("no-such-program-here",)))))
    assert (error.cause, error.permanent) == ("not_started", True)
    assert "no-such-program-here" in str(error)


def test_a_command_that_fails_is_quoted() -> None:
    error = failure(collect(command("print('no device found', file=sys.stderr); sys.exit(3)")))
    assert error.cause == "exited"
    assert "exited with code 3" in str(error)
    assert "no device found" in str(error)


def test_a_command_that_repeats_its_secrets_is_quoted_without_them(caplog: pytest.LogCaptureFixture) -> None:
    program = (
        "import sys\n"
        "for argument in sys.argv[1:]: print('x' * 480 + ' cannot open', argument, file=sys.stderr, flush=True)\n"
        "print('http://me:otherword@host/y?token=abcdef: 404', file=sys.stderr)\n"
        "print('tried', sys.argv[1].split(':')[2].split('@')[0], sys.argv[3], file=sys.stderr)\n"
        "sys.exit(1)"
    )
    arguments = ("http://me:hunter2word@host/x", "--api-key", "keyword99", "--password=passphrase7")
    header = "Authorization: Bearer bearerword"
    source = Command(CommandSource(command=(sys.executable, "-c", program, *arguments, "-H", header)))
    with caplog.at_level(logging.DEBUG):
        error = failure(collect(source))
    said = str(error) + caplog.text
    assert "404" in said
    assert "tried" in said
    for secret in ("hunter2word", "otherword", "abcdef", "keyword99", "passphrase7", "bearerword"):
        assert secret not in said
        assert secret[:5] + " " not in said


def test_what_of_a_commands_arguments_is_secret() -> None:
    assert secrets_of(
        (
            "x",
            "http://me:p%40ssword@h/?key=abcd&q=none",
            "http://h/?p=page",
            "http://h/?u=me&p=enc:6162&t=tuvw&s=salt",
            "--token",
            "tokn",
            "rate=8000",
            "-f",
            "100M",
        )
    ) == {
        "p%40ssword",
        "p@ssword",
        "abcd",
        *("enc:6162", "tuvw", "salt"),
        "tokn",
    }


def test_a_command_that_was_killed_is_said_to_have_been() -> None:
    assert "SIGKILL" in str(failure(collect(command("os.kill(os.getpid(), 9)"))))


def test_a_command_that_hangs_is_ended_after_the_stall_timeout() -> None:
    started_at = time.monotonic()
    heard = collect(shell_command("head -c 44100 /dev/zero; sleep 600", stall_timeout_s=0.7))
    assert failure(heard).cause == "stalled"
    assert heard.seconds == pytest.approx(1.0, abs=0.3)
    assert time.monotonic() - started_at < 20


def test_bytes_that_drip_in_without_making_audio_are_no_progress() -> None:
    script = "head -c 44100 /dev/zero; while :; do printf x; sleep 0.05; done"
    heard = collect(shell_command(script, stall_timeout_s=0.7))
    assert failure(heard).cause == "stalled"
    assert heard.seconds == pytest.approx(1.0, abs=0.3)


def test_audio_that_lay_in_the_pipe_while_the_machine_was_busy_is_no_stall() -> None:
    reading, writing = os.pipe()
    os.write(writing, bytes(50_000))
    os.close(writing)
    form, heard = PcmFormat("s16le", 22_050, 1), []
    for item in read_pcm(reading, form, "x", Meter(), Flag(), stall_timeout_s=0.3):
        if isinstance(item, AudioBlock):
            heard.append(item.samples.size)
            if len(heard) == 2:
                time.sleep(1.0)
    os.close(reading)
    assert sum(heard) == 25_000


def test_a_command_that_ignores_sigterm_is_killed_with_all_its_children(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    script = f"trap '' TERM; sleep 600 & echo $$ $! > {pids}; head -c 44100 /dev/zero; sleep 600"
    failure(collect(shell_command(script, stall_timeout_s=0.7)))
    # A grandchild that was sent SIGKILL is gone a moment later, and nobody but init can wait for it.
    deadline = time.monotonic() + PATIENCE_S
    running = list(map(int, pids.read_text().split()))
    while running and time.monotonic() < deadline:
        running = [pid for pid in running if is_running(pid)]
        time.sleep(0.01)
    assert not running


def test_a_child_of_job_control_ends_with_its_command(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    program = (
        "child = subprocess.Popen(['sleep', '600'], process_group=0, stdout=subprocess.DEVNULL)\n"
        f"open({str(pid)!r}, 'w').write(str(child.pid))\n"
        "out.write(bytes(44100))"
    )
    collect(command(program))
    deadline = time.monotonic() + PATIENCE_S
    while is_running(int(pid.read_text())) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not is_running(int(pid.read_text()))


@pytest.mark.parametrize(
    ("way", "ended_itself"),
    [("as it is", False), ("as it is", True), ("orphaned", False), ("orphaned", True), ("without environment", False)],
)
def test_a_child_in_a_session_of_its_own_ends_with_its_command(way: str, ended_itself: bool, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    orphan = f"setsid sh -c 'echo $$ >> {pids}; exec sleep 600' >/dev/null 2>&1 &"
    environment = "env={}" if way == "without environment" else "env=None"
    started = f"subprocess.Popen(['setsid', 'sh', '-c', 'echo $$ >> {pids}; exec sleep 600'], {environment}"
    program = (
        (f"subprocess.run(['sh', '-c', {orphan!r}])\n" if way == "orphaned" else f"{started}, stdout=2)\n")
        + f"while not os.path.exists({str(pids)!r}) or not open({str(pids)!r}).read().strip(): time.sleep(0.01)\n"
        + "out.write(bytes(44100)); out.flush()\n"
        + ("" if ended_itself else "time.sleep(600)")
    )
    items = command(program).session()
    next(items)
    next(items)
    if ended_itself:
        list(items)
    else:
        items.close()  # type: ignore[attr-defined]
    assert [pid for pid in map(int, pids.read_text().split()) if is_running(pid)] == []


def test_what_nothing_knows_of_any_more_costs_no_descriptor_and_no_thread(tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    program = (
        "child = subprocess.Popen(['sleep', '600'], start_new_session=True, stdout=subprocess.DEVNULL, env={})\n"
        f"print(child.pid, file=open({str(pids)!r}, 'a'))\n"
        "print('no device', file=sys.stderr)\n"
        "out.write(bytes(44100)); out.flush(); sys.exit(3)"
    )
    source = command(program)
    collect(source)
    threads, files = set(threading.enumerate()), open_files()
    try:
        for _ in range(3):
            error = failure(collect(source))
            assert (error.cause, "no device" in str(error)) == ("exited", True)
        # By themselves, not by number: something of another test may come to its end meanwhile.
        assert set(threading.enumerate()) - threads == set()
        assert open_files() - files == set()
    finally:
        for pid in pids.read_text().split():
            os.kill(int(pid), signal.SIGKILL)


def test_a_command_for_which_there_is_no_thread_does_not_run_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    before = open_files()
    started: list[int] = []
    start = StartedProcesses.__init__

    def note(processes: StartedProcesses, arguments: Sequence[str]) -> None:
        start(processes, arguments)
        started.append(processes.leader.pid)

    with monkeypatch.context() as exhausted:
        exhausted.setattr(threading.Thread, "start", fail)
        exhausted.setattr(StartedProcesses, "__init__", note)
        kept = collect(command("time.sleep(60)"))
    assert isinstance(kept.error, RuntimeError)
    assert not any(map(is_running, started))
    assert started
    assert open_files() - before == set()


def test_a_command_that_floods_is_held_back_and_memory_does_not_grow() -> None:
    source = command("while True: out.write(bytes(1 << 20))")
    heard_s, started_at = 0.0, time.monotonic()
    items = source.session()
    before = 0
    for item in items:
        heard_s += item.samples.size / 22_050 if isinstance(item, AudioBlock) else 0.0
        before = before or resident_bytes()
        if (passed_s := time.monotonic() - started_at) > 2.0:
            break
    items.close()  # type: ignore[attr-defined]
    assert heard_s < MAX_AHEAD_S + passed_s + 1.0
    assert resident_bytes() - before < 20 << 20


def test_a_command_that_floods_its_standard_error_does_not_block() -> None:
    heard = collect(command("sys.stderr.write('x' * (4 << 20)); sys.stderr.flush(); out.write(bytes(44100))"))
    assert heard.error is None
    assert heard.seconds == pytest.approx(1.0)


def test_arguments_are_never_given_to_a_shell(tmp_path: Path) -> None:
    proof = tmp_path / "proof"
    source = Command(CommandSource(command=("echo", f"; touch {proof} #", f"$(touch {proof})")))
    collect(source)
    assert not proof.exists()


def test_a_command_can_be_started_again() -> None:
    source = command("out.write(bytes(44100))")
    assert [collect(source).seconds for _ in range(2)] == [pytest.approx(1.0)] * 2


@pytest.fixture
def standard_input(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A pipe in the place of standard input; the fixture is its writing end."""
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as stream:
        monkeypatch.setattr(sys, "stdin", stream)
        yield writing


def test_standard_input_is_read_to_its_end(standard_input: int) -> None:
    os.write(standard_input, np.full(22_050, 0.25, "<f4").tobytes()[:60_000])
    os.close(standard_input)
    heard = collect(StandardInput(PipeSource(format="f32le")))
    assert heard.error is None
    np.testing.assert_allclose(heard.samples, 0.25)
    assert heard.samples.size == 15_000


@pytest.mark.parametrize(
    ("form", "codec"),
    [
        (sounds.WAV, "pcm_s16le"),
        (sounds.MP3, "mp3"),
        (sounds.FLAC, "flac"),
        (sounds.OGG_OPUS, "opus"),
        (sounds.AAC, "aac"),
    ],
)
def test_a_file_on_standard_input_is_told_by_its_bytes(form: tuple[str, ...], codec: str, standard_input: int) -> None:
    content = sounds.encoded(form, 1.0, rate_hz=48_000, channels=2)
    writer = threading.Thread(target=write_all, args=(standard_input, content))
    writer.start()
    heard = collect(StandardInput(PipeSource(rate_hz=8_000), live=False))
    writer.join()
    assert heard.error is None
    assert (heard.infos[0].codec, heard.infos[0].rate_hz) == (codec, 48_000)
    assert heard.seconds == pytest.approx(1.0, abs=0.1)
    assert heard.tone_hz() == pytest.approx(440, abs=2)


def test_a_file_that_needs_seeking_says_how_it_can_be_read(standard_input: int, tmp_path: Path) -> None:
    path = tmp_path / "index at the end.m4a"
    tone = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=duration=60", "-c:a", "aac", str(path)]
    subprocess.run(tone, check=True, timeout=60)
    writer = threading.Thread(target=write_all, args=(standard_input, path.read_bytes()))
    writer.start()
    assert "give the file's name" in str(failure(collect(StandardInput(PipeSource(), live=False))))
    writer.join()


@pytest.mark.parametrize("head", [b"RIFF\0\0\0\0AVI ", b"\xff\xfb\x90\x00" + bytes(8_192), b"OggX" + bytes(99), b""])
def test_samples_are_not_taken_for_a_file(head: bytes) -> None:
    assert not is_audio_file(head)


def test_a_descriptor_of_a_thousand_stations_is_read(tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(2_048, before[1]), before[1]))
    try:
        path = tmp_path / "raw"
        path.write_bytes(bytes(44_100))
        with path.open("rb") as file:
            descriptor = fcntl.fcntl(file, fcntl.F_DUPFD, 1_500)
        items = list(read_pcm(descriptor, PcmFormat("s16le", 22_050, 1), "x", Meter(), Flag(), stall_timeout_s=None))
        os.close(descriptor)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert sum(item.samples.size for item in items if isinstance(item, AudioBlock)) == 22_050


def test_an_empty_standard_input_says_so(standard_input: int) -> None:
    os.close(standard_input)
    assert "ended before any audio" in str(failure(collect(StandardInput(PipeSource()))))


def test_a_terminal_is_no_source_of_pcm(monkeypatch: pytest.MonkeyPatch) -> None:
    main, side = os.openpty()
    with os.fdopen(side, "rb", buffering=0) as terminal:
        monkeypatch.setattr(sys, "stdin", terminal)
        assert "is a terminal" in str(failure(collect(StandardInput(PipeSource()))))
    os.close(main)


def test_a_real_shell_pipeline_is_heard() -> None:
    program = (
        "from genred.config.source_text import parse_source\nfrom genred.sources import open_source\n"
        "from genred.sources.source import AudioBlock\nitems = open_source(parse_source('-')).session()\n"
        "print(sum(item.samples.size for item in items if isinstance(item, AudioBlock)))"
    )
    sine = ["ffmpeg", "-v", "error", "-f", "lavfi", "-i", "sine=sample_rate=22050:duration=2", "-f", "s16le", "pipe:1"]
    with subprocess.Popen(sine, stdout=subprocess.PIPE) as tone:
        listener = subprocess.run(
            [sys.executable, "-c", program], stdin=tone.stdout, capture_output=True, text=True, check=True, timeout=60
        )
    assert int(listener.stdout) == 44_100
