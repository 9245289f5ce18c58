"""json_peer.py FILE: for each input of the JSON list in FILE, in base64, the keys that Python finds; null: no object."""

import base64
import json
import sys


def refuse(constant):
    raise ValueError(constant)


def keys(text):
    try:
        members = json.loads(text.decode("utf-8", "strict"), object_pairs_hook=list, parse_constant=refuse)
    except (ValueError, RecursionError):
        return None
    return [key for key, _ in members] if text.lstrip(b" \t\r\n").startswith(b"{") else None


with open(sys.argv[1]) as file:
    print(json.dumps([keys(base64.b64decode(text)) for text in json.load(file)]))
