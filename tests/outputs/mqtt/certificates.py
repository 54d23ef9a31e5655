"""An authority, a server's and a client's certificate, made by openssl for one test."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Certificates:
    ca: Path
    server: Path
    server_key: Path
    client: Path
    client_key: Path
    elsewhere: Path
    elsewhere_key: Path
    stranger_ca: Path


def make_certificates(folder: Path) -> Certificates:
    _authority(folder, "ca")
    _authority(folder, "stranger")
    _issue(folder, "server", "localhost", "subjectAltName=DNS:localhost,IP:127.0.0.1")
    _issue(folder, "elsewhere", "elsewhere.example", "subjectAltName=DNS:elsewhere.example")
    _issue(folder, "client", "genred", "extendedKeyUsage=clientAuth")
    return Certificates(
        ca=folder / "ca.pem",
        server=folder / "server.pem",
        server_key=folder / "server.key",
        client=folder / "client.pem",
        client_key=folder / "client.key",
        elsewhere=folder / "elsewhere.pem",
        elsewhere_key=folder / "elsewhere.key",
        stranger_ca=folder / "stranger.pem",
    )


_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]


def _authority(folder: Path, name: str) -> None:
    _openssl(
        folder,
        *["req", "-x509", *_KEY, "-keyout", f"{name}.key", "-out", f"{name}.pem", "-days", "2"],
        *["-subj", f"/CN=genred test {name}", "-addext", "keyUsage=critical,keyCertSign,cRLSign"],
    )


def _issue(folder: Path, name: str, common_name: str, extension: str) -> None:
    (folder / f"{name}.ext").write_text(f"basicConstraints=CA:FALSE\n{extension}\n")
    _openssl(folder, "req", *_KEY, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={common_name}")
    _openssl(
        folder,
        *["x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial"],
        *["-out", f"{name}.pem", "-days", "2", "-extfile", f"{name}.ext"],
    )


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True, timeout=60)
