"""Internet streams against a server that misbehaves in every way that servers do."""

from __future__ import annotations

import socket
import ssl
import subprocess
import threading
import time
from typing import TYPE_CHECKING

import pytest

from genred.audio import AudioBlock
from genred.config.schema import StreamSource
from genred.engine.worker import Worker
from genred.errors import SourceError
from genred.sources.http.client import USER_AGENT
from genred.sources.http.credentials import may_know_credentials
from genred.sources.http.head import MAX_HEADER_BYTES
from genred.sources.source import Title
from genred.sources.stream.internet_stream import MAX_REQUESTS, InternetStream
from tests.patience import PATIENCE_S
from tests.sources import hostile, sounds
from tests.sources.collect import Collected, collect

if TYPE_CHECKING:
    from pathlib import Path

    from tests.sources.hostile import HostileServer, Line


def stream(url: str, **settings: object) -> InternetStream:
    return InternetStream(StreamSource(url=url, **{"connect_timeout_s": 20.0, "stall_timeout_s": 20.0, **settings}))  # type: ignore[arg-type]


def listen(url: str, **settings: object) -> Collected:
    return collect(stream(url, **settings))


def refusal(url: str, **settings: object) -> SourceError:
    heard = listen(url, **settings)
    assert isinstance(heard.error, SourceError), heard.error
    assert not heard.blocks
    return heard.error


@pytest.mark.parametrize(
    ("form", "content_type", "codec"),
    [
        (sounds.MP3, "audio/mpeg", "mp3"),
        (sounds.AAC, "audio/aacp", "aac"),
        (sounds.OGG_VORBIS, "application/ogg", "vorbis"),
        (sounds.OGG_OPUS, "audio/ogg", "opus"),
        (sounds.OGG_FLAC, "application/ogg", "flac"),
        (sounds.FLAC, "audio/flac", "flac"),
        (sounds.M4A, "audio/mp4", "aac"),
        (sounds.MP3, "application/octet-stream", "mp3"),
        (sounds.AAC, "audio/mpeg", "aac"),
    ],
)
def test_every_codec_is_heard_whatever_the_server_calls_it(
    form: tuple[str, ...], content_type: str, codec: str, server: HostileServer
) -> None:
    heard = listen(server.on("/x", hostile.body(sounds.encoded(form, 10.0), content_type)))
    assert heard.error is None
    assert heard.infos[0].codec == codec
    assert heard.seconds == pytest.approx(10.0, abs=0.2)
    assert heard.tone_hz() == pytest.approx(440, abs=1)


def test_a_wrong_host_and_a_closed_port_say_what_to_look_at() -> None:
    nowhere = refusal("http://no-such-host.invalid/x")
    assert (nowhere.cause, nowhere.permanent) == ("dns", False)
    assert "no-such-host.invalid" in str(nowhere)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    refused = refusal(f"http://127.0.0.1:{port}/x")
    assert refused.cause == "refused"
    assert "is the server running" in str(refused)


def test_an_address_that_swallows_everything_leaves_time_for_the_next(
    server: HostileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A listener whose queue is full takes no connection and refuses none.
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        silent = full.getsockname()
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(silent)
        good = ("127.0.0.1", server.port)

        def two_addresses(*_arguments: object, **_settings: object) -> list[tuple[object, ...]]:
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in (silent, good)]

        server.on("/x", hostile.body(sounds.encoded(sounds.MP3, 3.0)))
        monkeypatch.setattr(socket, "getaddrinfo", two_addresses)
        heard = listen("http://two.example/x", connect_timeout_s=2.0)
        for filler in fillers:
            filler.close()
    assert heard.error is None
    assert heard.seconds == pytest.approx(3.0, abs=0.2)


@pytest.mark.parametrize(
    ("code", "permanent", "advice"),
    [(404, True, "mount point"), (401, True, "user and password"), (503, False, "full"), (500, False, "500")],
)
def test_a_refusing_status_is_said_with_advice(code: int, permanent: bool, advice: str, server: HostileServer) -> None:
    error = refusal(server.on("/x", hostile.status(code)))
    assert (error.cause, error.permanent) == (f"http_{code}", permanent)
    assert advice in str(error)


def test_a_server_that_never_answers_is_left_after_the_connect_timeout(server: HostileServer) -> None:
    error = refusal(server.on("/x", hostile.silent_server()), connect_timeout_s=0.4)
    assert error.cause == "stalled"
    assert "no complete response" in str(error)


def test_a_stream_that_stalls_gives_what_it_had_and_then_an_error(server: HostileServer) -> None:
    heard = listen(server.on("/x", hostile.stalling(5.0)), stall_timeout_s=0.8)
    assert isinstance(heard.error, SourceError)
    assert heard.error.cause == "stalled"
    assert "no audio for 0.8 s" in str(heard.error)
    # What the decoder cannot finish and what is gathered to the next block is not heard: half a second at most.
    assert heard.seconds == pytest.approx(5.0, abs=0.6)


@pytest.mark.parametrize("form", [sounds.MP3, sounds.OGG_VORBIS], ids=["frames", "container"])
def test_audio_that_lay_here_while_the_machine_was_busy_is_no_stall(
    form: tuple[str, ...], server: HostileServer
) -> None:
    heard_s, naps = 0.0, 0
    for item in stream(server.on("/x", hostile.body(sounds.encoded(form, 15.0))), stall_timeout_s=0.4).session():
        if isinstance(item, AudioBlock):
            heard_s += item.seconds
            if heard_s > 3.0 * (naps + 1):
                naps += 1
                time.sleep(0.6)
    assert naps > 2
    assert heard_s == pytest.approx(15.0, abs=0.3)


def test_a_byte_now_and_then_is_no_progress(server: HostileServer) -> None:
    heard = listen(server.on("/x", hostile.dripping(0.05)), stall_timeout_s=0.8)
    assert isinstance(heard.error, SourceError)
    assert heard.error.cause == "stalled"


def test_garbage_at_full_speed_is_no_progress_either(server: HostileServer) -> None:
    heard = listen(server.on("/x", hostile.endless_garbage()), stall_timeout_s=0.8)
    assert isinstance(heard.error, SourceError)
    assert heard.error.cause in {"stalled", "broken"}


def test_a_reset_connection_is_an_error(server: HostileServer) -> None:
    heard = listen(server.on("/x", hostile.resetting(3.0)))
    assert isinstance(heard.error, SourceError)
    assert heard.error.cause == "reset"


def test_garbage_in_the_middle_is_skipped_and_counted(server: HostileServer) -> None:
    source = stream(server.on("/x", hostile.garbage_in_the_middle()))
    heard = collect(source)
    assert heard.error is None
    assert heard.seconds == pytest.approx(10.0, abs=0.7)
    assert source.meter.corrupt_packets >= 1


def test_a_web_page_with_200_is_no_stream(server: HostileServer) -> None:
    page = b"<!DOCTYPE html><html><body>Listen to us!</body></html>"
    error = refusal(server.on("/x", hostile.body(page, "text/html")))
    assert "web page" in str(error)
    disguised = refusal(server.on("/y", hostile.body(b"\n " + page, "audio/mpeg")))
    assert "web page" in str(disguised)
    text = refusal(server.on("/z", hostile.body(b"we moved\n" * 100, "text/plain")))
    assert "sent text" in str(text)


def test_an_empty_answer_is_no_stream(server: HostileServer) -> None:
    assert refusal(server.on("/x", hostile.body(b""))).cause == "not_audio"


def test_redirects_are_followed_and_a_ring_is_not(server: HostileServer) -> None:
    server.on("/end", hostile.body(sounds.encoded(sounds.MP3, 3.0)))
    server.on("/b", hostile.redirect("end", 301))
    assert listen(server.on("/a", hostile.redirect("/b", 307))).seconds == pytest.approx(3.0, abs=0.2)
    server.on("/ring2", hostile.redirect("/ring"))
    error = refusal(server.on("/ring", hostile.redirect("/ring2")))
    assert (error.cause, error.permanent) == ("redirects", True)
    for number in range(20):
        server.on(f"/{number}", hostile.redirect(f"/{number + 1}"))
    assert refusal(server.url("/0")).cause == "redirects"


@pytest.mark.parametrize("location", ["ftp://127.0.0.1/x", "file:///etc/passwd", "http://:80/x"])
def test_a_redirect_leads_to_http_only(location: str, server: HostileServer) -> None:
    assert refusal(server.on("/x", hostile.redirect(location))).cause == "unusable"


def test_endless_headers_end_early(server: HostileServer) -> None:
    error = refusal(server.on("/x", hostile.endless_headers()))
    assert error.cause == "not_http"
    assert str(MAX_HEADER_BYTES) in str(error)


def test_a_server_of_another_protocol_is_quoted(server: HostileServer) -> None:
    error = refusal(server.on("/x", hostile.raw(b"220 smtp.example ESMTP\r\n\r\n")))
    assert "'220 smtp.example ESMTP'" in str(error)
    hung_up = refusal(server.on("/y", hostile.raw(b"HTTP/1.0 200 O")))
    assert hung_up.cause == "closed"


def test_shoutcasts_status_line_name_and_bit_rate_are_understood(server: HostileServer) -> None:
    heard = listen(server.on("/x", hostile.icy([b"One"] * 4)))
    assert (heard.infos[0].name, heard.infos[0].bitrate_bps) == ("Test FM", 64_000)
    assert heard.seconds == pytest.approx(2.5, abs=0.2)


@pytest.mark.parametrize(
    ("announced", "title"),
    [
        ("Björk - Jóga".encode(), Title("Björk - Jóga", "Björk", "Jóga")),
        ("Béla".encode("latin-1"), Title("Béla")),
        (b"Bell &amp; bell\x07 and\x1b[2J escape", Title("Bell & bell and [2J escape")),
        (b"x" * 4_000, Title("x" * 512)),
        (b"Test FM", Title("Test FM")),
        (b" - ", None),
    ],
)
def test_a_title_comes_out_of_the_stream_once_and_clean(
    announced: bytes, title: Title | None, server: HostileServer
) -> None:
    heard = listen(server.on("/x", hostile.icy([announced, announced, b""])))
    assert heard.error is None
    assert heard.titles == ([] if title is None else [title])


def test_of_titles_that_come_together_the_last_counts(server: HostileServer) -> None:
    heard = listen(server.on("/x", hostile.icy([b"%d" % number for number in range(2_000)], interval=16)))
    assert heard.error is None
    assert heard.titles[-1].text == "1999"
    assert len(heard.titles) < 50


@pytest.mark.parametrize("encoding", ["", "cp1251"])
@pytest.mark.parametrize(
    "title", [Title("Кино - Группа крови", "Кино", "Группа крови"), Title("Радио Луч - Москва")], ids=["song", "name"]
)
def test_titles_and_the_stations_name_are_in_its_code_page(title: Title, encoding: str, server: HostileServer) -> None:
    name = "Радио Луч - Москва"
    head = b"ICY 200 OK\r\nicy-metaint: 8000\r\nicy-name: " + name.encode("cp1251") + b"\r\n\r\n"
    sound = sounds.encoded(sounds.MP3, 3.0)
    block = hostile.icy_block(title.text.encode("cp1251"))
    heard = listen(
        server.on("/x", hostile.raw(head, sound[:8_000], block, sound[8_000:16_000])), title_encoding=encoding
    )
    assert heard.titles == [title]
    assert heard.infos[0].name == name


def test_titles_that_nobody_wants_are_not_asked_for(server: HostileServer) -> None:
    listen(server.on("/x", hostile.radio(2.0)), titles=False)
    listen(server.url("/x"))
    without, with_titles = server.requests
    assert "icy-metadata" not in without.lower()
    assert "icy-metadata: 1" in with_titles.lower()
    assert USER_AGENT in without


def test_a_connection_cut_inside_a_metadata_block_ends_the_stream_cleanly(server: HostileServer) -> None:
    heard = listen(server.on("/x", hostile.icy([b"One", b"Two - Three"], interval=16_000, cut_in_block=True)))
    assert heard.error is None
    assert [title.text for title in heard.titles] == ["One"]
    assert heard.seconds == pytest.approx(4.0, abs=0.2)


def test_a_server_that_announces_metadata_and_sends_none_costs_a_byte_here_and_there(server: HostileServer) -> None:
    head = b"HTTP/1.0 200 OK\r\nContent-Type: audio/mpeg\r\nicy-metaint: 8000\r\n\r\n"
    heard = listen(server.on("/x", hostile.radio(10.0, burst_s=10.0, head=head)))
    assert heard.error is None
    assert heard.seconds > 3.0
    assert not heard.titles


def test_chunked_answers_are_put_together(server: HostileServer) -> None:
    sound = sounds.encoded(sounds.MP3, 3.0)
    chunks = b"".join(
        f"{len(piece):x};ignored=1\r\n".encode() + piece + b"\r\n"
        for piece in (sound[start : start + 777] for start in range(0, len(sound), 777))
    )
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: audio/mpeg\r\n\r\n"
    assert listen(server.on("/x", hostile.raw(head + chunks + b"0\r\n\r\n"))).seconds == pytest.approx(3.0, abs=0.2)
    broken = listen(server.on("/y", hostile.raw(head + chunks + b"xyz\r\n")))
    assert isinstance(broken.error, SourceError)


def test_credentials_go_to_their_host_and_into_no_message(server: HostileServer) -> None:
    server.on("/x", hostile.status(401))
    error = refusal(server.url("/x", credentials="me:se%40cret@"))
    assert "authorization: basic bWU6c2VAY3JldA==" in server.requests[0].replace("Authorization: B", "authorization: b")
    assert "se%40cret" not in str(error)
    assert "me:********@" in str(error)


def test_credentials_do_not_follow_a_redirect_to_another_host(server: HostileServer) -> None:
    server.on("/end", hostile.body(sounds.encoded(sounds.MP3, 3.0)))
    server.on("/x", hostile.redirect(f"http://localhost:{server.port}/end"))
    listen(server.url("/x", credentials="me:secret@"))
    first, second = server.requests
    assert "Authorization" in first
    assert "Authorization" not in second


def test_credentials_do_not_follow_a_redirect_to_another_port(server: HostileServer) -> None:
    with hostile.HostileServer() as other:
        other.on("/end", hostile.body(sounds.encoded(sounds.MP3, 3.0)))
        server.on("/near", hostile.redirect(other.url("/end")))
        server.on("/x", hostile.redirect("/near"))
        listen(server.url("/x", credentials="me:secret@"))
        first, second = server.requests
        (third,) = other.requests
    assert "Authorization" in first
    assert "Authorization" in second
    assert "Authorization" not in third


@pytest.mark.parametrize(
    ("first", "then", "may"),
    [
        ("http://h/x", "http://h:80/y", True),
        ("http://h/x", "https://h/y", True),
        ("https://h/x", "http://h/y", False),
        ("https://h/x", "https://h:8443/y", False),
        ("http://h:8000/x", "https://h/y", False),
        ("http://h/x", "http://other/y", False),
        ("http://h/x", "http://h:port/y", False),
    ],
)
def test_a_password_is_known_to_the_server_that_it_was_written_for(first: str, then: str, may: bool) -> None:
    assert may_know_credentials(first, then) is may


@pytest.mark.parametrize(
    ("content_type", "text"),
    [
        ("audio/x-mpegurl", "#EXTM3U\n#EXTINF:-1,x\n/gone\n/sound\n"),
        ("audio/x-scpls", "[playlist]\nFile1=/gone\nFile2=/sound\n"),
        (
            "application/xspf+xml",
            "<playlist xmlns='http://xspf.org/ns/0/'><track><location>/sound</location></track></playlist>",
        ),
    ],
)
def test_a_playlist_leads_to_the_first_entry_that_plays(content_type: str, text: str, server: HostileServer) -> None:
    server.on("/sound", hostile.body(sounds.encoded(sounds.MP3, 3.0)))
    heard = listen(server.on("/list", hostile.body(text.encode(), content_type)))
    assert heard.error is None
    assert heard.seconds == pytest.approx(3.0, abs=0.2)


def test_playlists_that_lead_nowhere_say_why(server: HostileServer) -> None:
    nested = refusal(server.on("/ring", hostile.body(b"#EXTM3U\n/ring\n", "audio/x-mpegurl")))
    assert nested.cause == "playlist"
    gone = refusal(server.on("/gone-list", hostile.body(b"#EXTM3U\n/gone\n", "audio/x-mpegurl")))
    assert gone.cause == "http_404"
    empty = refusal(server.on("/empty", hostile.body(b"#EXTM3U\nfile:///etc/passwd\n", "audio/x-mpegurl")))
    assert "contains no http" in str(empty)


def nest(name: str, kind: str) -> bytes:
    """A playlist of ten others, each of which names ten more."""
    entries = [f"/{name}{number}" for number in range(10)]
    match kind:
        case "m3u":
            return "\n".join(["#EXTM3U", *entries]).encode()
        case "pls":
            return "\n".join(["[playlist]", *(f"File{n}={entry}" for n, entry in enumerate(entries, 1))]).encode()
        case "xspf":
            return f"<playlist>{''.join(f'<location>{entry}</location>' for entry in entries)}</playlist>".encode()
        case _:
            streams = (f"#EXT-X-STREAM-INF:BANDWIDTH=96000\n{entry}" for entry in entries)
            return "\n".join(["#EXTM3U", *streams]).encode()


@pytest.mark.parametrize("kinds", [("m3u",), ("pls",), ("xspf",), ("m3u", "hls"), ("m3u", "redirect"), ("m3u", "gone")])
def test_playlists_that_multiply_cost_few_requests(kinds: tuple[str, ...], server: HostileServer) -> None:
    def serve(line: Line) -> None:
        name = line.request.split()[1].strip("/")
        kind = kinds[len(name) % len(kinds)]
        match kind:
            case "redirect":
                hostile.redirect(f"/{name}9")(line)
            case "gone":
                hostile.status(404)(line)
            case _:
                hostile.body(nest(name, kind))(line)

    server.default = serve
    error = refusal(server.url("/" + "x" * len(kinds)))
    assert error.cause in {"playlist", "http_404"}
    assert len(server.requests) <= MAX_REQUESTS


def test_a_playlist_in_utf_16_leads_to_its_station(server: HostileServer) -> None:
    server.on("/sound", hostile.body(sounds.encoded(sounds.MP3, 3.0)))
    text = f"#EXTM3U\r\n#EXTINF:-1,Rádio\r\n{server.url('/sound')}\r\n"
    heard = listen(server.on("/list.m3u", hostile.body(text.encode("utf-16"), "audio/x-mpegurl")))
    assert heard.error is None
    assert len(server.requests) == 2


def test_a_playlist_of_servers_that_hang_is_given_up_in_time_and_begun_elsewhere_next(server: HostileServer) -> None:
    mirrors = [server.on(f"/mirror{number}", hostile.silent_server()) for number in range(9)]
    mirrors.append(server.on("/sound", hostile.body(sounds.encoded(sounds.MP3, 3.0))))
    url = server.on("/list", hostile.body("\n".join(["#EXTM3U", *mirrors]).encode(), "audio/x-mpegurl"))
    source = stream(url, connect_timeout_s=0.5, stall_timeout_s=0.5)
    first = collect(source)
    assert isinstance(first.error, SourceError)
    assert first.error.cause == "stalled"
    assert len(server.requests) < 1 + len(mirrors)
    tried = {request.split()[1] for request in server.requests}
    before = len(server.requests)
    for _ in range(4):
        if (heard := collect(source)).error is None:
            break
    assert server.requests[before + 1].split()[1] not in tried
    assert heard.error is None
    assert heard.seconds == pytest.approx(3.0, abs=0.2)


def test_a_chained_ogg_gives_each_links_title_and_survives_another_rate(server: HostileServer) -> None:
    chain = b"".join(
        sounds.encoded(form, 3.0, rate_hz=rate_hz, tags=(("artist", "A"), ("title", title)))
        for form, rate_hz, title in [
            (sounds.OGG_VORBIS, 44_100, "One"),
            (sounds.OGG_VORBIS, 48_000, "Two"),
            (sounds.OGG_OPUS, 48_000, "Three"),
        ]
    )
    heard = listen(server.on("/x", hostile.body(chain, "application/ogg")))
    assert heard.error is None
    assert [title.text for title in heard.titles] == ["A - One", "A - Two", "A - Three"]
    assert [(info.codec, info.rate_hz) for info in heard.infos] == [
        ("vorbis", 44_100),
        ("vorbis", 48_000),
        ("opus", 48_000),
    ]
    assert heard.seconds == pytest.approx(9.0, abs=0.2)
    assert heard.tone_hz() == pytest.approx(440, abs=1)


def test_an_interruption_ends_a_silent_session_soon(server: HostileServer) -> None:
    source = stream(server.on("/x", hostile.stalling(3.0)), stall_timeout_s=600.0)
    heard = threading.Event()
    ended = threading.Event()

    def run() -> None:
        for item in source.session():
            if isinstance(item, AudioBlock):
                heard.set()
        ended.set()

    thread = threading.Thread(target=run)
    thread.start()
    assert heard.wait(PATIENCE_S)
    source.interrupt()
    assert ended.wait(PATIENCE_S)
    thread.join()


def test_a_file_behind_a_url_is_not_read_faster_than_it_plays(server: HostileServer) -> None:
    url = server.on("/x", hostile.body(sounds.encoded(sounds.MP3, 60.0)))
    source = stream(url)
    items = source.session()
    heard_s, started_at = 0.0, time.monotonic()
    for item in items:
        heard_s += item.samples.size / 22_050 if isinstance(item, AudioBlock) else 0.0
        played_s = time.monotonic() - started_at
        if played_s > 0.8 and heard_s > 15.0:
            break
    items.close()  # type: ignore[attr-defined]
    assert heard_s < 25.0 + played_s


NOISE = bytes((7 * index * index + 13 * index) % 251 for index in range(65_536))


@pytest.mark.parametrize(
    ("first", "flood"),
    [
        (sounds.encoded(sounds.MP3, 2.0), sounds.encoded(sounds.MP3, 30.0)),
        (sounds.encoded(sounds.MP3, 2.0), bytes(65_536)),
        (sounds.encoded(sounds.MP3, 2.0), NOISE),
        (b"ID3\x04\x00\x00\x7f\x7f\x7f\x7f", NOISE),
        (b"RIFF\xff\xff\xff\xffWAVELIST\xf0\xff\xff\xff", NOISE),
    ],
    ids=["audio", "zeros", "noise", "a tag", "a chunk"],
)
def test_a_server_that_sends_without_end_keeps_no_other_fiber_waiting(
    first: bytes, flood: bytes, server: HostileServer
) -> None:
    source = stream(server.on("/x", hostile.flooding(flood, first=first)), stall_timeout_s=30.0)
    worker, ended, turn = Worker("a worker"), threading.Event(), threading.Event()

    def listen() -> None:
        for _ in source.session():
            pass
        ended.set()

    worker.spawn(listen)
    deadline = time.monotonic() + PATIENCE_S
    while source.meter.received_bytes < 200_000:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    worker.call(turn.set)
    assert turn.wait(PATIENCE_S)
    assert not ended.is_set()
    source.interrupt()
    assert ended.wait(PATIENCE_S)
    worker.close()


def test_a_session_can_be_opened_again(server: HostileServer) -> None:
    url = server.on("/x", hostile.stalling(3.0), hostile.body(sounds.encoded(sounds.MP3, 3.0)))
    source = stream(url, stall_timeout_s=0.8)
    assert isinstance(collect(source).error, SourceError)
    assert collect(source).error is None


def test_https_is_spoken_and_a_certificate_of_nobody_is_refused(tmp_path: Path, server: HostileServer) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    make = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    made = [*make, "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    subprocess.run(made, check=True, capture_output=True, timeout=60)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    sound = sounds.encoded(sounds.MP3, 3.0)
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def serve() -> None:
            for _ in range(2):
                connection, _ = listener.accept()
                try:
                    with context.wrap_socket(connection, server_side=True) as secure:
                        secure.recv(4_096)
                        secure.sendall(hostile.OK + sound)
                except ssl.SSLError:
                    connection.close()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        url = f"https://127.0.0.1:{listener.getsockname()[1]}/x"
        error = refusal(url)
        assert (error.cause, error.permanent) == ("tls", True)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("SSL_CERT_FILE", str(certificate))
            heard = listen(url)
        thread.join(PATIENCE_S)
    assert heard.error is None
    assert heard.seconds == pytest.approx(3.0, abs=0.2)
