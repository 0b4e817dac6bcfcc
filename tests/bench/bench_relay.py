"""How long `postlint relay` takes."""

import pathlib
import tempfile

REPOSITORY = pathlib.Path(__file__).resolve().parents[2]
TABLES, ENTRIES = 10, 10_000
ACTIONS = ("OK", "REJECT", "DUNNO", "450 later", "permit_mynetworks, reject")


def entries(table):
    return "".join(f"user{i}@domain{i % 977}-{table}.example {ACTIONS[i % len(ACTIONS)]}\n" for i in range(ENTRIES))


def configure(directory):
    lists = "".join(f"    check_sender_access hash:/etc/postfix/table{i}\n" for i in range(TABLES))
    (directory / "main.cf").write_text(
        "compatibility_level = 3.6\nmydestination = home.example\nmynetworks = 127.0.0.1\n"
        f"smtpd_relay_restrictions =\n    permit_mynetworks\n{lists}    reject_unauth_destination\n")
    (directory / "master.cf").write_text("smtp inet n - n - - smtpd\n")
    for i in range(TABLES):
        (directory / f"table{i}").write_text(entries(i))


def measure_all(table, binary, measure):
    for example in ("good-mx", "submission", "open-relay", "busy"):
        command = [binary, "relay", str(REPOSITORY / "examples" / example)]
        wall = sorted(measure(command).wall for _ in range(21))[10]
        table.row(f"relay: examples/{example}", f"{wall * 1000:.1f} ms", "50 ms", wall <= 0.05)
    with tempfile.TemporaryDirectory() as name:
        configure(pathlib.Path(name))
        done = measure([binary, "relay", name])
    table.row(f"relay: {TABLES} tables of {ENTRIES} entries", f"{done.wall:.2f} s, {done.megabytes:.0f} MB",
              "2 s 200 MB", done.wall <= 2 and done.megabytes <= 200)
