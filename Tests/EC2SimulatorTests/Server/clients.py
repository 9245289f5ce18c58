"""Clients that nobody here wrote, against a running ec2sim: `clients.py BEHAVIOUR ENDPOINTS-JSON`.

Each function below is one behaviour; it raises if the simulator does not show it.
"""
import datetime
import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request

import boto3
import botocore.auth
import botocore.client
import botocore.credentials
import botocore.exceptions
import botocore.session
import botocore.utils

ENDPOINTS = json.loads(sys.argv[2])
REGION = "eu-central-1"
OPERATOR = ("AKIAIOSFODNN7EXAMPLE", "simulated-secret-of-the-operator", None)
OLDER = ("AKIAI44QH8DHBEXAMPLE", "simulated-secret-of-the-older-policy", None)
A, B = "eni-0123456789abcdefa", "eni-0123456789abcdefb"
VIP = "100.80.33.100"


def ec2(key=OPERATOR, read_timeout=10):
    config = botocore.client.Config(retries={"total_max_attempts": 1}, read_timeout=read_timeout)
    return boto3.client(
        "ec2", region_name=REGION, endpoint_url=ENDPOINTS["ec2"], config=config,
        aws_access_key_id=key[0], aws_secret_access_key=key[1], aws_session_token=key[2])


def control(method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(ENDPOINTS["control"] + path, data, headers, method=method)
    with urllib.request.urlopen(request) as response:
        return json.load(response)


def fault(**members):
    return control("POST", "/faults", members)["id"]


def holder(address=VIP):
    found = [a for a in control("GET", "/state")["addresses"] if a["privateIpAddress"] == address]
    return found[0]["networkInterfaceId"] if found else None


def assign(client, to=B, **more):
    return client.assign_private_ip_addresses(
        NetworkInterfaceId=to, PrivateIpAddresses=[VIP], AllowReassignment=True, **more)


def refused(code, status, call, *arguments, **keywords):
    try:
        call(*arguments, **keywords)
    except botocore.exceptions.ClientError as error:
        got = (error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"])
        assert got == (code, status), error
        return error.response
    raise AssertionError("not refused")


def boto3_reads_and_moves():
    client = ec2()
    filters = [{"Name": "addresses.private-ip-address", "Values": [VIP]},
               {"Name": "vpc-id", "Values": ["vpc-0a1b2c3d4e5f60718"]}]
    before = client.describe_network_interfaces(Filters=filters)["NetworkInterfaces"]
    assert [i["NetworkInterfaceId"] for i in before] == [A]
    interface = before[0]
    assert interface["Attachment"]["InstanceId"] == "i-0123456789abcdefa"
    assert interface["Attachment"]["Status"] == "attached" and interface["Status"] == "in-use"
    assert interface["SourceDestCheck"] is False and interface["Groups"][0]["GroupId"].startswith("sg-")
    answer = assign(client)
    assert answer["AssignedPrivateIpAddresses"] == [{"PrivateIpAddress": VIP}], answer
    assert answer["NetworkInterfaceId"] == B
    request_id = answer["ResponseMetadata"]["RequestId"]
    assert control("GET", "/moves")["moves"][-1]["requestId"] == request_id
    assert control("GET", "/calls?action=AssignPrivateIpAddresses")["calls"][-1]["requestId"] == request_id
    instances = client.describe_instances(
        Filters=[{"Name": "network-interface.addresses.private-ip-address", "Values": [VIP]}])
    found = instances["Reservations"][0]["Instances"][0]
    assert found["InstanceId"] == "i-0123456789abcdefb" and found["State"]["Name"] == "running"
    assert found["NetworkInterfaces"][0]["PrivateIpAddresses"][1] == {
        "Primary": False, "PrivateIpAddress": VIP,
        "PrivateDnsName": "ip-100-80-33-100.eu-central-1.compute.internal"}
    pages = client.get_paginator("describe_network_interfaces").paginate(PaginationConfig={"PageSize": 5})
    assert sum(len(page["NetworkInterfaces"]) for page in pages) == 2
    assert len(client.describe_subnets()["Subnets"]) == 1
    client.unassign_private_ip_addresses(NetworkInterfaceId=B, PrivateIpAddresses=[VIP])
    assert holder() is None
    refused("InvalidParameterValue", 400, client.assign_private_ip_addresses, NetworkInterfaceId=B,
            PrivateIpAddresses=["100.80.33.101"])
    message = refused("InvalidAction", 400, client.describe_vpcs)["Error"]["Message"]
    assert "DescribeVpcs" in message


def wrong_keys_are_refused():
    secret = (OPERATOR[0], "wrong", None)
    refused("SignatureDoesNotMatch", 403, ec2(secret).describe_instances)
    refused("AuthFailure", 401, ec2(("AKIAUNKNOWN000000000", "x", None)).describe_instances)
    refused("AuthFailure", 401, ec2((*OPERATOR[:2], "token")).describe_instances)
    refused("UnauthorizedOperation", 403, ec2(OLDER).describe_network_interfaces)
    assign(ec2(OLDER))
    assert holder() == B


def a_clock_six_minutes_off_is_refused():
    real = botocore.auth.get_current_datetime
    for minutes in (-6, 6):
        def shifted(*arguments, **keywords):
            return real(*arguments, **keywords) + datetime.timedelta(minutes=minutes)
        botocore.auth.get_current_datetime = shifted
        refused("RequestExpired", 400, ec2().describe_instances)
    botocore.auth.get_current_datetime = real
    ec2().describe_instances()
    control("POST", "/settings", {"clockOffsetSeconds": 3600})
    date = refused("RequestExpired", 400, ec2().describe_instances)["ResponseMetadata"]["HTTPHeaders"]["date"]
    now = datetime.datetime.now(datetime.timezone.utc)
    then = datetime.datetime.strptime(date, "%a, %d %b %Y %H:%M:%S %Z").replace(tzinfo=datetime.timezone.utc)
    assert 3590 < (then - now).total_seconds() < 3610, date


def role_credentials(router):
    fetcher = botocore.utils.InstanceMetadataFetcher(
        config={"ec2_metadata_service_endpoint": ENDPOINTS["imds"][router], "ec2_metadata_v1_disabled": True})
    return botocore.credentials.InstanceMetadataProvider(fetcher).load()


def botocore_fetches_role_credentials():
    for router in ("router-a", "router-b"):
        held = role_credentials(router)
        frozen = held.get_frozen_credentials()
        key = (frozen.access_key, frozen.secret_key, frozen.token)
        ec2(key).describe_instances()
        call = control("GET", "/calls?action=DescribeInstances")["calls"][-1]
        assert (call["router"], call["accessKeyId"]) == (router, frozen.access_key), call
        refused("AuthFailure", 401, ec2((*key[:2], None)).describe_instances)
        control("POST", f"/routers/{router}/credentials", {"expire": True})
        refused("RequestExpired", 400, ec2(key).describe_instances)
        again = role_credentials(router).get_frozen_credentials()
        assert again.access_key != frozen.access_key
        ec2((again.access_key, again.secret_key, again.token)).describe_instances()


def boto3_finds_everything_by_its_environment():
    for name in ("router-a", "router-b"):
        os.environ["AWS_EC2_METADATA_SERVICE_ENDPOINT"] = ENDPOINTS["imds"][name]
        os.environ["AWS_ENDPOINT_URL"] = ENDPOINTS["ec2"]
        client = boto3.session.Session(botocore_session=botocore.session.Session()).client("ec2", REGION)
        assert len(client.describe_instances()["Reservations"]) == 2
        assert control("GET", "/calls")["calls"][-1]["router"] == name


def aws(*arguments):
    environment = dict(os.environ, AWS_ENDPOINT_URL=ENDPOINTS["ec2"], AWS_DEFAULT_REGION=REGION,
                       AWS_ACCESS_KEY_ID=OPERATOR[0], AWS_SECRET_ACCESS_KEY=OPERATOR[1])
    command = ["aws", *arguments, "--output", "json"]
    return subprocess.run(command, env=environment, capture_output=True, text=True)


def the_aws_command_line_works_unchanged():
    by_address = f"Name=addresses.private-ip-address,Values={VIP}"
    read = aws("ec2", "describe-network-interfaces", "--filters", by_address)
    assert json.loads(read.stdout)["NetworkInterfaces"][0]["NetworkInterfaceId"] == A, read.stderr
    moved = aws("ec2", "assign-private-ip-addresses", "--network-interface-id", B, "--private-ip-addresses",
                VIP, "--allow-reassignment")
    assert moved.returncode == 0 and holder() == B, moved.stderr
    instances = aws("ec2", "describe-instances", "--instance-ids", "i-0123456789abcdefb",
                    "--query", "Reservations[].Instances[].NetworkInterfaces[].PrivateIpAddresses[].PrivateIpAddress")
    assert json.loads(instances.stdout) == ["100.80.33.12", VIP], instances.stderr
    refusal = aws("ec2", "assign-private-ip-addresses", "--network-interface-id", A,
                  "--private-ip-addresses", VIP, "--no-allow-reassignment")
    assert "(InvalidParameterValue)" in refusal.stderr and "move is not allowed" in refusal.stderr, refusal


def faults_show_on_the_wire():
    errors = botocore.exceptions
    client = ec2()
    fault(action="AssignPrivateIpAddresses", count=1, httpStatus=503, errorCode="Unavailable")
    refused("Unavailable", 503, assign, client)
    assert holder() == A
    fault(count=1, httpStatus=503, errorCode="RequestLimitExceeded", headers={"x-amz-retry-after": "700"})
    response = refused("RequestLimitExceeded", 503, assign, client)
    assert response["ResponseMetadata"]["HTTPHeaders"]["x-amz-retry-after"] == "700"
    for reset, expected in (("before", A), ("after", B)):
        fault(count=1, reset=reset)
        try:
            assign(client)
            raise AssertionError("answered")
        except (errors.ConnectionClosedError, errors.EndpointConnectionError, errors.HTTPClientError) as error:
            assert "reset" in str(error).lower() or "closed" in str(error).lower(), error
        assert holder() == expected
    assign(client, A)
    fault(count=1, truncateAtBytes=40)
    try:
        assign(client)
        raise AssertionError("whole")
    except (errors.ResponseStreamingError, errors.ConnectionClosedError, errors.HTTPClientError,
            botocore.parsers.ResponseParserError):  # which of them depends on urllib3's version
        assert holder() == B
    fault(count=1, body="<html><body>Bad gateway<br>", contentType="text/html")
    try:
        client.describe_instances()
        raise AssertionError("read")
    except botocore.parsers.ResponseParserError:
        pass
    fault(count=1, networkInterfaceId="eni-00000000000000000")
    assert assign(client)["NetworkInterfaceId"] == "eni-00000000000000000"
    fault(count=1, dateOffsetSeconds=-86400)
    yesterday = client.describe_instances()["ResponseMetadata"]["HTTPHeaders"]["date"]
    assert yesterday != client.describe_instances()["ResponseMetadata"]["HTTPHeaders"]["date"]
    calls = control("GET", "/calls")["calls"]
    assert [c for c in calls if "httpStatus" not in c], "resets are logged without a status"
    fault(count=1, delayBeforeMilliseconds=250)
    begun = time.monotonic()
    client.describe_instances()
    assert time.monotonic() - begun >= 0.25
    fault(delayBeforeMilliseconds=600_000)
    try:
        ec2(read_timeout=1).describe_instances()
        raise AssertionError("answered")
    except errors.ReadTimeoutError:
        pass
    control("DELETE", "/faults")
    client.describe_instances()


def raw(endpoint, method, path, **headers):
    connection = http.client.HTTPConnection(endpoint.split("//")[1], timeout=10)
    connection.request(method, path, headers={name.replace("_", "-"): text for name, text in headers.items()})
    response = connection.getresponse()
    return response.status, response.read().decode(), response.headers


def metadata_can_fail():
    endpoint = ENDPOINTS["imds"]["router-a"]
    ttl = {"X-aws-ec2-metadata-token-ttl-seconds": "60"}
    status, token, headers = raw(endpoint, "PUT", "/latest/api/token", **ttl)
    assert status == 200 and headers["X-aws-ec2-metadata-token-ttl-seconds"] == "60"
    auth = {"X-aws-ec2-metadata-token": token}
    mac = "/latest/meta-data/mac"
    assert raw(endpoint, "GET", mac, **auth)[:2] == (200, "02:00:5e:00:53:0a")
    assert raw(endpoint, "GET", mac)[0] == 401
    assert raw(endpoint, "PUT", "/latest/api/token", **ttl, X_Forwarded_For="10.0.0.1")[0] == 403
    for status in (401, 403, 404, 500):
        fault(service="imds", router="router-a", count=1, httpStatus=status)
        assert raw(endpoint, "GET", mac, **auth)[0] == status
        assert raw(endpoint, "GET", mac, **auth)[0] == 200
    control("POST", "/routers/router-a/metadata", {"dropTokens": True})
    assert raw(endpoint, "GET", mac, **auth)[0] == 401
    fault(service="imds", action="/latest/api/token", count=1, delayBeforeMilliseconds=300)
    begun = time.monotonic()
    token = raw(endpoint, "PUT", "/latest/api/token", **ttl)[1]
    assert time.monotonic() - begun >= 0.3
    auth = {"X-aws-ec2-metadata-token": token}
    item = "/latest/meta-data/network/interfaces/macs/02:00:5e:00:53:0a/local-ipv4s"
    control("POST", "/routers/router-a/metadata", {"staleSeconds": 60})
    control("POST", "/move", {"privateIpAddress": VIP, "networkInterfaceId": B})
    assert VIP in raw(endpoint, "GET", item, **auth)[1]
    control("POST", "/routers/router-a/metadata", {"staleSeconds": 0})
    assert VIP not in raw(endpoint, "GET", item, **auth)[1]
    told = {"localIpv4s": {A: [VIP]}, "lieSeconds": 60}
    control("POST", "/routers/router-a/metadata", told)
    assert VIP in raw(endpoint, "GET", item, **auth)[1]
    control("POST", "/routers/router-a/metadata", {"enabled": False})
    assert raw(endpoint, "GET", mac, **auth)[0] == 403
    calls = control("GET", "/calls?service=imds&router=router-a")["calls"]
    assert calls[0]["method"] == "PUT" and all(c["router"] == "router-a" for c in calls)


def events_can_be_waited_for():
    last = control("GET", "/calls")["last"]
    found = {}

    def wait(name, path):
        begun = time.monotonic()
        found[name] = (control("GET", path), time.monotonic() - begun)

    waiters = [
        threading.Thread(target=wait, args=("arrival", f"/calls?after={last}&action=AssignPrivateIpAddresses&wait=20")),
        threading.Thread(target=wait, args=("move", f"/moves?privateIpAddress={VIP}&wait=20")),
        threading.Thread(target=wait, args=("none", f"/calls?after={last}&action=DescribeSubnets&wait=0.2")),
    ]
    for waiter in waiters:
        waiter.start()
    waiters[2].join()
    assert found["none"][0]["calls"] == [] and found["none"][1] >= 0.2
    fault(action="AssignPrivateIpAddresses", delayBeforeMilliseconds=600_000)
    caller = threading.Thread(target=assign, args=(ec2(read_timeout=30),))
    caller.start()
    waiters[0].join()
    call = found["arrival"][0]["calls"][0]
    assert "answerUptimeNanoseconds" not in call and call["privateIpAddresses"] == [VIP], call
    assert holder() == A
    control("DELETE", "/faults")
    caller.join()
    waiters[1].join()
    assert found["move"][0]["moves"][0]["to"] == B
    answered = control("GET", f"/calls?after={last}&answered=true&wait=5")["calls"][0]
    assert answered["answerUptimeNanoseconds"] > answered["arrivalUptimeNanoseconds"]


def connections_and_pings_are_counted():
    connection = http.client.HTTPConnection(ENDPOINTS["ec2"].split("//")[1], timeout=10)
    for method, path, status in (("GET", "/ping", 200), ("HEAD", "/ping", 200), ("HEAD", "/", 301)):
        connection.request(method, path)
        response = connection.getresponse()
        response.read()
        assert response.status == status, response.status
    client = ec2()
    client.describe_instances()
    client.describe_instances()
    report = control("GET", "/state")
    assert report["counts"] == {"ec2": 2, "ping": 3, "imds": 0}, report["counts"]
    calls = control("GET", "/calls?service=all")["calls"]
    assert [c["newConnection"] for c in calls] == [True, False, False, True, False]
    assert calls[0]["connectionId"] != calls[3]["connectionId"] == calls[4]["connectionId"]


def control_refuses_nonsense():
    for method, path, body, status in (
            ("POST", "/faults", {"color": "red"}, 400), ("POST", "/faults", {"count": "two"}, 400),
            ("GET", "/calls?after=x", None, 400), ("GET", "/calls?color=red", None, 400),
            ("GET", "/moves?wait=601", None, 400), ("DELETE", "/faults/99", None, 404),
            ("POST", "/routers/router-z/metadata", {"enabled": True}, 404), ("GET", "/nothing", None, 404),
            ("POST", "/move", {"privateIpAddress": "100.80.33.11", "networkInterfaceId": B}, 400),
            ("POST", "/move", {"privateIpAddress": VIP, "networkInterfaceId": "eni-0"}, 400),
            ("POST", "/faults", {"httpStatus": 99}, 400), ("POST", "/faults", {"truncateAtBytes": -1}, 400),
            ("POST", "/settings", {"clockOffsetSeconds": 1e300}, 400), ("POST", "/topology", {}, 400)):
        try:
            control(method, path, body)
            raise AssertionError(f"{method} {path} was done")
        except urllib.error.HTTPError as error:
            assert error.code == status, (method, path, error.code)
            assert json.load(error)["detail"]
    huge = 9_000_000_000_000_000_000
    control("POST", "/settings", {"remapDelayMilliseconds": huge, "describeLagMilliseconds": huge})
    control("POST", "/routers/router-a/metadata", {"staleSeconds": 1e300})
    control("POST", "/routers/router-a/credentials", {"lifetimeSeconds": huge, "rotate": True})
    ec2().describe_instances()
    assert role_credentials("router-a").get_frozen_credentials().access_key


def reset_starts_anew_without_disturbing_clients():
    endpoint = ENDPOINTS["imds"]["router-a"]
    held = role_credentials("router-a").get_frozen_credentials()
    client = ec2((held.access_key, held.secret_key, held.token))
    assign(client)
    fault(httpStatus=500, errorCode="InternalError")
    control("POST", "/reset")
    assert holder() == A and control("GET", "/state")["counts"]["ec2"] == 0
    assign(client)
    topology = json.loads(os.environ["TOPOLOGY"])
    topology["routers"][1]["interfaces"][0]["networkInterfaceId"] = "eni-0123456789abcdefc"
    topology["routers"][0]["policy"] = "reader"
    control("POST", "/topology", topology)
    refused("UnauthorizedOperation", 403, assign, client)
    refused("InvalidNetworkInterfaceID.NotFound", 400, assign, ec2())
    assign(ec2(), "eni-0123456789abcdefc")
    assert holder() == "eni-0123456789abcdefc"


def concurrent_moves_keep_one_holder():
    def move(n):
        assign(ec2(), (A, B)[n % 2])

    threads = [threading.Thread(target=move, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    moves = control("GET", f"/moves?privateIpAddress={VIP}")["moves"]
    assert moves[0]["from"] == A and moves[-1]["to"] == holder()
    assert all(one["to"] == next["from"] for one, next in zip(moves, moves[1:])), moves
    assert len([a for a in control("GET", "/state")["addresses"] if a["privateIpAddress"] == VIP]) == 1


globals()[sys.argv[1]]()
