"""The real binary, with a configuration of its own, on free ports, in a folder of its own."""

import json
import os
import re
import secrets
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

from .http import Client
from .wait import PATIENCE, accepts, free_port, until

ROOT = Path(__file__).resolve().parents[3]
# The first key of RFC 8032 (section 7.1) puts policies in force; its public half counts.
POLICY_SEED = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
POLICY_KEY = "sallyport.local/policy+903ad840+AddamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea"
ULID = re.compile(r"\b[0-7][0-9A-HJKMNP-TV-Z]{25}\b")


def permit(name, *keys, when="", scope="action, resource"):
    """A policy that permits keys, by their names."""
    names = " || ".join(f'principal.name == "{key}"' for key in keys)
    return (f'@id("{name}") permit (principal is Key, {scope})\n'
            f'when {{ {names} }}{" when { " + when + " }" if when else ""};\n')


def binary():
    """The program under test: SALLYPORT, or the first build there is."""
    given = os.environ.get("SALLYPORT")
    candidates = [given] if given else [ROOT / "build" / preset / "bin" / "sallyport"
                                        for preset in ("dev", "release")]
    for candidate in candidates:
        if os.access(candidate, os.X_OK):
            return Path(candidate).resolve()
    raise SystemExit(f"no sallyport to test: looked for {', '.join(map(str, candidates))}")


class Gate:
    """One running gate.

    `config` holds the sections upstreams, models, routes and whatever else a test sets; the
    listeners, the state, the pepper and the ledger are filled in where it is silent. Its `policies`
    is no section but a text of Cedar, which is put in force. With `pki` the gate listens with TLS.
    Use as a context manager.
    """

    def __init__(self, config, pki=None, environment=None, folder=None):
        self.folder = Path(folder or tempfile.mkdtemp(prefix="sally-", dir="/tmp"))
        self.pki = pki
        self.environment = dict(os.environ) | {"NO_COLOR": "1"} | (environment or {})
        self.config_file = self.folder / "sallyport.yaml"
        self.ledger = self.folder / "ledger"
        self.log = self.folder / "log"
        self.port, self.metrics_port = free_port(), free_port()
        self.process = None
        self.policies = None  # those in force
        for name in ("pepper", "ledger.key"):
            if not (self.folder / name).exists():
                (self.folder / name).write_text(secrets.token_hex(32) + "\n")
                (self.folder / name).chmod(0o600)
        (self.folder / "policy.key").write_text(POLICY_SEED + "\n")
        (self.folder / "policy.key").chmod(0o600)
        self.write(config)

    # --- Configuration -----------------------------------------------------------------------

    def write(self, config):
        """Writes the configuration: JSON, which is YAML too. Puts its policies in force."""
        config = dict(config)
        policies = config.pop("policies", None)
        whole = {
            "state": "sqlite:state.db",
            "pepper": {"file": "pepper"},
            "admin": {"socket": "admin.sock"},
            "metrics": {"listen": f"127.0.0.1:{self.metrics_port}"},
            "ledger": {"folder": "ledger", "key": {"file": "ledger.key"}},
            "policy": {"trusted": [POLICY_KEY]},
        } | config
        whole["gate"] = {"listen": f"127.0.0.1:{self.port}", "workers": 2} | config.get("gate", {})
        if self.pki:
            whole["gate"]["tls"] = {"certificate": {"file": str(self.pki.certificate)},
                                    "key": {"file": str(self.pki.key)}}
        self.config = whole | ({} if policies is None else {"policies": policies})
        self.config_file.write_text(json.dumps(whole, indent=2) + "\n")
        if policies is not None and policies != self.policies:
            self.activate(policies)

    def activate(self, policies, *more, schema="", entities=None, **how):
        """Writes a text of Cedar as the one file of policies and puts it in force; `schema` is added
        to that of the gate."""
        folder = self.folder / "policies"
        folder.mkdir(exist_ok=True)
        first = ROOT / "policies" / "first" / "schema.cedarschema"
        (folder / first.name).write_text(first.read_text() + schema)
        (folder / "own.cedar").write_text(policies)
        if entities is not None:
            (folder / "entities.json").write_text(json.dumps(entities))
        self.policies = policies
        return self.run("policy", "activate", *more, **how)

    def reload(self, config, expect="config.loaded"):
        """Puts another configuration in force (SIGHUP) and waits until the log says so."""
        before = self.log_text().count(expect)
        self.write(config)
        self.process.send_signal(signal.SIGHUP)
        until(f"`{expect}` in the log", lambda: self.log_text().count(expect) > before)

    # --- Life --------------------------------------------------------------------------------

    def start(self, **more):
        """Starts it and waits until it listens; `more` goes to Popen."""
        if not (self.folder / "state.db").exists():
            self.run("key", "list")  # makes the state
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [str(binary()), "serve", "--config", str(self.config_file)],
                stdout=log, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                env=self.environment, cwd=self.folder, **more)

        def up():
            if self.process.poll() is not None:
                raise AssertionError(f"the gate ended with {self.process.returncode}:\n"
                                     + self.log_text())
            return accepts(self.port) and accepts(self.metrics_port)
        until("the gate listens", up)
        return self

    def stop(self, how=signal.SIGTERM):
        """Ends the gate and returns its exit status; `how` None: waits for its end."""
        if self.process and self.process.poll() is None:
            if how is not None:
                self.process.send_signal(how)
            try:
                self.process.wait(PATIENCE)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                raise AssertionError("the gate did not stop:\n" + self.log_text()) from None
        return self.process.returncode if self.process else None

    def __enter__(self):
        return self if self.process else self.start()

    def __exit__(self, kind, *_):
        try:
            status = self.stop()
            if kind is None and status != 0:
                raise AssertionError(f"the gate ended with {status}:\n" + self.log_text())
        finally:
            if kind is not None and os.environ.get("SALLY_E2E_KEEP"):
                print(f"kept: {self.folder}")
            else:
                shutil.rmtree(self.folder, ignore_errors=True)

    # --- Commands ----------------------------------------------------------------------------

    def run(self, *arguments, check=True):
        """Runs `sallyport ARGUMENTS --config FILE`; returns the finished process."""
        done = subprocess.run([str(binary()), *arguments, "--config", str(self.config_file)],
                              capture_output=True, text=True, env=self.environment,
                              cwd=self.folder, timeout=PATIENCE * 2)
        if check and done.returncode != 0:
            raise AssertionError(f"`sallyport {' '.join(arguments)}` ended with {done.returncode}:"
                                 f"\n{done.stdout}{done.stderr}")
        return done

    def create_key(self, name, *options):
        """Creates an API key and returns its text."""
        return self.create_key_record(name, *options)["key"]

    def create_key_record(self, name, *options):
        return json.loads(self.run("key", "create", name, *options, "--format", "json").stdout)

    # --- What it left behind -----------------------------------------------------------------

    def log_text(self):
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def events(self):
        """The access events recorded so far, in their order."""
        if not self.ledger.exists():
            return []
        done = self.run("audit", "tail", "--count", "0", "--format", "json")
        entries = [json.loads(line) for line in done.stdout.splitlines()]
        return [as_access(entry) for entry in entries if entry["class_uid"] in ACCESSES]

    def event(self, id):
        """The access event with this id."""
        return until(f"the event {id} in the ledger",
                     lambda: next((e for e in self.events() if e["id"] == id), None))

    def client(self, key=None, certificate=None):
        return Client(self.port, key=key, ca=self.pki.ca if self.pki else None,
                      certificate=certificate)

    def base_url(self):
        return f"{'https' if self.pki else 'http'}://localhost:{self.port}"

    def metrics(self, path="/metrics"):
        return Client(self.metrics_port).get(path)


ACCESSES = (6003, 3002)
OUTCOMES = {1: "allowed", 2: "refused", 27: "failed", 99: "cancelled"}


def as_access(entry):
    """An access as the tests speak of it, from the OCSF object of the log (docs/events.md)."""
    def at(*path):
        found = entry
        for name in path:
            if isinstance(name, int):
                found = found[name] if isinstance(found, list) and len(found) > name else None
            else:
                found = found.get(name) if isinstance(found, dict) else None
        return found

    known = entry.get("unmapped", {})
    user = at("actor", "user") or at("user") or {}
    event = {
        "seq": entry.get("seq"),
        "id": at("metadata", "uid"),
        "time": entry["time"],
        "outcome": OUTCOMES.get(entry.get("disposition_id")),
        "status": at("http_response", "code"),
        "method": at("http_request", "http_method"),
        "path": at("http_request", "url", "path"),
        "source": at("src_endpoint", "ip"),
        "principal": user.get("uid"),
        "principal_kind": user.get("type"),
        "principal_name": user.get("name"),
        "team": (user.get("groups") or [{}])[0].get("name"),
        "route": at("resources", 0, "name") or at("service", "name"),
        "protocol": at("message_context", "service", "name") or known.get("protocol"),
        "action": at("api", "operation") or known.get("operation"),
        "model": at("ai_model", "name") or known.get("model"),
        "upstream": at("dst_endpoint", "name"),
        "upstream_model": at("ai_model", "uid"),
        "policy": at("policy"),  # `uid`, `version` of the set
        "decision": known.get("decision"),
        "shadow": known.get("shadow"),
        "tool": known.get("tool"),
        "messages": known.get("messages"),
        "input_tokens": at("message_context", "prompt_tokens"),
        "output_tokens": at("message_context", "completion_tokens"),
        "request_bytes": at("http_request", "length"),
        "response_bytes": at("http_response", "length"),
        "request_coverage": known.get("request_coverage", "none"),
        "response_coverage": known.get("response_coverage", "none"),
        "stream": known.get("stream", False),
        "findings": known.get("findings"),
        **{name: known[name] for name in
           ("attempts", "upstream_status", "upstream_us", "first_byte_us", "duration_us",
            "tokens_estimated", "trace_id", "findings_total", "acts_for", "via", "proofs", "workload",
            "session", "token", "grants", "break_glass") if name in known},
    }
    if "refusal" in known:
        event["refusal"] = {"kind": entry["status_code"], "rule": entry.get("status_detail", ""),
                            **known["refusal"]}
    return {name: value for name, value in event.items() if value is not None}


def explanation_id(answer):
    """The id in a refusal's message."""
    found = ULID.search(answer.text)
    if not found:
        raise AssertionError(f"no explanation id in {answer.status}: {answer.text}")
    return found.group()
