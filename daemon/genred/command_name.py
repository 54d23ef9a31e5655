"""What a user types to run this installation's `genred`."""

from __future__ import annotations

import shlex
import shutil
import sys
from pathlib import Path

_NAME = "genred"


def command_name() -> str:
    """`genred` where the shell finds this one by that name, else the path by which it was started."""
    started = Path(sys.argv[0])
    if started.name != _NAME or not started.exists():
        return _NAME
    found = shutil.which(_NAME)
    if found is not None and started.samefile(found):
        return _NAME
    return shlex.quote(sys.argv[0])
