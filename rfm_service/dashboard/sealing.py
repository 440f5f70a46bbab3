"""Findings locked by a password: AES-GCM with a key of PBKDF2, which every browser can open by itself."""

from __future__ import annotations

import os
import unicodedata

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

ROUNDS = 600_000
"""What OWASP asks of PBKDF2 with HMAC-SHA-256 (Password Storage Cheat Sheet)."""
SALT_BYTES, NONCE_BYTES, KEY_BYTES = 16, 12, 32


def sealed(content: bytes, password: str) -> bytes:
    """Salt, nonce and the content encrypted; other bytes each time, as they must be."""
    salt, nonce = os.urandom(SALT_BYTES), os.urandom(NONCE_BYTES)
    return salt + nonce + AESGCM(_key(password, salt)).encrypt(nonce, content, None)


def unsealed(content: bytes, password: str) -> bytes:
    """What was sealed. Raises cryptography.exceptions.InvalidTag for another password or changed bytes."""
    salt, nonce = content[:SALT_BYTES], content[SALT_BYTES:SALT_BYTES + NONCE_BYTES]
    return AESGCM(_key(password, salt)).decrypt(nonce, content[SALT_BYTES + NONCE_BYTES:], None)


def _key(password: str, salt: bytes) -> bytes:
    typed = unicodedata.normalize("NFC", password).encode("utf-8", "replace")
    return PBKDF2HMAC(SHA256(), KEY_BYTES, salt, ROUNDS).derive(typed)
