#!/usr/bin/env python3
"""Do the verdicts of `postlint relay` hold against requests that `postlint trace` plays? Random configurations.

usage: relay_random.py [--postlint PROGRAM] [--count N] [--requests N] [--seed N] [--only N] [--list]

No service is `closed` where a random request of a stranger to a foreign destination is accepted, none is `dead` that
answers, and each witness is accepted. Every table is there, so hardly any verdict may be `depends`.
"""
import argparse, collections, ipaddress, json, os, random, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import generate
from replay_vectors import REPOSITORY, Runner, write_files

HOST = {"name": "mail.home.example", "addresses": ["127.0.0.1/8", "::1/128", "203.0.113.10/24", "2001:db8:1::10/64"]}
# Strangers own none of the names in the tables; they may have none.
STRANGERS = ("198.51.100.77", "198.18.5.9", "2001:db8:99::1", "8.8.4.4", "11.12.13.14", "172.32.1.1")
FOREIGN = ("far@away.example", "far@sub.away.example", "abuse@away.example", "far%away.example@home.example", "away.example!far@home.example",
           "@home.example:far@away.example", "far@away.example@home.example", "far%x@relay.example", "u@[192.0.2.1]", "victim@elsewhere.example",
           "far@mx-only.example", "victim@somewhere.test", "u@other.com", "\"far@away.example\"@home.example")


def facts():
    zone = {name: dict(records) for name, records in generate.ZONE.items()}
    zone["stranger.test"] = {"A": ["198.51.100.77"], "MX": ["10 mx.stranger.test"]}
    return {"host": HOST, "dns": dict(zone, **{"*": "nxdomain"})}


def stranger_request(r, service):
    return {"service": service, "client": r.choice(STRANGERS), "client_name": r.choice([None, None, {"tempfail": True}, "mx.stranger.test"]),
            "helo": r.choice(generate.HELOS + ["mx.stranger.test", "1.2.3.4"]), "tls": r.choice([None, None, "anonymous", {"fingerprint": "AA:BB", "trusted": False}]),
            "sasl": None, "from": r.choice(generate.SENDERS + ["joe@stranger.test", "far@stranger.test", "u@x.example"]), "to": r.choice(FOREIGN)}


def relay(program, directory, document):
    with tempfile.NamedTemporaryFile("w", suffix=".json") as f:
        json.dump(document, f)
        f.flush()
        p = subprocess.run([program, "relay", directory, "--postfix-version", "3.7.11", "--format", "json", "--facts", f.name], capture_output=True, text=True)
    if p.returncode not in (0, 1, 5):
        raise SystemExit(f"{directory}: exit {p.returncode}: {p.stderr}")
    return json.loads(p.stdout)["services"]


def with_witness(document, witness):
    own = dict(document, dns=dict(document["dns"]))
    own["dns"].update((witness["facts"] or {}).get("dns", {}))
    return own


def judge(a, runner, number, counts):
    r = random.Random(f"{a.seed}/{number}")
    files = generate.Maker(r).configuration()
    bad = []
    with tempfile.TemporaryDirectory() as top:
        d = os.path.join(top, "etc")
        os.makedirs(d)
        write_files(d, files)
        document = facts()
        for service in relay(a.postlint, d, document):
            name, verdict = service["service"], service["verdict"]
            counts[verdict] += 1
            if a.list:
                print(number, name, verdict, "; ".join(service["assumes"]))
            requests = [stranger_request(r, name) for _ in range(a.requests)]
            results = runner.trace(d, requests, document)
            accepted = [q for q, t in zip(requests, results) if t["verdict"] == "accept"]
            alive = any(t["verdict"] != "fatal" for t in results)
            if verdict == "closed" and accepted:
                bad.append(f"#{number} {name}: closed, but trace accepts {json.dumps(accepted[0])}")
            if verdict == "dead" and alive:
                bad.append(f"#{number} {name}: dead ({service['why']}), but it answers")
            if verdict == "depends" and not accepted:
                counts["depends, nothing accepted"] += 1
            for witness in service["witnesses"]:
                if witness["assumes"]:
                    continue
                result = runner.trace(d, [witness["request"]], with_witness(document, witness))[0]
                counts["witnesses"] += 1
                if result["verdict"] != "accept":
                    bad.append(f"#{number} {name}: trace says {result['verdict']} {result['reply']} to the witness {json.dumps(witness['request'])}")
    return bad


def main():
    a = argparse.ArgumentParser()
    a.add_argument("--postlint", default=os.environ.get("POSTLINT", os.path.join(REPOSITORY, "build", "dev", "postlint")))
    a.add_argument("--count", type=int, default=60)
    a.add_argument("--requests", type=int, default=100)
    a.add_argument("--seed", type=int, default=1)
    a.add_argument("--only", type=int)
    a.add_argument("--list", action="store_true", help="print every verdict")
    a = a.parse_args()
    runner, counts, bad = Runner(a.postlint), collections.Counter(), []
    for number in [a.only] if a.only is not None else range(a.count):
        bad += judge(a, runner, number, counts)
    services = sum(counts[v] for v in ("closed", "limited", "open", "depends", "dead"))
    if counts["depends"] > 0.02 * services + 1:
        bad.append(f"{counts['depends']} of {services} services are said to depend")
    print(f"seed {a.seed}: " + ", ".join(f"{n} {k}" for k, n in sorted(counts.items())) + f": {len(bad)} failures")
    for text in bad[:30]:
        print("  " + text)
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
