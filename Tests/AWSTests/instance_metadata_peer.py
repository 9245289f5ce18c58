"""IMDSv2 that checks its tokens; each kind of trouble has a port of its own.

Prints one JSON line with the ports, then serves until its parent is gone. GET /seen counts the requests.
"""
import json
import os
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ROLE = "/latest/meta-data/iam/security-credentials/"
MACS = "/latest/meta-data/network/interfaces/macs/"


def interface(mac, number, eni, subnet, cidr, addresses):
    items = {"interface-id": eni, "device-number": str(number), "subnet-id": subnet, "vpc-id": "vpc-1",
             "subnet-ipv4-cidr-block": cidr, "local-ipv4s": "\n".join(addresses), "owner-id": "123456789012"}
    return {f"{MACS}{mac}/{name}": value for name, value in items.items()}


def instance(*interfaces):
    items = {
        "/latest/dynamic/instance-identity/document": json.dumps({
            "instanceId": "i-0123456789abcdef0", "region": "eu-central-1",
            "availabilityZone": "eu-central-1a", "accountId": "123456789012", "privateIp": "10.0.1.5"}),
        "/latest/meta-data/placement/region": "eu-central-1",
        ROLE: "router",
        ROLE + "router": json.dumps({
            "Code": "Success", "Type": "AWS-HMAC", "AccessKeyId": "ASIAEXAMPLE", "SecretAccessKey": "secret",
            "Token": "token", "LastUpdated": "2026-11-23T07:00:00Z", "Expiration": "2026-11-23T13:00:00Z"}),
    }
    for one in interfaces:
        items.update(one)
    macs = sorted({path[len(MACS):].split("/")[0] for path in items if path.startswith(MACS)}, reverse=True)
    items[MACS] = "".join(f"{mac}/\n" for mac in macs)
    return items


outer = interface("0a:00:00:00:00:01", 0, "eni-outer", "subnet-1", "10.0.1.0/24", ["10.0.1.5", "10.0.1.100"])
inner = interface("0a:00:00:00:00:02", 1, "eni-inner", "subnet-2", "10.0.2.0/24", ["10.0.2.5"])
twin = interface("0a:00:00:00:00:03", 2, "eni-twin", "subnet-2", "10.0.2.0/24", ["10.0.2.6"])
half = {f"{MACS}0a:00:00:00:00:04/device-number": "3"}
failed_role = {ROLE + "router": json.dumps({"Code": "AssumeRoleUnauthorizedAccess", "Message": "can't assume"})}


class Server(ThreadingHTTPServer):
    request_queue_size = 64


class Service:
    def __init__(self, items, trouble=""):
        self.items, self.trouble = items, trouble
        self.tokens, self.seen, self.lock = {}, {"PUT": 0, "GET": 0, "401": 0}, threading.Lock()
        self.server = Server(("127.0.0.1", 0), self.handler())
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.port = self.server.server_address[1]

    def answer(self, method, path, headers):
        with self.lock:
            if path == "/seen":
                return 200, json.dumps(self.seen), {}
            self.seen[method] += 1
        if method == "PUT":
            return self.put(path, headers)
        with self.lock:
            token = headers.get("X-aws-ec2-metadata-token", "")
            if self.trouble == "unauthorized" or self.tokens.get(token, 0) <= 0:
                self.seen["401"] += 1
                return 401, "", {}
            self.tokens[token] -= 1
        if path in self.items:
            return 200, self.items[path], {}
        return 404, "<html>404 - Not Found</html>", {}

    def put(self, path, headers):
        if self.trouble == "off":
            return 403, "", {}
        if self.trouble == "hang":
            time.sleep(4)
        time.sleep(0.05)
        life = headers.get("X-aws-ec2-metadata-token-ttl-seconds")
        if path != "/latest/api/token" or not life or "X-Forwarded-For" in headers:
            return 400, "", {}
        with self.lock:
            token = f"token-{len(self.tokens)}"
            self.tokens[token] = 3 if self.trouble == "revoking" else 1_000_000
        # The kind "ending" gives tokens that are about to end.
        life = "60" if self.trouble == "ending" else life
        return 200, token, {"X-aws-ec2-metadata-token-ttl-seconds": life}

    def handler(self):
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do(self):
                status, text, headers = service.answer(self.command, self.path, self.headers)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())

            do_GET = do_PUT = do

            def log_message(self, *_):
                pass

        return Handler


def main():
    parent = os.getppid()
    whole = instance(outer, inner)
    services = {
        "good": Service(whole), "counted": Service(whole), "twins": Service(instance(outer, inner, twin)),
        "half": Service(instance(outer, half)), "failedRole": Service(instance(outer, failed_role)),
        "noRole": Service({k: v for k, v in whole.items() if not k.startswith(ROLE)}),
    }
    services["offCounted"] = Service(whole, "off")
    for trouble in ("off", "hang", "unauthorized", "revoking", "ending"):
        services[trouble] = Service(whole, trouble)
    print(json.dumps({name: service.port for name, service in services.items()}), flush=True)
    while os.getppid() == parent:
        time.sleep(0.5)


if __name__ == "__main__":
    main()
