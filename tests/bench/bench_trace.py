"""How fast `postlint trace` answers, and reads tables of a million lines."""

import json
import os
import pathlib
import tempfile

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
LINES = 1_000_000
MORE_REQUESTS = 10_000
VERSION = ["--postfix-version", "3.7.11"]


def address(number):
    return f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"


def sources():
    """What is measured, type, and text of each table."""
    yield "hash", "hash", "".join(f"{address(i)} DUNNO\n" for i in range(LINES))
    yield "cidr", "cidr", "".join(f"{address(i)}/32 DUNNO\n" for i in range(LINES))
    others = "".join(f"172.16.{i >> 8 & 255}.{i & 255}/32 DUNNO\n" for i in range(LINES - 1))
    yield "cidr, the last line matches", "cidr", others + "10.0.0.0/8 OK\n"


def configure(directory, table):
    (directory / "main.cf").write_text(
        "compatibility_level = 3.7\nmydestination = home.example\nlocal_recipient_maps =\nmynetworks = 127.0.0.1\n"
        f"smtpd_client_restrictions = check_client_access {table}\nsmtpd_relay_restrictions = reject_unauth_destination\n")
    (directory / "master.cf").write_text("smtp inet n - n - - smtpd\n")


def write_requests(path, count):
    keys = {"client_name": None, "helo": "x.example", "from": "a@b.example", "to": "u@home.example"}
    with open(path, "w") as file:
        for i in range(count):
            file.write(json.dumps({"client": address(i * 7919 % LINES), **keys}) + "\n")


def measure_tables(table, binary, measure):
    for what, kind, text in sources():
        with tempfile.TemporaryDirectory() as name:
            directory = pathlib.Path(name)
            (directory / "table").write_text(text)
            configure(directory, f"{kind}:/etc/postfix/table")
            command = [binary, "trace", name, *VERSION, "--format", "json", "--requests"]
            write_requests(directory / "one", 1)
            write_requests(directory / "many", 1 + MORE_REQUESTS)
            one, many = measure([*command, name + "/one"]), measure([*command, name + "/many"])
        table.row(f"trace: {what}, {LINES} lines", f"{one.wall:.2f} s, {one.megabytes:.0f} MB", "1.5 s 200 MB",
                  one.wall <= 1.5 and one.megabytes <= 200)
        table.note("  each further request, its JSON included", f"{(many.cpu - one.cpu) * 1e6 / MORE_REQUESTS:.0f} us")


def measure_requests(table, binary, measure):
    """One configuration of the recorded random set, where that is at hand, its requests repeated 260 times."""
    shared = pathlib.Path(os.environ.get("POSTLINT_SHARED", REPOSITORY.parent / "shared"))
    recorded = shared / "vectors" / "smtpd-random.jsonl"
    if not recorded.exists():
        return table.note("trace: recorded requests", "none at hand (POSTLINT_SHARED)")
    with open(recorded) as file:
        vector = json.loads(file.readline())
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        for file, text in vector["files"].items():
            (directory / file).write_text(text)
        (directory / "requests").write_text("".join(json.dumps(r) + "\n" for r in vector["requests"]) * 260)
        host = {"name": "mail.oracle.example", "addresses": ["127.0.0.1/8"]}
        (directory / "facts").write_text(json.dumps({"host": host, "dns": {"*": "nxdomain"}}))
        done = measure([binary, "trace", name, *VERSION, "--format", "json", "--requests", name + "/requests",
                        "--facts", name + "/facts"])
    count = 260 * len(vector["requests"])
    return table.row(f"trace: {count} requests", f"{done.cpu:.2f} s of CPU", "0.5 s", done.cpu <= 0.5)


def measure_all(table, binary, measure):
    measure_tables(table, binary, measure)
    measure_requests(table, binary, measure)
