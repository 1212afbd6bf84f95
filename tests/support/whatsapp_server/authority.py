"""Who vouches for the server: a TLS authority thrown away afterwards, and the Noise chain under a root of ours."""

from __future__ import annotations

import datetime as dt
import ssl
import time
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID

from .keys import KeyPair
from .protos import proto

HOSTS = ("web.whatsapp.com", "mmg.whatsapp.net", "pps.whatsapp.net")
HOUR = 3600


class NoiseAuthority:
    """Root, intermediate and leaf. The client believes the root because the test put it into its memory."""

    def __init__(self) -> None:
        self.root, self.static = KeyPair(), KeyPair()
        intermediate = KeyPair()
        chain = proto("waCert.WACert").CertChain()
        self._fill(chain.intermediate, serial=1, issuer=0, key=intermediate.public, signer=self.root)
        self._fill(chain.leaf, serial=2, issuer=1, key=self.static.public, signer=intermediate)
        self.chain: bytes = chain.SerializeToString()

    @staticmethod
    def _fill(certificate, serial: int, issuer: int, key: bytes, signer: KeyPair) -> None:
        now = int(time.time())
        validity = {"notBefore": now - HOUR, "notAfter": now + 24 * HOUR}
        details = type(certificate).Details(serial=serial, issuerSerial=issuer, key=key, **validity)
        certificate.details = details.SerializeToString()
        certificate.signature = signer.sign(certificate.details)


class TlsAuthority:
    """Files the client (`ca`) and our listener (`context()`) need."""

    def __init__(self, folder: Path) -> None:
        self.ca, self._own = folder / "ca.pem", folder / "server.pem"
        key, name = ec.generate_private_key(ec.SECP256R1()), _name("Clarin's tests")
        ca = _certificate(name, name, key, key, x509.BasicConstraints(True, 0))
        self.ca.write_bytes(_pem(ca))
        own = ec.generate_private_key(ec.SECP256R1())
        hosts = x509.SubjectAlternativeName([x509.DNSName(host) for host in HOSTS])
        server = _certificate(_name(HOSTS[0]), name, own, key, hosts)
        self._own.write_bytes(_pem(server) + _pem_key(own))

    def context(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self._own)
        return context


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ec.EllipticCurvePrivateKey,
    signer: ec.EllipticCurvePrivateKey,
    extension: x509.ExtensionType,
) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    builder = builder.not_valid_before(now - dt.timedelta(hours=1)).not_valid_after(
        now + dt.timedelta(days=1)
    )
    return builder.add_extension(extension, critical=False).sign(signer, SHA256())


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _pem_key(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
