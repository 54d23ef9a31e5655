"""MQTT: topics, payloads, and a connection that comes back."""
