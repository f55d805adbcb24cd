"""Voip24h: a PBX commanded over HTTP: click-to-call, call history and recordings. PROTOCOL.md is the reference."""
