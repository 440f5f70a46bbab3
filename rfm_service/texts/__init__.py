"""Words, numbers, money and dates in the user's language."""
