#!/usr/bin/env python3
"""Measures postlint as users meet it: whole processes, release build.

Programs to compare run in turn, pair by pair, so that what else the machine does hits both; the figure is the
median of the pairs' ratios. Prints a table. Exit status 1: a target is missed; 77: there is no postconf, so that
those rows are left out (the others met their targets).

usage: bench.py --binary POSTLINT [--only PART[,PART]] [--pairs N] [--megabytes N]
"""

import argparse
import collections
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import bench_relay
import bench_trace

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
STOCK = (pathlib.Path("/usr/share/postfix/main.cf.dist"), pathlib.Path("/usr/share/postfix/master.cf.dist"))

# Runs argv[1:] and prints its wall seconds, seconds of CPU, peak kilobytes and status. A process of its own:
# ru_maxrss of a child starts at what its parent has.
TIMER = """
import os, resource, sys, time
quiet = os.open(os.devnull, os.O_RDWR)
since = time.monotonic()
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[
    (os.POSIX_SPAWN_DUP2, quiet, number) for number in (0, 1, 2)])
_, status, usage = os.wait4(child, 0)
print(time.monotonic() - since, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, status)
"""
Measured = collections.namedtuple("Measured", "wall cpu megabytes")


def measure(command):
    done = subprocess.run([sys.executable, "-c", TIMER, *command], capture_output=True, text=True, check=True)
    wall, cpu, peak, status = done.stdout.split()
    if int(status) not in (0, 1 << 8):  # findings, refusals
        raise SystemExit(f"{command}: wait status {status}")
    return Measured(float(wall), float(cpu), int(peak) * 1024 / 1e6)


def seconds(command):
    """Of the program alone: what Python does to start one would count on both sides."""
    with open(os.devnull, "r+b") as quiet:
        actions = [(os.POSIX_SPAWN_DUP2, quiet.fileno(), number) for number in (0, 1, 2)]
        since = time.perf_counter()
        child = os.posix_spawnp(command[0], command, os.environ, file_actions=actions)
        os.waitpid(child, 0)
        return time.perf_counter() - since


def pairs(ours, theirs, count):
    """Median seconds of both and the median of their ratios."""
    seconds(ours), seconds(theirs)
    timed = [(seconds(ours), seconds(theirs)) for _ in range(count)]
    ratio = statistics.median(a / b for a, b in timed)
    return statistics.median(a for a, _ in timed), statistics.median(b for _, b in timed), ratio


class Table:
    def __init__(self):
        self.missed = []

    def row(self, what, figure, target, good):
        print(f"{what:<46} {figure:<46} {target:<14} {'ok' if good else 'MISSED'}", flush=True)
        if not good:
            self.missed.append(what)

    def note(self, what, figure):
        print(f"{what:<46} {figure}", flush=True)


def against_postconf(table, binary, postconf, what, directory, count):
    ours, theirs, ratio = pairs([binary, "check", str(directory)], [postconf, "-c", str(directory), "-n"], count)
    figure = f"{ours * 1000:.1f} ms; postconf -n {theirs * 1000:.1f} ms; ratio {ratio:.2f}"
    table.row(what, figure, "<= 0.50", ratio <= 0.5)


def main_cf(size):
    """About `size` bytes as main.cf has them: comments, settings, continued lists."""
    block = (
        "# The host of this domain. Other hosts know it by this name, and it greets its\n"
        "# clients with it.\n"
        "\n"
        "setting_{0} = host{0}.example.org\n"
        "limit_{0} = 102400\n"
        "list_{0} =\n"
        "    permit_mynetworks,\n"
        "    permit_sasl_authenticated,\n"
        "    check_client_access hash:/etc/postfix/clients{0},\n"
        "    reject_unauth_destination\n"
        "path_{0} = ${{config_directory}}/file{0}\n"
    )
    length = len(block.format(100000))
    return "".join(block.format(number) for number in range(100000, 100000 + size // length))


def continued(size):
    line = "    check_client_access hash:/etc/postfix/clients,\n"
    return "smtpd_client_restrictions =\n" + line * (size // len(line))


def stock(size):
    """The main.cf that Postfix comes with, again and again."""
    text = STOCK[0].read_text()
    return text * (size // len(text))


def large(binary, text):
    """Of `check`: the figure as a text, and the peak memory in multiples of the input."""
    with tempfile.TemporaryDirectory() as directory:
        (pathlib.Path(directory) / "main.cf").write_text(text)
        done = measure([binary, "check", "--quiet", "--format", "gcc", directory])
    megabytes, memory = len(text) / 1e6, done.megabytes * 1e6 / len(text)
    return f"{done.wall:.1f} s, {megabytes / done.wall:.0f} MB/s, peak {memory:.2f} x the input", memory


def parsing(table, parser, what, text):
    with tempfile.NamedTemporaryFile() as file:
        file.write(text.encode())
        file.flush()
        done = subprocess.run([parser, file.name], capture_output=True, text=True, check=True)
    parse, count, memory = (float(word) for word in done.stdout.split())
    megabytes = len(text) / 1e6
    figure = f"{megabytes / parse:.0f} MB/s; newlines {megabytes / count:.0f} MB/s; ratio {parse / count:.1f}"
    table.row(f"parse of {megabytes:.0f} MB, {what}", figure, "<= 10", parse <= 10 * count)
    table.row(f"  its peak memory", f"{memory:.2f} x the input", "<= 3.0 x", memory <= 3)


def measure_check(table, binary, postconf, count):
    good = str(REPOSITORY / "examples" / "good-mx")
    startup, empty, _ = pairs([binary, "check", good], ["/bin/true"], count)
    table.note("check of examples/good-mx", f"{startup * 1000:.1f} ms; /bin/true {empty * 1000:.1f} ms")
    if not postconf or not all(file.exists() for file in STOCK):
        return
    with tempfile.TemporaryDirectory() as directory:
        for file in STOCK:
            shutil.copy(file, pathlib.Path(directory) / file.stem)
        against_postconf(table, binary, postconf, "check of the stock main.cf", directory, count)
    against_postconf(table, binary, postconf, "check of examples/busy", REPOSITORY / "examples" / "busy", count)


def measure_large(table, binary, parser, size):
    texts = [("settings and lists", main_cf(size)), ("one continued list", continued(size))]
    if STOCK[0].exists():
        text = stock(size)
        texts.insert(0, ("the stock main.cf repeated", text))
        figure, memory = large(binary, text)
        table.row(f"check of {size / 1e6:.0f} MB, the stock main.cf repeated", figure, "<= 3.0 x", memory <= 3)
    for what, text in texts if parser else []:
        parsing(table, parser, what, text)
    # What each finding, and each item of a list, costs beyond the text.
    few = size // 10
    table.note(f"check of {few / 1e6:.0f} MB, nothing but unknown names", large(binary, main_cf(few))[0])
    table.note(f"check of {few / 1e6:.0f} MB, one continued list", large(binary, continued(few))[0])


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--binary", required=True)
    arguments.add_argument("--parser", help="the program bench_parse")
    arguments.add_argument("--only", default="check,parse,trace,relay", metavar="PART[,PART]")
    arguments.add_argument("--pairs", type=int, default=51)
    arguments.add_argument("--megabytes", type=int, default=100)
    options = arguments.parse_args()
    table, parts = Table(), options.only.split(",")
    binary = str(pathlib.Path(options.binary).resolve())
    postconf = shutil.which("postconf", path="/usr/sbin:/usr/local/sbin:/usr/bin")
    if "check" in parts:
        measure_check(table, binary, postconf, options.pairs)
    if "parse" in parts:
        measure_large(table, binary, options.parser, options.megabytes * 1000000)
    if "trace" in parts:
        bench_trace.measure_all(table, binary, measure)
    if "relay" in parts:
        bench_relay.measure_all(table, binary, measure)
    if table.missed:
        return 1
    return 0 if postconf else 77


if __name__ == "__main__":
    sys.exit(main())
