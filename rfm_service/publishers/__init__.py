"""Plugs that put a report where people read it."""
