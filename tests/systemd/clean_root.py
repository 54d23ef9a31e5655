"""A clean Debian, made once by debootstrap and copied for each test: a fresh machine is a chroot away."""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

SUITE = "trixie"
_DEBOOTSTRAP_TIMEOUT_S = 420
_COMMAND_TIMEOUT_S = 420
_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
_TESTS_CERTIFICATES = "/root/certificates.pem"


def cached_root() -> Path:
    """The untouched root. It stays in the temporary folder for the next run."""
    folder = Path(tempfile.gettempdir()) / f"genred-tests-{SUITE}-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            shutil.rmtree(folder / "root", ignore_errors=True)
            subprocess.run(
                ["debootstrap", "--variant=minbase", SUITE, str(folder / "root")],
                check=True,
                capture_output=True,
                timeout=_DEBOOTSTRAP_TIMEOUT_S,
            )
            (folder / "complete").touch()
    return folder / "root"


class CleanRoot:
    """A copy of the clean root that a test may spoil."""

    def __init__(self, path: Path) -> None:
        self.path = path
        subprocess.run(["cp", "-a", "--reflink=auto", str(cached_root()), str(path)], check=True, timeout=120)
        # The machine's way to the network: names, certificates, and how pip and apt are set up.
        for name in ("/etc/resolv.conf", "/etc/hosts", "/etc/pip.conf"):
            if Path(name).exists():
                shutil.copyfile(name, self / name)
        if _CERTIFICATES.exists():
            # Beside the usual place: installing ca-certificates writes that one anew.
            shutil.copyfile(_CERTIFICATES, self / _TESTS_CERTIFICATES)
        # What a service would do at its first start has no place in a root without an init.
        policy = self / "/usr/sbin/policy-rc.d"
        policy.write_text("#!/bin/sh\nexit 101\n")
        policy.chmod(0o755)

    def remove(self) -> None:
        subprocess.run(["rm", "-rf", str(self.path)], check=True, timeout=120)

    def __truediv__(self, name: str) -> Path:
        return self.path / name.lstrip("/")

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Runs a command inside."""
        kept = {key: value for key, value in os.environ.items() if key.startswith("PIP_") or key.endswith("_proxy")}
        environment = {
            **kept,
            "PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
            "HOME": "/root",
            "LC_ALL": "C.UTF-8",
            "PIP_NO_CACHE_DIR": "1",
        }
        if (self / _TESTS_CERTIFICATES).exists():
            environment |= {"PIP_CERT": _TESTS_CERTIFICATES, "SSL_CERT_FILE": _TESTS_CERTIFICATES}
        result = subprocess.run(
            ["chroot", str(self.path), *command],
            env=environment,
            capture_output=True,
            text=True,
            timeout=_COMMAND_TIMEOUT_S,
            check=False,
        )
        if check:
            assert result.returncode == 0, f"{command}:\n{result.stdout}\n{result.stderr}"
        return result

    def files(self, *folders: str) -> set[str]:
        """Every path under some folders."""
        found: set[str] = set()
        for folder in folders:
            for path in (self / folder).rglob("*"):
                found.add("/" + str(path.relative_to(self.path)))
        return found
