"""Looks into model files without executing them."""
