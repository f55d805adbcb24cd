"""SIP over WebSocket (RFC 7118): a phone of any PBX that speaks it; PROTOCOL.md is its reference."""
