"""What a genred command says to the shell and to systemd when it ends. Numbers follow sysexits.h where it has one."""

from enum import IntEnum


class ExitCode(IntEnum):
    """Exit codes, documented in `genred --help`."""

    OK = 0
    """Done."""
    FAILURE = 1
    """Any other error: a fault of genred itself, or a file that cannot be written."""
    USAGE = 2
    """The command line is wrong; argparse's own code, and ours for times and the like that cannot be read."""
    SOURCE = 66
    """A source or an airplay log given on the command line cannot be opened or read (EX_NOINPUT)."""
    UNAVAILABLE = 69
    """A broker, a port or a library that is needed is not there (EX_UNAVAILABLE)."""
    WEDGED = 75
    """Something in the process hangs and only a fresh process helps; systemd restarts it (EX_TEMPFAIL)."""
    CONFIG = 78
    """The configuration or a model bundle is wrong (EX_CONFIG); systemd does not restart on it."""
    INTERRUPTED = 130
    """Ended by Ctrl-C, where that is not the usual way to end."""
