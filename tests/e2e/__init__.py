"""Whole phones as their users meet them: processes, a sound card, a terminal, a server."""
