"""A real Icecast on loopback, and ffmpeg as the source that feeds it."""

from __future__ import annotations

import base64
import http.client
import os
import pwd
import socket
import subprocess
import time
import urllib.parse
from typing import TYPE_CHECKING

from tests.outputs.mqtt.mosquitto import free_port
from tests.patience import PATIENCE_S

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType
    from typing import Self

PASSWORD = "hackme"

_CONFIG = """<icecast>
  <limits><clients>50</clients><sources>10</sources><burst-size>65535</burst-size>
    <source-timeout>60</source-timeout></limits>
  <authentication><source-password>{password}</source-password><admin-user>admin</admin-user>
    <admin-password>{password}</admin-password></authentication>
  <hostname>127.0.0.1</hostname>
  <listen-socket><port>{port}</port><bind-address>127.0.0.1</bind-address></listen-socket>
  <paths><basedir>{folder}</basedir><logdir>{folder}</logdir><webroot>{folder}</webroot>
    <adminroot>{folder}</adminroot></paths>
  <logging><accesslog>access.log</accesslog><errorlog>error.log</errorlog><loglevel>2</loglevel></logging>
  {security}
</icecast>
"""


class Icecast:
    """An Icecast server that can be killed and restarted on the same port."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.port = free_port()
        self._server: subprocess.Popen[bytes] | None = None
        self._sources: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for mount in list(self._sources):
            self.stop_source(mount)
        self.kill()

    def url(self, mount: str) -> str:
        return f"http://127.0.0.1:{self.port}{mount}"

    def start(self) -> None:
        security = ""
        if os.geteuid() == 0:
            # Icecast does not run as root; it changes to this user by itself.
            user = next(user for user in ("icecast2", "nobody") if _exists(user))
            os.chown(self._folder, pwd.getpwnam(user).pw_uid, -1)
            for parent in self._folder.parents:
                if parent.stat().st_uid == 0 and str(parent).startswith("/tmp/"):
                    parent.chmod(parent.stat().st_mode | 0o011)
            group = "icecast" if user == "icecast2" else "nogroup"
            security = f"<security><changeowner><user>{user}</user><group>{group}</group></changeowner></security>"
        config = self._folder / "icecast.xml"
        config.write_text(_CONFIG.format(password=PASSWORD, port=self.port, folder=self._folder, security=security))
        config.chmod(0o644)
        deadline = time.monotonic() + PATIENCE_S
        while True:
            if self._server is None or self._server.poll() is not None:
                # While it was down, a test beside this one may have got its port for a moment.
                self._server = subprocess.Popen(
                    ["icecast2", "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
                )
            try:
                socket.create_connection(("127.0.0.1", self.port), PATIENCE_S).close()
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)
            else:
                return

    def kill(self) -> None:
        if self._server is not None:
            self._server.kill()
            self._server.wait(PATIENCE_S)
            self._server = None

    def feed(self, mount: str, form: tuple[str, ...], content_type: str, *, rate_hz: int = 44_100) -> str:
        """Lets ffmpeg play a tone into a mount at the pace of time, and gives the mount's URL once it is there."""
        self.stop_source(mount)
        target = f"icecast://source:{PASSWORD}@127.0.0.1:{self.port}{mount}"
        command = [
            *("ffmpeg", "-v", "error", "-nostdin", "-re", "-f", "lavfi"),
            *("-i", f"sine=frequency=440:sample_rate={rate_hz},volume=3", *form),
            *("-content_type", content_type, "-ice_name", "Loopback FM", target),
        ]
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            source = self._sources.get(mount)
            if source is None or source.poll() is not None:
                # A server that has just started may refuse its first source.
                self._sources[mount] = subprocess.Popen(command, stderr=subprocess.DEVNULL)
            if self._get(mount, {}) == 200:
                return self.url(mount)
            time.sleep(0.1)
        raise TimeoutError(f"ffmpeg did not get through to {target}")

    def stop_source(self, mount: str) -> None:
        source = self._sources.pop(mount, None)
        if source is not None:
            source.kill()
            source.wait(PATIENCE_S)

    def announce(self, mount: str, title: str) -> None:
        """Sets the title that listeners of an MP3 or AAC mount are told."""
        query = urllib.parse.urlencode({"mount": mount, "mode": "updinfo", "song": title, "charset": "UTF-8"})
        token = base64.b64encode(f"admin:{PASSWORD}".encode()).decode()
        status = self._get(f"/admin/metadata?{query}", {"Authorization": f"Basic {token}"})
        if status != 200:
            raise OSError(f"Icecast answered {status} to a new title")

    def _get(self, path: str, headers: dict[str, str]) -> int:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        try:
            connection.request("GET", path, headers=headers)
            return connection.getresponse().status
        except OSError:
            return 0
        finally:
            connection.close()


def _exists(user: str) -> bool:
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True
