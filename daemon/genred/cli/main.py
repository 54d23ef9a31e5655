"""Runs one command; the only place where an error becomes an exit code."""

from __future__ import annotations

import contextlib
import logging
import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING, NoReturn

from genred.cli.command_line import build_parser, parse
from genred.cli.option_words import in_option_words
from genred.cli.process_arguments import hide_secret_arguments
from genred.cli.signals import interrupts_end_at_once, interrupts_raise
from genred.cli.streams import complain, prepare_streams
from genred.cli.system_errors import describe_system_error
from genred.errors import (
    BundleError,
    ConfigError,
    GenredError,
    InputError,
    OutputError,
    SourceError,
    UsageError,
)
from genred.exit_codes import ExitCode
from genred.extras import missing_extra
from genred.service.journal import log_to_stderr

if TYPE_CHECKING:
    import argparse
    from collections.abc import Sequence

__all__ = ["build_parser", "main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command.

    Args:
        arguments: Without the program's name; None takes the process's own.

    Returns:
        An exit code of `ExitCode`.
    """
    _open_closed_streams()
    if arguments is None:
        hide_secret_arguments()
    options = parse(arguments)
    prepare_streams(json=getattr(options, "json", False))
    # numpy's BLAS would start a thread a core that spins between the small products of the front end: measured,
    # five times the CPU for nothing. Only the first import of numpy reads this.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    log_to_stderr(logging.getLevelNamesMapping()[(options.log_level or options.usual_log_level).upper()])
    try:
        return int(_run(options))
    except KeyboardInterrupt:
        interrupts_end_at_once()
        if arguments is None:
            _end_at_once()
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        # The reader (head, jq) has gone: not an error.
        _give_up_output()
        return ExitCode.OK
    except GenredError as error:
        _complain(options, str(error))
        return _exit_code(error)
    except ModuleNotFoundError as error:
        missing = missing_extra(error)
        if missing is None:
            raise
        _complain(options, missing)
        return ExitCode.UNAVAILABLE
    except OSError as error:
        _complain(options, describe_system_error(error))
        _give_up_output()
        return ExitCode.FAILURE


def _run(options: argparse.Namespace) -> ExitCode:
    # Loaded here: `genred --help` need not wait for what `genred run` imports.
    command = import_module(f"genred.cli.{options.module}")
    with interrupts_raise():
        code: ExitCode = command.run(options)
        sys.stdout.flush()
    return code


def _end_at_once() -> NoReturn:
    """Ends the process without the interpreter's own end, in which threads that were starting would raise anything."""
    logging.shutdown()
    with contextlib.suppress(OSError, ValueError):
        sys.stdout.flush()
    os._exit(ExitCode.INTERRUPTED)


def _complain(options: argparse.Namespace, message: str) -> None:
    if not options.has_configuration:
        message = in_option_words(message)
    complain(f"genred {options.command}: {message}")


def _open_closed_streams() -> None:
    """Puts something in the place of streams that were closed before the start, of which Python makes None."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115 - for the whole process


def _give_up_output() -> None:
    """Lets the interpreter not complain, on its way out, of what it cannot write any more."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _exit_code(error: GenredError) -> ExitCode:
    match error:
        case ConfigError() | BundleError():
            return ExitCode.CONFIG
        case SourceError() | InputError():
            return ExitCode.SOURCE
        case UsageError():
            return ExitCode.USAGE
        case OutputError():
            return ExitCode.UNAVAILABLE
    return ExitCode.FAILURE
