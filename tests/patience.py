"""How long tests wait for what must come."""

from __future__ import annotations

PATIENCE_S = 60.0
"""Of no account while all is well, as waits end with what they are for; on a busy machine it may take long to come."""
