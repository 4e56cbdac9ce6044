"""The model: configuration, operations, attention, the forward pass and generation."""
