"""How long a certificate in a PEM file is valid; the keys beside it are not looked at."""

from __future__ import annotations

import base64
import binascii
import re
from datetime import UTC, datetime

_BLOCK = re.compile(r"-----BEGIN CERTIFICATE-----(.*?)-----END CERTIFICATE-----", re.DOTALL)
#: Tags of DER (X.690): a sequence, the version of a certificate, and the two kinds of time.
_SEQUENCE, _VERSION, _UTC_TIME, _TIME = 0x30, 0xA0, 0x17, 0x18


class BadCertificateError(ValueError):
    """It is no certificate."""


def ends(pem: str) -> datetime:
    """Return when the first certificate of a chain ends: of a proxy, or any that it hangs on.

    Raises
    ------
    BadCertificateError
        When there is no certificate, or it can't be read.
    """
    found = [_end(block) for block in _BLOCK.findall(pem)]
    if not found:
        raise BadCertificateError("it holds no certificate")
    return min(found)


def _end(block: str) -> datetime:
    """Return ``notAfter`` of one certificate (RFC 5280, section 4.1)."""
    try:
        der = base64.b64decode("".join(block.split()), validate=True)
        _, whole, _ = _item(der, _SEQUENCE)
        _, rest, _ = _item(whole, _SEQUENCE)
        if rest[0] == _VERSION:
            rest = _item(rest, _VERSION)[2]
        for _number_algorithm_issuer in range(3):
            rest = _item(rest)[2]
        _, validity, _ = _item(rest, _SEQUENCE)
        kind, text, _ = _item(_item(validity)[2])
    except (binascii.Error, IndexError):
        raise BadCertificateError("its certificate can't be read") from None
    return _time(kind, text)


def _item(data: bytes, wanted: int | None = None) -> tuple[int, bytes, bytes]:
    """Return the tag and the content of the first item, and what follows it."""
    tag, length, start = data[0], data[1], 2
    if length & 0x80:
        start += length & 0x7F
        length = int.from_bytes(data[2:start], "big")
    if (wanted is not None and tag != wanted) or start + length > len(data):
        raise BadCertificateError("its certificate can't be read")
    return tag, data[start : start + length], data[start + length :]


def _time(kind: int, text: bytes) -> datetime:
    if kind not in (_UTC_TIME, _TIME):
        raise BadCertificateError("its certificate says no time")
    try:
        form = "%y%m%d%H%M%SZ" if kind == _UTC_TIME else "%Y%m%d%H%M%SZ"
        return datetime.strptime(text.decode("ascii"), form).replace(tzinfo=UTC)
    except ValueError:
        raise BadCertificateError("its certificate says no time") from None
