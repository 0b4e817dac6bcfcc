#!/usr/bin/env python3
"""Does `postlint trace` answer what a real smtpd answers? Random configurations, played against both.

usage: live.py [--postlint PROGRAM] [--count N] [--requests N] [--seed N] [--sbin DIR --postfix-version V] [--keep DIR]

Needs root, network and mount namespaces, ip(8), openssl and an installed Postfix; says what is missing and skips (77).
The machine's own mail system is never touched: the servers run in their own namespaces, with their own configuration,
queue and data directories; clients connect from their addresses in a second network namespace, the DNS is a stub.
"""
import argparse, base64, collections, contextlib, ctypes, ipaddress, json, os, random, re, resource, select, shutil, signal, socket, ssl, struct, subprocess, sys, tempfile, threading, time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import generate, generate_more
from replay_vectors import REPOSITORY, Runner

STAGES = ("connect", "helo", "starttls", "auth", "mail", "rcpt", "data", "eod")
SERVER4, SERVER6, NAME = "203.0.113.10", "2001:db8:1::10", "mail.home.example"
FACTS_HOST = {"name": NAME, "addresses": ["127.0.0.1/8", "::1/128", SERVER4 + "/24", SERVER6 + "/64"]}
TYPES = {1: "A", 2: "NS", 12: "PTR", 15: "MX", 16: "TXT", 28: "AAAA"}
LIBC = ctypes.CDLL(None, use_errno=True)
PATIENCE = 60  # seconds; a machine may be busy with other tests
NO_GREETING = "no greeting"
CLONE_NEWNET = 0x40000000


def skip(why):
    print("skipped:", why)
    sys.exit(77)


def run(*command):
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def zone():
    """name -> type -> records, reverse names included."""
    names = {k: v if v == "tempfail" else dict(v) for k, v in generate_more.ZONE.items()}
    for address in generate_more.TEMPFAIL:
        names[ipaddress.ip_address(address).reverse_pointer] = "tempfail"
    for address, name in list(generate_more.REVERSE.items()) + list(generate_more.HALF.items()):
        names[ipaddress.ip_address(address).reverse_pointer] = {"PTR": [name]}
    for address, name in list(generate.CLIENTS.items()) + [(SERVER6, NAME)]:
        if name and not ipaddress.ip_address(address).is_loopback:
            ip = ipaddress.ip_address(address)
            names.setdefault(ip.reverse_pointer, {})["PTR"] = [name]
            names.setdefault(name, {})["AAAA" if ip.version == 6 else "A"] = [address]
    return names


# ---------------------------------------------------------------- the stub DNS
class Dns(threading.Thread):
    def __init__(self, names):
        super().__init__(daemon=True)
        self.names = names
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 53))

    @staticmethod
    def name(text):
        return b"".join(bytes([len(l)]) + l.encode("latin-1") for l in text.rstrip(".").split(".") if l) + b"\0"

    def data(self, kind, record):
        if kind in ("A", "AAAA"):
            return ipaddress.ip_address(record).packed
        if kind == "MX":
            preference, host = record.split()
            return struct.pack(">H", int(preference)) + self.name(host)
        return bytes([len(record)]) + record.encode() if kind == "TXT" else self.name(record)

    def answer(self, query):
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1: at + 1 + query[at]].decode("latin-1").lower())
            at += query[at] + 1
        question, wanted = query[12: at + 5], ".".join(labels)
        kind = TYPES.get(struct.unpack(">H", query[at + 1: at + 3])[0])
        exists = any(n == wanted or n.endswith("." + wanted) for n in self.names)
        found = self.names.get(wanted, {})
        failed = found == "tempfail"
        records = [] if failed else found.get(kind, [])
        out = query[:2] + struct.pack(">HHHHH", 0x8580 | (2 if failed else 0 if exists else 3), 1, len(records), 0, 0) + question
        for record in records:
            data = self.data(kind, record)
            out += b"\xc0\x0c" + question[-4:-2] + struct.pack(">HIH", 1, 60, len(data)) + data
        return out

    def run(self):
        while True:
            query, client = self.socket.recvfrom(4096)
            with contextlib.suppress(Exception):
                self.socket.sendto(self.answer(query), client)


# ---------------------------------------------------------------- logins: the protocol of Dovecot
def serve_logins(path):
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    listener.bind(path)
    os.chmod(path, 0o666)
    listener.listen(50)

    def talk(connection):
        try:
            answer(connection.makefile("rwb", 0))
        except ConnectionResetError:  # smtpd has died
            pass

    def answer(stream):
        stream.write(b"VERSION\t1\t1\nMECH\tPLAIN\tplaintext\nSPID\t1\nCUID\t1\nCOOKIE\t0123456789abcdef0123456789abcdef\nDONE\n")
        for line in stream:
            words = line.decode().rstrip("\n").split("\t")
            if words[0] == "AUTH":
                response = next(w[5:] for w in words if w.startswith("resp="))
                stream.write(f"OK\t{words[1]}\tuser={base64.b64decode(response).split(bytes(1))[1].decode()}\n".encode())

    def accept():
        while True:
            threading.Thread(target=talk, args=(listener.accept()[0],), daemon=True).start()
    threading.Thread(target=accept, daemon=True).start()


# ---------------------------------------------------------------- policy services
def serve_policies():
    def talk(stream, action):
        for line in stream:
            if line == b"\n":
                stream.write(f"action={action}\n\n".encode())

    def accept(listener, action):
        while True:
            threading.Thread(target=talk, args=(listener.accept()[0].makefile("rwb", 0), action), daemon=True).start()
    for port, action in generate_more.POLICIES.items():
        if action is not None:
            threading.Thread(target=accept, args=(socket.create_server(("127.0.0.1", port)), action), daemon=True).start()


# ---------------------------------------------------------------- the clients' network
class Network:
    def __init__(self):
        run("ip", "link", "set", "lo", "up")
        self.home = os.open("/proc/self/ns/net", os.O_RDONLY)
        self.holder = subprocess.Popen(["unshare", "-n", "sleep", "7200"])
        for _ in range(200):
            there = os.readlink(f"/proc/{self.holder.pid}/ns/net")
            if there != os.readlink("/proc/self/ns/net"):
                break
            time.sleep(.01)
        self.there = os.open(f"/proc/{self.holder.pid}/ns/net", os.O_RDONLY)
        run("ip", "link", "add", "srv", "type", "veth", "peer", "name", "cli", "netns", str(self.holder.pid))
        for command in (f"link set srv addrgenmode none", f"addr add {SERVER4}/24 dev srv", f"addr add {SERVER6}/64 dev srv nodad", "link set srv up", "route add default dev srv", "-6 route add default dev srv"):
            run("ip", *command.split())
        inside = ["nsenter", "-t", str(self.holder.pid), "-n", "ip"]
        for command in ("link set lo up", "link set cli addrgenmode none", "link set cli up", "addr add 203.0.113.1/24 dev cli", "addr add 2001:db8:1::1/64 dev cli nodad"):
            run(*inside, *command.split())
        for address in generate_more.CLIENTS:
            ip = ipaddress.ip_address(address)
            if not ip.is_loopback and address != SERVER4:
                run(*inside, "addr", "add", f"{address}/{ip.max_prefixlen}", "dev", "cli", *(["nodad"] if ip.version == 6 else []))

    def enter(self, namespace):
        if LIBC.setns(namespace, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")

    def connect(self, client, port):
        ip = ipaddress.ip_address(client)
        mine = ip.is_loopback or client == SERVER4
        if not mine:
            self.enter(self.there)
        try:
            s = socket.socket(socket.AF_INET6 if ip.version == 6 else socket.AF_INET)
        finally:
            self.enter(self.home)
        s.settimeout(PATIENCE)
        s.bind((client, 0))
        s.connect((client if ip.is_loopback else SERVER6 if ip.version == 6 else SERVER4, port))
        return s


# ---------------------------------------------------------------- the server
SERVICES = """rewrite unix - - n - - trivial-rewrite
proxymap unix - - n - - proxymap
anvil unix - - n - 1 anvil
tlsmgr unix - - n 1000? 1 tlsmgr
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
cleanup unix n - n - 0 cleanup
local unix - n n - - discard
virtual unix - n n - - discard
discard unix - - n - - discard
error unix - - n - - error
retry unix - - n - - error
smtp unix - - n - - discard
relay unix - - n - - discard
qmgr unix n - n 300 1 qmgr
postlog unix-dgram n - n - 1 postlogd
"""


class Server:
    def __init__(self, top, files, sbin):
        self.conf, self.queue, self.log = (os.path.join(top, n) for n in ("conf", "queue", "log"))
        os.makedirs(self.conf)
        self.write(top, files, sbin)
        self.make_queue(top)
        run("mount", "--bind", self.conf, "/etc/postfix")
        for name in files:
            if f"hash:/etc/postfix/{name}" in files["main.cf"].replace("texthash:", "") + "".join(files.values()).replace("texthash:", ""):
                subprocess.run(["postmap", f"hash:/etc/postfix/{name}"], capture_output=True)
        serve_logins(os.path.join(self.queue, "private", "logins"))
        self.process = subprocess.Popen([f"{sbin}/master", "-c", self.conf, "-d"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)

    def write(self, top, files, sbin):
        own = f"""queue_directory = {self.queue}
data_directory = {top}/data
daemon_directory = {sbin}
maillog_file_prefixes = /
maillog_file = {self.log}
multi_instance_enable = no
smtpd_error_sleep_time = 0
smtpd_soft_error_limit = 9999
smtpd_hard_error_limit = 9999
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/logins
"""
        for name, text in dict(files, **{"main.cf": files["main.cf"] + own, "master.cf": files["master.cf"] + SERVICES}).items():
            with open(os.path.join(self.conf, name), "w") as f:
                f.write(text)
        for name in ("dynamicmaps.cf", "dynamicmaps.cf.d"):
            source = os.path.join("/etc/postfix", name)
            if os.path.isdir(source):
                shutil.copytree(source, os.path.join(self.conf, name))
            elif os.path.exists(source):
                shutil.copy(source, self.conf)
        shutil.copy(os.path.join(os.path.dirname(top), "live.pem"), self.conf)
        for name in dict.fromkeys((*files, "main.cf", "master.cf")):  # Postfix waits for files that were changed just now
            os.utime(os.path.join(self.conf, name), (time.time() - 3600,) * 2)

    def make_queue(self, top):
        os.chmod(top, 0o755)
        os.makedirs(top + "/data")
        shutil.chown(top + "/data", "postfix")
        os.makedirs(self.queue)
        for name in "active bounce corrupt defer deferred flush hold incoming private saved trace pid public maildrop".split():
            os.makedirs(os.path.join(self.queue, name))
            if name != "pid":
                shutil.chown(os.path.join(self.queue, name), "postfix")
        for name, mode in (("public", 0o710), ("maildrop", 0o730)):
            shutil.chown(os.path.join(self.queue, name), "postfix", "postdrop")
            os.chmod(os.path.join(self.queue, name), mode)

    def said(self):
        with contextlib.suppress(OSError):
            return open(self.log, errors="replace").read()
        return ""

    def wait(self):
        for _ in range(200):
            with contextlib.suppress(OSError):
                socket.create_connection(("127.0.0.1", 20025), timeout=1).close()
                return
            if self.process.poll() is not None:
                return
            time.sleep(.02)

    def smtpd_died(self):
        return bool(re.search(r"smtpd\[\d+\]: fatal|smtpd pid \d+ killed by signal", self.said()))

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(5)
        except subprocess.TimeoutExpired:
            self.process.kill()
        run("umount", "-l", "/etc/postfix")


# ---------------------------------------------------------------- one session
class Dialogue:
    def __init__(self, connection):
        self.connection, self.stream = connection, connection.makefile("rb")

    def reply(self):
        while True:
            line = self.stream.readline()
            if not line:
                raise EOFError("connection closed")
            line = line.decode(errors="surrogateescape").rstrip("\r\n")
            if line[3:4] != "-":
                return line

    def say(self, command):
        self.connection.sendall(command.encode() + b"\r\n")
        return self.reply()

    def start_tls(self):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        self.__init__(context.wrap_socket(self.connection))


# Of a request that could not be asked, because master(8) waits before it starts a process again
# that died: it says nothing about the answer, since some requests kill a process that serves others.
THROTTLED = "throttled"


def argument(address):
    """As requests have it: an address, or all that the client says behind the colon."""
    return address if "<" in address else f"<{address}>"


def recipients_of(request):
    return request["to"] if isinstance(request["to"], list) else [request["to"]]


def wait_for_greeting(connection, server):
    """master(8) lets clients wait whose process died at its start."""
    end = time.time() + PATIENCE
    while not select.select([connection], [], [], .2)[0]:
        if server.smtpd_died() or time.time() > end:
            raise OSError(NO_GREETING)


def play(network, server, request):
    """Replies by stage; "dead" where the server does not answer."""
    out = dict(dict.fromkeys(STAGES), recipients=[])
    try:
        connection = network.connect(request["client"], int(request["service"]))
        wait_for_greeting(connection, server)
        d = Dialogue(connection)
        out["connect"] = d.reply()
        ehlo = request["helo"] is not None
        hello = "EHLO " if request.get("ehlo", True) else "HELO "
        if ehlo:
            out["helo"] = d.say(hello + request["helo"])
        if request["tls"]:
            out["starttls"] = d.say("STARTTLS")
            if out["starttls"][0] != "2":
                return out
            d.start_tls()
            if ehlo:
                out["helo"] = d.say(hello + request["helo"])
        if request["sasl"]:
            out["auth"] = d.say("AUTH PLAIN " + base64.b64encode(f"\0{request['sasl']}\0x".encode()).decode())
            if out["auth"][0] != "2":
                return out
        out["mail"] = d.say("MAIL FROM:" + argument(request["from"]))
        if out["mail"][0] != "2":
            return out
        for recipient in recipients_of(request):
            out["rcpt"] = d.say("RCPT TO:" + argument(recipient))
            out["recipients"].append(out["rcpt"])
        if request.get("until") in ("data", "eod"):
            out["data"] = d.say("DATA")
        if request.get("until") == "eod" and out["data"][0] == "3":
            out["eod"] = re.sub(" as [0-9A-F]+$", "", d.say("Subject: test\r\n\r\ntest\r\n."))
    except (EOFError, ConnectionResetError, BrokenPipeError):  # which of them is a matter of timing
        out["dead"] = "connection closed"
    except OSError as error:
        out["dead"] = str(error)
    return out


def play_patiently(network, server, request):
    """The replies, what was logged, and whether the process died. A busy machine gets another try."""
    for _ in range(4):
        before = len(server.said())
        replies = play(network, server, request)
        if replies.get("dead"):
            time.sleep(.1)
        said = server.said()
        died = bool(replies.get("dead")) and server.smtpd_died()
        if died or not replies.get("dead") or replies["connect"] is not None or replies["dead"] == NO_GREETING:
            break
        time.sleep(.5)
    return replies, said[before:], died


def differences(request, real, said, result):
    if result.get("error"):
        return f"error {result['error']}"
    if real.get("dead") == THROTTLED:
        return None
    if real.get("dead"):
        hung_up = real["dead"] == "connection closed" and any((real[s] or "").startswith(("421", "521")) for s in STAGES)
        hung_up |= real["dead"] == "connection closed" and result["verdict"] == "reject" and not result["reply"]  # HANGUP
        if not hung_up:
            return None if result["verdict"] == "fatal" else f"server: {real} {said[-300:]}"
    if result["verdict"] == "fatal":
        return f"fatal: {result['fatal']}"
    if result["verdict"] == "depends":
        return f"depends on {result['assumes']}"
    other = next((f"{s}: {real[s]!r}, not {result['replies'][s]!r}" for s in STAGES if real[s] != result["replies"].get(s)), None)
    told = [r["reply"] for r in result["recipients"] if r["reply"]]
    return other or (f"recipients: {real['recipients']}, not {told}" if real["recipients"] != told else None)


def one_configuration(runner, network, top, number, a):
    r = random.Random(f"{a.seed}/{number}")
    maker = generate_more.WideMaker(r) if a.kind == "wide" or a.kind == "both" and number % 2 else generate.Maker(r)
    files = maker.configuration()
    requests = [maker.request() for _ in range(a.requests)]
    server = Server(os.path.join(top, str(number)), files, a.sbin)
    try:
        server.wait()
        real, hung = [], set()
        for request in requests:
            if request["service"] in hung:
                a.verdicts["not asked: the process had died"] += 1
                real.append((dict(dict.fromkeys(STAGES), dead=THROTTLED), ""))
                continue
            replies, said, died = play_patiently(network, server, request)
            if died:
                hung.add(request["service"])
            real.append((replies, said))
    finally:
        server.stop()
    policies = {f"inet:127.0.0.1:{port}": action or "tempfail" for port, action in generate_more.POLICIES.items()}
    facts = {"host": FACTS_HOST, "dns": dict(zone(), **{"*": "nxdomain"}), "policy": policies}
    results = runner.trace(server.conf, requests, facts, ["--missing-tables=absent"])
    bad = []
    for request, (replies, said), result in zip(requests, real, results):
        a.verdicts[result.get("verdict", "error")] += 1
        why = differences(request, replies, said, result)
        if why:
            bad.append((number, request, why))
    if bad and a.keep:
        shutil.copytree(server.conf, os.path.join(a.keep, str(number)), dirs_exist_ok=True)
    shutil.rmtree(os.path.join(top, str(number)), ignore_errors=True)
    return bad


def arguments():
    a = argparse.ArgumentParser()
    a.add_argument("--postlint", default=os.environ.get("POSTLINT", os.path.join(REPOSITORY, "build", "dev", "postlint")))
    a.add_argument("--count", type=int, default=60)
    a.add_argument("--requests", type=int, default=16)
    a.add_argument("--seed", type=int, default=1)
    a.add_argument("--kind", default="both", choices=("common", "wide", "both"), help="wide: see generate_more.py; both: by turns")
    a.add_argument("--only", type=int)
    a.add_argument("--sbin", default="/usr/lib/postfix/sbin")
    a.add_argument("--postfix-version", default="3.7.11", help="of the Postfix in --sbin")
    a.add_argument("--keep", help="copy configurations with differences here")
    return a.parse_args()


def enter_namespaces():
    if os.environ.get("POSTLINT_LIVE"):
        # postlogd(8) waits for itself if others have filled its queue before it logs what is odd about main.cf.
        try:
            with open("/proc/sys/net/unix/max_dgram_qlen", "w") as f:
                f.write("1000")
        except OSError as error:
            print("servers may hang:", error)
        return
    if os.geteuid() != 0:
        skip("needs root")
    for program in ("unshare", "nsenter", "ip", "openssl", "mount", "postmap"):
        if not shutil.which(program):
            skip(f"{program} is not installed")
    if subprocess.run(["unshare", "-m", "-n", "-u", "true"], capture_output=True).returncode:
        skip("this kernel does not allow namespaces")
    os.execvpe("unshare", ["unshare", "-m", "-n", "-u", "--propagation", "private", sys.executable, os.path.abspath(sys.argv[0])] + sys.argv[1:], dict(os.environ, POSTLINT_LIVE="1"))


def main():
    a = arguments()
    if not os.path.exists(a.sbin + "/smtpd"):
        skip(f"no Postfix in {a.sbin}")
    enter_namespaces()
    resource.setrlimit(resource.RLIMIT_NOFILE, (8192, 8192))
    socket.sethostname(NAME)
    network, top = Network(), tempfile.mkdtemp(prefix="postlint-live-")
    os.chmod(top, 0o755)
    try:
        for name, text in (("resolv.conf", "nameserver 127.0.0.1\noptions timeout:1 attempts:1\n"), ("hosts", "127.0.0.1 localhost\n::1 localhost\n")):
            with open(os.path.join(top, name), "w") as f:
                f.write(text)
            run("mount", "--bind", os.path.join(top, name), os.path.realpath("/etc/" + name))
        run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=" + NAME, "-days", "9", "-keyout", top + "/key", "-out", top + "/cert")
        with open(top + "/live.pem", "w") as f:
            f.write(open(top + "/key").read() + open(top + "/cert").read())
        Dns(zone()).start()
        serve_policies()
        runner, bad, a.verdicts = Runner(a.postlint, a.postfix_version), [], collections.Counter()
        numbers = [a.only] if a.only is not None else range(a.count)
        for number in numbers:
            bad += one_configuration(runner, network, top, number, a)
    finally:
        network.holder.kill()
        shutil.rmtree(top, ignore_errors=True)
    verdicts = ", ".join(f"{n} {v}" for v, n in sorted(a.verdicts.items()))
    print(f"{len(numbers)} configurations x {a.requests} requests, Postfix {a.postfix_version}, seed {a.seed} ({verdicts}): {len(bad)} differences")
    for number, request, why in bad[:40]:
        print(f"  #{number} {json.dumps(request)}\n      {why}")
    sys.exit(1 if bad else 0)


if __name__ == "__main__":
    main()
