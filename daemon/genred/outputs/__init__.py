"""Where events go: MQTT, Home Assistant, metrics."""
