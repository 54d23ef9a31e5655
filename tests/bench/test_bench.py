"""The figures of the bench are only as good as what it computes them from."""

from __future__ import annotations

import json
import math
import socket
import threading
import time
from pathlib import Path

import pytest

from tests.bench.latency import STEP_S, WINDOW_S, latencies_s, percentile
from tests.bench.process_tree import Consumption, Usage, consumption
from tests.bench.radio import BYTES_PER_S, METAINT_BYTES, PIECE_S, Radio
from tests.bench.rig import Load, Outcome
from tests.bench.stages import stage_of
from tests.bench.trees import OWN
from tests.bench.variants import print_variants
from tests.outputs.mqtt.mosquitto import free_port


def notes(
    folder: Path, arrivals: list[tuple[str, float, int, int]], *, sessions: int = 1, standing: str = "streaming"
) -> tuple[Path, Path]:
    """A radio that sends each piece on time from second 100 on, and what arrived."""
    radio, arrived = folder / "radio.json", folder / "arrivals.txt"
    sent_at = [100 + PIECE_S * (piece + 1) for piece in range(600)]
    radio.write_text(json.dumps([{"station": 0, "sent_at": sent_at}] * sessions))
    lines = [f"{name} {at:.5f} {done} {dropped} {standing}\n" for name, at, done, dropped in arrivals]
    arrived.write_text("".join(lines))
    return radio, arrived


def test_latency_runs_from_the_piece_that_holds_a_window_s_last_byte(tmp_path: Path) -> None:
    second_s = 100 + PIECE_S * math.ceil((WINDOW_S + STEP_S) / PIECE_S)
    files = notes(tmp_path, [("s0", 105.2, 1, 0), ("s0", second_s + 0.3, 2, 0)])
    assert latencies_s(*files, (100, 200)) == pytest.approx([0.2, 0.3], abs=1e-4)


def test_a_window_given_up_counts_as_one_that_has_passed_and_the_next_may_end_a_step_earlier(tmp_path: Path) -> None:
    assert latencies_s(*notes(tmp_path, [("s0", 107.5, 1, 2)]), (100, 200)) == pytest.approx([1.5], abs=1e-4)


def test_a_heartbeat_is_no_latency(tmp_path: Path) -> None:
    arrivals = [("s0", 105.2, 1, 0), ("s0", 105.9, 1, 0), ("s0", 136.0, 30, 0)]
    assert len(latencies_s(*notes(tmp_path, arrivals), (100, 200))) == 1


def test_a_state_that_is_published_since_the_station_stands_otherwise_is_no_latency(tmp_path: Path) -> None:
    radio, arrived = notes(tmp_path, [("s0", 105.2, 1, 0), ("s0", 109.0, 3, 0), ("s0", 109.4, 5, 0)])
    assert len(latencies_s(radio, arrived, (100, 200))) == 3
    arrived.write_text(arrived.read_text().replace("3 0 streaming", "3 0 overloaded"))
    assert len(latencies_s(radio, arrived, (100, 200))) == 1


def test_a_station_that_connected_twice_is_left_out(tmp_path: Path) -> None:
    assert latencies_s(*notes(tmp_path, [("s0", 105.2, 1, 0)], sessions=2), (100, 200)) == []


def test_what_arrived_before_the_measurement_is_left_out(tmp_path: Path) -> None:
    assert latencies_s(*notes(tmp_path, [("s0", 105.2, 1, 0)]), (150, 200)) == []


def test_percentiles_are_values_that_were_measured() -> None:
    values = [float(number) for number in range(1, 11)]
    assert (percentile(values, 0.5), percentile(values, 0.9), percentile(values, 1.0)) == (6.0, 10.0, 10.0)
    assert math.isnan(percentile([], 0.5))


def test_what_a_process_used_before_it_joined_the_tree_is_its_own_whole_use() -> None:
    begin = Usage(10.0, {1: 2.0}, 1.5, 0.5, {1: (10, 1)}, 1, 50.0, 40.0)
    end = Usage(20.0, {1: 3.0, 2: 0.5}, 2.5, 1.5, {1: (30, 2), 2: (5, 0)}, 2, 60.0, 45.0)
    used = consumption(begin, end)
    assert (used.seconds, used.cpu_s, used.system_share) == pytest.approx((10.0, 1.5, 0.5))
    assert (used.voluntary, used.involuntary) == (25, 1)


@pytest.mark.parametrize(
    ("library", "stage"),
    [
        ("/venv/lib/python3.11/site-packages/av.libs/libavcodec-4dd.so.62", "decode (FFmpeg's libraries, PyAV)"),
        ("/venv/lib/python3.11/site-packages/soxr/soxr_ext.abi3.so", "resample (soxr)"),
        ("/venv/lib/python3.11/site-packages/numpy/fft/_pocketfft_umath.cpython-311.so", "FFT (pocketfft)"),
        ("/venv/lib/python3.11/site-packages/numpy.libs/libscipy_openblas64_.so", "mel product (BLAS)"),
        ("/venv/lib/python3.11/site-packages/ai_edge_litert/libLiteRt.so", "inference (LiteRT)"),
        ("[kernel.kallsyms]", "kernel (sockets, futexes, timers)"),
        ("/usr/lib/x86_64-linux-gnu/libc.so.6", "C library (memory, locks)"),
        ("/usr/lib/libpython3.11.so.1.0", "Python, and what is written in it"),
        ("[unknown]", "other"),
    ],
)
def test_a_library_s_path_says_which_stage_it_works_for(library: str, stage: str) -> None:
    assert stage_of(library) == stage


def test_the_radio_sends_the_programme_from_the_station_s_place_with_a_title_block_each_second() -> None:
    programme = bytes(range(1, 251)) * (4 * BYTES_PER_S // 250)
    port = free_port()
    radio = Radio(programme, port)
    thread = threading.Thread(target=radio.run, daemon=True)
    thread.start()
    received = b""
    with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
        connection.sendall(b"GET /s1 HTTP/1.0\r\nIcy-MetaData: 1\r\n\r\n")
        while len(received) < METAINT_BYTES + 500:
            received += connection.recv(4096)
    radio.stopping = True
    thread.join(30)
    head, _, body = received.partition(b"\r\n\r\n")
    assert b"icy-metaint:16000" in head
    place = 37 % 4 * BYTES_PER_S
    assert body[:METAINT_BYTES] == programme[place : place + METAINT_BYTES]
    assert body[METAINT_BYTES] == 0
    assert radio.sessions[0].sent_at[-1] <= time.monotonic()


def test_variants_are_held_against_the_first_by_their_medians(capsys: pytest.CaptureFixture[str]) -> None:
    def outcome(cpu_s: float, rss_mb: float) -> Outcome:
        load = Load(OWN, stations=2, mp3=Path("a.mp3"), warm_s=0.0, seconds=10.0)
        end = Usage(20.0, {}, 0.0, 0.0, {}, 1, rss_mb, rss_mb)
        used = Consumption(10.0, cpu_s, 0.0, 0, 0)
        return Outcome(load, used, end, end, 10.0, [], [], bench_cores=0.1, other_cores=0.2)

    copies = [outcome(0.3, 101.0), outcome(0.3, 101.0), outcome(9.0, 500.0)]
    print_variants({"none": [outcome(0.2, 100.0)] * 3, "copy": copies}, 2, 10.0)
    *_, copy, others = capsys.readouterr().out.splitlines()
    assert copy.split() == ["copy", "15.00", "1.50", "5.00", "101.0", "500"]
    assert others == "others took 0.20 cores on the median, 0.20 at most"
