"""genred, the genre daemon: publishes over MQTT which genre is on air."""

__version__ = "0.1.0"
