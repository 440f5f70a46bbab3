"""Thinking, pure: frames in, frames out; no files, clock, settings or logging."""
