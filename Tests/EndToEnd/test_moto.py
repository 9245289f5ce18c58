"""Against moto's EC2, which nobody here wrote: it judges the protocol, the signature and the rights, not the move.

moto's instance metadata is constants, so ec2sim stands in for the metadata of the instance that moto made.
"""

import json
import os
import sys
import urllib.request

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from pair import Process, Router, Simulator, eventually, free_port

REGION = "eu-central-1"
POLICIES = {
    "the calls that vipad makes": [
        "ec2:AssignPrivateIpAddresses", "ec2:DescribeNetworkInterfaces", "ec2:DescribeInstances"],
    "the older policy": ["ec2:DescribeAddresses", "ec2:DescribeInstances", "ec2:AssignPrivateIpAddresses"],
}


class Moto:
    """moto_server with a VPC, a subnet and an instance."""

    def __init__(self, directory):
        self.port = free_port()
        self.users = 0
        self.url = f"http://127.0.0.1:{self.port}"
        self.process = Process(
            [os.path.join(os.path.dirname(sys.executable), "moto_server"), "-H", "127.0.0.1", "-p", str(self.port)],
            {"PATH": "/usr/bin:/bin", "HOME": str(directory)}, directory)
        eventually(self._is_up, 60, "moto's start")
        self.ec2 = self.client("ec2")
        self.vpc = self.ec2.create_vpc(CidrBlock="100.80.0.0/16")["Vpc"]["VpcId"]
        self.subnet = self.ec2.create_subnet(
            VpcId=self.vpc, CidrBlock="100.80.33.0/24", AvailabilityZone=f"{REGION}a")["Subnet"]["SubnetId"]
        image = self.ec2.describe_images(Owners=["amazon"])["Images"][0]["ImageId"]
        self.instance = self.ec2.run_instances(
            ImageId=image, MinCount=1, MaxCount=1, SubnetId=self.subnet)["Instances"][0]
        self.interface = self.instance["NetworkInterfaces"][0]

    def _is_up(self):
        try:
            return urllib.request.build_opener(urllib.request.ProxyHandler({})).open(
                self.url + "/moto-api/", timeout=5).status
        except OSError:
            return None

    def client(self, service, key="test", secret="test"):
        return boto3.client(
            service, region_name=REGION, endpoint_url=self.url, aws_access_key_id=key, aws_secret_access_key=secret,
            config=Config(proxies={}, retries={"max_attempts": 1}))

    def addresses(self):
        interfaces = self.ec2.describe_network_interfaces(
            NetworkInterfaceIds=[self.interface["NetworkInterfaceId"]])["NetworkInterfaces"]
        return [address["PrivateIpAddress"] for address in interfaces[0]["PrivateIpAddresses"]]

    def user(self, actions):
        """The keys of a user who may do just these actions."""
        iam = self.client("iam")
        self.users += 1
        name = f"router{self.users}"
        iam.create_user(UserName=name)
        document = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}]}
        iam.put_user_policy(UserName=name, PolicyName="vipad", PolicyDocument=json.dumps(document))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return key["AccessKeyId"], key["SecretAccessKey"]

    def check_rights_after(self, calls):
        """Signatures and policies are checked after so many more calls; `inf`: never."""
        request = urllib.request.Request(
            self.url + "/moto-api/reset-auth", data=str(calls).encode(), method="POST",
            headers={"Content-Type": "text/plain"})
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=5)

    def topology(self):
        """The metadata that the instance would have."""
        return {
            "accountId": "123456789012", "region": REGION, "vpcId": self.vpc,
            "subnets": [{"subnetId": self.subnet, "cidr": "100.80.33.0/24", "availabilityZone": f"{REGION}a"}],
            "routers": [{
                "name": "router-b", "instanceId": self.instance["InstanceId"], "interfaces": [{
                    "networkInterfaceId": self.interface["NetworkInterfaceId"],
                    "macAddress": self.interface["MacAddress"], "deviceIndex": 0, "subnetId": self.subnet,
                    "primary": self.interface["PrivateIpAddress"]}]}],
        }


@pytest.fixture(scope="module")
def moto_server(tmp_path_factory):
    if not os.path.exists(os.path.join(os.path.dirname(sys.executable), "moto_server")):
        pytest.skip("moto_server is not beside this python")
    server = Moto(tmp_path_factory.mktemp("moto"))
    yield server
    server.process.end()


@pytest.fixture
def moto(moto_server):
    yield moto_server
    moto_server.check_rights_after("inf")


@pytest.fixture
def router_for(moto, tmp_path):
    """A router whose EC2 is moto, with the given keys."""
    made = []

    def make(key, secret, **options):
        metadata = Simulator(tmp_path, moto.topology())
        made.append(metadata.end)
        metadata.ec2 = moto.url
        router = Router(
            metadata, moto.topology()["routers"][0], groups={"inside": ["100.80.33.100"]},
            environment={"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": secret}, **options)
        made.append(router.remove)
        return router.start(ready=False)

    yield make
    for remove in reversed(made):
        remove()


def test_moto_takes_the_claim(moto, router_for):
    router = router_for("test", "test")
    eventually(lambda: router.get("/whoami").json["networkInterfaceId"] == moto.interface["NetworkInterfaceId"])
    answer = router.claim(wait=20)
    assert answer.status == 200, answer.body
    assert "100.80.33.100" in moto.addresses()
    assert router.outcome_of(answer.json["claimId"])["attempts"][0]["awsRequestId"]
    router.check_log()


@pytest.mark.parametrize("policy", POLICIES, ids=lambda name: name.replace(" ", "-"))
def test_moto_checks_signature_and_rights_and_takes_the_claim(moto, router_for, policy):
    key, secret = moto.user(POLICIES[policy])
    moto.check_rights_after(0)
    with pytest.raises(ClientError):  # it does check: another call is refused
        moto.client("ec2", key, secret).describe_vpcs()
    router = router_for(key, secret)
    answer = router.claim(wait=20)
    assert answer.status == 200, answer.body
    router.check_log()


def test_moto_refuses_a_wrong_secret_and_the_operator_is_told(moto, router_for):
    key, secret = moto.user(POLICIES["the calls that vipad makes"])
    moto.check_rights_after(0)
    router = router_for(key, secret[:-1] + ("a" if secret[-1] != "a" else "b"))
    answer = router.claim(wait=20)
    assert answer.status == 502, answer.body
    assert answer.json["errorCode"] in ("SignatureDoesNotMatch", "AuthFailure")
    assert answer.json["remedy"]


def test_moto_refuses_a_call_that_the_policy_does_not_allow_and_the_operator_is_told(moto, router_for):
    key, secret = moto.user(["ec2:DescribeInstances", "ec2:DescribeNetworkInterfaces"])
    moto.check_rights_after(0)
    answer = router_for(key, secret).claim(wait=20)
    assert answer.status == 502, answer.body
    assert answer.json["refused"][0]["vip"] == "100.80.33.100"


@pytest.mark.parametrize("actions, state", [
    (["ec2:AssignPrivateIpAddresses", "ec2:DescribeNetworkInterfaces"], "ok"),
    (["ec2:DescribeNetworkInterfaces"], "failed"),
], ids=["with the right", "without"])
def test_moto_tells_a_probe_the_right_and_no_address_is_new(moto, router_for, actions, state):
    """moto, which lets any address be assigned twice, is where a probe for another address would show."""
    before = set(moto.addresses())
    key, secret = moto.user(actions)
    moto.check_rights_after(0)
    router = router_for(key, secret, more={"readiness": []})

    def probed():
        check = next(c for c in router.get("/readyz").json["checks"] if c["name"] == "assign")
        return check["ageSeconds"] is not None and check

    check = eventually(probed, 30)
    assert check["state"] == state, check
    moto.check_rights_after("inf")
    assert set(moto.addresses()) == before
