"""A local 1C and a local Telegram Bot API on real sockets, for the demo and the tests."""
