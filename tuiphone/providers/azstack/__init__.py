"""AZStack (azstack.com): calls to telephones and between apps over socket.io; PROTOCOL.md is its reference."""
