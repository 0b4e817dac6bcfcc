#!/usr/bin/env python3
"""The generator of the database must refuse every kind of bad row, and say where it is."""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

GENERATOR, DATA = Path(sys.argv[1]), Path(sys.argv[2])


def swap_rows(lines):
    lines[1], lines[2] = lines[2], lines[1]


def change(line, field, value):
    def edit(lines):
        fields = lines[line].split("\t")
        fields[field] = value
        lines[line] = "\t".join(fields)

    return edit


# file, what is done to its lines, the place and reason that must be named
CASES = [
    ("services", change(2, 1, "70000"), ':3: bad port "70000"'),
    ("services", change(2, 1, "x"), ':3: bad number "x"'),
    ("services", lambda lines: lines.append(lines[-1]), ": duplicate: urd"),
    ("services", swap_rows, ":3: not sorted: "),
    ("services", lambda lines: lines.insert(1, "aaa"), ":2: 1 fields instead of 2"),
    ("services", change(0, 1, "Port"), ':1: bad header: want "name\tport"'),
    ("parameters", change(1, 1, "TEXT"), ':2: bad type "TEXT"'),
    ("parameters", change(1, 4, "-"), ':2: bad number "-"'),
    ("parameters", change(1, 6, "new"), ':2: bad version "new"'),
    ("parameters", change(1, 10, "2.x: a"), ':2: bad history entry "2.x: a"'),
    ("parameters", change(1, 11, "2.1: INT"), ':2: bad type and range "INT"'),
    ("parameters", swap_rows, ":3: not sorted: "),
    ("parameters", lambda lines: lines.insert(1, lines[1]), ":3: duplicate: "),
    ("restrictions", change(1, 1, "tables"), ':2: unknown Argument "tables"'),
    ("table_types", change(1, 1, "magic"), ':2: unknown TableType::Source "magic"'),
    ("table_types", change(1, 3, "true"), ':2: bad flag "true": want yes or no'),
    ("families", change(1, 3, "bool"), ':2: unknown Type "bool"'),
    ("enumerations", change(1, 3, "folded"), ':2: bad case "folded"'),
    ("enumerations", change(1, 6, "panic"), ':2: unknown Enumeration::OnBadWord "panic"'),
    ("evaluation_order", change(1, 2, "7"), ":2: position 7 instead of 1"),
    ("releases", change(1, 0, "2"), ':2: bad version "2"'),
    ("dictionary_suffixes", change(1, 1, ""), ":2: empty key"),
    ("dnsbls", change(1, 1, "spam"), ':2: unknown Dnsbl::Kind "spam"'),
    ("dnsbls", change(1, 2, ""), ":2: closed and answers go together"),
    ("dnsbls", change(1, 3, "all"), ':2: bad answers "all": want everybody or nothing'),
]


def run(folder):
    output = folder / "out.cpp"
    return subprocess.run([GENERATOR, folder, output], capture_output=True, text=True)


def problem_with(name, edit, reason):
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "data"
        shutil.copytree(DATA, folder)
        path = folder / f"{name}.tsv"
        lines = path.read_text().splitlines()
        edit(lines)
        path.write_text("\n".join(lines) + "\n")
        result = run(folder)
        wanted = f"{path}{reason}" if reason[1].isdigit() else reason
        if result.returncode != 1:
            return f"exit status {result.returncode} instead of 1"
        if wanted not in result.stderr:
            return f"said {result.stderr!r} instead of {wanted!r}"
    return None


def main():
    failures = 0
    for name, edit, reason in CASES:
        problem = problem_with(name, edit, reason)
        if problem:
            failures += 1
            print(f"{name}: {reason}: {problem}")
    print(f"{len(CASES)} bad tables, {failures} failures")
    return 1 if failures else 0


sys.exit(main())
