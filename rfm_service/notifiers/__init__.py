"""Plugs that carry a message to a chat."""
