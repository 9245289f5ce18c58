"""Keys and tokens are in no output, whatever goes well or wrong."""

import json

from pair import eventually


def outputs(router):
    """Everything that the daemon and the commands show."""
    texts = [router.get(path).body.decode() for path in ("/status", "/whoami", "/healthz", "/audit?limit=1000")]
    for arguments in (["status"], ["status", "--json"], ["whoami"], ["whoami", "--json"], ["audit", "tail"],
                      ["claim", "--wait", "2"], ["audit", "verify", str(router.log)]):
        done = router.vipad(*arguments, check=False)
        texts += [done.stdout, done.stderr]
    texts += [
        router.ask_tcp("POST", "/claim", {}, token="f" * 64).body.decode(),
        router.ask_tcp("POST", "/claim", {"x": 1}).body.decode(), router.process.text(),
    ]
    return texts


def test_no_secret_is_in_any_output(make_simulator, make_router):
    secret, session_token = "plantedSecretAccessKey0123456789abcdefgh", "plantedSessionToken/+=0123456789"

    def plant(topology):
        topology["accessKeys"].append({
            "accessKeyId": "ASIAPLANTEDACCESSKEY", "secretAccessKey": secret, "sessionToken": session_token,
            "router": "router-b"})
    simulator = make_simulator(plant)
    router = make_router(simulator, "router-b", environment={
        "AWS_ACCESS_KEY_ID": "ASIAPLANTEDACCESSKEY", "AWS_SECRET_ACCESS_KEY": secret,
        "AWS_SESSION_TOKEN": session_token}).start()
    assert router.claim(wait=5).status == 200
    texts = outputs(router)
    simulator.fault(action="AssignPrivateIpAddresses", errorCode="SignatureDoesNotMatch", httpStatus=403,
                    message="The request signature we calculated does not match")
    router.standby()
    router.claim(wait=5)
    texts += outputs(router)
    simulator.mend()
    token = router.token
    router.end()
    texts += [process.text() for process in router.outputs]
    texts += [file.read_text(errors="replace") for file in router.log.parent.iterdir()]
    joined = "\n".join(texts)
    assert "ASIAPLANTEDACCESSKEY" in joined  # whoami names the key; so the search finds what is there
    for planted in (secret, session_token, json.dumps(session_token)[1:-1], token):
        assert planted not in joined


def test_a_roles_keys_are_in_no_output(router):
    import urllib.request
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    imds = router.simulator.imds["router-b"]
    ask = urllib.request.Request(
        f"{imds}/latest/api/token", method="PUT", headers={"X-aws-ec2-metadata-token-ttl-seconds": "60"})
    header = {"X-aws-ec2-metadata-token": opener.open(ask).read().decode()}
    base = f"{imds}/latest/meta-data/iam/security-credentials/"
    role = opener.open(urllib.request.Request(base, headers=header)).read().decode().strip()
    keys = json.load(opener.open(urllib.request.Request(base + role, headers=header)))
    assert router.claim(wait=5).status == 200
    assert eventually(lambda: router.get("/whoami").json["credentials"]["accessKeyId"]) == keys["AccessKeyId"]
    joined = "\n".join(outputs(router))
    for planted in (keys["SecretAccessKey"], keys["Token"]):
        assert planted not in joined
