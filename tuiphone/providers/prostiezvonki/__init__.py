"""Prostiezvonki (Vedisoft): commands a PBX and hears what its telephones do, without sound; PROTOCOL.md tells how."""
