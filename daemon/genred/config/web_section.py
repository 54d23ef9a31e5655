"""The section `web`: the pages. Every default is here and only here."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

from genred.config.annotations import DiskBytes, File, Listen, Port
from genred.config.section import Section

_Prefix = Annotated[
    str, Meta(pattern=r"^(/[A-Za-z0-9._~-]+)*$", max_length=200, description="a path such as /radio, or nothing")
]
_Header = Annotated[
    str, Meta(pattern=r"^[A-Za-z0-9-]*$", max_length=60, description="the name of a header, such as Remote-User")
]


class WebConfig(Section, frozen=True):
    """The web pages: `genred web`, a separate process that reads the same file.

    Attributes:
        address: Address to listen on. Any address other than loopback needs `password_file` or `user_header`.
        port: Port to listen on.
        control: Whether stations may be switched on the pages. Users who have logged in (without a password: users of
            this machine) may also add, change and remove stations.
        edit: Whether `control` lets anybody add, change and remove stations. false: they are changed only in the file.
        password_file: File with the hash written by `genred web-password`. If set, everybody must log in, even on
            loopback. A systemd credential of the same name takes precedence. A relative path starts from the
            configuration's folder.
        user_header: Header in which a reverse proxy names the user that it has logged in. It is trusted only from
            `trusted_proxies`.
        trusted_proxies: Addresses or networks of reverse proxies whose `X-Forwarded-…`, `X-Ingress-Path` and
            `user_header` are trusted.
        base_path: Prefix of the pages' paths behind a reverse proxy that does not send one.
        host_names: Names other than localhost under which the pages can be reached without a password. Any other name
            is refused, because another site's name could lead here.
        upload_at_most: Larger uploads are refused.
    """

    address: Listen = "127.0.0.1"
    port: Port = 8_080
    control: bool = False
    edit: bool = True
    password_file: File | None = None
    user_header: _Header = ""
    trusted_proxies: tuple[str, ...] = ()
    base_path: _Prefix = ""
    host_names: tuple[str, ...] = ()
    upload_at_most: DiskBytes = 2_000_000_000
