"""A real OpenID provider, started for a test."""

import base64
import json
import os
import subprocess
import unittest
import urllib.parse
import urllib.request

from .wait import PATIENCE
from .world import NODE

AUDIENCE = "https://gate.example"

needed = unittest.skipUnless((NODE.parent / "node_modules" / "oidc-provider").is_dir(),
                             "the npm packages are not installed")


def secret(client):
    return f"{client}-secret-of-thirty-two-octets-ok"


class Provider:
    """Issues tokens for the clients it is given: {client id: further claims}."""

    def __init__(self, clients, ttl=None):
        self.given = {"clients": clients, "ttl": ttl or {}, "audience": AUDIENCE}

    def __enter__(self):
        self.process = subprocess.Popen(
            ["node", "--no-warnings", "oidc_provider.mjs"], cwd=NODE, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env=dict(os.environ) | {"E2E": json.dumps(self.given)})
        self.issuer = self.line("http://")
        return self

    def __exit__(self, *_):
        self.stop()

    def line(self, beginning):
        """The next line of its output that begins so; the provider warns on stdout too."""
        for line in self.process.stdout:
            if line.startswith(beginning):
                return line.strip()
        raise AssertionError("the provider ended")

    def stop(self):
        if self.process.poll() is None:
            self.process.stdin.close()
            self.process.wait(PATIENCE)
        self.process.stdout.close()

    def rotate(self):
        """Exchanges the signing key: tokens of the old one are not verified any more."""
        self.process.stdin.write("rotate\n")
        self.process.stdin.flush()
        return self.line("key-")

    def token(self, client, resource=None, headers=None):
        """A token that the provider issues to this client."""
        form = {"grant_type": "client_credentials", "scope": "models:call"}
        if resource:
            form["resource"] = resource
        basic = base64.b64encode(f"{client}:{secret(client)}".encode())
        request = urllib.request.Request(
            self.issuer + "/token", urllib.parse.urlencode(form).encode(),
            {"authorization": "Basic " + basic.decode()} | (headers or {}))
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return json.load(answer)["access_token"]

    def section(self, **more):
        """What a configuration says of it."""
        return {"issuer": self.issuer, "audiences": [AUDIENCE], "leeway": "0s"} | more
