"""Imports run one way, and the running daemon stays small."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import genred
import genred_build

DAEMON = Path(genred.__file__).parent
BUILD = Path(genred_build.__file__).parent

LONGEST_CLASS = 200

# What each room may import from the rest of genred (one direction, no way back). A room is a package or a module
# directly under `genred`; only what is listed is allowed, and every room is listed.
GROUND = {
    "audio",
    "backoff",
    "breaks",
    "cause",
    "certificate_clock",
    "clock",
    "command_name",
    "day_figures",
    "day_span",
    "duration_text",
    "errors",
    "exit_codes",
    "file_lock",
    "masking",
    "option_numbers",
    "printable",
    *("examples", "extras", "rate_limited_log", "slug", "state_folder", "terminal_text", "time_zones", "whole_file"),
}
MIDDLE = GROUND | {"config", "analysis", "events", "payloads"}
ALLOWED: dict[str, set[str]] = {
    **{room: set() for room in GROUND},
    "errors": {"cause"},
    "examples": {"errors"},
    "state_folder": {"errors"},
    "whole_file": {"file_lock"},
    "config": GROUND,
    "analysis": GROUND | {"config"},
    "engine": set(),
    "events": GROUND | {"analysis"},
    "payloads": GROUND | {"analysis", "events"},
    "broker": GROUND | {"config"},
    "expectations": GROUND | {"config", "analysis", "events"},
    "airplay": GROUND | {"config", "analysis", "events", "payloads"},
    "reports": GROUND | {"analysis", "airplay"},
    "sources": GROUND | {"config", "engine"},
    "classification": GROUND | {"config", "analysis", "sources"},
    "archive": GROUND | {"config", "analysis", "airplay", "classification", "sources"},
    "recording": MIDDLE - {"payloads"} | {"sources"},
    "stations": MIDDLE - {"payloads"} | {"engine", "sources", "recording"},
    "outputs": MIDDLE | {"airplay", "broker", "reports"},
    "service": MIDDLE - {"payloads"} | {"engine", "expectations", "sources", "recording", "stations"},
    "setup": MIDDLE | {"broker", "classification", "expectations", "sources", "outputs", "recording"},
    "demo": GROUND | {"analysis", "engine", "sources"},
    "pictures": GROUND | {"analysis"},
    "web": MIDDLE
    | {"broker", "recording", "airplay", "classification", "demo", "pictures", "reports", "sources", "setup"},
}
ABOVE_ALL = {"cli", "__main__"}

# The wings of two rooms, by the same rule; what lies beside them in the room is listed where a wing needs it.
WINGS: dict[str, set[str]] = {
    "outputs.alerts": set(),
    "outputs.mqtt": {"outputs.homeassistant"},
    "outputs.homeassistant": set(),
    "outputs.prometheus": set(),
    "outputs.airplay": set(),
    "sources.http": {"sources.address", "sources.numbers"},
    "sources.stream": {
        "sources.http",
        *(
            f"sources.{name}"
            for name in (
                "address",
                "av_file",
                "decode",
                "frame_joiner",
                "label",
                "numbers",
                "pacing",
                "resample",
                "source",
                "tap",
                "title_encoding",
                "titles",
            )
        ),
    },
}

# The same for `genred_build`, of whose rooms each may also import these of genred: the features and the analysis are
# the daemon's own, so that a model is evaluated as it runs.
OF_GENRED = GROUND | {"analysis", "classification", "config", "sources"}
BUILD_GROUND = {"errors", "npz", "quiet", "softmax", "threads"}
BUILD_ALLOWED: dict[str, set[str]] = {
    **{room: set() for room in BUILD_GROUND},
    "spec": BUILD_GROUND,
    "data": BUILD_GROUND | {"spec"},
    "augment": BUILD_GROUND | {"spec", "data"},
    "teachers": BUILD_GROUND | {"spec", "data"},
    "training": BUILD_GROUND | {"spec", "data", "augment", "teachers"},
    "evaluation": BUILD_GROUND | {"spec", "data", "augment"},
    "export": BUILD_GROUND | {"spec", "data", "training", "evaluation"},
    "report": BUILD_GROUND | {"spec", "data", "training", "evaluation", "export"},
    "steps": BUILD_GROUND | {"spec", "data", "teachers", "training", "evaluation", "export"},
}


def imported_modules(file: Path) -> set[str]:
    tree = ast.parse(file.read_text())
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} if node.module != "genred" else {f"genred.{alias.name}" for alias in node.names}
    return names


def imported_rooms(file: Path, package: str = "genred") -> set[str]:
    return {
        name.split(".")[1] for name in imported_modules(file) if name.startswith(f"{package}.") and "__" not in name
    }


def files_of(room: str, root: Path = DAEMON) -> list[Path]:
    folder = root / room
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [root / f"{room}.py"]


def rooms_of(root: Path) -> set[str]:
    found = {path.stem for path in root.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()}
    return found - {"__init__"}


def test_every_room_has_its_rule() -> None:
    assert rooms_of(DAEMON) == set(ALLOWED) | ABOVE_ALL
    assert rooms_of(BUILD) == set(BUILD_ALLOWED) | ABOVE_ALL
    assert {
        f"{room}.{path.name}"
        for room in ("outputs", "sources")
        for path in (DAEMON / room).iterdir()
        if (path / "__init__.py").exists()
    } == set(WINGS)


@pytest.mark.parametrize("room", sorted(ALLOWED))
def test_a_room_imports_only_rooms_before_it_on_the_way(room: str) -> None:
    for file in files_of(room):
        beyond = imported_rooms(file) - ALLOWED[room] - {room}
        assert not beyond, f"{file.relative_to(DAEMON)} imports {sorted(beyond)}"


@pytest.mark.parametrize("wing", sorted(WINGS))
def test_a_wing_imports_only_what_it_needs_of_its_room(wing: str) -> None:
    room, name = wing.split(".")
    for file in files_of(name, DAEMON / room):
        own = {module.removeprefix("genred.") for module in imported_modules(file)}
        allowed = (wing, *WINGS[wing])
        beyond = {module for module in own if module.startswith(f"{room}.") and not module.startswith(allowed)}
        assert not beyond, f"{file.relative_to(DAEMON)} imports {sorted(beyond)}"


@pytest.mark.parametrize("room", sorted(BUILD_ALLOWED))
def test_a_room_of_the_build_imports_only_rooms_before_it(room: str) -> None:
    for file in files_of(room, BUILD):
        beyond = imported_rooms(file, "genred_build") - BUILD_ALLOWED[room] - {room}
        assert not beyond, f"{file.relative_to(BUILD)} imports {sorted(beyond)}"
        assert imported_rooms(file) <= OF_GENRED, file


def test_nothing_but_the_command_line_imports_the_command_line() -> None:
    for file in DAEMON.rglob("*.py"):
        if file.relative_to(DAEMON).parts[0] not in {"cli", "__main__.py"}:
            assert "cli" not in imported_rooms(file), file


def test_the_daemon_never_imports_what_builds_models() -> None:
    for file in DAEMON.rglob("*.py"):
        assert not any(name.split(".")[0] == "genred_build" for name in imported_modules(file)), file


def test_files_take_the_place_of_others_in_one_way() -> None:
    """By `whole_file`; a database is renamed by itself, since it is made by SQLite and has companions."""
    renaming = {
        str(file.relative_to(root))
        for root in (DAEMON, BUILD)
        for file in root.rglob("*.py")
        for node in ast.walk(ast.parse(file.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and _renames(node, node.func.attr)
    }
    assert renaming == {"whole_file.py", "airplay/merge.py", "airplay/setting_aside.py"}


def _renames(call: ast.Call, name: str) -> bool:
    # `Path.replace` takes one argument; that of texts takes two, and those of dates and structs have names.
    return name in {"rename", "renames", "move", "mkstemp"} or (
        name == "replace" and len(call.args) == 1 and not call.keywords
    )


def test_no_two_rooms_call_a_class_by_one_name() -> None:
    places: dict[str, set[str]] = {}
    for root in (DAEMON, BUILD):
        for file in root.rglob("*.py"):
            room = f"{root.name}.{'.'.join(file.relative_to(root).parts[:-1])}"
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                    places.setdefault(node.name, set()).add(room)
    assert {name: rooms for name, rooms in places.items() if len(rooms) > 1} == {}


def test_no_class_is_longer_than_can_be_read_at_once() -> None:
    long = {
        f"{path.stem}.{node.name}: {lines}"
        for root in (DAEMON, BUILD)
        for path in root.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ClassDef) and (lines := (node.end_lineno or 0) - node.lineno + 1) > LONGEST_CLASS
    }
    assert not long


def test_every_module_says_why_it_exists() -> None:
    for root in (DAEMON, BUILD):
        for file in root.rglob("*.py"):
            assert ast.get_docstring(ast.parse(file.read_text())), file


def test_reports_take_rows_and_know_no_database() -> None:
    for file in files_of("reports"):
        modules = imported_modules(file)
        assert "sqlite3" not in modules, file
        assert {module for module in modules if module.startswith("genred.airplay")} <= {"genred.airplay.rows"}, file


HEAVY = ["librosa", "tensorflow", "keras", "pandas", "sklearn", "matplotlib", "scipy", "numba", "torch", "jax"]


def modules_after(code: str) -> set[str]:
    script = f"{code}\nimport sys; print('\\n'.join(sys.modules))"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=120)
    return {name.split(".")[0] for name in result.stdout.split()}


def test_the_daemon_s_import_closure_holds_nothing_heavy(tiny_model_path: Path) -> None:
    loaded = modules_after(
        "import importlib, pkgutil, genred\n"
        "for module in pkgutil.walk_packages(genred.__path__, 'genred.'):\n"
        "    if not module.name.endswith('__main__'): importlib.import_module(module.name)\n"
        "import av, soxr, sounddevice, paho.mqtt.client\n"
        "from genred.analysis.bundle import load_bundle\n"
        "from genred.analysis.analyzer import Analyzer\n"
        f"Analyzer(load_bundle({str(tiny_model_path)!r}))\n"
    )
    assert not loaded & set(HEAVY)


def test_asking_for_help_loads_neither_numpy_nor_any_codec() -> None:
    loaded = modules_after("from genred.cli.main import main\ntry: main(['--help'])\nexcept SystemExit: pass")
    assert not loaded & {
        "numpy",
        "av",
        "sounddevice",
        "ai_edge_litert",
        "paho",
        "amqtt",
        "rich",
        "jinja2",
        "dateparser",
    }


def test_the_pages_load_neither_numpy_nor_any_codec_before_they_need_them() -> None:
    assert not modules_after("import genred.web.server") & {"numpy", "av", "dateparser", "ai_edge_litert", "gradio"}


def test_reading_the_log_loads_no_more_than_it_needs() -> None:
    loaded = modules_after("import genred.cli.main, genred.cli.airplay, genred.cli.airplay_text")
    assert not loaded & {"msgspec", "numpy", "av", "dateparser", "ctypes", "jinja2"}
