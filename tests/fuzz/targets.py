"""What is fuzzed: every reader of foreign text that is held to linear time, and what reads bytes."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from hypothesis import strategies as st

from genred.analysis.bundle import load_bundle
from genred.config.read import parse_config
from genred.engine.flag import Flag
from genred.outputs.mqtt.control import Control
from genred.sources.file import play_file
from genred.sources.http.response import Response
from genred.sources.pipe import is_audio_file
from genred.sources.piped_file import play_pipe
from genred.sources.source import Meter
from genred.sources.stream.feed import AudioFeed
from tests.conftest import TINY_MODEL
from tests.sources import sounds
from tests.sources.http.wire import wire
from tests.sources.test_linear_time import CASES, Case

if TYPE_CHECKING:
    from collections.abc import Callable

FORMS = {
    "mp3": sounds.MP3,
    "adts": sounds.AAC,
    "ogg vorbis": sounds.OGG_VORBIS,
    "ogg opus": sounds.OGG_OPUS,
    "ogg flac": sounds.OGG_FLAC,
    "flac": sounds.FLAC,
    "wav": sounds.WAV,
    "m4a": sounds.M4A,
    "mpeg-ts": sounds.MPEG_TS_AAC,
}
SOUND_S = 1.0
_COMMAND = b'{"enabled": true, "reset": false, "id": "x"}'
STALL_S = 60.0


class Target(NamedTuple):
    """One reader.

    Attributes:
        name: For the table.
        inputs: What it is given.
        read: Gives it one; may raise `GenredError`, and nothing else.
    """

    name: str
    inputs: st.SearchStrategy[object]
    read: Callable[[object], object]


def targets() -> list[Target]:
    """All of them."""
    sound = {name: sounds.encoded(form, SOUND_S) for name, form in FORMS.items()}
    return [
        *(_of_text(case) for case in CASES),
        *(Target(f"a stream of {name}", mutated(data), _stream) for name, data in sound.items()),
        *(Target(f"a file of {name}", mutated(data), _file) for name, data in sound.items()),
        *(Target(f"a pipe with {name}", mutated(data), _pipe) for name, data in sound.items() if name != "m4a"),
        Target("what a pipe holds", st.binary(max_size=64), lambda data: is_audio_file(_bytes(data))),
        Target("a configuration", _mixtures(_YAML, st.text(max_size=8)), lambda text: parse_config(str(text))),
        Target("a command over MQTT", st.one_of(st.binary(max_size=64), mutated(_COMMAND)), _command),
        Target("a model's card", mutated(TINY_MODEL.read_bytes()), _card),
    ]


def _of_text(case: Case) -> Target:
    text = st.tuples(
        st.sampled_from(case.heads), _mixtures(case.tokens, st.text(max_size=6)), st.sampled_from(case.tails)
    ).map("".join)
    return Target(case.name, text, lambda given: case.read(str(given)))


def _mixtures(tokens: tuple[str, ...], others: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Tokens of a grammar, with anything between them."""
    token = st.sampled_from(tokens)
    return st.lists(st.one_of(token, token, others), max_size=40).map("".join)


@st.composite
def mutated(draw: st.DrawFn, data: bytes) -> bytes:
    """Something whole of which parts are overwritten, left out, repeated, put in or cut off."""
    changed = bytearray(data)
    for _ in range(draw(st.integers(1, 6))):
        at = draw(st.integers(0, max(0, len(changed) - 1)))
        end = min(len(changed), at + draw(st.integers(0, 400)))
        match draw(st.sampled_from(["overwrite", "remove", "repeat", "insert", "cut", "bit"])):
            case "overwrite":
                changed[at:end] = draw(st.binary(min_size=end - at, max_size=end - at))
            case "remove":
                del changed[at:end]
            case "repeat":
                changed[at:at] = changed[at:end] * draw(st.integers(1, 20))
            case "insert":
                changed[at:at] = draw(st.binary(max_size=40))
            case "cut":
                del changed[at:]
            case _ if changed:
                changed[at] ^= 1 << draw(st.integers(0, 7))
    return bytes(changed)


_YAML = (
    "stations:\n",
    "  a: ",
    "  a:\n    source: ",
    "http://h/x",
    "soundcard",
    "{url: 'http://h/'}",
    "mqtt:\n  broker: ",
    "node: ",
    "processes: ",
    "auto",
    "analysis:\n  step_s: ",
    "1",
    "1e9",
    "15s",
    "[",
    "]",
    "{",
    "}",
    "&a ",
    "*a",
    "<<: ",
    "!!python/object ",
    "${X}",
    "- ",
    ": ",
    "\n",
    "  ",
    "null",
    "'",
    '"',
    "|",
    ">",
    "#",
)


def _bytes(data: object) -> bytes:
    assert isinstance(data, bytes)
    return data


def _stream(data: object) -> None:
    response = Response(wire(_bytes(data), 700), "http://host/x", {"icy-metaint": "1024"}, b"")
    for _ in AudioFeed(response, "x", STALL_S, Meter(), titles=True).items():
        pass


def _file(data: object) -> None:
    with tempfile.NamedTemporaryFile(suffix=".bin") as file:
        file.write(_bytes(data))
        file.flush()
        for _ in play_file(Path(file.name), "x", Meter()):
            pass


def _pipe(data: object) -> None:
    with tempfile.TemporaryFile() as file:
        file.write(_bytes(data))
        file.seek(0)
        head = os.read(file.fileno(), 12)
        for _ in play_pipe(file.fileno(), head, "x", Meter(), Flag()):
            pass


class _Commands:
    def set_enabled(self, station: str, enabled: bool) -> None:
        """Takes it."""

    def reset(self, station: str) -> None:
        """Takes it."""


def _command(data: object) -> None:
    control = Control("node", _Commands(), lambda *_: None)
    control.submit("a", _bytes(data), retained=False)
    control.close()


def _card(data: object) -> None:
    with tempfile.TemporaryDirectory() as folder:
        card = Path(folder) / "x.json"
        card.write_bytes(_bytes(data))
        card.with_suffix(".tflite").write_bytes(TINY_MODEL.with_suffix(".tflite").read_bytes())
        load_bundle(card)
