"""The peers in their plainest form: they pass requests on and look at nothing."""

import os
import subprocess
from pathlib import Path

from rig.wait import accepts, free_port, until

WORKERS = 2

NGINX = """
daemon off; worker_processes {workers}; pid {folder}/nginx.pid; error_log {folder}/nginx.log warn;
worker_rlimit_nofile 65536;
events {{ worker_connections 16384; }}
http {{
  access_log off; server_tokens off; tcp_nodelay on;
  keepalive_timeout 120s; keepalive_requests 1000000000;
  client_body_buffer_size 128k; client_max_body_size 8m;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
  upstream model {{ server 127.0.0.1:{upstream}; keepalive 128; keepalive_requests 1000000000; }}
  proxy_http_version 1.1; proxy_set_header Connection ""; proxy_set_header Host $host;
  server {{ listen 127.0.0.1:{plain} backlog=4096; location / {{ proxy_pass http://model; }} }}
  server {{
    listen 127.0.0.1:{tls} ssl http2 backlog=4096;
    ssl_protocols TLSv1.3; ssl_certificate {certificate}; ssl_certificate_key {key};
    location / {{ proxy_pass http://model; }}
  }}
}}
"""

HAPROXY = """
global
  maxconn 4000
  nbthread {workers}
defaults
  mode http
  timeout connect 5s
  timeout client 120s
  timeout server 120s
  http-reuse always
frontend plain
  bind 127.0.0.1:{plain}
  default_backend model
frontend tls
  bind 127.0.0.1:{tls} ssl crt {folder}/haproxy.pem ssl-min-ver TLSv1.3
  default_backend model
backend model
  server model 127.0.0.1:{upstream}
"""


class Peer:
    """A running peer with a plain and a TLS port. A context manager."""

    def __init__(self, name, folder, upstream, pki):
        self.name = name
        self.folder = Path(folder) / name
        self.folder.mkdir()
        os.chmod(folder, 0o755)
        os.chmod(self.folder, 0o777)  # nginx's workers drop root
        self.plain, self.tls = free_port(), free_port()
        template = {"nginx": NGINX, "haproxy": HAPROXY}[name]
        (self.folder / "haproxy.pem").write_text(
            pki.certificate.read_text() + pki.key.read_text())
        (self.folder / "config").write_text(template.format(
            workers=WORKERS, folder=self.folder, upstream=upstream, plain=self.plain, tls=self.tls,
            certificate=pki.certificate, key=pki.key))
        self.process = None

    def __enter__(self):
        config = str(self.folder / "config")
        command = {"nginx": ["nginx", "-p", str(self.folder), "-c", config,
                             "-e", str(self.folder / "nginx.log")],
                   "haproxy": ["haproxy", "-db", "-f", config]}[self.name]
        with open(self.folder / "out", "wb") as out:
            self.process = subprocess.Popen(command, stdout=out, stderr=out)
        until(f"{self.name} listens", lambda: accepts(self.plain) and accepts(self.tls))
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


def version(name):
    done = subprocess.run([name, "-v"], capture_output=True, text=True)
    return (done.stdout + done.stderr).splitlines()[0].strip()
