"""genred, the genre daemon: which genre is on air, said over MQTT."""

__version__ = "0.1.0"
