#!/usr/bin/env python3
"""What the rules on master.cf say, compared with the installed master(8) and postconf(1).

Entries are made at random from good and bad fields. Where master(8) dies of one, master/field-count or
master/inet-private must give an error, and where it does not, none; where postconf(1) dies, master/field-count
must say something. master(8) leaves after a second.

usage: live.py --postlint PATH [--count N] [--seed N]
Exit status: 0 all the same, 1 differences, 77 no Postfix here, or not root (ctest: skipped).
"""

import argparse
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile

MASTER = "/usr/lib/postfix/sbin/master"
RULES = "master/field-count,master/inet-private"
MAIN = """compatibility_level = 3.6
queue_directory = {0}/queue
data_directory = {0}/data
maillog_file = {0}/queue/log
maillog_file_prefixes = {0}
inet_interfaces = 127.0.0.1
myhostname = mail.example.org
"""


def entry(rng):
    """An entry, mostly with one odd field."""
    if rng.random() < 0.1:
        return "-o syslog_name=x"
    inet = rng.random() < 0.5
    good = [str(rng.randrange(20000, 30000)) if inet else "name", "inet" if inet else "unix", "n" if inet else "-",
            rng.choice("yn-"), rng.choice("yn-"), rng.choice(["-", "60", "60?"]), rng.choice(["-", "1", "0"]), "smtpd"]
    odd = {1: ["tcp", "INET", "-"], 2: ["y", "-", "yes", "N"], 3: ["no", "x"], 4: ["Y", "yes"],
           5: ["?", "1s", "-1", "x"], 6: ["many", "5x", "-5"], 7: ["-"]}
    if rng.random() < 0.5:
        field = rng.choice(sorted(odd))
        good[field] = rng.choice(odd[field])
    arguments = rng.choice(["", "", "-o a=b", "-o { a = b }", "-o {a=b", "-o {a=b}c", "-v"])
    if rng.random() < 0.1:
        good.pop()
        arguments = ""
    return " ".join(good) + " " + arguments


def prepare(home):
    for name in ("config", "queue/pid", "queue/public", "queue/private", "data"):
        (home / name).mkdir(parents=True)
    for name in ("data", "queue/public", "queue/private"):
        shutil.chown(home / name, "postfix")
    (home / "config/main.cf").write_text(MAIN.format(home))


def dies(command, config):
    """Does the program fail? What it started goes with it."""
    process = subprocess.Popen(command, env={**os.environ, "MAIL_CONFIG": str(config)}, start_new_session=True,
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        return process.wait(timeout=30) != 0
    finally:
        try:
            os.killpg(process.pid, signal.SIGTERM)
        except ProcessLookupError:
            pass


def told(postlint, config):
    """(an error is among the findings, there is a finding)"""
    done = subprocess.run([postlint, "check", "--no-config", "--select", RULES, "--format", "json", "."], cwd=config,
                          capture_output=True, timeout=30, check=False)
    severities = [finding["severity"] for finding in json.loads(done.stdout)["findings"]]
    return "error" in severities, bool(severities)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--postlint", required=True)
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    options = parser.parse_args()
    if not os.access(MASTER, os.X_OK) or shutil.which("postconf") is None or os.geteuid() != 0:
        print("skipped: this test wants an installed Postfix and root")
        return 77
    postlint = str(pathlib.Path(options.postlint).resolve())
    rng = random.Random(options.seed)
    differences = fatal = 0
    with tempfile.TemporaryDirectory() as directory:
        home = pathlib.Path(directory)
        home.chmod(0o755)
        prepare(home)
        config = home / "config"
        for _ in range(options.count):
            line = entry(rng)
            (config / "master.cf").write_text(line + "\n")
            by_master = dies([MASTER, "-c", str(config), "-e", "1", "-d"], config)
            by_postconf = dies(["postconf", "-c", str(config), "-M"], config)
            error, finding = told(postlint, config)
            fatal += by_master
            if error != by_master or (by_postconf and not finding):
                differences += 1
                print(f"{line!r}: master dies: {by_master}, postconf dies: {by_postconf}; an error: {error}, a finding: {finding}")
    print(f"seed {options.seed}: {options.count} entries, {fatal} of them fatal, {differences} differences")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
