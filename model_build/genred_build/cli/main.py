"""The command `genred-build`: each step alone, or all of them.

Exit codes: 0 done, 1 something that is named on standard error, 2 wrong usage, 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from genred.config.types.suggestion import did_you_mean
from genred.errors import GenredError
from genred.extras import how_to_install
from genred.printable import printable, printable_lines
from genred_build.cli.arguments import make_parser
from genred_build.cli.commands import COMMANDS
from genred_build.cli.student_commands import STUDENT_COMMANDS
from genred_build.threads import one_blas_thread

if TYPE_CHECKING:
    from collections.abc import Sequence


_EXTRA_PACKAGES = frozenset({"keras", "librosa", "matplotlib", "scipy", "sklearn", "tensorflow", "threadpoolctl"})
"""What only the extra `build` brings along."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and gives its exit code."""
    given = sys.argv[1:] if arguments is None else list(arguments)
    parser = make_parser(COMMANDS, STUDENT_COMMANDS)
    known = [*COMMANDS, "student"]
    if given and not given[0].startswith("-") and given[0] not in known:
        close = did_you_mean(given[0], known) or f"; the commands are {', '.join(known)}"
        parser.error(f"there is no command {printable(given[0])!r}{close}")
    options = parser.parse_args(given)
    # Before anything imports TensorFlow: its start-up messages are not for users.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    try:
        one_blas_thread()
        options.command(options)
    except (GenredError, OSError) as error:
        sys.stderr.write(f"genred-build: {printable_lines(str(error))}\n")
        return 1
    except ModuleNotFoundError as error:
        package = (error.name or "").partition(".")[0]
        if package not in _EXTRA_PACKAGES:
            raise
        sys.stderr.write(f"genred-build: this needs {package}; install it with: {how_to_install('build')}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("genred-build: interrupted; the same command goes on where it was\n")
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
