"""The table of a bench: what was measured, its ratio, its bound and whether it kept it."""

import os
import sys


def percentile(values, share):
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class Table:
    HEAD = ("", "measured", "ratio", "bound", "")

    def __init__(self):
        self.rows = []
        self._load = os.getloadavg()[0]

    def row(self, what, value, bound="", kept=None, ratio=""):
        """`kept`: whether the bound was kept; None where there is none."""
        verdict = "" if kept is None else "ok" if kept else "MISSED"
        self.rows.append((what, value, ratio, bound, verdict))
        print(f"  {what}: {value} {ratio} {verdict}", file=sys.stderr, flush=True)

    def print(self):
        rows = [self.HEAD, *self.rows]
        widths = [max(len(row[column]) for row in rows) for column in range(len(self.HEAD))]
        for row in rows:
            print("  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())
        missed = sum(row[-1] == "MISSED" for row in self.rows)
        print(f"{missed} bounds missed; load of this machine of {os.cpu_count()} cores: {self._load:.1f} at the start, "
              f"{os.getloadavg()[0]:.1f} at the end (the bench alone makes 1 to 2)")
