"""What is wrong with a broker, in words that say what to do."""

from __future__ import annotations

import errno
import socket
import ssl
import time
from typing import TYPE_CHECKING

from genred.certificate_clock import is_not_yet_valid

if TYPE_CHECKING:
    from genred.broker.address import BrokerAddress


def explain_connect_error(address: BrokerAddress, error: OSError) -> str:
    """Why no connection came about."""
    match error:
        case ssl.SSLError():
            return _explain_tls_error(address, error)
        case socket.gaierror():
            return f"the name {address.host!r} cannot be resolved ({error.strerror}); is it spelt correctly?"
        case TimeoutError():
            return f"{address} does not answer; is the host up, and does a firewall let the port through?"
        case ConnectionRefusedError():
            return f"{address} refuses connections; is the broker running, and is this its port?"
        case ConnectionResetError() | BrokenPipeError() if address.tls:
            return f"{address} does not speak TLS on this port; is it mqtt:// and port 1883?"
        case ConnectionResetError() | BrokenPipeError():
            return f"{address} closed the connection; is this the right port, and should it be mqtts://?"
        case OSError(errno=errno.EHOSTUNREACH | errno.ENETUNREACH):
            return f"there is no route to {address} ({error.strerror}); is the network up?"
        case _:
            return f"{address} cannot be reached: {error.strerror or error}"


def _explain_tls_error(address: BrokerAddress, error: ssl.SSLError) -> str:
    if is_not_yet_valid(error):
        today = time.strftime("%Y-%m-%d", time.gmtime())
        return f"the certificate of {address} is not yet valid; the clock here says {today}: is it set?"
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"the certificate of {address} is not trusted ({error.verify_message}); set mqtt.tls.ca_file to the "
            "certificate of the authority that signed it, and connect by the name in the certificate"
        )
    if isinstance(error, ssl.SSLEOFError) or _tls_reason(error) == "WRONG_VERSION_NUMBER":
        return f"{address} does not speak TLS on this port; is it mqtt:// and port 1883?"
    return f"TLS with {address} failed: {_tls_reason(error) or error}"


def _tls_reason(error: ssl.SSLError) -> str | None:
    """OpenSSL's own word; errors that Python raises by itself have none."""
    reason: str | None = getattr(error, "reason", None)
    return reason
