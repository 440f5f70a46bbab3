"""Charts of a night: one drawing for the page, the pictures and the chat."""
