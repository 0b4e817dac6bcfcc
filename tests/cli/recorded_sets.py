#!/usr/bin/env python3
"""`postlint check` on each configuration and template of the recorded sets ends by itself in time, with a
documented status, valid JSON and no place outside of the file that it names.

The sets lie in a directory `shared` beside the repository (or where POSTLINT_SHARED says).

usage: recorded_sets.py --binary POSTLINT
Exit status: 0 all well, 1 not so, 77 no recordings here (ctest: skipped).
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import positions  # noqa: E402
import postlint  # noqa: E402

SECONDS = 30
SCHEMA = postlint.Schema("check")


def corpus():
    shared = os.environ.get("POSTLINT_SHARED", postlint.REPOSITORY.parent / "shared")
    return pathlib.Path(shared) / "corpus"


def complaints_of(binary, directory):
    try:
        done = subprocess.run([binary, "check", "--no-config", "--format", "json", "."], cwd=directory, check=False,
                              capture_output=True, timeout=SECONDS, env=postlint.CLEAN_ENVIRONMENT)
    except subprocess.TimeoutExpired:
        return [f"{directory.name}: no end after {SECONDS} s"]
    if done.returncode not in (0, 1):
        return [f"{directory.name}: exit {done.returncode}: {done.stderr[:300]!r}"]
    report = json.loads(done.stdout)
    found = SCHEMA.problems(report)[:3] + positions.problems(report, directory)
    return [f"{directory.name}: {each}" for each in found]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    binary = str(pathlib.Path(parser.parse_args().binary).resolve())
    if not corpus().is_dir():
        print(f"skipped: there are no recorded sets at {corpus().parent}")
        return 77
    directories = sorted(path.parent for path in corpus().glob("*/*/main.cf"))
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        answers = pool.map(lambda directory: complaints_of(binary, directory), directories)
        complaints = [complaint for answer in answers for complaint in answer]
    for complaint in complaints:
        print(complaint)
    print(f"{len(directories)} configurations, {len(complaints)} failures")
    return 1 if complaints or not directories else 0


if __name__ == "__main__":
    sys.exit(main())
