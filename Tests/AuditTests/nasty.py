"""nasty.py LOG WANTED: each `detail` of the log must be the text that WANTED holds in base64, line by line."""
import base64, json, sys

lines = open(sys.argv[1], "rb").read().decode("utf-8").split("\n")
assert lines.pop() == ""
assert all(len(line.splitlines()) == 1 for line in lines)
details = [json.loads(line).get("detail") for line in lines][1:]
wanted = [base64.b64decode(line).decode() for line in open(sys.argv[2])]
assert details == wanted, [pair for pair in zip(details, wanted) if pair[0] != pair[1]][:3]
