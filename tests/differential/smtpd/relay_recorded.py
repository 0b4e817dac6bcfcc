#!/usr/bin/env python3
"""Compare the verdicts of `postlint relay` with what recorded servers did.

usage: relay_recorded.py [--postlint PROGRAM] [--shared DIR] [--set random|corpus|all] [--only ID] [--list]

No service is `closed` at which a stranger's mail to a foreign destination was accepted; `dead` are exactly those that
died; of the random configurations, whose tables are all there, at most 2 % are `depends`. Every witness is accepted by
`postlint trace`. The recorded sets lie beside the repository (../shared) or where POSTLINT_SHARED points; without them
the test is skipped (exit 77).
"""
import argparse, collections, json, os, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
from replay_vectors import HOST, REPOSITORY, Runner, oracle_facts, write_files

STRANGER = "198.18.0.77"
DEAD = ("fatal", "crash", "master")
FOREIGN = ("foreign.example", "elsewhere.test", "evil.example", "[192.0.2.50]")


def foreign(to):
    """Does the recipient lead away from the recorded servers? Routed forms do by what they ask for."""
    return any(domain in to for domain in FOREIGN)


def relay(program, directory, facts, extra=()):
    with tempfile.NamedTemporaryFile("w", suffix=".json") as f:
        json.dump(facts, f)
        f.flush()
        p = subprocess.run([program, "relay", directory, "--postfix-version", "3.7.11", "--format", "json", "--facts", f.name, *extra],
                           capture_output=True, text=True)
    if p.returncode not in (0, 1, 5):
        raise SystemExit(f"{directory}: exit {p.returncode}: {p.stderr}")
    return {s["service"].split("/")[0]: s for s in json.loads(p.stdout)["services"]}


def replay(runner, directory, facts, service):
    """The witnesses that `trace` does not accept."""
    bad = []
    for witness in service["witnesses"]:
        if witness["assumes"]:
            continue
        own = dict(facts, dns=dict(facts["dns"]))
        own["dns"].update((witness["facts"] or {}).get("dns", {}))
        result = runner.trace(directory, [witness["request"]], own)[0]
        if result["verdict"] != "accept":
            bad.append(f"trace says {result['verdict']} {result['reply']} to {json.dumps(witness['request'])}")
    return bad


class Judge:
    def __init__(self, a):
        self.a = a
        self.runner = Runner(a.postlint)
        self.counts = collections.Counter()
        self.bad = []

    def configuration(self, name, directory, v, strict, extra=()):
        facts = oracle_facts([]) if strict else {"host": HOST, "dns": {}}
        services = relay(self.a.postlint, directory, facts, extra)
        for service, analysis in services.items():
            mine = [(q, r) for q, r in zip(v["requests"], v["replies"]) if q["service"] == service and r["error"] in (None, *DEAD)]
            if not mine:
                continue
            self.judge(f"{name} {analysis['service']}", analysis["verdict"], mine, strict, analysis)
            if strict:
                self.bad += [f"{name}: {text}" for text in replay(self.runner, directory, facts, analysis)]

    def judge(self, where, verdict, mine, strict, analysis):
        self.counts[verdict] += 1
        if self.a.list:
            print(where, verdict, analysis["why"] or "")
        accepted = [q for q, r in mine if q["client"] == STRANGER and not q["sasl"] and foreign(q["to"]) and (r["rcpt"] or "").startswith("2")]
        dead = all(r["error"] in DEAD for _, r in mine)
        if verdict == "closed" and accepted:
            self.bad.append(f"{where}: closed, but the server accepted {json.dumps(accepted[0])}")
        if (verdict == "dead") != dead and (strict or verdict == "dead"):
            self.bad.append(f"{where}: {verdict} ({analysis['why']}), but the server {'died' if dead else 'did not die'}")
        if accepted:
            self.counts[f"strangers were served ({verdict})"] += 1
        if strict and verdict == "depends":
            print(f"  depends: {where}: {'; '.join(analysis['assumes'])}")

    def say(self, title):
        print(f"{title}: " + ", ".join(f"{n} {k}" for k, n in sorted(self.counts.items())))
        for text in self.bad[:40]:
            print("  " + text)
        return not self.bad


def recorded(shared, name):
    with open(os.path.join(shared, "vectors", name)) as f:
        for line in f:
            yield json.loads(line)


def random_set(a):
    judge = Judge(a)
    for v in recorded(a.shared, "smtpd-random.jsonl"):
        if a.only and str(v["id"]) != a.only:
            continue
        with tempfile.TemporaryDirectory() as top:
            d = os.path.join(top, "etc")
            os.makedirs(d)
            write_files(d, v["files"])
            judge.configuration(str(v["id"]), d, v, True)
    total = sum(judge.counts[k] for k in ("closed", "limited", "open", "depends", "dead"))
    if judge.counts["depends"] > 0.02 * total:
        judge.bad.append(f"{judge.counts['depends']} of {total} services are said to depend")
    return judge.say("random")


def corpus_set(a, absent):
    judge = Judge(a)
    for v in recorded(a.shared, "smtpd-corpus.jsonl"):
        if a.only and v["id"] != a.only:
            continue
        d = os.path.join(a.shared, "corpus", "configs", v["id"])
        judge.configuration(v["id"], d, v, False, ["--missing-tables=absent"] if absent else [])
    return judge.say("corpus" + (" with --missing-tables=absent" if absent else ""))


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--postlint", default=os.environ.get("POSTLINT", os.path.join(REPOSITORY, "build", "dev", "postlint")))
    a.add_argument("--shared", default=os.environ.get("POSTLINT_SHARED", os.path.join(os.path.dirname(REPOSITORY), "shared")))
    a.add_argument("--set", default="all", choices=("random", "corpus", "all"))
    a.add_argument("--only")
    a.add_argument("--list", action="store_true", help="print every verdict")
    a = a.parse_args()
    if not os.path.isdir(os.path.join(a.shared, "vectors")):
        print(f"skipped: no recorded replies in {a.shared}")
        sys.exit(77)
    good = True
    if a.set in ("random", "all"):
        good &= random_set(a)
    if a.set in ("corpus", "all"):
        for absent in (False, True):
            good &= corpus_set(a, absent)
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
