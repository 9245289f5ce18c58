"""moto as EC2, with its IAM mode on: two users with policies of their own, one instance with two interfaces.

Prints one JSON line when it is ready, then serves until its parent is gone.
"""
import json
import logging
import os
import time
import urllib.request

import boto3
from moto.server import ThreadedMotoServer

logging.getLogger("werkzeug").setLevel(logging.ERROR)
parent = os.getppid()
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
port = server._server.server_port
where = dict(
    endpoint_url=f"http://127.0.0.1:{port}", region_name="eu-central-1",
    aws_access_key_id="test", aws_secret_access_key="test",
)
ec2, iam = boto3.client("ec2", **where), boto3.client("iam", **where)


def user(name, *actions):
    iam.create_user(UserName=name)
    document = {"Version": "2012-10-17",
                "Statement": [{"Effect": "Allow", "Action": list(actions), "Resource": "*"}]}
    iam.put_user_policy(UserName=name, PolicyName="vipad", PolicyDocument=json.dumps(document))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return {"accessKeyId": key["AccessKeyId"], "secretAccessKey": key["SecretAccessKey"]}


vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
subnets = [ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{n}.0/24")["Subnet"]["SubnetId"] for n in (1, 2)]
image = ec2.describe_images()["Images"][0]["ImageId"]
instance = ec2.run_instances(ImageId=image, MinCount=1, MaxCount=1, SubnetId=subnets[0])["Instances"][0]
second = ec2.create_network_interface(SubnetId=subnets[1], PrivateIpAddress="10.0.2.7")["NetworkInterface"]
ec2.attach_network_interface(
    DeviceIndex=1, InstanceId=instance["InstanceId"], NetworkInterfaceId=second["NetworkInterfaceId"])
first = ec2.describe_instances(
    InstanceIds=[instance["InstanceId"]])["Reservations"][0]["Instances"][0]["NetworkInterfaces"][0]
full = user("full", "ec2:AssignPrivateIpAddresses", "ec2:DescribeNetworkInterfaces", "ec2:DescribeInstances")
older = user("older", "ec2:AssignPrivateIpAddresses", "ec2:DescribeInstances")
reader = user("reader", "ec2:DescribeInstances")
# From here on every request is authenticated and authorized.
urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:{port}/moto-api/reset-auth", data=b"0",
    headers={"Content-Type": "text/plain"}))

print(json.dumps({
    "port": port, "vpcId": vpc, "instanceId": instance["InstanceId"],
    "first": {"id": first["NetworkInterfaceId"], "mac": first["MacAddress"], "ip": first["PrivateIpAddress"]},
    "second": {"id": second["NetworkInterfaceId"], "mac": second["MacAddress"], "ip": "10.0.2.7"},
    "full": full, "older": older, "reader": reader,
}), flush=True)
while os.getppid() == parent:
    time.sleep(0.5)
