"""A shard's process as the daemon holds it."""

from __future__ import annotations

from genred.service.shards.child import Child
from genred.service.shards.marker import WorkMarker
from tests.service.shards.misbehaving import COMMAND


def test_process_that_has_just_been_buried_can_still_be_ended() -> None:
    marker = WorkMarker()
    child = Child(COMMAND, marker, keeps_stdin=False)
    child.kill()
    child.bury()
    child.end()
    marker.close()
