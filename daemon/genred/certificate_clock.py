"""Certificates from the future: a board without a battery begins in the past, and its clock is set by the network."""

from __future__ import annotations

import ssl

CLOCK_CHECK_S = 15.0
"""So soon is a server asked again whose certificate is not yet valid: until this machine's clock is set."""

_CERT_NOT_YET_VALID = 9
"""X509_V_ERR_CERT_NOT_YET_VALID of OpenSSL."""


def is_not_yet_valid(error: OSError) -> bool:
    """Says whether a connection failed because the server's certificate begins to be valid later."""
    return isinstance(error, ssl.SSLCertVerificationError) and error.verify_code == _CERT_NOT_YET_VALID
