"""`vipad iam-policy`: what it prints, and that moto's IAM lets through with it what vipad does, and nothing else.

moto judges actions; whether AWS itself takes the resources and conditions, only AWS can tell.
"""

import json
import re
import subprocess

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from pair import ROOT, binary, eventually
from test_moto import REGION, Moto, moto, moto_server, router_for  # noqa: F401

A, B = "eni-0123456789abcdefa", "eni-0123456789abcdefb"
PAIR = ["--network-interface-id", A, "--peer-network-interface-id", B]
PLACE = ["--region", "eu-central-1", "--account-id", "123456789012"]


def ask(*arguments, environment=None):
    return subprocess.run([binary("vipad"), "iam-policy", *arguments], capture_output=True, text=True, timeout=30,
                          env={"PATH": "/usr/bin:/bin", **(environment or {})})


def policy(*arguments, complaints=""):
    done = ask(*arguments)
    assert done.returncode == 0, done.stderr
    assert bool(done.stderr) == bool(complaints) and complaints in done.stderr, done.stderr
    return json.loads(done.stdout)


def statements(document):
    return {statement["Sid"]: statement for statement in document["Statement"]}


def test_it_allows_the_move_between_the_two_interfaces_and_to_read():
    assert policy(*PAIR, *PLACE) == {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": "MoveTheAddresses", "Effect": "Allow", "Action": ["ec2:AssignPrivateIpAddresses"],
             "Resource": [f"arn:aws:ec2:eu-central-1:123456789012:network-interface/{eni}" for eni in (A, B)]},
            {"Sid": "FindTheirHolder", "Effect": "Allow",
             "Action": ["ec2:DescribeInstances", "ec2:DescribeInstanceTypes", "ec2:DescribeNetworkInterfaces"], "Resource": ["*"],
             "Condition": {"StringEquals": {"ec2:Region": ["eu-central-1"]}}}]}


def test_its_actions_are_those_in_the_sources():
    """A call that is added to vipad without being added to the policy fails at the first failover."""
    calls = {call for file in (ROOT / "Sources/AWS").glob("*.swift")
             for call in re.findall(r'EC2Call\(\s*"(\w+)"', file.read_text())}
    allowed = {action for statement in policy(*PAIR, *PLACE)["Statement"] for action in statement["Action"]}
    assert allowed == {f"ec2:{call}" for call in calls}


def test_endpoint_and_instances_are_conditions_of_all_calls():
    made = statements(policy(*PAIR, *PLACE, "--vpc-endpoint-id", "vpce-1", "--instance-id", "i-1", "--instance-id", "i-2"))
    for statement in made.values():
        assert statement["Condition"]["StringEquals"]["aws:SourceVpce"] == ["vpce-1"]
        assert statement["Condition"]["ArnLike"] == {"ec2:SourceInstanceARN": [
            f"arn:aws:ec2:eu-central-1:123456789012:instance/{i}" for i in ("i-1", "i-2")]}


@pytest.mark.parametrize("region, partition", [
    ("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("us-iso-east-1", "aws-iso"),
    ("us-isob-east-1", "aws-iso-b"), ("eusc-de-east-1", "aws-eusc"), ("eu-west-1", "aws")])
def test_the_partition_is_the_regions(region, partition):
    made = statements(policy(*PAIR, "--account-id", "123456789012", "--region", region))
    for arn in made["MoveTheAddresses"]["Resource"]:
        assert arn.startswith(f"arn:{partition}:ec2:{region}:")
    assert boto3.session.Session().get_partition_for_region(region) == partition


@pytest.mark.parametrize("known", [[], ["--network-interface-id", A], ["--peer-network-interface-id", B]], ids=str)
def test_without_the_pair_any_interface_is_allowed_and_that_is_said(known):
    made = statements(policy(*known, *PLACE, complaints="--peer-network-interface-id"))
    assert made["MoveTheAddresses"]["Resource"] == ["arn:aws:ec2:eu-central-1:123456789012:network-interface/*"]


def test_two_legs_need_two_peers():
    legs = ["--network-interface-id", "eni-1", "--network-interface-id", "eni-2", "--peer-network-interface-id", "eni-3"]
    assert statements(policy(*legs, *PLACE, complaints="interfaces are not known"))[
        "MoveTheAddresses"]["Resource"][0].endswith("/*")
    both = statements(policy(*legs, "--peer-network-interface-id", "eni-4", *PLACE))
    assert [arn.split("/")[1] for arn in both["MoveTheAddresses"]["Resource"]] == ["eni-1", "eni-2", "eni-3", "eni-4"]


def test_on_a_router_it_finds_the_rest_by_itself(router):
    done = router.vipad("iam-policy", "--peer-network-interface-id", A)
    assert done.stderr == ""
    assert statements(json.loads(done.stdout))["MoveTheAddresses"]["Resource"] == [
        f"arn:aws:ec2:eu-central-1:123456789012:network-interface/{eni}" for eni in (B, A)]


def test_with_several_groups_the_daemons_one_interface_is_not_taken_for_all(simulator, make_router):
    groups = {"inside": ["100.80.33.100"], "outside": ["100.80.33.101"]}
    router = make_router(simulator, "router-b", groups=groups).start()
    done = router.vipad("iam-policy", "--peer-network-interface-id", A)
    assert statements(json.loads(done.stdout))["MoveTheAddresses"]["Resource"][0].endswith("network-interface/*")
    assert "interfaces are not known" in done.stderr


def test_the_configurations_interfaces_are_taken(tmp_path):
    file = tmp_path / "vipad.toml"
    file.write_text('[[group]]\nname = "a"\nvips = ["10.0.1.1"]\nnetworkInterfaceId = "eni-1"\n'
                    '[[group]]\nname = "b"\nvips = ["10.0.2.1"]\nnetworkInterfaceId = "eni-2"\n'
                    f'[aws]\nregion = "eu-west-3"\n[server]\nsocket = "{tmp_path}/none"\n')
    file.chmod(0o644)
    made = policy("--config", str(file), "--peer-network-interface-id", "eni-3", "--peer-network-interface-id", "eni-4",
                  complaints="the account is not known")
    assert statements(made)["MoveTheAddresses"]["Resource"] == [
        f"arn:aws:ec2:eu-west-3:*:network-interface/eni-{n}" for n in (1, 2, 3, 4)]


@pytest.mark.parametrize("wrong", [
    ["--network-interface-id", "i-1"], ["--peer-network-interface-id", "eni-*"], ["--account-id", "1"],
    ["--region", "Europe"], ["--vpc-endpoint-id", "eni-1"], ["--instance-id", "i-*"], ["--config", "/nowhere.toml"]],
    ids=str)
def test_wrong_usage_prints_no_policy(wrong):
    done = ask(*PAIR, *wrong)
    assert (done.returncode, done.stdout) == (2, "") and done.stderr


def test_the_cloudformation_template_has_the_same_policy():
    from cfnlint.decode import cfn_yaml  # the venv has it for cfn-lint
    template = cfn_yaml.load(str(ROOT / "deploy/aws/router-pair.yaml"))
    theirs = template["Resources"]["Policy"]["Properties"]["PolicyDocument"]
    ours = policy(*PAIR, *PLACE, "--vpc-endpoint-id", "vpce-1")

    def outline(document):
        return [(s["Sid"], s["Effect"], s["Action"], len(s["Resource"]),
                 {operator: sorted(keys) for operator, keys in s.get("Condition", {}).items()})
                for s in document["Statement"]]

    assert outline(theirs) == outline(ours)


def test_amazons_list_of_actions_knows_its_resources_and_conditions():
    """parliament holds a policy against the Service Authorization Reference.

    ec2:SourceInstanceARN is in the context of each call with an instance's credentials, whatever the action, so that
    list does not have it: it is left out here.
    """
    parliament = pytest.importorskip("parliament")
    made = policy(*PAIR, *PLACE, "--vpc-endpoint-id", "vpce-0123456789abcdef0")
    assert [str(finding) for finding in parliament.analyze_policy_string(json.dumps(made)).findings] == []
    made["Statement"][0]["Action"] = ["ec2:DescribeInstances"]  # it does check: that one takes no interface
    assert parliament.analyze_policy_string(json.dumps(made)).findings


# moto's IAM

@pytest.fixture
def keys(moto):  # noqa: F811
    """The keys of a user with the printed policy; its interfaces are made any, for moto knows no ARN of a call to EC2."""
    document = policy(*PAIR, *PLACE)
    for statement in document["Statement"]:
        statement["Resource"] = ["*"]
    iam = moto.client("iam")
    moto.users += 1
    name = f"router{moto.users}"
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="vipad", PolicyDocument=json.dumps(document))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    moto.check_rights_after(0)
    return key["AccessKeyId"], key["SecretAccessKey"]


def test_with_it_vipad_does_all_that_it_does(moto, router_for, keys):  # noqa: F811
    router = router_for(*keys)
    def describes():
        check = next(check for check in router.get("/readyz").json["checks"] if check["name"] == "describe")
        return check["state"] == "ok"

    eventually(describes, 20, "a read of the holders")
    answer = router.claim(wait=20)
    assert answer.status == 200, answer.body
    assert router.standby().status == 200
    assert not any("Unauthorized" in line or "not authorized" in line for line in router.process.lines)


def test_with_it_nothing_else_is_allowed(moto, keys):  # noqa: F811
    """Every other call that EC2 has, and some of what a role should never do."""
    config = Config(proxies={}, retries={"max_attempts": 1}, parameter_validation=False)
    ec2 = boto3.client("ec2", region_name=REGION, endpoint_url=moto.url, aws_access_key_id=keys[0],
                       aws_secret_access_key=keys[1], config=config)
    allowed = set()
    for operation in ec2.meta.service_model.operation_names:
        # botocore itself looks at this one's arguments.
        arguments = {"SourceSnapshotId": "snap-1", "SourceRegion": "eu-west-1"} if operation == "CopySnapshot" else {}
        code = refusal(lambda: ec2._make_api_call(operation, arguments))
        if code not in ("UnauthorizedOperation", "AccessDenied"):
            allowed.add(operation)
    assert allowed == {
        "AssignPrivateIpAddresses", "DescribeInstances", "DescribeInstanceTypes", "DescribeNetworkInterfaces"}
    for service, call in [("iam", "list_users"), ("s3", "list_buckets")]:
        assert refusal(getattr(moto.client(service, *keys), call)) in ("AccessDenied", "AccessDeniedException")


def refusal(call):
    """The code that a call is refused with; None where it is not."""
    try:
        call()
    except ClientError as error:
        return error.response["Error"]["Code"]
    except Exception as error:  # noqa: BLE001  what moto can't do is no refusal
        return type(error).__name__
    return None
