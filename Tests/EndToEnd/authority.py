"""Certificates of every kind that a monitor could show, made by the cryptography package."""

import datetime
import ipaddress
import pathlib

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CLIENT, SERVER = ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH
DAY = datetime.timedelta(days=1)


class Certificate:
    """A key and its certificate by `issuer` (nil: by itself), as files; valid from and until so many days from now."""

    def __init__(self, directory, name, issuer=None, is_ca=False, usage=None, days=(-1, 1), hosts=(), subject=None,
                 chain=()):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject or name)])
        now = datetime.datetime.now(datetime.timezone.utc)
        builder = (
            x509.CertificateBuilder().subject_name(self.name).issuer_name(issuer.name if issuer else self.name)
            .public_key(self.key.public_key()).serial_number(x509.random_serial_number())
            .not_valid_before(now + days[0] * DAY).not_valid_after(now + days[1] * DAY)
            .add_extension(x509.BasicConstraints(is_ca, None), critical=True))
        if usage:
            builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        if hosts:
            builder = builder.add_extension(x509.SubjectAlternativeName([self._host(host) for host in hosts]), False)
        made = builder.sign((issuer or self).key, hashes.SHA256())
        self.pem = made.public_bytes(serialization.Encoding.PEM)
        self.path, self.key_path = (pathlib.Path(directory) / f"{name}.{kind}" for kind in ("pem", "key"))
        self.path.write_bytes(self.pem + b"".join(other.pem for other in chain))
        self.path.chmod(0o644)
        self.key_path.write_bytes(self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()))
        self.key_path.chmod(0o640)

    @staticmethod
    def _host(host):
        try:
            return x509.IPAddress(ipaddress.ip_address(host))
        except ValueError:
            return x509.DNSName(host)
