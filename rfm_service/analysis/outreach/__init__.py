"""Whom to contact, and what that is worth: the thinking behind the lists of contacts."""
