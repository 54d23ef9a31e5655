"""The configuration: YAML in, typed and checked values out."""
