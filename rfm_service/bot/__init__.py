"""The bot: what chats of admins may ask of it, and how it is polled in a small process of its own."""
