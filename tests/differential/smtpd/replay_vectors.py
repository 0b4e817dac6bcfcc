#!/usr/bin/env python3
"""Play recorded requests through `postlint trace` and compare with the recorded replies.

usage: replay_vectors.py [--postlint PROGRAM] [--shared DIR] [--set random|corpus|scenarios|all] [--only ID] [--show N]

The recorded sets lie beside the repository (../shared) or where POSTLINT_SHARED points; without them the test is
skipped (exit 77). Differences are printed grouped by what was expected and what came. Exit status 1: there were some.
"""
import argparse, collections, ipaddress, json, os, re, shutil, subprocess, sys, tempfile

STAGES = ("connect", "helo", "starttls", "auth", "mail", "rcpt")
HERE = os.path.dirname(os.path.abspath(__file__))
REPOSITORY = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))

HOST = {"name": "mail.oracle.example", "addresses": ["127.0.0.1/8", "::1/128", "203.0.113.10/24", "2001:db8:1::10/64"]}


def oracle_facts(requests):
    """Host and DNS as the recording of the random and the corpus set had them."""
    zone = collections.defaultdict(dict)
    zone["good.example"].update(A=["198.51.100.1"], MX=["10 mx.good.example"])
    zone["mx.good.example"]["A"] = ["198.51.100.1"]
    zone["oracle.example"]["MX"] = ["10 mail.oracle.example"]
    zone["mail.oracle.example"].update(A=["203.0.113.10"], AAAA=["2001:db8:1::10"])
    for r in requests:
        if r.get("client_name"):
            v6 = ipaddress.ip_address(r["client"]).version == 6
            zone[r["client_name"].lower()]["AAAA" if v6 else "A"] = [r["client"]]
    return {"host": HOST, "dns": dict(zone, **{"*": "nxdomain"})}


def write_files(directory, files):
    for name, text in files.items():
        path = os.path.join(directory, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w", encoding="latin-1") as f:
            f.write(text)


class Runner:
    def __init__(self, program):
        self.program = program

    def trace(self, directory, requests, facts, extra=()):
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as r, tempfile.NamedTemporaryFile("w", suffix=".json") as f:
            for request in requests:
                r.write(json.dumps(request) + "\n")
            r.flush()
            json.dump(facts, f)
            f.flush()
            command = [self.program, "trace", directory, "--postfix-version", "3.7.11", "--format", "json",
                       "--requests", r.name, "--facts", f.name, *extra]
            p = subprocess.run(command, capture_output=True, text=True)
        out = [json.loads(line) for line in p.stdout.splitlines()]
        if len(out) != len(requests):
            raise SystemExit(f"{directory}: {len(out)} results for {len(requests)} requests (status {p.returncode})\n{p.stderr}")
        return out


def shape(text):
    """A reply without its names, to group by."""
    if text is None:
        return "-"
    text = re.sub(r"\[[0-9a-fA-F.:]+\]", "[]", text)
    text = re.sub(r"for \S+\[\]", "for []", text)
    return re.sub(r"<[^>]*>", "<>", text)[:90]


class Report:
    def __init__(self, show):
        self.groups = collections.defaultdict(list)
        self.counts = collections.Counter()
        self.show = show

    def different(self, kind, expected, got, where):
        self.groups[(kind, shape(expected), shape(got))].append((where, expected, got))

    def print(self, title):
        print(f"{title}: " + ", ".join(f"{n} {k}" for k, n in sorted(self.counts.items())))
        for (kind, expected, got), cases in sorted(self.groups.items(), key=lambda g: -len(g[1])):
            print(f"  {len(cases):5} {kind}: expected {expected} | got {got}")
            for where, e, g in cases[: self.show]:
                print(f"          {where}\n            expected {e}\n            got      {g}")
        return not self.groups


def compare(report, where, request, reply, result, strict):
    """One request. `strict`: nothing may be left open."""
    report.counts["requests"] += 1
    if result.get("error"):
        report.counts["errors"] += 1
        if reply["error"] != "no such service":
            report.different("error", str(reply["error"]), result["error"], where)
        return
    dead = reply["error"] in ("fatal", "crash", "master")
    if reply["error"] is not None and not dead:
        # The server was not reached, or hangs: no smtpd reply to compare with.
        report.counts["not comparable (%s)" % reply["error"]] += 1
        return
    if dead or result["verdict"] == "fatal":
        report.counts["fatal"] += 1
        if dead != (result["verdict"] == "fatal"):
            if dead and result["assumes"] and not strict:
                report.counts["differ with an assumption"] += 1
                return
            report.different("fatal", reply["error"] or reply["rcpt"] or reply["mail"], result["verdict"] + " " + str(result["fatal"] or result["reply"]), where)
        return
    if result["verdict"] == "depends":
        report.counts["depends"] += 1
        if strict:
            report.different("depends", reply["rcpt"], "depends on " + "; ".join(result["assumes"]), where)
            return
        possible = [o["reply"] for o in result["outcomes"]]
        last = next((reply[s] for s in reversed(STAGES) if reply[s] is not None), None)
        if last not in possible:
            report.counts["depends, real reply not among the outcomes"] += 1
        return
    assumed = bool(result["assumes"])
    for stage in STAGES:
        expected, got = reply[stage], result["replies"][stage]
        if expected != got:
            if assumed and not strict:
                report.counts["differ with an assumption"] += 1
                continue
            report.different(stage, expected, got, where)
            return
    report.counts["same"] += 1


def random_set(runner, shared, report, only):
    with open(os.path.join(shared, "vectors", "smtpd-random.jsonl")) as f:
        for line in f:
            v = json.loads(line)
            if only and str(v["id"]) != only:
                continue
            with tempfile.TemporaryDirectory() as top:
                d = os.path.join(top, "etc")
                os.makedirs(d)
                write_files(d, v["files"])
                results = runner.trace(d, v["requests"], oracle_facts(v["requests"]))
            for i, (q, r, t) in enumerate(zip(v["requests"], v["replies"], results)):
                compare(report, f"{v['id']} #{i} {json.dumps(q)}", q, r, t, True)


def corpus_set(runner, shared, report, only, absent):
    with open(os.path.join(shared, "vectors", "smtpd-corpus.jsonl")) as f:
        for line in f:
            v = json.loads(line)
            if only and v["id"] != only:
                continue
            d = os.path.join(shared, "corpus", "configs", v["id"])
            extra = ["--missing-tables=absent"] if absent else []
            results = runner.trace(d, v["requests"], oracle_facts(v["requests"]), extra)
            for i, (q, r, t) in enumerate(zip(v["requests"], v["replies"], results)):
                compare(report, f"{v['id']} #{i} {json.dumps(q)}", q, r, t, False)


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--postlint", default=os.environ.get("POSTLINT", os.path.join(REPOSITORY, "build", "dev", "postlint")))
    a.add_argument("--shared", default=os.environ.get("POSTLINT_SHARED", os.path.join(os.path.dirname(REPOSITORY), "shared")))
    a.add_argument("--set", default="all", choices=("random", "corpus", "scenarios", "all"))
    a.add_argument("--only")
    a.add_argument("--show", type=int, default=1)
    a.add_argument("--absent", action="store_true", help="play the corpus with --missing-tables=absent")
    a = a.parse_args()
    if not os.path.isdir(os.path.join(a.shared, "vectors")):
        print(f"skipped: no recorded replies in {a.shared}")
        sys.exit(77)
    runner, good = Runner(a.postlint), True
    if a.set in ("random", "all"):
        report = Report(a.show)
        random_set(runner, a.shared, report, a.only)
        good &= report.print("random")
    if a.set in ("corpus", "all"):
        report = Report(a.show)
        corpus_set(runner, a.shared, report, a.only, a.absent)
        good &= report.print("corpus" + (" with --missing-tables=absent" if a.absent else ""))
    sys.exit(0 if good else 1)


main()
