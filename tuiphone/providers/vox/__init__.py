"""Vox CPaaS: calls by its IML protocol (protobuf over a WebSocket), accounts by REST."""
