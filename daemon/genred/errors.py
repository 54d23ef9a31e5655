"""One tree of errors, so that a caller can catch the base.

Every message names what was wrong, where it was found and what would be right.
"""

from genred.cause import Cause


class GenredError(Exception):
    """Anything that genred itself reports as wrong."""


class ConfigError(GenredError):
    """A configuration that cannot be used; its message lists every fault at once."""


class BundleError(GenredError):
    """A model bundle that does not fit; its message names the file and the field."""


class SourceError(GenredError):
    """A source that cannot be opened or that broke off.

    Attributes:
        permanent: Whether faults of this kind usually stay until somebody changes something (a 404, a missing file).
            Only when such faults go on for minutes does the retry policy wait its longest; it never gives up.
        cause: For events and metrics.
        not_before_s: The other side asks not to be tried again for so many seconds; None where it asks nothing.
        within_s: What was missing may be there any moment: the next attempt comes within so many seconds. None where
            nothing is known.
    """

    def __init__(
        self,
        message: str,
        *,
        permanent: bool = False,
        cause: Cause = Cause.FAILED,
        not_before_s: float | None = None,
        within_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.permanent = permanent
        self.cause = cause
        self.not_before_s = not_before_s
        self.within_s = within_s


class OutputError(GenredError):
    """An output (broker, log, metrics) that cannot be started as configured."""


class UsageError(GenredError):
    """Something on the command line that cannot be read, such as a time."""


class InputError(GenredError):
    """Something to be read that is not there or cannot be read, such as a log."""
