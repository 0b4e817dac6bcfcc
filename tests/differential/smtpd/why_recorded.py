#!/usr/bin/env python3
"""Explain every recorded rejection with `postlint why`, and compare with what `postlint trace` says of the request.

usage: why_recorded.py [--postlint PROGRAM] [--shared DIR] [--only ID] [--show N]

For each `reject:` line in the logs of the random set, the restriction that decides the recorded request (so `trace`, at
the service that was asked) is among the causes that `why` names for that service, and is the first where it names only
one. The recorded set lies beside the repository (../shared) or where POSTLINT_SHARED points; without it the test is
skipped (exit 77).
"""
import argparse, collections, json, os, re, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from replay_vectors import REPOSITORY, Runner, oracle_facts, write_files

STAGES = {"CONNECT": "connect", "HELO": "helo", "EHLO": "helo", "MAIL": "mail", "RCPT": "rcpt"}


def why(program, directory, lines, facts):
    """The group of each line, by its index."""
    with tempfile.NamedTemporaryFile("w", suffix=".json") as f:
        json.dump(facts, f)
        f.flush()
        p = subprocess.run([program, "why", "-c", directory, "--postfix-version", "3.7.11", "--format", "json", "--facts", f.name, "-"],
                           input="\n".join(lines) + "\n", capture_output=True, text=True)
    if p.returncode not in (0, 1, 5):
        raise SystemExit(f"{directory}: exit {p.returncode}: {p.stderr}")
    return {number - 1: group for group in json.loads(p.stdout)["groups"] for number in group["lines"]}


def place(decision):
    table = decision["table"]
    return (decision["list"], decision["restriction"], decision["file"], decision["line"], decision["column"],
            table and (table["table"], table["file"], table["line"], table["key"] if table["file"] is None else None))


def matches(line, request, reply):
    """May the request have caused the line? By client, stage, sender, recipient, HELO name and reply."""
    m = re.match(r"\S+: reject: (\S+) from (\S*?)\[([^]]*)\]: (.*)$", line)
    stage = STAGES.get(m.group(1))
    if stage is None or m.group(3) != request["client"] or not m.group(4).startswith(reply[stage] or "\0"):
        return None
    fields = dict(re.findall(r"(from|to|helo)=<(.*?)>(?= |$)", m.group(4)[len(reply[stage]):]))
    if stage in ("mail", "rcpt") and fields.get("from", "") != request["from"]:
        return None
    if stage == "rcpt" and fields.get("to") != request["to"].strip("<>"):
        return None
    if "helo" in fields and fields["helo"] != request["helo"]:
        return None
    return stage


class Judge:
    def __init__(self, a):
        self.a, self.runner = a, Runner(a.postlint)
        self.counts, self.bad = collections.Counter(), []

    def configuration(self, v, directory):
        log = v["log"] if isinstance(v["log"], list) else v["log"].splitlines()
        lines = [line for line in log if ": reject: " in line]
        if not lines:
            return
        facts = oracle_facts(v["requests"])
        groups = why(self.a.postlint, directory, lines, facts)
        pairs = []  # line, request up to the stage of the line
        for index, line in enumerate(lines):
            self.counts["lines"] += 1
            group = groups.get(index)
            if group is None or not group["causes"]:
                self.bad.append(f"{v['id']}: {line}\n      no cause; alike {[c['decided_by'] for c in (group or {}).get('alike', [])]}")
                continue
            self.counts["causes"] += len(group["causes"])
            mine = [(index, dict(q, until=stage)) for q, r in zip(v["requests"], v["replies"]) if r["error"] is None and (stage := matches(line, q, r))]
            self.counts["lines without a recorded request"] += not mine
            pairs += mine
        results = self.runner.trace(directory, [request for _, request in pairs], facts) if pairs else []
        for (index, request), result in zip(pairs, results):
            self.compare(f"{v['id']}: {lines[index]}", request, result, groups[index]["causes"])

    def compare(self, where, request, result, causes):
        told = [(c["service"], place(c["decided_by"])) for c in causes]
        if not result.get("decided_by"):
            self.counts["trace names no decision"] += 1
            return
        true = (result["decided_by"]["service"], place(result["decided_by"]))
        self.counts["compared"] += 1
        self.counts["of them with one cause alone"] += len(told) == 1
        self.counts["of them true cause first"] += told[0] == true
        if true not in told:
            self.bad.append(f"{where}\n      request {json.dumps(request)}\n      trace {true}\n      why   {told}")

    def say(self):
        print(", ".join(f"{n} {k}" for k, n in sorted(self.counts.items())) + f"; {len(self.bad)} differences")
        for text in self.bad[: self.a.show]:
            print("  " + text)
        return not self.bad and self.counts["compared"] > 0


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--postlint", default=os.environ.get("POSTLINT", os.path.join(REPOSITORY, "build", "dev", "postlint")))
    a.add_argument("--shared", default=os.environ.get("POSTLINT_SHARED", os.path.join(os.path.dirname(REPOSITORY), "shared")))
    a.add_argument("--only")
    a.add_argument("--show", type=int, default=20)
    a = a.parse_args()
    recorded = os.path.join(a.shared, "vectors", "smtpd-random.jsonl")
    if not os.path.exists(recorded):
        print(f"skipped: no recorded replies in {a.shared}")
        sys.exit(77)
    judge = Judge(a)
    with open(recorded) as f:
        for line in f:
            v = json.loads(line)
            if a.only and str(v["id"]) != a.only:
                continue
            with tempfile.TemporaryDirectory() as top:
                d = os.path.join(top, "etc")
                os.makedirs(d)
                write_files(d, v["files"])
                judge.configuration(v, d)
    sys.exit(0 if judge.say() else 1)


if __name__ == "__main__":
    main()
