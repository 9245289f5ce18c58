"""nginx over TLS that closes idle connections after 1 s.

Prints one JSON line with its port and CA file, then serves until its parent is gone.
"""
import json
import os
import shutil
import socket
import subprocess
import tempfile
import time

from transport_peer import certificate

parent = os.getppid()
folder = tempfile.mkdtemp(prefix="vipad-nginx-")
os.chmod(folder, 0o755)
certificate(folder, "here", "IP:127.0.0.1")
with socket.create_server(("127.0.0.1", 0)) as probe:
    port = probe.getsockname()[1]
with open(f"{folder}/nginx.conf", "w") as file:
    file.write(f"""
daemon off; pid {folder}/pid; error_log {folder}/error.log; worker_processes 1;
events {{}}
http {{
  access_log off; keepalive_timeout 1s;
  client_body_temp_path {folder}/b; proxy_temp_path {folder}/p; fastcgi_temp_path {folder}/f;
  uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  server {{
    listen 127.0.0.1:{port} ssl; ssl_certificate {folder}/here.pem; ssl_certificate_key {folder}/here.key;
    location / {{ return 200 "$connection $connection_requests"; }}
  }}
}}""")
nginx = subprocess.Popen(["nginx", "-c", f"{folder}/nginx.conf"])
try:
    for _ in range(100):
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            break
        except OSError:
            time.sleep(0.05)
    print(json.dumps({"port": port, "ca": f"{folder}/ca.pem"}), flush=True)
    while os.getppid() == parent:
        time.sleep(0.5)
finally:
    nginx.terminate()
    nginx.wait()
    shutil.rmtree(folder, ignore_errors=True)
