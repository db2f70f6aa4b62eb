"""A certificate authority and a server certificate for localhost, made with openssl."""

import subprocess
from pathlib import Path


def openssl(*arguments, cwd):
    subprocess.run(["openssl", *arguments], cwd=cwd, check=True, capture_output=True)


class Pki:
    """Files below `folder`: ca.crt, server.crt, server.key."""

    def __init__(self, folder):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.ca = self.folder / "ca.crt"
        self.certificate = self.folder / "server.crt"
        self.key = self.folder / "server.key"
        curve = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")
        openssl("req", "-x509", *curve, "-days", "2", "-subj", "/CN=sallyport test authority",
                "-keyout", "ca.key", "-out", "ca.crt", cwd=self.folder)
        openssl("req", *curve, "-subj", "/CN=localhost", "-keyout", "server.key",
                "-out", "server.csr", cwd=self.folder)
        (self.folder / "extensions").write_text(
            "subjectAltName=DNS:localhost,IP:127.0.0.1\nextendedKeyUsage=serverAuth\n")
        openssl("x509", "-req", "-in", "server.csr", "-CA", "ca.crt", "-CAkey", "ca.key",
                "-CAcreateserial", "-days", "2", "-extfile", "extensions",
                "-out", "server.crt", cwd=self.folder)
