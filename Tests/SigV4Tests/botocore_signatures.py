"""Signs random EC2 requests with botocore and prints them as JSON: `botocore_signatures.py COUNT SEED`.

Each one has the request as it goes over the wire, the credentials, the Region, the time and the
Authorization header that botocore gives it.
"""

import base64
import datetime
import json
import random
import sys
from unittest import mock
from urllib.parse import urlencode

import botocore.auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

REGIONS = (
    "us-east-1 us-gov-west-1 eu-central-1 eusc-de-east-1 cn-north-1 us-iso-east-1 us-isob-east-1 "
    "ap-southeast-3 il-central-1 mx-central-1"
).split()
ACTIONS = ["AssignPrivateIpAddresses", "DescribeNetworkInterfaces", "DescribeInstances"]
ODD = " !\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~\t\n\r\0\x7f0aZ\u00e4\u00df\u1234\u20ac\u4e2d\U0001f600e\u0301"


def text(rng, limit):
    return "".join(rng.choice(ODD) for _ in range(rng.randrange(limit)))


def form(rng):
    fields = [("Action", rng.choice(ACTIONS)), ("Version", "2016-11-15")]
    for number in range(rng.randrange(6)):
        name = rng.choice(["PrivateIpAddress.%d", "Filter.1.Value.%d", "NetworkInterfaceId%d", "\u00e4%d"])
        value = rng.choice(["", "10.0.0.%d" % rng.randrange(256), text(rng, 20)])
        fields.append((name % number, value))
    rng.shuffle(fields)
    return urlencode(fields)


def headers(rng, host):
    given = {
        "Host": host,
        "Content-Type": "application/x-www-form-urlencoded; charset=utf-8",
        "User-Agent": "vipad/0.1.0 claim/" + str(rng.randrange(10**9)),
    }
    if rng.random() < 0.5:
        given["X-Odd-%d" % rng.randrange(99)] = rng.choice(
            ["  padded  ", "two  spaces", "a\tb", "", '"quoted  text"', "a,b , c", "x" * 300]
        )
    if rng.random() < 0.2:
        given["accept"] = "*/*"
    if rng.random() < 0.2:
        given["Expect"] = "100-continue"
    return given


def request(rng):
    region = rng.choice(REGIONS)
    host = "ec2.%s.amazonaws.com" % region + rng.choice(["", "", ":8443"])
    body = form(rng)
    method, query, path = "POST", "", rng.choice(["/", "/", "/", "/a b/\u00e4%20/../c//d/", "/./x/."])
    if rng.random() < 0.2:  # The Query API by GET: sorted and encoded as AWS wants it.
        pairs = [p.partition("=") for p in body.replace("+", "%20").split("&")]
        method, body = "GET", ""
        rng.shuffle(pairs)
        query = "&".join(k + "=" + v for k, _, v in pairs)
    return region, host, method, path, query, headers(rng, host), body


def signed(rng):
    region, host, method, path, query, given, body = request(rng)
    token = base64.b64encode(rng.randbytes(rng.randrange(1, 900))).decode() if rng.random() < 0.5 else None
    secret = base64.b64encode(rng.randbytes(30)).decode()
    credentials = Credentials("AKIA%016X" % rng.getrandbits(64), secret, token)
    moment = datetime.datetime.fromtimestamp(rng.randrange(0, 4 * 10**9), datetime.timezone.utc)
    url = "https://" + host + path + ("?" + query if query else "")
    aws = AWSRequest(method=method, url=url, headers=given, data=body.encode())
    with mock.patch("botocore.auth.get_current_datetime", return_value=moment.replace(tzinfo=None)):
        botocore.auth.SigV4Auth(credentials, "ec2", region).add_auth(aws)
    return {
        "method": method, "path": path, "query": query, "headers": [list(h) for h in given.items()],
        "body": body, "region": region, "seconds": int(moment.timestamp()),
        "accessKeyId": credentials.access_key, "secretAccessKey": secret, "sessionToken": token,
        "authorization": aws.headers["Authorization"], "date": aws.headers["X-Amz-Date"],
    }


def main():
    rng = random.Random(int(sys.argv[2]))
    json.dump([signed(rng) for _ in range(int(sys.argv[1]))], sys.stdout)


main()
