"""Tests. A package, so that no other distribution that ships a `tests` takes its place."""
