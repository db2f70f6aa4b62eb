"""A trust domain of SPIFFE, made with openssl: an authority, SVIDs, bundles."""

import base64
import json
import os
import ssl
import subprocess
from pathlib import Path

from .pki import openssl

CURVE = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


class Domain:
    """The authority of a trust domain; its files lie below `folder`."""

    def __init__(self, folder, name):
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.authority = self.folder / "authority.crt"
        (self.folder / "authority.cnf").write_text(
            "[req]\ndistinguished_name=dn\n[dn]\n[ca]\nbasicConstraints=critical,CA:TRUE\n"
            f"keyUsage=critical,keyCertSign,cRLSign\nsubjectAltName=URI:spiffe://{name}\n")
        openssl("req", "-x509", *CURVE, "-days", "2", "-subj", f"/CN={name}", "-config",
                "authority.cnf", "-extensions", "ca", "-keyout", "authority.key",
                "-out", "authority.crt", cwd=self.folder)

    def svid(self, path, of=None):
        """The files (certificate, key) of the workload `path`, of this domain or of another."""
        name = path.strip("/").replace("/", "-") + (f"-{of}" if of else "")
        (self.folder / "leaf.cnf").write_text(
            "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n"
            f"extendedKeyUsage=clientAuth,serverAuth\n"
            f"subjectAltName=URI:spiffe://{of or self.name}{path}\n")
        openssl("req", *CURVE, "-subj", "/CN=workload", "-keyout", f"{name}.key",
                "-out", f"{name}.csr", cwd=self.folder)
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "authority.crt", "-CAkey",
                "authority.key", "-CAcreateserial", "-days", "1", "-extfile", "leaf.cnf",
                "-out", f"{name}.crt", cwd=self.folder)
        return self.folder / f"{name}.crt", self.folder / f"{name}.key"

    def bundle_json(self):
        """What `spire-server bundle show -format spiffe` prints."""
        der = ssl.PEM_cert_to_DER_cert(self.authority.read_text())
        return json.dumps({"keys": [{"kty": "EC", "crv": "P-256", "use": "x509-svid",
                                     "x5c": [base64.b64encode(der).decode()]}],
                           "spiffe_sequence": 1})


def verifies(certificate, authority):
    """What the openssl command says of a chain."""
    return subprocess.run(["openssl", "verify", "-purpose", "sslclient", "-CAfile",
                           str(authority), str(certificate)], capture_output=True).returncode == 0


def replace(path, text):
    """Writes a file as whoever rotates it does: whole, or not at all."""
    new = Path(f"{path}.new")
    new.write_text(text)
    os.replace(new, path)
