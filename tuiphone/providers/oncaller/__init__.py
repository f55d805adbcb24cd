"""OnCaller (oncaller.asia): calls between apps and telephones over one WebSocket; PROTOCOL.md is its reference."""
