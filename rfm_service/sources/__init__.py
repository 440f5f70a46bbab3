"""Plugs that sales come from."""
