"""The command lines of what analyses audio: `genred run`, `listen`, `classify` and `demo`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from genred.cli.configuration_argument import add_configuration
from genred.option_numbers import seconds, whole_number

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

MOST_DEMO_S = 600
"""The programme is made as a whole, in 180 MB for so long a one."""

_SOURCE_HELP = """\
SOURCE is one of
  https://host/stream     a stream or a playlist (.m3u, .m3u8, .pls, .xspf)
  music.flac  folder/     a file, or a folder as a programme
  soundcard               the default capture device
  soundcard:NAME          another device, by name, part of a name or index
                          (see: genred devices)
  -                       standard input: raw PCM (see --rate, --channels,
                          --format), or a piped file
"""

_FILES_HELP = """\
FILE is any of
  song.mp3                an audio file of any common format
  folder/                 all audio files in it, including linked folders,
                          except hidden files
  list.m3u                the entries of a playlist (.m3u, .pls, .xspf)
  https://host/song.mp3   a file on a server; for a live stream, use
                          `genred listen`
  -                       standard input: a piped file, or raw PCM
                          (see --rate, --channels, --format)

The timeline is smoothed using the audio before and after each moment. A live
station knows only the audio before it.
"""


def add_run(command: Callable[[str, str, str], argparse.ArgumentParser]) -> None:
    """Adds `run`.

    Args:
        command: Makes the parser of a command of a name, with its summary and what stands below its help.
    """
    run = command("run", "run the daemon with all stations of a configuration until it is stopped", "")
    add_configuration(run)


def add_listen(command: Callable[[str, str, str], argparse.ArgumentParser]) -> None:
    """Adds `listen`; see `add_run`."""
    listen = command("listen", "listen to one source and show what is on air, without a configuration", _SOURCE_HELP)
    listen.add_argument("source", metavar="SOURCE", help="what to listen to, see below")
    listen.add_argument("--once", action="store_true", help="print the first announced estimate and exit")
    listen.add_argument("--seconds", type=seconds(above=True), metavar="S", help="stop after S seconds")
    listen.add_argument("--fast", action="store_true", help="read a file as fast as possible")
    listen.add_argument("--loudness", action="store_true", help="also measure loudness: LUFS by EBU R128")
    listen.add_argument("--json", action="store_true", help="print one JSON object per line instead of the live view")
    listen.add_argument("--broker", metavar="HOST", help="also publish to this broker: host, host:port or URL")
    _add_model(listen)
    _add_pcm(listen)


def add_classify(command: Callable[[str, str, str], argparse.ArgumentParser]) -> None:
    """Adds `classify`; see `add_run`."""
    classify = command("classify", "classify files: each genre's share of all windows, and a timeline", _FILES_HELP)
    classify.add_argument("files", nargs="+", metavar="FILE", help="what to classify, see below")
    classify.add_argument(
        "--json",
        action="store_true",
        help="print one JSON object per line and file: path, seconds, windows, word, confidence, shares, mean, "
        "timeline, model, medium, and signal_faults if there are any; or path, error; also path_b64 if a path is not "
        "valid UTF-8",
    )
    classify.add_argument(
        "-j",
        "--jobs",
        type=whole_number(1, 1_024),
        metavar="N",
        help="files to analyse at the same time, each in its own process [one per core]",
    )
    classify.add_argument(
        "--picture", type=Path, metavar="FILE", help="draw the waveform and mel spectrogram of a single file as PNG"
    )
    _add_model(classify)
    _add_pcm(classify)


def add_demo(command: Callable[[str, str, str], argparse.ArgumentParser]) -> None:
    """Adds `demo`; see `add_run`."""
    demo = command("demo", "demonstrate genred with a synthesised programme and an embedded broker", "")
    demo.add_argument(
        "--seconds",
        type=seconds(most=MOST_DEMO_S, above=True),
        default=60.0,
        metavar="S",
        help=f"length of the programme; each style needs 15 s [60, at most {MOST_DEMO_S}]",
    )
    _add_model(demo)


def _add_model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--model", default="default", metavar="NAME", help="a shipped model, or the path of a model's .json [default]"
    )


def _add_pcm(parser: argparse.ArgumentParser) -> None:
    raw = parser.add_argument_group("raw PCM on standard input")
    raw.add_argument(
        "--rate",
        type=whole_number(4_000, 384_000, "sample rate", " Hz"),
        default=22_050,
        metavar="HZ",
        help="sample rate [22050]",
    )
    raw.add_argument("--channels", type=int, choices=[1, 2], default=1, help="interleaved channels [1]")
    raw.add_argument("--format", choices=["s16le", "f32le"], default="s16le", help="sample format [s16le]")
