"""The airplay log: what was on air on each station, when, how sure, how loud, and every gap."""
