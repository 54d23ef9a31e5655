"""Waits and timeouts of the connection to the broker."""

from __future__ import annotations

from dataclasses import dataclass

from genred.certificate_clock import CLOCK_CHECK_S

SURVEY_HEARTBEATS = 1.5
"""Our topics are read back for so long after a connect: another daemon of this node has published meanwhile."""
LEAST_SURVEY_S = 10.0
"""Retained messages follow the subscription at once; a slow link to a busy broker gets time."""
LONGEST_SURVEY_S = 300.0


@dataclass(frozen=True, slots=True)
class Pace:
    """The waits of a connection.

    Attributes:
        first_wait_s: Before the second attempt; doubled with each.
        longest_wait_s: Never longer than this. A minute: a restarted broker should not be without us for longer.
        refused_wait_s: After wrong credentials. They seldom heal by themselves, and a broker may ban who insists.
        clock_check_s: Never longer than this while the broker's certificate is not yet valid.
        settle_s: A connection must hold for so long before the waits begin anew.
        connect_timeout_s: For connection, TLS and the broker's answer, each.
        acknowledge_timeout_s: For the broker's acknowledgement of a message.
        close_timeout_s: For saying goodbye.
        survey_s: How long our topics are read back after a connect; None for longer than a heartbeat.
    """

    first_wait_s: float = 1.0
    longest_wait_s: float = 60.0
    refused_wait_s: float = 60.0
    clock_check_s: float = CLOCK_CHECK_S
    settle_s: float = 10.0
    connect_timeout_s: float = 5.0
    acknowledge_timeout_s: float = 30.0
    close_timeout_s: float = 1.5
    survey_s: float | None = None

    def survey_after(self, heartbeat_s: float) -> float:
        """Gives for how long our topics are read back after a connect, in seconds."""
        if self.survey_s is not None:
            return self.survey_s
        return min(max(LEAST_SURVEY_S, SURVEY_HEARTBEATS * heartbeat_s), LONGEST_SURVEY_S)
