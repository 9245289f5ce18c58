"""Where the time of a failover goes, by scenario."""

import statistics
from collections import defaultdict

COLUMNS = ["detection", "to Assign", "EC2", "confirmation", "total"]
NOTE = """VRRP detection: fault to the address on the interface, as this process heard of it (late by a few ms when busy);
to Assign: from there until EC2 has read the whole request; EC2: from there to its answer; confirmation: from the
acceptance until the instance metadata lists the address (vipad's audit log); total: fault to the confirmation; of a
heal or a theft: until the VIP was back. Milliseconds: median / maximum."""


class Timetable:
    """Rows of milliseconds, one for each failover."""

    def __init__(self):
        self._rows = defaultdict(list)

    def add(self, scenario, **milliseconds):
        self._rows[scenario].append(milliseconds)

    def __bool__(self):
        return bool(self._rows)

    def text(self):
        width = max(map(len, self._rows))
        head = f"{'':{width}}  {'n':>4}" + "".join(f"{column:>18}" for column in COLUMNS)
        return "\n".join([NOTE, "", head, *(self._line(name, width) for name in sorted(self._rows))])

    def _line(self, name, width):
        rows = self._rows[name]
        return f"{name:{width}}  {len(rows):4}" + "".join(f"{_cell(rows, column):>18}" for column in COLUMNS)


def _cell(rows, column):
    values = [row[column] for row in rows if row.get(column) is not None]
    return f"{statistics.median(values):.1f} / {max(values):.1f}" if values else "-"
