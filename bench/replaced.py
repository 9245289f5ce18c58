"""What vipad replaces: find the own interface among the instances, then take the address. Arguments: IP VIP."""

import sys

import boto3

own_address, vip = sys.argv[1:]
ec2 = boto3.client("ec2")
interfaces = [
    interface
    for reservation in ec2.describe_instances()["Reservations"]
    for instance in reservation["Instances"]
    for interface in instance["NetworkInterfaces"]
]
own = next(interface for interface in interfaces if interface["PrivateIpAddress"] == own_address)
ec2.assign_private_ip_addresses(
    NetworkInterfaceId=own["NetworkInterfaceId"], PrivateIpAddresses=[vip], AllowReassignment=True)
