"""Paired tests, intervals and power: pure functions on arrays."""
