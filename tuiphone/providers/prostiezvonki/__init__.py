"""Prostiezvonki (Vedisoft): commands a PBX and hears what its telephones do, without sound.

PROTOCOL.md tells how; sections named anywhere in here are its.
"""
