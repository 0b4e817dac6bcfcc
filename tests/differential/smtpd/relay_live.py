#!/usr/bin/env python3
"""Does a real smtpd accept every witness of `postlint relay`, and does none that is `closed` serve a stranger?

usage: relay_live.py [--postlint PROGRAM] [--count N] [--requests N] [--seed N] [--sbin DIR]

Sharp cases first, then random configurations. Needs what live.py needs; says what is missing and skips (77).
"""
import collections, contextlib, ipaddress, json, os, random, shutil, socket, ssl, subprocess, sys, tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import generate, live
from relay_random import FOREIGN, relay
from replay_vectors import Runner

HEAD = "compatibility_level = 3.6\nmyhostname = mail.home.example\nmydestination = home.example\n"
RELAY = HEAD + "mynetworks = 127.0.0.0/8\nsmtpd_relay_restrictions = "
CASES = {  # name: main.cf, tables, verdict
    "wide network": (HEAD + "mynetworks = 172.0.0.0/8\n", {}, "open"),
    "two halves": (HEAD + "mynetworks = 0.0.0.0/1 128.0.0.0/1\n", {}, "open"),
    "any certificate": (RELAY + "permit_tls_clientcerts, reject_unauth_destination\nrelay_clientcerts = static:x\nsmtpd_tls_ask_ccert = yes\n"
                        "smtpd_tls_security_level = may\nsmtpd_tls_chain_files = /etc/postfix/live.pem\n", {}, "open"),
    "local part": (RELAY + "check_recipient_access inline:{{abuse@ = OK}}, reject_unauth_destination\n", {}, "limited"),
    "helo list": (RELAY + "check_recipient_access static:OK, reject\nsmtpd_helo_restrictions = reject\n", {}, "open"),
    "friends": (RELAY + "check_sender_access texthash:/etc/postfix/friends, reject_unauth_destination\n", {"friends": "partner.example OK\n"}, "open"),
    "null sender": (RELAY + "check_sender_access inline:{{<> = OK}}, reject_unauth_destination\n", {}, "open"),
    "top-level domain": (RELAY + "check_client_access inline:{com=OK}, reject_unauth_destination\n", {}, "open"),
    "no name": (RELAY + "check_client_access inline:{unknown=OK}, reject_unauth_destination\n", {}, "open"),
    "regular expression": (RELAY + "check_client_access pcre:/etc/postfix/clients, reject_unauth_destination\n", {"clients": "/^(mx|relay)\\d+\\.partner/ OK\n"}, "open"),
    "naked address": (RELAY + "permit_naked_ip_address, reject_unauth_destination\n", {}, "open"),
    "any domain": (HEAD + "mynetworks = 127.0.0.0/8\nrelay_domains = static:x\n", {}, "open"),
    "untrusted routing": (HEAD + "mynetworks = 127.0.0.0/8\nrelay_domains = partner.example\nallow_untrusted_routing = yes\n", {}, "open"),
    "two recipients": (RELAY + "check_recipient_access static:OK, reject\nsmtpd_data_restrictions = reject_unauth_destination\n", {}, "open"),
    "backup exchanger": (RELAY + "permit_mx_backup, reject_unauth_destination\nmydestination = home.example, mail.home.example\n", {}, "limited"),
    "known domain": (RELAY + "reject_unknown_sender_domain, check_sender_access inline:{partner.example=OK}, reject_unauth_destination\n", {}, "open"),
    "named client": (RELAY + "reject_unknown_client_hostname, check_helo_access inline:{partner.example=OK}, reject_unauth_destination\n", {}, "open"),
    "closed": (HEAD + "mynetworks = 127.0.0.0/8\n", {}, "closed"),
}


class World:
    """The clients' side, made as the witnesses need it."""

    def __init__(self, network, names, top):
        self.network, self.names, self.top, self.known = network, names, top, set(generate.CLIENTS)

    def prepare(self, witness):
        request = witness["request"]
        for name, types in ((witness["facts"] or {}).get("dns", {})).items():
            self.names.setdefault(name, {}).update(types)
        self.address(request["client"], request.get("client_name"), request.get("reverse_name"))

    def address(self, address, name, reverse):
        ip = ipaddress.ip_address(address)
        if address not in self.known:
            self.known.add(address)
            subprocess.run(["nsenter", "-t", str(self.network.holder.pid), "-n", "ip", "addr", "add", f"{address}/{ip.max_prefixlen}", "dev", "cli", *(["nodad"] if ip.version == 6 else [])],
                           check=True, capture_output=True)
        self.names.pop(ip.reverse_pointer, None)
        if isinstance(reverse or name, str):
            self.names[ip.reverse_pointer] = {"PTR": [reverse or name]}
        if isinstance(name, str):
            self.names.setdefault(name, {})["AAAA" if ip.version == 6 else "A"] = [address]

    def converse(self, request, port):
        """The reply to the last RCPT, and to DATA and the end if they are asked for."""
        d = live.Dialogue(self.network.connect(request["client"], port))
        d.reply()
        ehlo = request["helo"]
        if ehlo is not None:
            d.say("EHLO " + ehlo)
        if request["tls"]:
            if d.say("STARTTLS")[0] != "2":
                return "no STARTTLS"
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
            if request["tls"] != "anonymous":
                context.load_cert_chain(os.path.join(self.top, "live.pem"))
            d.__init__(context.wrap_socket(d.connection))
            if ehlo is not None:
                d.say("EHLO " + ehlo)
        reply = d.say(f"MAIL FROM:<{request['from']}>")
        to = request["to"] if isinstance(request["to"], list) else [request["to"]]
        for each in to:
            if reply[0] == "2":
                reply = d.say(f"RCPT TO:<{each}>")
        if reply[0] == "2" and request.get("until") in ("data", "eod"):
            reply = d.say("DATA")
            if reply[0] == "3" and request["until"] == "eod":
                reply = d.say("Subject: x\r\n\r\nx\r\n.")
        return reply

    def ask(self, request, port):
        for _ in range(3):
            try:
                return self.converse(request, port)
            except (OSError, EOFError) as error:
                reply = f"no answer: {error}"
        return reply


def stranger_requests(r, count):
    for _ in range(count):
        yield {"client": r.choice(["198.18.5.5", "192.0.2.200"]), "client_name": None, "helo": r.choice(generate.HELOS), "tls": None, "sasl": None,
               "from": r.choice(generate.SENDERS), "to": r.choice(FOREIGN)}


def one(a, world, runner, files, name, wanted, r):
    bad = []
    # In the sharp cases the DNS has what a witness asks for.
    document = {"host": live.FACTS_HOST, "dns": dict(live.zone(), **({} if wanted else {"*": "nxdomain"}))}
    top = os.path.join(world.top, "server")
    server = live.Server(top, files, a.sbin)
    try:
        server.wait()
        for service in relay(a.postlint, server.conf, document):
            verdict, port = service["verdict"], int(service["service"].split("/")[0])
            a.counts[verdict] += 1
            if wanted and verdict != wanted:
                bad.append(f"{name}: {verdict}, not {wanted}")
            for witness in service["witnesses"]:
                if witness["assumes"]:
                    continue
                world.prepare(witness)
                reply = world.ask(witness["request"], port)
                a.counts["witnesses"] += 1
                if reply[0] not in "23":
                    bad.append(f"{name}: the server says {reply} to {json.dumps(witness['request'])}")
            # Who is trusted by an address or a name is no stranger.
            if verdict == "closed" and not any(p["kind"] in ("network", "table", "name") for p in service["trusted"]):
                for request in stranger_requests(r, a.requests):
                    world.address(request["client"], None, None)
                    reply = world.ask(request, port)
                    a.counts["strangers"] += 1
                    if reply[0] == "2":
                        bad.append(f"{name}: closed, but the server says {reply} to {json.dumps(request)}")
    finally:
        server.stop()
        shutil.rmtree(top, ignore_errors=True)
    return bad


def every_case(a, world, runner):
    bad = []
    for name, (text, tables, wanted) in CASES.items():
        if a.only is None:
            files = dict(tables, **{"main.cf": text, "master.cf": "20025 inet n - n - - smtpd\n"})
            bad += one(a, world, runner, files, name, wanted, random.Random(1))
    for number in [a.only] if a.only is not None else range(a.count):
        r = random.Random(f"{a.seed}/{number}")
        bad += one(a, world, runner, generate.Maker(r).configuration(), f"#{number}", None, r)
    return bad


def main():
    a = live.arguments()
    if not os.path.exists(a.sbin + "/smtpd"):
        live.skip(f"no Postfix in {a.sbin}")
    live.enter_namespaces()
    socket.sethostname(live.NAME)
    a.counts = collections.Counter()
    network, top = live.Network(), tempfile.mkdtemp(prefix="postlint-relay-")
    os.chmod(top, 0o755)
    try:
        for name, text in (("resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n"), ("hosts", "127.0.0.1 localhost\n::1 localhost\n")):
            with open(os.path.join(top, name), "w") as f:
                f.write(text)
            live.run("mount", "--bind", os.path.join(top, name), os.path.realpath("/etc/" + name))
        live.run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=" + live.NAME, "-days", "9", "-keyout", top + "/key", "-out", top + "/cert")
        with open(top + "/live.pem", "w") as f:
            f.write(open(top + "/key").read() + open(top + "/cert").read())
        names = live.zone()
        live.Dns(names).start()
        bad = every_case(a, World(network, names, top), Runner(a.postlint))
    finally:
        network.holder.kill()
        shutil.rmtree(top, ignore_errors=True)
    print(f"seed {a.seed}: " + ", ".join(f"{n} {k}" for k, n in sorted(a.counts.items())) + f": {len(bad)} failures")
    for text in bad[:40]:
        print("  " + text)
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
