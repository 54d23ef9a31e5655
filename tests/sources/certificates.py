"""Certificates that nobody but a test trusts, made by openssl, and a server that shows them."""

from __future__ import annotations

import contextlib
import socket
import ssl
import subprocess
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.sources.hostile import relay

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType
    from typing import Self

FUTURE = ("20990101000000Z", "20991231000000Z")
PRESENT = ("20200101000000Z", "20980101000000Z")

_AUTHORITY = """
[ca]
default_ca = here
[here]
new_certs_dir = {folder}
database = {folder}/index
serial = {folder}/serial
default_md = sha256
policy = any
x509_extensions = names
copy_extensions = none
[any]
commonName = supplied
[names]
subjectAltName = {names}
basicConstraints = critical, CA:TRUE
[req]
distinguished_name = none
[none]
"""


@dataclass(frozen=True)
class Certificate:
    file: Path
    key: Path


def make(folder: Path, host: str, valid: tuple[str, str] = PRESENT) -> Certificate:
    """Makes a certificate that is signed by itself."""
    kind = "IP" if host.replace(".", "").isdecimal() or ":" in host else "DNS"
    (folder / "index").write_text("")
    (folder / "serial").write_text("01")
    config, key, request, made = (folder / name for name in ("ca.cnf", "key.pem", "request.pem", "certificate.pem"))
    config.write_text(_AUTHORITY.format(folder=folder, names=f"{kind}:{host}"))
    new_key = ("-newkey", "rsa:2048", "-nodes", "-keyout", str(key))
    common = ("-config", str(config), "-batch")
    _openssl("req", "-new", *new_key, "-subj", f"/CN={host}", "-out", str(request), *common)
    dates = ("-startdate", valid[0], "-enddate", valid[1])
    signed = ("-selfsign", "-keyfile", str(key), "-in", str(request), "-out", str(made), "-notext")
    _openssl("ca", *signed, *dates, *common)
    return Certificate(made, key)


def _openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True, timeout=60)


class TlsFront:
    """Ends TLS in front of another server on loopback."""

    def __init__(self, certificate: Certificate, target: tuple[str, int]) -> None:
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(certificate.file, certificate.key)
        self._target = target
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for thread in self._threads:
            thread.join(5)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with contextlib.suppress(OSError):
            connection.settimeout(10)
            relay(self._context.wrap_socket(connection, server_side=True), self._target)
        connection.close()
