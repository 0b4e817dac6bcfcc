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
    def __init__(self, program, version="3.7.11"):
        self.program, self.version = program, version

    def trace(self, directory, requests, facts, extra=()):
        with tempfile.NamedTemporaryFile("w", suffix=".jsonl") as r, tempfile.NamedTemporaryFile("w", suffix=".json") as f:
            for request in requests:
                r.write(json.dumps(request) + "\n")
            r.flush()
            json.dump(facts, f)
            f.flush()
            command = [self.program, "trace", directory, "--postfix-version", self.version, "--format", "json",
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


# ---------------------------------------------------------------- scenarios
SCENARIO_FACTS = {
    "host": {"name": "mx.local.test", "addresses": ["127.0.0.1/8", "::1/128"]},
    "dns": {
        "good.example": {"MX": ["10 mx.good.example"], "A": ["192.0.2.10"]},
        "mx.good.example": {"A": ["192.0.2.10"]},
        "nullmx.example": {"MX": ["0 ."]},
        "backup.example": {"MX": ["10 primary.backup.example", "20 mail.me.example"]},
        "primary.backup.example": {"A": ["192.0.2.20"]},
        "mail.me.example": {"A": ["127.0.0.1"]},
        "evilbackup.example": {"MX": ["10 sink.evil.example", "20 mail.me.example"]},
        "sink.evil.example": {"A": ["203.0.113.66"]},
        "primarydom.example": {"MX": ["10 mail.me.example"]},
        "temp.example": {t: "tempfail" for t in ("A", "AAAA", "MX", "TXT", "NS")},
        "helotemp.example": {t: "tempfail" for t in ("A", "AAAA", "MX", "TXT", "NS")},
        "7.100.51.198.rbl.test": {"A": ["127.0.0.2"], "TXT": ["listed for test"]},
        "7.100.51.198.wl.test": {"A": ["127.0.0.3"]},
        "7.100.51.198.temp.test": {"A": "tempfail"},
        "bad.example.rhsbl.test": {"A": ["127.0.0.2"]},
        "*": "nxdomain",
    },
}
SCENARIO_NAMES = {  # clients that connect from their own addresses: verified name, PTR
    "127.0.0.1": ("localhost", "localhost"),
    "127.0.0.2": (None, "forged.trusted.example"),
    "127.0.0.3": ("real.trusted.example", "real.trusted.example"),
    "127.0.0.4": ({"tempfail": True}, {"tempfail": True}),
}


class Unsupported(Exception):
    pass


def scenario_client(v):
    """Address and names, from the connection or from XCLIENT."""
    client = v["request"]["client_addr"]
    name, reverse = SCENARIO_NAMES.get(client, (None, None))
    for line in v["session"]:
        if line.startswith("XCLIENT"):
            attributes = dict(x.split("=", 1) for x in line.split()[1:])
            if "LOGIN" in attributes:
                raise Unsupported("XCLIENT LOGIN")
            client = attributes.get("ADDR", client).replace("IPV6:", "")
            name = attributes.get("NAME")
            name = None if name in (None, "[UNAVAILABLE]") else {"tempfail": True} if name == "[TEMPUNAVAIL]" else name
            reverse = attributes.get("REVERSE_NAME", name)
    return {"client": client, "client_name": name, "reverse_name": reverse}


def scenario_requests(v):
    """One request a mail transaction, with the commands that it answers for."""
    if v["proxy_header"]:
        raise Unsupported("haproxy")
    base = dict(scenario_client(v), helo=None, tls=None)
    requests, commands = [], []

    def begin(sender):
        requests.append(dict(base, **{"from": sender, "to": [], "until": "mail"}))
        commands.append([])

    for line in v["session"]:
        verb = line.split()[0]
        if verb in ("EHLO", "HELO"):
            base["helo"], base["ehlo"] = line[5:], verb == "EHLO"
            base["helo_line"] = line
        elif verb == "@AUTH":
            if len(line.split()) > 2:
                raise Unsupported("wrong password")
            base["sasl"] = line.split()[1]
        elif verb == "AUTH":
            base["sasl"], base["sasl_method"] = "anonymous", line.split()[1]
        elif verb == "@STARTTLS":
            kind = (line.split() + [None])[1]
            base["tls"] = "anonymous" if kind is None else {"fingerprint": "AA:BB:CC", "trusted": kind == "client"}
        elif line.upper().startswith("MAIL FROM:"):
            if not line[10:].startswith("<") or not line.endswith(">"):
                raise Unsupported("MAIL without brackets")
            begin(line[11:-1])
        elif line.upper().startswith("RCPT TO:"):
            if not line[8:].startswith("<"):
                raise Unsupported("RCPT without brackets")
            requests[-1]["to"].append(line[8:])
            requests[-1]["until"] = "rcpt"
            commands[-1].append(line)
        elif verb == "DATA":
            requests[-1]["until"] = "data"
            commands[-1].append(line)
        elif requests and requests[-1]["until"] == "data":
            requests[-1]["until"] = "eod"
            commands[-1].append(line)
        elif verb not in ("XCLIENT", "RSET", "QUIT"):
            raise Unsupported(verb)
    if not requests:
        begin("s@good.example")
        requests[-1]["until"] = "helo" if base["helo"] else "connect"
    for request in requests:
        request.pop("helo_line", None)
    return requests, commands


def scenario_replies(requests, commands, results, v):
    """What came, in the order and the form of the recorded pairs."""
    out, first = [], True
    for request, lines, result in zip(requests, commands, results):
        if result["verdict"] == "fatal":
            return [("<connect>", "fatal")]
        replies = result["replies"]
        if first:
            out.append(("<connect>", replies["connect"]))
            if request["helo"] is not None:
                out.append((("EHLO " if request["ehlo"] else "HELO ") + request["helo"], replies["helo"]))
            if replies["starttls"]:
                out.append(("STARTTLS", replies["starttls"]))
            if replies["auth"]:
                out.append(("AUTH", replies["auth"]))
                if replies["auth"][0] != "2":
                    return out  # the session ends here, as product.md has it
        first = False
        out.append(("MAIL FROM:<%s>" % request["from"], replies["mail"]))
        recipients = iter(result["recipients"])
        for line in lines:
            if line.upper().startswith("RCPT"):
                r = next(recipients, None)
                refused = replies["mail"] if "access denied" in (replies["mail"] or "") else "503 5.5.1 Error: need MAIL command"
                out.append((line, r["reply"] if r else "<EOF>" if replies["rcpt"] else refused))
            else:
                out.append((line, replies["data" if line == "DATA" else "eod"]))
    return out


def scenario_facts(v):
    facts = dict(SCENARIO_FACTS, policy={"inet:127.0.0.1:20998": "tempfail"})
    m = re.search(r"inet:127\.0\.0\.1:20061, policy_context=(.*?)\s*\}\s*(,|$)", json.dumps(v["main_cf"]))
    if m:
        facts["policy"]["inet:127.0.0.1:20061"] = m.group(1).replace("~", " ")
    return facts


def write_scenario(d, v, base):
    fill = lambda text: text.replace("%T", "/etc/postfix")
    with open(os.path.join(d, "main.cf"), "w") as f:
        for name, value in dict(base, **v["main_cf"]).items():
            f.write(fill(f"{name} = {value}\n"))
    with open(os.path.join(d, "master.cf"), "w") as f:
        f.write("smtp inet n - n - - smtpd\n" + "".join(fill(f"  -o {{ {o.split('=', 1)[0]} = {o.split('=', 1)[1]} }}\n") for o in v["master_cf_options"]))
    for name, text in v["tables"].items():
        with open(os.path.join(d, name), "w") as f:
            f.write(fill(text))


def scenario_set(runner, shared, report, only):
    with open(os.path.join(shared, "vectors", "smtpd-scenarios.json")) as f:
        data = json.load(f)
    for v in data["vectors"]:
        if only and v["id"] != only:
            continue
        try:
            requests, commands = scenario_requests(v)
        except Unsupported as why:
            report.counts[f"skipped ({why})"] += 1
            continue
        with tempfile.TemporaryDirectory() as d:
            write_scenario(d, v, data["base_main_cf"])
            results = runner.trace(d, requests, scenario_facts(v), ["--missing-tables=absent"])
        report.counts["scenarios"] += 1
        if any(r.get("error") for r in results):
            report.different("error", "", str([r.get("error") for r in results]), v["id"])
            continue
        came = scenario_replies(requests, commands, results, v)
        for command, expected in v["expected"]:
            if expected.startswith("(no banner"):
                expected = "fatal"
            at = next((i for i, (c, _) in enumerate(came) if c == command or (c == "AUTH" and command.startswith("AUTH"))), None)
            got = came.pop(at)[1] if at is not None else None
            if got is None and results[0]["stage"] == "auth":
                continue
            if got != expected:
                report.different("reply", expected, got, f"{v['id']}: {command}")


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--postlint", default=os.environ.get("POSTLINT", os.path.join(REPOSITORY, "build", "dev", "postlint")))
    a.add_argument("--shared", default=os.environ.get("POSTLINT_SHARED", os.path.join(os.path.dirname(REPOSITORY), "shared")))
    a.add_argument("--set", default="all", choices=("random", "corpus", "scenarios", "all"))
    a.add_argument("--only")
    a.add_argument("--show", type=int, default=1)
    a = a.parse_args()
    if not os.path.isdir(os.path.join(a.shared, "vectors")):
        print(f"skipped: no recorded replies in {a.shared}")
        sys.exit(77)
    runner, good = Runner(a.postlint), True
    if a.set in ("random", "all"):
        report = Report(a.show)
        random_set(runner, a.shared, report, a.only)
        good &= report.print("random")
    if a.set in ("scenarios", "all"):
        report = Report(a.show)
        scenario_set(runner, a.shared, report, a.only)
        good &= report.print("scenarios")
    if a.set in ("corpus", "all"):
        for absent in (False, True):
            report = Report(a.show)
            corpus_set(runner, a.shared, report, a.only, absent)
            left_open = report.counts["depends"] / report.counts["requests"]
            if left_open > .15:
                print(f"corpus: {left_open:.1%} of the verdicts are left open, more than 15 %")
                good = False
            good &= report.print("corpus" + (" with --missing-tables=absent" if absent else ""))
    sys.exit(0 if good else 1)


if __name__ == "__main__":
    main()
