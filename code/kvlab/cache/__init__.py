"""Caches: one contract, several ways to store."""
