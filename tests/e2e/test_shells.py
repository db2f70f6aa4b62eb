"""What the shells offer after `sallyport ...<tab>`: the real shells, asked as a person would."""

import os
import pty
import select
import shutil
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from rig.gate import binary
from rig.wait import PATIENCE


def script(shell):
    return subprocess.run([str(binary()), "completion", shell], capture_output=True, text=True,
                          check=True, timeout=60).stdout


class Terminal:
    """An interactive shell on a pseudo-terminal."""

    def __init__(self, *command):
        self.child, self.fd = pty.fork()
        if self.child == 0:
            os.environ["TERM"] = "dumb"
            os.environ["PATH"] = f"{binary().parent}:{os.environ['PATH']}"
            os.execvp(command[0], command)

    def type(self, text):
        os.write(self.fd, text.encode())

    def read_until(self, text):
        seen = b""
        end = time.monotonic() + PATIENCE
        while text.encode() not in seen:
            if time.monotonic() > end:
                raise AssertionError(f"no `{text}` in {seen!r}")
            if select.select([self.fd], [], [], 0.2)[0]:
                seen += os.read(self.fd, 65536)
        return seen.decode(errors="replace")

    def close(self):
        os.close(self.fd)
        os.waitpid(self.child, 0)


class Completion(unittest.TestCase):
    @unittest.skipUnless(shutil.which("fish"), "fish is not installed")
    def test_fish_offers_commands_and_options(self):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "sallyport.fish"
            file.write_text(script("fish"))

            def offers(line):
                done = subprocess.run(["fish", "-c", f"source {file}; complete -C '{line}'"],
                                      capture_output=True, text=True, timeout=60,
                                      env=os.environ | {"HOME": folder})
                return [row.split("\t")[0] for row in done.stdout.splitlines()]

            self.assertEqual(offers("sallyport key "), ["create", "list", "revoke", "rotate"])
            self.assertIn("--format", offers("sallyport key create --"))
            self.assertEqual(offers("sallyport key create --format "), ["json", "text"])

    @unittest.skipUnless(shutil.which("zsh"), "zsh is not installed")
    def test_zsh_offers_commands_and_completes_options(self):
        zsh = Terminal("zsh", "-f", "-i")
        self.addCleanup(zsh.close)
        # The quotes keep the terminal's echo of the command from being taken for its answer.
        zsh.type("autoload -U compinit && compinit -D -u && "
                 "source <(sallyport completion zsh) && echo RE''ADY\n")
        zsh.read_until("READY")
        zsh.type("sallyport key \t\t")
        self.assertIn("revoke", zsh.read_until("rotate"))
        zsh.type("\x15sallyport key create --form\t")
        zsh.read_until("--format ")


if __name__ == "__main__":
    unittest.main()
