"""What it means that `postlint show` and `postconf` say the same; used by replay_vectors.py and live.py.

- standard output: byte for byte, without the `config_directory` line that `postconf -c` adds, and
  but for the process number in an expanded debugger_command;
- standard error: the same set of warnings (postconf's order is that of a hash table);
- where postconf is fatal: nothing on standard output, exit status 3, and a message that names
  main.cf, master.cf or the table file;
- where postconf was killed by a signal there is nothing to compare, but postlint must live: 0 or 3.
"""

import difflib
import json
import os
import pathlib
import re
import subprocess
from dataclasses import dataclass

MODES = {"n": ["-n"], "nx": ["-nx"], "M": ["-M"], "P": ["-P"]}

# How postlint writes the name of the directory that it was given; the recorded outputs say CONFIG.
PLACEHOLDER = b"CONFIG"

TIMEOUT_SECONDS = 20


@dataclass(frozen=True)
class Output:
    """What a program said about a configuration whose directory is written as PLACEHOLDER."""

    out: bytes
    err: bytes
    rc: int  # as subprocess gives it: negative = killed by that signal; None = ran too long


def run(command, directory, environment=None):
    """Runs a command and replaces `directory` by PLACEHOLDER in what it prints."""
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=TIMEOUT_SECONDS, env=environment, check=False)
    except subprocess.TimeoutExpired:
        return Output(b"", b"", None)
    written = os.fsencode(directory)
    return Output(done.stdout.replace(written, PLACEHOLDER), done.stderr.replace(written, PLACEHOLDER),
                  done.returncode)


def run_show(binary, directory, mode, facts, version, *more):
    """Asks `postlint show` in one of MODES, with further options."""
    return run([binary, "show", "-c", directory, *MODES[mode], "--postfix-version", version,
                "--facts", facts, *more], directory)


def write_configuration(directory, files):
    """Writes {relative name: bytes}. The files are made to look old: Postfix waits a second and reads
    main.cf again (with warnings about the first reading) when it was written just now."""
    for name, text in files.items():
        path = pathlib.Path(directory, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)
        os.utime(path, (1e9, 1e9))


def write_facts(path, name, addresses):
    """Writes the facts file with the host that postconf ran on."""
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"host": {"name": name, "addresses": addresses}}, file)


def without_added_directory(out):
    """Standard output of `postconf -c DIR` without the line that -c adds. A line with another value
    comes from main.cf and stays."""
    return b"".join(line for line in out.splitlines(keepends=True)
                    if line != b"config_directory = " + PLACEHOLDER + b"\n")


PROCESS_ID = re.compile(rb"\$\(?\{?process_id\b\}?\)?|\b[0-9]+\b")


def without_process_id(out):
    """Hides what `$process_id` became, and the other numbers of the one line that asks for it."""
    return b"".join(PROCESS_ID.sub(b"PID", line) if line.startswith(b"debugger_command = ") else line
                    for line in out.splitlines(keepends=True))


WARNING = re.compile(rb"^(?:[^:]*: )?warning: (.*)$")


def warnings(err):
    """The texts of the warnings on standard error, without the program's name."""
    found = (WARNING.match(line) for line in err.split(b"\n"))
    return {match.group(1) for match in found if match}


def show_text(text):
    return text.decode("utf-8", "backslashreplace")


def output_difference(expected, actual):
    """A short unified diff of two standard outputs."""
    lines = difflib.unified_diff(*(show_text(text).splitlines(keepends=True) for text in (expected, actual)),
                                 "postconf", "postlint", n=0)
    return [line.rstrip("\n") for line in lines][:12] or ["the final newline differs"]


def differences(expected, actual):
    """Compares what postconf said with what postlint says: a list of (kind, [lines])."""
    if actual.rc is None:
        return [("postlint ran too long", [])]
    if actual.rc not in (0, 3):
        return [(f"postlint ended with {actual.rc}", show_text(actual.err).splitlines()[-5:])]
    if expected.rc < 0:
        return []
    if expected.rc != 0:
        return fatal_differences(expected, actual)
    if actual.rc != 0:
        return [("postlint is fatal, postconf is not", show_text(actual.err).splitlines()[:5])]
    found = []
    wanted = without_added_directory(expected.out)
    if without_process_id(wanted) != without_process_id(actual.out):
        found.append(("standard output", output_difference(wanted, actual.out)))
    said, heard = warnings(expected.err), warnings(actual.err)
    if said != heard:
        found.append(("warnings", ["missing: " + show_text(text) for text in sorted(said - heard)] +
                      ["excess:  " + show_text(text) for text in sorted(heard - said)]))
    return found


def fatal_differences(expected, actual):
    reason = ["postconf: " + show_text(line) for line in expected.err.splitlines() if b"fatal:" in line]
    if actual.rc == 0:
        return [("postconf is fatal, postlint is not", reason)]
    found = []
    if actual.out:
        found.append(("something on standard output although fatal", reason))
    if not re.search(rb"main\.cf|master\.cf|" + re.escape(PLACEHOLDER), actual.err):
        found.append(("the fatal message names no file", reason + show_text(actual.err).splitlines()[:3]))
    return found


def report(results, limit=25):
    """Prints differences grouped by their kind. results: [(id, mode, [(kind, lines)])].
    Returns how many configurations differ."""
    groups = {}
    for identity, mode, found in results:
        for kind, lines in found:
            groups.setdefault(kind, []).append((identity, mode, lines))
    for kind, cases in groups.items():
        print(f"\n== {kind}: {len(cases)}")
        for identity, mode, lines in cases[:limit]:
            print(f"-- {identity} -{mode}")
            for line in lines:
                print(f"   {line}")
        if len(cases) > limit:
            print(f"   ... and {len(cases) - limit} more")
    return len({identity for identity, _, found in results if found})
