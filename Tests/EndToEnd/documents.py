"""The commands that the documents tell people to type."""

import re

from pair import ROOT

DEBIAN, VYOS = "Debian 12 with keepalived", "VyOS 1.4 and later"


def commands_of(way, document="README.md"):
    """The lines of the first block of shell below the name of a way to install."""
    text = (ROOT / document).read_text()
    block = re.search(rf"^(?:## |\*\*){re.escape(way)}.*?^```sh\n(.*?)^```", text, re.M | re.S)[1]
    return [re.sub(r"\s+#.*", "", line) for line in block.splitlines()]
