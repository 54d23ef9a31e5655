"""The Debian package on a fresh Debian: installed, upgraded, removed, purged."""

from __future__ import annotations

import json
import os
import re
import shutil
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import psutil  # type: ignore[import-untyped]
import pytest
import yaml

from tests.cli.run_genred import genred
from tests.cli.wav import write_wav
from tests.outputs.mqtt.watcher import Watcher
from tests.packaging.built import REPOSITORY
from tests.packaging.supervisor import TOKEN, FakeSupervisor, wait_for_genre
from tests.patience import PATIENCE_S
from tests.signals import SOUNDS
from tests.systemd.clean_root import SUITE, CleanRoot

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.outputs.mqtt.mosquitto import Mosquitto

pytestmark = [
    pytest.mark.skipif(os.geteuid() != 0, reason="only root can make and enter a root of its own"),
    pytest.mark.skipif(shutil.which("dh") is None, reason="debhelper is not installed"),
    # Wheels and Debian packages are fetched.
    pytest.mark.timeout(1_200),
]

# A root that is thrown away need not survive a power cut: dpkg waits for no disk.
DPKG = ("-o", "Dpkg::Options::=--force-confold", "-o", "Dpkg::Options::=--force-unsafe-io")
INSTALL = ("apt-get", "install", "-y", "-q", "--no-install-recommends", *DPKG)
PLACES = ("/etc", "/var/lib", "/opt", "/usr/lib/systemd")


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("package")
    script = REPOSITORY / "scripts" / "packaging" / "debian_package.py"
    command = [sys.executable, str(script), "--suite", SUITE, "--fast", "--out", str(folder)]
    result = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
    return next(folder.glob("genred_*_amd64.deb"))


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory, package: Path) -> Iterator[CleanRoot]:
    """One for all tests of this file: each leaves nothing of genred behind."""
    root = CleanRoot(tmp_path_factory.mktemp("machine") / "root")
    os.link(package, root / "/root/genred.deb")
    root.run("apt-get", "update", "-q")
    yield root
    root.remove()


def test_what_a_checkout_has_installed_goes_first(machine: CleanRoot) -> None:
    unit = machine / "/usr/local/lib/systemd/system/genred.service"
    unit.parent.mkdir(parents=True)
    unit.write_text("[Service]\n")
    result = machine.run("dpkg", "--unpack", "/root/genred.deb", check=False)
    unit.unlink()
    assert result.returncode != 0
    assert "sudo systemd/install --uninstall" in result.stdout + result.stderr
    assert not (machine / "/opt/genred").exists()


def test_every_service_is_restarted_by_an_upgrade_and_stopped_by_removal(package: Path, tmp_path: Path) -> None:
    subprocess.run(["dpkg-deb", "-e", str(package), str(tmp_path)], check=True, timeout=60)
    preinst, postinst, prerm = ((tmp_path / name).read_text() for name in ("preinst", "postinst", "prerm"))
    for unit in (REPOSITORY / "systemd").glob("*.service"):
        name = re.escape(unit.name.replace("@", "@*"))
        assert re.search(rf"(_dh_action|restart) '?{name}'?( |$)", postinst, re.MULTILINE), unit.name
        assert re.search(rf" stop [^\n]*{name}", prerm), unit.name
    assert " stop " not in preinst


def test_install_upgrade_remove_and_purge(
    machine: CleanRoot, package: Path, broker: Mosquitto, brisk_model_path: Path, tmp_path: Path
) -> None:
    before = machine.files(*PLACES)
    # systemd-standalone-sysusers in place of all of systemd, which does not run here anyway.
    machine.run(*INSTALL, "/root/genred.deb", "systemd-standalone-sysusers")
    song = write_wav(tmp_path / "song.wav", SOUNDS["jazz"](12.0, np.random.default_rng(1)))
    shutil.copyfile(song, machine / "/root/song.wav")
    here = json.loads(genred("classify", "--json", song).stdout)
    there = json.loads(machine.run("genred", "classify", "--json", "/root/song.wav").stdout)
    assert (there["word"], there["windows"]) == (here["word"], here["windows"])
    assert there["mean"] == pytest.approx(here["mean"], abs=0.02)
    assert machine.run("genred", "check-config", "/etc/genred/genred.yaml").stdout
    assert "audio" in machine.run("id", "-Gn", "genred").stdout.split()
    password = machine / "/etc/genred/mqtt-password"
    assert stat.S_IMODE(password.stat().st_mode) == 0o600
    units = {path.name for path in (machine / "/usr/lib/systemd/system").glob("genred*")}
    assert units == {path.name for path in (REPOSITORY / "systemd").glob("*.service")}
    for unit in units:
        text = (machine / "/usr/lib/systemd/system" / unit).read_text()
        for program in re.findall(r"(?m)^Exec\w+=(\S+)", text):
            assert machine.run("test", "-x", program, check=False).returncode == 0, f"{unit}: {program}"
    for page in ("README.md", "docs/pages.md", "docs/pages-live.png"):
        assert machine.run("test", "-f", f"/usr/share/doc/genred/{page}", check=False).returncode == 0, page
    for folder in ("systemd", "scripts"):
        shutil.copytree(REPOSITORY / folder, machine / "/root/checkout" / folder)
    refused = machine.run("/root/checkout/systemd/install", check=False)
    assert refused.returncode != 0
    assert "apt remove genred" in refused.stderr
    start_the_app(machine, broker, brisk_model_path)

    configuration = machine / "/etc/genred/genred.yaml"
    configuration.write_text(configuration.read_text() + "# mine\n")
    log = machine / "/var/lib/genred/airplay.sqlite"
    log.parent.mkdir(exist_ok=True)
    log.write_text("precious")
    newer(package, machine / "/root/newer.deb", tmp_path / "newer")
    machine.run(*INSTALL, "/root/newer.deb")
    assert machine.run("dpkg-query", "-W", "-f", "${Version}", "genred").stdout.startswith("9.")
    assert configuration.read_text().endswith("# mine\n")
    assert log.read_text() == "precious"

    machine.run("apt-get", "remove", "-y", "-q", "genred")
    assert not (machine / "/opt/genred").exists()
    assert configuration.read_text().endswith("# mine\n")
    assert log.read_text() == "precious"

    machine.run("apt-get", "purge", "-y", "-q", "genred")
    left = machine.files(*PLACES) - before
    assert {name for name in left if "genred" in name} == set()


def start_the_app(machine: CleanRoot, broker: Mosquitto, model: Path) -> None:
    """Home Assistant's app has its environment, its folders and its user in the places that they have here."""
    for file in (model, model.with_suffix(".tflite")):
        shutil.copyfile(file, machine / f"/root/{file.name}")
    (machine / "/root").chmod(0o755)
    shutil.copyfile(REPOSITORY / "packaging" / "homeassistant" / "genred" / "start.py", machine / "/start.py")
    station = {"source": {"file": "/root/song.wav", "loop": True}, "model": f"/root/{model.name}"}
    options = {"node": "home", "configuration_file": "mine.yaml", "log_level": "info"}
    for name, text in (
        ("/config/mine.yaml", yaml.safe_dump({"stations": {"one": station}})),
        ("/data/options.json", json.dumps(options)),
    ):
        (machine / name).parent.mkdir()
        (machine / name).write_text(text)
    service = {"host": "127.0.0.1", "port": broker.port, "ssl": False, "username": "addons", "password": "secret"}
    with FakeSupervisor(service) as supervisor, Watcher(broker.port) as watcher:
        program = f"import sys, start; sys.exit(start.main(start.Installation(), {supervisor.url!r}))"
        environment = {"SUPERVISOR_TOKEN": TOKEN, "PATH": "/opt/genred/bin:/usr/bin:/bin:/usr/sbin", "PYTHONPATH": "/"}
        with subprocess.Popen(
            ["chroot", str(machine.path), "/opt/genred/bin/python", "-c", program], env=environment
        ) as process:
            try:
                wait_for_genre(watcher, process, "jazz")
                children = psutil.Process(process.pid).children()
                assert {child.cmdline()[-3] for child in children} == {"run", "web"}
                assert all(child.uids().real != 0 and TOKEN not in child.environ().values() for child in children)
            finally:
                process.terminate()
            assert process.wait(PATIENCE_S) == 0
    owners = machine.run("stat", "-c", "%U", "/data/genred.yaml", "/data/mqtt-password", "/data/genred/airplay.sqlite")
    assert owners.stdout.split() == ["genred"] * 3
    assert stat.S_IMODE((machine / "/data/mqtt-password").stat().st_mode) == 0o600
    for name in ("/config", "/data"):
        shutil.rmtree(machine / name)


def newer(package: Path, target: Path, work: Path) -> None:
    """The same package with a higher version and another default configuration, less the bulk of its libraries."""
    work.mkdir()
    subprocess.run(["dpkg-deb", "-e", str(package), str(work / "DEBIAN")], check=True, timeout=60)
    unpack = ["tar", "-x", "-C", str(work), "--exclude", "./opt/genred/lib/*"]
    with subprocess.Popen(["dpkg-deb", "--fsys-tarfile", str(package)], stdout=subprocess.PIPE) as archive:
        subprocess.run(unpack, stdin=archive.stdout, check=True, timeout=300)
    control = work / "DEBIAN" / "control"
    lines = ["Version: 9.0" if line.startswith("Version:") else line for line in control.read_text().splitlines()]
    control.write_text("\n".join(lines) + "\n")
    with (work / "etc" / "genred" / "genred.yaml").open("a") as file:
        file.write("# a newer default\n")
    build = ["dpkg-deb", "-Zgzip", "-z1", "--root-owner-group", "-b", str(work), str(target)]
    subprocess.run(build, check=True, capture_output=True, timeout=300)
