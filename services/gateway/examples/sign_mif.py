#!/usr/bin/env python3
"""Signs a MIF with an agent's P-256 card, whose certificate and key are PEM files: JAdES baseline B, compact form.

    sign_mif.py CERTIFICATE KEY PAYLOAD [UNIX_SECONDS] > message.jws

Needs Python 3.9 and the openssl command line, nothing else. What a centre's verifier demands of the header:
exactly these six members, the certificate in x5c, its SHA-256 in x5t#S256, the signing time in iat.
"""
import base64
import hashlib
import json
import ssl
import subprocess
import sys
import time


def b64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def raw_signature(der: bytes) -> bytes:
    """r and s of 32 bytes each (RFC 7518 §3.4) from the DER that OpenSSL writes: SEQUENCE { INTEGER r, INTEGER s }."""
    if der[0] != 0x30 or der[1] != len(der) - 2 or der[2] != 0x02:
        raise ValueError("not a DER signature of P-256")
    r_end = 4 + der[3]
    r, s = der[4:r_end], der[r_end + 2 :]
    if der[r_end] != 0x02 or der[r_end + 1] != len(s):
        raise ValueError("not a DER signature of P-256")
    return b"".join(int.from_bytes(part, "big").to_bytes(32, "big") for part in (r, s))


def sign(certificate_file: str, key_file: str, payload_file: str, iat: int) -> str:
    with open(certificate_file, encoding="ascii") as file:
        certificate = ssl.PEM_cert_to_DER_cert(file.read())
    with open(payload_file, "rb") as file:
        payload = file.read()
    header = {
        "alg": "ES256",
        "typ": "jose",
        "cty": "json",
        "x5c": [base64.b64encode(certificate).decode()],
        "x5t#S256": b64url(hashlib.sha256(certificate).digest()),
        "iat": iat,
    }
    header_json = json.dumps(header, separators=(",", ":")).encode()
    signing_input = f"{b64url(header_json)}.{b64url(payload)}"
    # On a card, the key stays where it is: openssl takes a PKCS#11 URI through its provider.
    der = subprocess.run(
        ["openssl", "dgst", "-sha256", "-sign", key_file],
        input=signing_input.encode(),
        stdout=subprocess.PIPE,
        check=True,
    ).stdout
    return f"{signing_input}.{b64url(raw_signature(der))}"


if __name__ == "__main__":
    if len(sys.argv) not in (4, 5):
        sys.exit(__doc__)
    signed_at = int(sys.argv[4]) if len(sys.argv) == 5 else int(time.time())
    sys.stdout.write(sign(sys.argv[1], sys.argv[2], sys.argv[3], signed_at))
