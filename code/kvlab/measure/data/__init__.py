"""Data files: presets and what configuration classes take for granted."""
