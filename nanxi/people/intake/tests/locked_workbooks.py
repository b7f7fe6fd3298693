"""A workbook behind a password as Excel 2013 saves it: the .xlsx encrypted in a compound file ([MS-OFFCRYPTO] 2.3.4, agile)."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from nanxi.people.intake.tests.old_workbooks import container

SPINS, SEGMENT = 1000, 4096
FACTS = (
    'saltSize="16" blockSize="16" keyBits="256" hashSize="64" cipherAlgorithm="AES" cipherChaining="ChainingModeCBC"'
    ' hashAlgorithm="SHA512"'
)
#: Block keys of the verifier's input, its hash, the package key, and the key and value of the seal (2.3.4.13, 2.3.4.14).
INPUT, HASH, KEY = "fea7d2763b4b9e79", "d7aa0f6d3061344e", "146e0be7abacd0d6"
SEAL_KEY, SEAL = "5fb2ad010cb9e1f6", "a0677f02b22c8433"


def locked_workbook(content: bytes, password: str) -> bytes:
    """The .xlsx under this password."""
    salt, own = os.urandom(16), os.urandom(16)
    key, input_ = os.urandom(32), os.urandom(16)
    spun = hashlib.sha512(own + password.encode("utf-16-le")).digest()
    for number in range(SPINS):
        spun = hashlib.sha512(struct.pack("<I", number) + spun).digest()

    def under(block: str, text: bytes) -> str:
        return _text(_aes(hashlib.sha512(spun + bytes.fromhex(block)).digest()[:32], own, text))

    package = struct.pack("<Q", len(content)) + b"".join(
        _aes(key, hashlib.sha512(salt + struct.pack("<I", number)).digest()[:16], content[start : start + SEGMENT])
        for number, start in enumerate(range(0, len(content), SEGMENT))
    )
    seal_key = os.urandom(64)
    seal = hmac.new(seal_key, package, hashlib.sha512).digest()
    sealed = (
        _text(_aes(key, hashlib.sha512(salt + bytes.fromhex(block)).digest()[:16], text))
        for block, text in ((SEAL_KEY, seal_key), (SEAL, seal))
    )
    info = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        '<encryption xmlns="http://schemas.microsoft.com/office/2006/encryption"'
        ' xmlns:p="http://schemas.microsoft.com/office/2006/keyEncryptor/password">'
        f'<keyData {FACTS} saltValue="{_text(salt)}"/>'
        '<dataIntegrity encryptedHmacKey="{}" encryptedHmacValue="{}"/>'.format(*sealed)
        + '<keyEncryptors><keyEncryptor uri="http://schemas.microsoft.com/office/2006/keyEncryptor/password">'
        f'<p:encryptedKey spinCount="{SPINS}" {FACTS} saltValue="{_text(own)}"'
        f' encryptedVerifierHashInput="{under(INPUT, input_)}"'
        f' encryptedVerifierHashValue="{under(HASH, hashlib.sha512(input_).digest())}" encryptedKeyValue="{under(KEY, key)}"/>'
        "</keyEncryptor></keyEncryptors></encryption>"
    )
    return container(("EncryptionInfo", struct.pack("<HHI", 4, 4, 0x40) + info.encode()), ("EncryptedPackage", package))


def _aes(key: bytes, start: bytes, text: bytes) -> bytes:
    text += b"\0" * (-len(text) % 16)
    cipher = Cipher(algorithms.AES(key), modes.CBC(start)).encryptor()
    return cipher.update(text) + cipher.finalize()


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
