"""Checks access tokens as OnCaller's servers do (PROTOCOL.md 4.1, 4.2)."""

import base64
import binascii
import hashlib
import hmac
import json
import time
from typing import Any

MESSAGES = {
    0: "SUCCESS",
    1: "ACCESS_TOKEN_EMPTY",
    2: "ACCESS_TOKEN_CAN_NOT_DECODE",
    3: "ACCESS_TOKEN_INVALID_FORMAT",
    4: "ACCESS_TOKEN_NOT_HS256",
    5: "API_KEY_SID_NOT_FOUND",
    6: "ACCESS_TOKEN_EXPIRED_OR_INVALID",
    7: "PAYLOAD_INVALID",
}


def check(token: object, key_sid: str, key_secret: str) -> tuple[int, str]:
    """The result code, and the user when it is 0."""
    if not isinstance(token, str) or not token:
        return 1, ""
    parts = token.split(".")
    if len(parts) != 3 or not token.isascii():
        return 3, ""
    try:
        header, payload = (_decoded(part) for part in parts[:2])
    except (ValueError, binascii.Error, RecursionError):
        return 2, ""
    if header.get("alg") != "HS256":
        return 4, ""
    if payload.get("iss") != key_sid:
        return 5, ""
    signed = hmac.new(key_secret.encode(), f"{parts[0]}.{parts[1]}".encode(), hashlib.sha256).digest()
    expected = base64.urlsafe_b64encode(signed).rstrip(b"=").decode()
    expires = payload.get("exp")
    if not hmac.compare_digest(expected, parts[2]) or not isinstance(expires, int | float) or expires < time.time():
        return 6, ""
    user = payload.get("userId")
    return (0, user) if isinstance(user, str) and user else (7, "")


def _decoded(part: str) -> dict[str, Any]:
    value = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    if not isinstance(value, dict):
        raise ValueError("not an object")
    return value
