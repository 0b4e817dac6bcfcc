#!/usr/bin/env python3
"""Asks the installed postconf and `postlint show` about random configurations, and compares.

usage: live.py --binary PATH [--seed N] [--count N] [--only INDEX] [--shrink] [--keep DIRECTORY]

A configuration depends on seed and index alone. Exit status: 0 all the same, 1 differences,
77 no postconf of a known version here (ctest: skipped).
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import comparison
import random_configuration
from comparison import MODES

SKIPPED = 77
OLDEST, NEWEST = (2, 11), (3, 11)  # -P came with 2.11; newer than the newest is not in the database

# Nothing of this machine's environment may reach postconf: it imports MAIL_CONFIG and more.
ENVIRONMENT = {"PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin", "LANG": "C", "LC_ALL": "C"}


class Postconf:
    """The installed postconf: its path, version, the names it knows, and the host as it sees it."""

    def __init__(self):
        self.path = shutil.which("postconf", path=ENVIRONMENT["PATH"])
        self.version = self.path and self.default("mail_version")

    def ask(self, *arguments):
        done = subprocess.run([self.path, *arguments], stdin=subprocess.DEVNULL, capture_output=True,
                              text=True, env=ENVIRONMENT, check=False)
        return done.stdout

    def default(self, name):
        return self.ask("-dh", name).strip()

    def why_unusable(self):
        if not self.path:
            return "no postconf is installed"
        match = re.match(r"(\d+)\.(\d+)\.\d+$", self.version)
        if not match or not OLDEST <= tuple(map(int, match.groups())) <= NEWEST:
            return f"postconf {self.version} is not a release between {OLDEST} and {NEWEST}"
        return None

    def names(self):
        return [line.split(" =")[0] for line in self.ask("-d").splitlines()]

    def host(self):
        return {"name": self.default("myhostname"), "addresses": interface_addresses()}


def interface_addresses():
    """The addresses of this machine with their prefix lengths, IPv4 first, as Postfix finds them."""
    if not shutil.which("ip", path=ENVIRONMENT["PATH"]):
        return ["127.0.0.1/8", "::1/128"]
    done = subprocess.run(["ip", "-json", "address"], capture_output=True, text=True, env=ENVIRONMENT, check=True)
    found = [(info["family"], f"{info['local']}/{info['prefixlen']}")
             for link in json.loads(done.stdout) for info in link.get("addr_info", []) if "local" in info]
    return [address for family in ("inet", "inet6") for kind, address in found if kind == family]


class Experiment:
    """Both programs on one configuration after another."""

    def __init__(self, binary, postconf):
        self.binary, self.postconf, self.host = binary, postconf, postconf.host()
        self.by_seed = []  # the answers of which postconf gives several

    def compare(self, files, modes=MODES):
        """[(mode, [(kind, lines)])] of a configuration."""
        with tempfile.TemporaryDirectory(prefix="postlint-live-") as scratch:
            directory = os.path.join(scratch, "configuration")
            os.mkdir(directory)
            comparison.write_configuration(directory, {
                name: text.replace(b"@DIR@", os.fsencode(directory)) for name, text in files.items()})
            facts = os.path.join(scratch, "facts.json")
            comparison.write_facts(facts, **self.host)
            return [(mode, self.compare_mode(directory, mode, facts)) for mode in modes]

    def compare_mode(self, directory, mode, facts):
        expected = comparison.run([self.postconf.path, "-c", directory, *MODES[mode]], directory, ENVIRONMENT)
        if expected.rc is None:
            return []
        # Every path leads where it leads for postconf: client files of tables are looked into.
        actual = comparison.run_show(self.binary, directory, mode, facts, self.postconf.version,
                                     "--map", "/=/")
        # The seed of its hash tables, and so the order in which it comes to a name that reads another one
        # and to a read-only one that it drops, is random.
        for attempt in range(9):
            found = comparison.differences(expected, actual)
            if not found:
                if attempt > 0:
                    self.by_seed.append(mode)
                break
            expected = comparison.run([self.postconf.path, "-c", directory, *MODES[mode]], directory, ENVIRONMENT)
        return found

    def shrink(self, files):
        """Takes out lines for as long as the first difference stays of its kind."""
        mode, kind = next((mode, found[0][0]) for mode, found in self.compare(files) if found)

        def still_differs(candidate):
            return kind in [name for _, found in self.compare(candidate, [mode]) for name, _ in found]

        for name in sorted(files):
            size = max(1, len(files[name].splitlines()) // 2)
            while size:
                lines, at = files[name].splitlines(keepends=True), 0
                while at < len(lines):
                    candidate = files | {name: b"".join(lines[:at] + lines[at + size:])}
                    if still_differs(candidate):
                        files, lines = candidate, lines[:at] + lines[at + size:]
                    else:
                        at += size
                size //= 2
        return files


def show_files(files):
    for name, text in files.items():
        print(f"   {name}:")
        for line in text.split(b"\n"):
            print("      " + comparison.show_text(line).replace("\r", "\\r").replace("\0", "\\0"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--only", type=int, metavar="INDEX")
    parser.add_argument("--shrink", action="store_true", help="reduce the first ten that differ")
    parser.add_argument("--keep", metavar="DIRECTORY", help="write the configurations that differ below it")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--limit", type=int, default=10, help="how many cases of one kind are printed")
    options = parser.parse_args()
    postconf = Postconf()
    reason = postconf.why_unusable()
    if reason:
        print(f"skipped: {reason}")
        return SKIPPED
    if not os.access(options.binary, os.X_OK):
        parser.error(f"{options.binary} is not a program")
    experiment, names = Experiment(os.path.abspath(options.binary), postconf), postconf.names()
    indices = range(options.count) if options.only is None else [options.only]
    texts = {index: random_configuration.generate(f"{options.seed}-{index}", names) for index in indices}
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        answers = dict(zip(indices, pool.map(experiment.compare, texts.values())))
    results = [(index, mode, found) for index, answer in answers.items() for mode, found in answer]
    different = comparison.report(results, options.limit)
    wrong = sorted({index for index, _, found in results if found})
    for index in wrong[:10] if options.shrink or options.only is not None else []:
        print(f"-- {options.seed}-{index}")
        show_files(experiment.shrink(texts[index]) if options.shrink else texts[index])
    for index in wrong if options.keep else []:
        comparison.write_configuration(pathlib.Path(options.keep, f"{options.seed}-{index}"), texts[index])
    print(f"postconf {postconf.version}, seed {options.seed}: {len(texts) - different} of {len(texts)} configurations the same"
          f"; {len(experiment.by_seed)} answers hinge on the seed of its hash tables")
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
