#!/usr/bin/env python3
"""Replays recorded outputs of postconf 3.7.11 against `postlint show -n|-nx|-M|-P`.

usage: replay_vectors.py --binary PATH [--set random|cases|spec|corpus]... [--only ID]... [--jobs N]

The recordings lie in a directory `shared` beside the repository (or where POSTLINT_SHARED says).
Exit status: 0 all the same, 1 differences, 77 no recordings here (ctest: skipped).
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import sys
import tempfile

import comparison
from comparison import MODES, Output, PLACEHOLDER

VERSION = "3.7.11"
HOST = {"name": "vm.localdomain",
        "addresses": ["127.0.0.1/8", "192.0.2.2/24", "::1/128", "fd00::2/64", "fe80::fc:ff:fe00:1/64"]}
SKIPPED = 77


class Case:
    """One recorded configuration: its files by name, and what postconf printed in each mode."""

    def __init__(self, identity, files, expected):
        self.identity, self.files, self.expected = identity, files, expected


def files_below(directory):
    """All files of a directory as {relative name: bytes}."""
    return {str(path.relative_to(directory)): path.read_bytes()
            for path in sorted(directory.rglob("*")) if path.is_file()}


def recorded(entry):
    """An {out, err, rc} object whose texts are bytes decoded as latin-1."""
    return Output(entry["out"].encode("latin-1"), entry["err"].encode("latin-1"), entry["rc"])


def random_cases(shared):
    with open(shared / "vectors/postconf-random.jsonl", encoding="utf-8") as lines:
        for line in lines:
            case = json.loads(line)
            files = {"main.cf": case["main"].encode("utf-8", "surrogateescape"),
                     "master.cf": case["master"].encode("utf-8", "surrogateescape")}
            yield Case(case["id"], files, {mode: recorded(case[mode]) for mode in MODES})


def hand_made_cases(shared):
    """MODE.out, MODE.err and rc ("n=0 nx=1 ...") beside the files. Every config_directory line was
    taken out of these outputs, also one that main.cf asks for."""
    for directory in sorted((shared / "vectors/postconf-cases").iterdir()):
        files = {name: text for name, text in files_below(directory).items() if name.endswith(".cf")}
        status = dict(word.split("=") for word in (directory / "rc").read_text().split())
        expected = {mode: Output((directory / f"{mode}.out").read_bytes(),
                                 (directory / f"{mode}.err").read_bytes(), int(status[mode]))
                    for mode in MODES}
        yield Case(directory.name, files, expected)


def specification_cases(shared):
    """expect/MODE.{out,err,rc} for some modes; @DIR@ stands for the directory in all files."""
    for directory in sorted((shared / "vectors/postconf-spec-cases").iterdir()):
        if not directory.is_dir():
            continue
        files = {name: text for name, text in files_below(directory).items()
                 if not name.startswith("expect/") and name != "NOTE"}
        expected = {}
        for mode in MODES:
            stem = directory / "expect" / mode
            if stem.with_suffix(".rc").exists():
                out, err = (stem.with_suffix(end).read_bytes().replace(b"@DIR@", PLACEHOLDER)
                            for end in (".out", ".err"))
                expected[mode] = Output(out, err, int(stem.with_suffix(".rc").read_text()))
        if expected:
            yield Case(directory.name, files, expected)


def corpus_cases(shared):
    for directory in sorted((shared / "corpus/configs").iterdir()):
        recording = shared / "corpus/postconf" / (directory.name + ".json")
        entry = json.loads(recording.read_text(encoding="utf-8"))
        yield Case(directory.name, files_below(directory), {mode: recorded(entry[mode]) for mode in MODES})


SETS = {"random": random_cases, "cases": hand_made_cases, "spec": specification_cases, "corpus": corpus_cases}


def replay(binary, case, drop_directory_line):
    """Writes the files of a case into a directory of its own and asks postlint in each mode."""
    with tempfile.TemporaryDirectory(prefix="postlint-replay-") as scratch:
        directory = os.path.join(scratch, "configuration")
        os.mkdir(directory)
        comparison.write_configuration(directory, {
            name: text.replace(b"@DIR@", os.fsencode(directory)) for name, text in case.files.items()})
        facts = os.path.join(scratch, "facts.json")
        comparison.write_facts(facts, **HOST)
        results = []
        for mode, expected in case.expected.items():
            actual = comparison.run_show(binary, directory, mode, facts, VERSION)
            if drop_directory_line:
                lines = actual.out.splitlines(keepends=True)
                kept = b"".join(line for line in lines if not line.startswith(b"config_directory ="))
                actual = Output(kept, actual.err, actual.rc)
            results.append((case.identity, mode, comparison.differences(expected, actual)))
        return results


def find_shared():
    beside = pathlib.Path(__file__).resolve().parents[4] / "shared"
    return pathlib.Path(os.environ.get("POSTLINT_SHARED", beside))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True)
    parser.add_argument("--set", action="append", choices=list(SETS), dest="sets")
    parser.add_argument("--only", action="append", metavar="ID", help="a configuration, by the whole of its name or a part")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--limit", type=int, default=25, help="how many cases of one kind are printed")
    options = parser.parse_args()
    shared = find_shared()
    if not (shared / "vectors/postconf-random.jsonl").exists():
        print(f"skipped: no recordings in {shared}")
        return SKIPPED
    if not os.access(options.binary, os.X_OK):
        parser.error(f"{options.binary} is not a program")
    binary = os.path.abspath(options.binary)
    failed = 0
    for name in options.sets or list(SETS):
        cases = list(SETS[name](shared))
        if options.only:
            exact = [case for case in cases if case.identity in options.only]
            cases = exact or [case for case in cases if any(part in case.identity for part in options.only)]
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            answers = pool.map(lambda case: replay(binary, case, name == "cases"), cases)
            results = [result for answer in answers for result in answer]
        different = comparison.report(results, options.limit)
        crashed = sum(output.rc < 0 for case in cases for output in case.expected.values())
        print(f"{name}: {len(cases) - different} of {len(cases)} configurations the same"
              f" ({len(results)} outputs, {crashed} where postconf itself crashed)")
        failed += different
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
