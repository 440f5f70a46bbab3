"""Tests of the room texts."""
