"""Home Assistant: stations as devices, by MQTT discovery."""
