"""Certificates that last for some days, as openssl makes them."""

from __future__ import annotations

import subprocess
from pathlib import Path


def make_certificate(pem: Path, key: Path, days: int, name: str = "somebody") -> None:
    """Write a certificate, and its key."""
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", str(days)]
    words += ["-subj", f"/CN={name}", "-keyout", str(key), "-out", str(pem)]
    subprocess.run(words, check=True, capture_output=True)
