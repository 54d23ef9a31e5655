"""Messages in words of the command line, for commands that have no configuration.

Sources and outputs are configured alike, whoever asks; their messages name keys, which are no help to somebody who has
written none.
"""

from __future__ import annotations

_WORDS = (
    ("mqtt.broker: embedded needs", "the embedded broker needs"),
    ("mqtt.broker: ", "--broker "),
    ("mqtt.embedded_port: ", ""),
    ("Use it (mqtt.broker), or give another port, or 0 for a free one", "Use it: --broker localhost"),
    ("set mqtt.tls.ca_file to", "set the environment variable SSL_CERT_FILE to"),
    ("check mqtt.username and the password", "give both, as in --broker mqtt://USER:PASSWORD@HOST"),
    ("mqtt.username: missing; a password needs a user name", "--broker: a password needs a user name"),
    ("; see mqtt.version", ""),
    (" (or mqtt.client_id)", ""),
    ("`command:` takes the output of any other program", "`PROGRAM | genred listen -` takes that of any program"),
)


def in_option_words(message: str) -> str:
    """Replaces the names of keys by what stands for them on the command line."""
    for key, option in _WORDS:
        message = message.replace(key, option)
    return message
