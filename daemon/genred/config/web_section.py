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
    """The pages: `genred web`, a process of its own that reads the same file.

    Attributes:
        address: Loopback unless asked otherwise; any other needs `password_file` or `user_header`.
        port: Of the pages.
        control: Whether stations may be switched from the page and, by who has logged in (without a password: at this
            machine), added, changed and removed.
        password_file: Holds the hash that `genred web-password` writes. With it, everybody logs in, on loopback, too.
            A systemd credential of the same name goes first; a relative name lies beside the configuration.
        user_header: A reverse proxy that logs people in names them in this header; believed only of `trusted_proxies`.
        trusted_proxies: Addresses or networks of reverse proxies whose `X-Forwarded-…`, `X-Ingress-Path` and
            `user_header` are believed.
        base_path: What the pages' addresses begin with behind a reverse proxy that says nothing of it.
        host_names: Under which the pages are reached without a password, beside localhost; others are refused, as
            another site's name that leads here would be.
        upload_at_most: Larger files are refused.
    """

    address: Listen = "127.0.0.1"
    port: Port = 8_080
    control: bool = False
    password_file: File | None = None
    user_header: _Header = ""
    trusted_proxies: tuple[str, ...] = ()
    base_path: _Prefix = ""
    host_names: tuple[str, ...] = ()
    upload_at_most: DiskBytes = 2_000_000_000
