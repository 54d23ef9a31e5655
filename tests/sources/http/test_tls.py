from __future__ import annotations

from typing import TYPE_CHECKING

from genred.certificate_clock import CLOCK_CHECK_S
from genred.config.schema import StreamSource
from genred.errors import SourceError
from genred.sources.stream.internet_stream import InternetStream
from tests.sources import certificates, hostile, sounds
from tests.sources.collect import collect

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

    from tests.sources.hostile import HostileServer

PAST = ("20200101000000Z", "20210101000000Z")


def error_of(
    folder: Path, server: HostileServer, valid: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> SourceError:
    certificate = certificates.make(folder, "127.0.0.1", valid)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate.file))
    with certificates.TlsFront(certificate, ("127.0.0.1", server.port)) as front:
        server.on("/x", hostile.body(sounds.encoded(sounds.MP3, 3.0)))
        heard = collect(InternetStream(StreamSource(url=f"https://127.0.0.1:{front.port}/x", connect_timeout_s=20.0)))
    assert isinstance(heard.error, SourceError), heard.error
    return heard.error


def test_a_certificate_that_is_not_yet_valid_is_tried_again_soon(
    tmp_path: Path, server: HostileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = error_of(tmp_path, server, certificates.FUTURE, monkeypatch)
    assert (error.cause, error.permanent, error.within_s) == ("tls", False, CLOCK_CHECK_S)
    assert "is it set?" in str(error)


def test_a_certificate_that_has_expired_stays_so(
    tmp_path: Path, server: HostileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = error_of(tmp_path, server, PAST, monkeypatch)
    assert (error.cause, error.permanent, error.within_s) == ("tls", True, None)
    assert "expired" in str(error)


def test_an_authority_that_the_system_learns_of_while_the_daemon_runs_is_trusted(
    tmp_path: Path, server: HostileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.mkdir()
    new.mkdir()
    certificate = certificates.make(new, "127.0.0.1")
    trusted = tmp_path / "trusted.pem"
    trusted.write_text(certificates.make(old, "127.0.0.1").file.read_text())
    monkeypatch.setenv("SSL_CERT_FILE", str(trusted))
    server.on("/x", hostile.body(sounds.encoded(sounds.MP3, 3.0)))
    with certificates.TlsFront(certificate, ("127.0.0.1", server.port)) as front:
        config = StreamSource(url=f"https://127.0.0.1:{front.port}/x", connect_timeout_s=20.0)
        before = collect(InternetStream(config)).error
        trusted.write_text(certificate.file.read_text())
        after = collect(InternetStream(config))
    assert isinstance(before, SourceError)
    assert before.cause == "tls"
    assert after.seconds > 1.0, after.error
