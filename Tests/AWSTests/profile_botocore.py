"""Answers for the tests from botocore, AWS's own library: `profile_botocore.py MODE`, JSON in, JSON out.

words: shell lines, to the words of `credential_process` (null: refused)
sections: texts of profile files, to their sections (null: refused)
endpoints: anything, to EC2's endpoint for all Regions and variants
credentials: environments, to the credentials that a session finds in them
"""

import json
import os
import sys
import tempfile

import botocore.compat
import botocore.configloader
import botocore.endpoint_provider
import botocore.exceptions
import botocore.loaders
import botocore.session


def words(line):
    try:
        return botocore.compat.compat_shell_split(line)
    except ValueError:
        return None


def sections(text):
    with tempfile.NamedTemporaryFile("w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        try:
            return botocore.configloader.raw_config_parse(file.name)
        except botocore.exceptions.ConfigParseError:
            return None


def endpoints():
    loader = botocore.loaders.Loader()
    partitions = loader.load_data("partitions")
    rules = loader.load_service_model("ec2", "endpoint-rule-set-1")
    provider = botocore.endpoint_provider.EndpointProvider(rules, partitions)
    regions = {region for part in partitions["partitions"] for region in part["regions"]}
    found = []
    # EC2 is in real Regions only; the pseudo-regions are other services'.
    regions = {region for region in regions if not region.endswith("-global")}
    for region in sorted(regions | {"xx-nowhere-9"}):
        for fips in (False, True):
            for dual in (False, True):
                url = provider.resolve_endpoint(Region=region, UseFIPS=fips, UseDualStack=dual).url
                found.append({"region": region, "fips": fips, "dualStack": dual, "url": url})
    return found


def credentials(environment):
    os.environ.clear()
    os.environ.update(environment, AWS_EC2_METADATA_DISABLED="true")
    try:
        found = botocore.session.Session().get_credentials()
        if found is None:
            return {"method": "none"}
        keys = found.get_frozen_credentials()
        return {
            "method": found.method, "accessKeyId": keys.access_key, "secretAccessKey": keys.secret_key,
            "sessionToken": keys.token,
        }
    except (botocore.exceptions.BotoCoreError, ValueError, OSError):
        return {"method": "error"}


def main():
    question = json.load(sys.stdin)
    mode = sys.argv[1]
    if mode == "endpoints":
        answer = endpoints()
    else:
        answer = [{"words": words, "sections": sections, "credentials": credentials}[mode](q) for q in question]
    json.dump(answer, sys.stdout)


main()
