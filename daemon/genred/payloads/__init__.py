"""Events as JSON, once: for MQTT, the command line, and whoever else writes them down."""
