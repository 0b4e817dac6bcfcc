#!/usr/bin/env python3
"""The names of which `postlint check` says that they mean nothing must be those of which recorded runs
of postconf 3.7.11 warn as "unused parameter": no more, and no less.

names/version-mismatch tells the names that other releases know, names/unknown-parameter the rest.
Configurations on which postconf dies are left out: it had no time to warn.

usage: unused_names.py --binary PATH [--set random|cases|corpus]... [--jobs N]
Exit status: 0 all the same, 1 differences, 77 no recordings here (ctest: skipped).
"""

import argparse
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile

import comparison
import replay_vectors
from replay_vectors import SKIPPED, VERSION

SETS = {name: replay_vectors.SETS[name] for name in ("random", "cases", "corpus")}
WARNING = re.compile(rb"^postconf: warning: (?:\S*/)?(\S+): unused parameter: (.*)$", re.MULTILINE)


def expected_names(err):
    """(file, name) of each warning; for a database client file the file's name stands alone."""
    return {(os.path.basename(file).decode("latin-1"), setting.split(b"=")[0].decode("latin-1"))
            for file, setting in WARNING.findall(err)}


def shown(text):
    """As postconf shows a byte that cannot be printed."""
    return "".join(c if " " <= c <= "~" else "?" for c in text)


def told_names(binary, directory):
    """(file, name) of each finding that is about a name: it points at the name itself."""
    done = subprocess.run(
        [binary, "check", "--no-config", "--no-suppressions", "--format", "json", "--postfix-version", VERSION,
         "--select", "names/unknown-parameter,names/version-mismatch", directory],
        capture_output=True, check=False, timeout=60)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"exit {done.returncode}: {done.stderr.decode(errors='replace').strip()}")
    names = set()
    for finding in json.loads(done.stdout)["findings"]:
        if finding["rule"] == "names/version-mismatch" and not names_a_parameter(finding, directory):
            continue
        names.add((os.path.basename(finding["file"]), finding["parameter"]))
    return names


def names_a_parameter(finding, directory):
    path = finding["file"] if os.path.isabs(finding["file"]) else os.path.join(directory, finding["file"])
    with open(path, encoding="latin-1") as file:
        line = file.read().split("\n")[finding["line"] - 1]
    return line[finding["column"] - 1:finding["end_column"] - 1] == finding["parameter"]


def differences(binary, case):
    """Nothing, or what is wrong with one configuration."""
    if case.expected["n"].rc != 0:
        return None
    with tempfile.TemporaryDirectory(prefix="postlint-names-") as directory:
        comparison.write_configuration(directory, case.files)
        try:
            told = {(file, shown(name.encode("utf-8").decode("latin-1"))) for file, name in told_names(binary, directory)}
        except RuntimeError as error:
            return f"{case.identity}: {error}"
    expected = expected_names(case.expected["n"].err)
    if told == expected:
        return None
    return f"{case.identity}: missing {sorted(expected - told)}, too many {sorted(told - expected)}"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True)
    parser.add_argument("--set", action="append", choices=list(SETS), dest="sets")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    shared = replay_vectors.find_shared()
    if not (shared / "vectors/postconf-random.jsonl").exists():
        print(f"skipped: no recordings in {shared}")
        return SKIPPED
    binary = os.path.abspath(options.binary)
    failed = 0
    for name in options.sets or list(SETS):
        cases = [case for case in SETS[name](shared) if "n" in case.expected]
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            wrong = [text for text in pool.map(lambda case: differences(binary, case), cases) if text]
        for text in wrong[:25]:
            print(text)
        compared = [case for case in cases if case.expected["n"].rc == 0]
        total = sum(len(expected_names(case.expected["n"].err)) for case in compared)
        print(f"{name}: {len(compared) - len(wrong)} of {len(compared)} configurations the same ({total} unused names)")
        failed += len(wrong)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
