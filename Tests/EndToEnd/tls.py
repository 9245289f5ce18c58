"""Certificates for the simulated EC2."""

import pathlib
import subprocess
from types import SimpleNamespace

NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]


def make_certificates(directory, address="127.0.0.1"):
    """A CA, and a certificate of the address by it, made by openssl: the paths of ca, certificate and key."""
    directory = pathlib.Path(directory)

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], cwd=directory, check=True, capture_output=True)

    openssl("req", "-x509", *NEW_KEY, "-days", "2", "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=vipad test CA",
            "-addext", "basicConstraints=critical,CA:TRUE")
    openssl("req", *NEW_KEY, "-keyout", "ec2.key", "-out", "ec2.csr", "-subj", "/CN=ec2")
    (directory / "san").write_text(f"subjectAltName=IP:{address},DNS:localhost\n")
    openssl("x509", "-req", "-in", "ec2.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2",
            "-extfile", "san", "-out", "ec2.pem")
    return SimpleNamespace(
        ca=str(directory / "ca.pem"), certificate=str(directory / "ec2.pem"), key=str(directory / "ec2.key"))
