"""Tests of the room renderers."""
