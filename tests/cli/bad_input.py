#!/usr/bin/env python3
"""Input that is large, deep, binary or not readable: postlint says what is wrong, with file and line, ends by
itself with the documented status, and still finds the mistake that stands beside.

usage: bad_input.py --binary POSTLINT [--large BYTES]
"""

import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import positions  # noqa: E402
import postlint  # noqa: E402

DEEP = 100_000
SECONDS = 120  # for a sanitised build on a busy machine; a hang is what is looked for
LEVEL = b"compatibility_level = 3.6\n"
MISTAKE = b"biff = no\nbiff = yes\n"  # names/duplicate-parameter, at the line of the first
NOBODY = 65534


def large_cases(size):
    yield f"a value of {size} bytes", {"main.cf": LEVEL + b"note = " + b"x" * size + b"\n" + MISTAKE}
    yield f"a line of {size} bytes without '='", {"main.cf": LEVEL + b"y" * size + b"\n" + MISTAKE}
    yield f"a name of {size} bytes", {"main.cf": LEVEL + b"z" * size + b" = 1\n" + MISTAKE}


def deep_cases():
    for name, value in {
        "opening braces": b"{" * DEEP,
        "balanced braces": b"{ " * DEEP + b"}" * DEEP,
        "open macros": b"${a?{" * DEEP,
        "balanced macros": b"${a?{" * DEEP + b"}}" * DEEP,
        "macros of the other form": b"$(" * DEEP,
        "comparisons": b"${{" * DEEP,
    }.items():
        for parameter in (b"smtpd_banner", b"smtpd_recipient_restrictions", b"mydestination"):
            yield f"100,000 {name} in {parameter.decode()}", {"main.cf": LEVEL + parameter + b" = " + value + b"\n" + MISTAKE}
    option = b"smtp inet n - n - - smtpd -o {" + b"{" * DEEP + b"a = b" + b"}" * DEEP + b"}\n"
    yield "100,000 braces in a -o option", {"main.cf": LEVEL + MISTAKE, "master.cf": option}
    tables = b"unionmap:{" * (DEEP // 100) + b"static:x" + b"}" * (DEEP // 100)
    yield "1,000 tables in tables", {"main.cf": LEVEL + b"virtual_alias_maps = " + tables + b"\n" + MISTAKE}


def other_cases():
    program = b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 40 + b"\n"
    yield "a binary file as main.cf", {"main.cf": program + MISTAKE}
    yield "a binary file as master.cf", {"main.cf": LEVEL + MISTAKE, "master.cf": program}
    yield "nothing but line feeds", {"main.cf": b"\n" * 1_000_000 + MISTAKE}
    yield "a chain of references", {"main.cf": LEVEL + b"".join(b"v%d = $v%d\n" % (n, n + 1) for n in range(20_000)) + MISTAKE}
    yield "recursive references", {"main.cf": LEVEL + b"a = $b\nb = $a\n$a = $b = $a\nsmtpd_banner = $a\n" + MISTAKE}
    yield "many options", {"main.cf": LEVEL + MISTAKE, "master.cf": b"smtp inet n - n - - smtpd " + b"-o a=b " * DEEP + b"\n"}


def many_cases():
    """Much of one thing: work must not grow with its square, let alone faster."""
    many = 20_000
    smtpd = b"smtp inet n - n - - smtpd\n"

    def case(name, main, **files):
        return f"{name}", {"main.cf": LEVEL + main + MISTAKE, "master.cf": smtpd, **files}

    def listed(parameter, words):
        return parameter + b" =" + b"".join(b" %s,\n" % word for word in words) + b" x\n"

    classes = b"smtpd_restriction_classes =" + b"".join(b" c%d" % n for n in range(41)) + b"\n"
    twice = classes + b"".join(b"c%d = c%d reject_invalid_hostname c%d\n" % (n, n + 1, n + 1) for n in range(40))
    twice += b"c40 = reject_invalid_hostname\n"
    yield case("classes that call the next one twice", twice + b"smtpd_client_restrictions = c0\n")
    yield case("a table that answers with such a class", twice + b"smtpd_client_restrictions = check_client_access static:c0\n")
    chain = listed(b"smtpd_restriction_classes", [b"c%d" % n for n in range(many)])
    yield case("a chain of classes", chain + b"".join(b"c%d = c%d\n" % (n, n + 1) for n in range(many)) + b"x = permit\nsmtpd_client_restrictions = c0\n")
    itself = b"/etc/postfix/t /etc/postfix/t\n" * 6
    yield case("a file that includes itself", b"mynetworks = /etc/postfix/t\nrelay_domains = $mynetworks\nproxy_read_maps = $mynetworks\n", t=itself)
    yield case("tables in a match list", listed(b"relay_domains", [b"hash:/etc/postfix/v%d" % n for n in range(many)]))
    bad = [b"10.%d.%d.1/24" % (n // 250, n % 250) for n in range(many)]
    yield case("bad networks in one line", b"mynetworks = " + b" ".join(bad) + b"\nsmtpd_client_restrictions = " + b"reject_x " * many + b"\n")
    yield case("bad networks in as many lines", listed(b"mynetworks", bad))
    domains = [b"d%d.example" % n for n in range(many)]
    yield case("the same domains in two lists", listed(b"mydestination", domains) + listed(b"relay_domains", domains))
    yield case("suppressions", b"".join(b"# postlint: ignore names/unknown-parameter -- r\nsmtpd_x%d = 1\n" % n for n in range(many)))
    yield case("tables of names nobody knows", b"".join(b"x%d = hash:/etc/postfix/v%d\n" % (n, n) for n in range(many)))
    hosts = b"".join(b"/^host%d\\.example$/ OK\n" % n for n in range(500))
    yield case("regular expressions", b"smtpd_relay_restrictions = check_client_access pcre:/etc/postfix/t, reject_unauth_destination\n", t=hosts)
    options = b"".join(b"  -o user%d=1\n" % n for n in range(many))
    yield "options of other names", {"main.cf": LEVEL + MISTAKE, "master.cf": smtpd + options}
    services = b"".join(b"s%d unix - - n - - pipe\n  user=nobody argv=/bin/true\n" % n for n in range(many))
    yield "services", {"main.cf": LEVEL + MISTAKE, "master.cf": smtpd + services}
    ports = b"".join(b"%d inet n - n - - smtpd -o smtpd_client_restrictions=permit,reject\n" % (1000 + n) for n in range(500))
    yield "servers", {"main.cf": LEVEL + b"smtpd_recipient_restrictions =" + b" reject_unauth_destination" * 200 + b"\n" + MISTAKE, "master.cf": ports}


def write(directory, files):
    for name, data in files.items():
        (pathlib.Path(directory) / name).write_bytes(data)


def mistake_line(main):
    return main[: main.rindex(MISTAKE)].count(b"\n") + 1


def run(binary, arguments, directory, **options):
    return subprocess.run([binary, *arguments], cwd=directory, capture_output=True, timeout=SECONDS,
                          env=postlint.CLEAN_ENVIRONMENT, check=False, **options)


def check_case(binary, name, files):
    """What is wrong with the answer to one case."""
    with tempfile.TemporaryDirectory() as directory:
        write(directory, files)
        try:
            done = run(binary, ["check", "--no-config", "--format", "json", "."], directory)
        except subprocess.TimeoutExpired:
            return [f"{name}: no end after {SECONDS} s"]
        if done.returncode != 1:
            return [f"{name}: exit {done.returncode}: {done.stderr[:300]!r}"]
        report = json.loads(done.stdout)
        found = [each["line"] for each in report["findings"] if each["rule"] == "names/duplicate-parameter"]
        complaints = []
        if found != [mistake_line(files["main.cf"])]:
            complaints.append(f"{name}: the duplicate parameter is seen at lines {found}")
        longest = max(len(each["message"]) for each in report["findings"])
        if longest > 2000:
            complaints.append(f"{name}: a message of {longest} characters")
        return complaints + [f"{name}: {each}" for each in positions.problems(report, directory)]


def as_nobody():
    """Root reads what nobody else may."""
    return {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}


def unreadable_cases(binary):
    """Files that may not be read: named with the reason, exit 3, and the rest is checked."""
    complaints = []
    for locked, still_found in (("main.cf", False), ("master.cf", True)):
        with tempfile.TemporaryDirectory() as directory:
            write(directory, {"main.cf": LEVEL + MISTAKE, "master.cf": b"smtp inet n - n - - smtpd\n"})
            os.chmod(directory, 0o755)
            os.chmod(pathlib.Path(directory) / locked, 0)
            program = pathlib.Path(directory) / "postlint"
            program.write_bytes(pathlib.Path(binary).read_bytes())  # nobody may not see a home directory
            program.chmod(0o755)
            done = run(str(program), ["check", "--no-config", "."], directory, **as_nobody())
        if done.returncode != 3 or f"postlint: {locked}: Permission denied".encode() not in done.stderr:
            complaints.append(f"{locked} without permission: exit {done.returncode}: {done.stderr[:300]!r}")
        if (b"names/duplicate-parameter" in done.stdout) != still_found:
            complaints.append(f"{locked} without permission: {done.stdout[:300]!r}")
    return complaints


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--binary", required=True)
    parser.add_argument("--large", type=int, default=100_000_000, metavar="BYTES", help="of one line")
    a = parser.parse_args()
    binary = str(pathlib.Path(a.binary).resolve())
    complaints, count = unreadable_cases(binary), 2
    for cases in (deep_cases(), other_cases(), many_cases(), large_cases(a.large)):
        for name, files in cases:
            count += 1
            complaints += check_case(binary, name, files)
    for complaint in complaints:
        print(complaint[:1000])
    print(f"{count} cases, {len(complaints)} failures")
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
