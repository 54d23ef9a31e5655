"""The pages: a process of its own, which talks MQTT and reads the airplay log; a fault here touches no station."""
