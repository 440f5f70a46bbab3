"""Whom to contact: rhythm, worth, priority, the choice of the list, and whether it helped."""
