"""Which version of the protocol an attempt speaks."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from genred.outputs.mqtt.ending import Ending

if TYPE_CHECKING:
    from collections.abc import Sequence

    from genred.broker.settings import MqttVersion

_log = logging.getLogger(__name__)


class ProtocolVersion:
    """Falls back, attempt by attempt, to what the broker takes.

    Args:
        versions: To be tried, the newest first.
    """

    def __init__(self, versions: Sequence[MqttVersion]) -> None:
        self._versions = versions
        self._index = 0

    @property
    def current(self) -> MqttVersion:
        """Of the next attempt."""
        return self._versions[self._index]

    @property
    def is_last(self) -> bool:
        """Whether there is no older one to be tried."""
        return self._index == len(self._versions) - 1

    def falls_back(self, ending: Ending) -> bool:
        """Whether the next attempt is made at once, with the next older protocol or asking for less.

        Every other attempt begins with the newest: a broker that was slow once is not taken for an old one for ever.
        """
        if ending is Ending.ABILITIES:
            return True
        if ending is not Ending.VERSION or self.is_last:
            self._index = 0
            return False
        self._index += 1
        _log.debug("the broker does not support MQTT 5; trying %s", self.current.value)
        return True
