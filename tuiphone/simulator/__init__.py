"""Loopback stand-ins for the vendors' servers: for the demo, the tests and a first call without any account."""
