"""What others see of a command's arguments."""

from __future__ import annotations

import subprocess
import sys

from genred.cli.process_arguments import masked_arguments
from genred.masking import MASK

PROGRAM = """
import pathlib, sys
from genred.cli.process_arguments import hide_secret_arguments
hide_secret_arguments()
print(pathlib.Path("/proc/self/cmdline").read_text().replace(chr(0), " "))
print(*sys.argv[1:])
"""


def test_secrets_among_the_arguments_are_not_in_the_list_of_processes() -> None:
    arguments = ["listen", "http://me:hunter2-and-more@radio.example/x", "--fast"]
    shown, kept = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, timeout=60, check=True
    ).stdout.rsplit("\n", 2)[:2]
    assert "hunter2" not in shown
    assert f"http://me:{MASK}@radio.example/x" in shown
    assert kept == " ".join(arguments)


def test_length_of_the_arguments_stays() -> None:
    before = b"genred\0listen\0http://me:x@h/\0--token\0abc\0"
    after = masked_arguments(before)
    assert len(after) == len(before)
    assert after == b"genred\0listen\0http://me:****\0--token\0***\0"
    assert masked_arguments(b"genred\0run\0") == b"genred\0run\0"
    assert masked_arguments(b"\xff\xfe\0") == b"\xff\xfe\0"
