#!/usr/bin/env python3
"""Does what access/unreachable calls without a say really have none? Random configurations.

usage: unreachable_random.py [--postlint PROGRAM] [--count N] [--requests N] [--seed N] [--only N] [--list]

Each safe fix of the rule deletes restrictions; `postlint trace` must give every random request the same replies
before and after. Lists are made of words that often overlap, so that there is something to delete.
"""
import argparse, collections, json, os, random, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import generate
from relay_random import facts
from replay_vectors import REPOSITORY, Runner, write_files

STAGES = ("connect", "helo", "starttls", "auth", "mail", "rcpt")


class Overlapping(generate.Maker):
    """Few words, and tables of few keys."""

    def table(self, kind):
        if self.r.random() < .25:
            return super().table(kind)
        keys = self.r.sample(generate.KEYS[kind], self.r.choice([1, 1, 2]))
        return "inline:{" + " ".join("{%s = %s}" % (key, self.r.choice(["OK", "REJECT", "DUNNO", "550 no"])) for key in keys) + "}"

    def item(self, stage):
        r = self.r
        words = ["permit_mynetworks"] * 3 + ["permit_sasl_authenticated"] * 2 + ["reject_unauth_destination"] * 3 + [
            "permit_auth_destination", "permit_auth_destination", "defer_unauth_destination", "reject_unknown_client_hostname", "reject_unknown_reverse_client_hostname",
            "reject_non_fqdn_sender", "reject_non_fqdn_recipient", "reject_invalid_helo_hostname", "reject_unlisted_recipient", "strict"]
        words += [f"{generate.SUBJECT[kind]} {self.table(kind)}" for kind in generate.SUBJECT]
        return r.choice(words) if r.random() < .9 else super().item(stage)


def findings(program, directory, document):
    with tempfile.NamedTemporaryFile("w", suffix=".json") as f:
        json.dump(document, f)
        f.flush()
        command = [program, "check", "--no-config", "--select", "access/unreachable", "--postfix-version", "3.7.11", "--format", "json", "--facts", f.name, directory]
        p = subprocess.run(command, capture_output=True, text=True)
    if p.returncode not in (0, 1):
        raise SystemExit(f"{directory}: exit {p.returncode}: {p.stderr}")
    return json.loads(p.stdout)["findings"]


def apply(directory, fix):
    for edit in sorted(fix["edits"], key=lambda each: -each["start"]):
        path = os.path.join(directory, os.path.basename(edit["file"]))
        data = open(path, "rb").read()
        with open(path, "wb") as f:
            f.write(data[:edit["start"]] + edit["replacement"].encode() + data[edit["end"]:])


def replies(result):
    return "fatal" if result["verdict"] == "fatal" else [result["replies"].get(stage) for stage in STAGES]


def judge(a, runner, number, counts):
    r = random.Random(f"{a.seed}/{number}")
    maker = Overlapping(r)
    files = maker.configuration()
    requests = [maker.request() for _ in range(a.requests)]
    document, bad = facts(), []
    with tempfile.TemporaryDirectory() as d:
        write_files(d, files)
        found = findings(a.postlint, d, document)
        if not any(fix["edits"] for finding in found for fix in finding["fixes"]):
            return bad
        before = runner.trace(d, requests, document)
        for finding in found:
            for fix in finding["fixes"]:
                if not fix["edits"]:
                    continue
                counts["fixes"] += 1
                if a.list:
                    print(number, finding["message"])
                write_files(d, files)
                apply(d, fix)
                after = runner.trace(d, requests, document)
                for request, x, y in zip(requests, before, after):
                    if replies(x) != replies(y):
                        bad.append(f"#{number} {finding['message']}: {json.dumps(request)}: {replies(x)} becomes {replies(y)}")
                        break
    return bad


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--postlint", default=os.environ.get("POSTLINT", os.path.join(REPOSITORY, "build", "dev", "postlint")))
    a.add_argument("--count", type=int, default=100)
    a.add_argument("--requests", type=int, default=150)
    a.add_argument("--seed", type=int, default=1)
    a.add_argument("--only", type=int)
    a.add_argument("--list", action="store_true", help="print every finding that has a fix")
    a = a.parse_args()
    runner, counts, bad = Runner(a.postlint), collections.Counter(), []
    for number in [a.only] if a.only is not None else range(a.count):
        bad += judge(a, runner, number, counts)
    if a.only is None and counts["fixes"] < a.count // 4:
        bad.append(f"only {counts['fixes']} fixes in {a.count} configurations: the test looks at too little")
    print(f"seed {a.seed}: {counts['fixes']} fixes: {len(bad)} failures")
    for text in bad[:30]:
        print("  " + text)
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
