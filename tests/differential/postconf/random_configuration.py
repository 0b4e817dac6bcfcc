"""Random main.cf and master.cf texts: everything that the files may hold, and at times what they may not.

A configuration is {relative name: bytes}; @DIR@ in it stands for its directory. Most configurations
are `sane`: each line is one that postconf accepts, so that its output says something about the rest
of the file too. The others may hold what is fatal.
"""

import random

COMMON = """mydestination mynetworks mynetworks_style relay_domains smtpd_recipient_restrictions
smtpd_relay_restrictions smtpd_client_restrictions smtpd_helo_restrictions myhostname mydomain myorigin
inet_interfaces inet_protocols smtpd_tls_security_level smtp_tls_security_level message_size_limit
alias_maps virtual_mailbox_maps virtual_alias_maps virtual_mailbox_domains relayhost smtpd_banner
transport_maps smtpd_helo_required queue_run_delay smtpd_restriction_classes compatibility_level
local_recipient_maps default_transport proxy_read_maps smtpd_sender_login_maps recipient_delimiter
smtpd_milters header_checks smtp_header_checks mailbox_command debugger_command local_header_rewrite_clients
forward_path default_rbl_reply smtpd_reject_footer maillog_file smtpd_expansion_filter stress
parent_domain_matches_subdomains smtpd_sasl_security_options smtp_tls_policy_maps alias_database""".split()

# Expanding these at their place of use is not what is compared here: process numbers and the like.
LEFT_OUT = {"process_id", "mail_release_date", "debugger_command", "import_environment", "export_environment",
            "shlib_directory", "meta_directory", "daemon_directory"}

ODD_NAMES = ["smtpd_recipent_restrictions", "bogus", "Mydomain", "x", "A_B", "9lives", "_", "a-b", "smtpd-banner",
             "smtp_destination_concurrency_limit", "slow_destination_rate_delay", "slow_initial_destination_concurrency",
             "policy_time_limit", "maildrop_destination_recipient_limit", "maildrop_time_limit", "relay_transport_rate_delay",
             "foo_server_host", "foo_query", "foo_result_format", "foo_hosts", "foo_search_base", "foo_bind",
             "process_name", "service_name", "config_directory", "virtual_maps", "smtpd_tls_dh1024_param_file",
             "smtpd_use_tls", "permit_mx_backup_networks", "disable_dns_lookups", "smtpd_enforce_tls", "lmtp_cache_connection",
             "tlsproxy_client_level", "tls_random_bytes", "multi_instance_name", "smtp_fallback_relay", "sun_mailtool_compatibility"]

WORDS = ["permit_mynetworks", "reject", "permit", "reject_unauth_destination", "check_client_access hash:/etc/postfix/x",
         "hash:/etc/postfix/x", "127.0.0.0/8", "[::1]/128", "100", "1h", "yes", "no", "a,b", ",", "x=y", "all", "{ a, b }",
         "{ name = v }", "{{a} {b}}", "# text", "\"q\"", "'q'", "pcre:{ {/x/ y} }", "inline:{a=b}", "inline:{ {k = v w} }", "static:{x y}",
         "unionmap:{ldap:foo, hash:/z}", "pipemap:{mysql:foo,static:x}", "mysql:foo", "ldap:foo", "proxy:ldap:foo",
         "pgsql:foo", "sqlite:foo", "memcache:foo", "ldap:/nowhere/foo.cf", "proxy:hash:/z", "ldap:@DIR@/client.cf", "mysql:@DIR@/client.cf",
         "ldap:.foo", "tcp:127.0.0.1:99", "\\", "\\n", "%s", "é", "\udcff", "$$", "$$x", "@", "!", "<>", ";", "a:b", ":", "::", "user@example.org",
         "example.org", "[192.0.2.1]:25", "class_a", "postfix/$service_name", "\x01", "\x7f", "long" * 30]

RELATIONS = ["==", "!=", "<", "<=", ">", ">="]
LEVEL_RELATIONS = ["<level", "<=level", ">level", ">=level", "==level", "!=level"]

SERVICES = ["smtp inet n - y - - smtpd", "smtp      inet  n       -       y       -       1       postscreen", "smtpd pass - - y - - smtpd",
            "submission inet n - n - - smtpd", "587 inet n - - - 20 smtpd", "smtps inet n - y - - smtpd -v", "127.0.0.1:10025 inet n - n - - smtpd",
            "[::1]:10026 inet n - n - - smtpd", "pickup unix n - n 60 1 pickup", "qmgr fifo n - n 300 1 qmgr", "qmgr unix n - n 300? 1 qmgr",
            "tlsmgr unix - - n 1000? 1 tlsmgr", "rewrite   unix  -   -  n  -  -  trivial-rewrite", "flush unix n - y 1000? 0 flush",
            "smtp unix - - y - - smtp", "relay unix - - y - - smtp", "slow unix - - n - 2 smtp", "lmtp unix - - n - - lmtp",
            "local unix - n n - - local", "virtual unix - n n - - virtual", "error unix - - n - - error", "discard unix - - n - - discard",
            "policy unix - n n - 0 spawn user=nobody argv=/bin/policy -x", "maildrop unix - n n - - pipe flags=DRhu user=vmail argv=/usr/bin/maildrop -d ${recipient}",
            "mailman unix - n n - - pipe\n  flags=FR user=list argv=/usr/lib/mailman/bin/postfix-to-mailman.py\n  ${nexthop} ${user}", "foo unix - n n - - pipe {argv=a b} null_sender=",
            "postlog unix-dgram n - n - 1 postlogd", "/var/run/x unix - - n - - smtp", "anvil unix - - y - 1 anvil", "scache unix - - y - 1 scache",
            "a.b unix - - n - - /usr/libexec/smtp", "smtp-x unix y n y 0 0 smtp"]
BAD_SERVICES = ["qmgr unix n - n 300s? 1 qmgr", "smtp inet n - n - smtpd", "smtp foo n - n - - smtpd", "smtp inet x - n - - smtpd", "smtp inet n - Y - - smtpd", "smtp inet n - n x - smtpd",
                "smtp inet n - n -? - smtpd", "smtp inet n - n - -1 smtpd", "smtp inet n - n - many smtpd", "smtp", "smtp inet", "smtp inet n n n 1w? 5 -", "smtp inet y - n ? - smtpd"]


class Generator:
    def __init__(self, seed, builtin_names):
        self.random = random.Random(seed)
        self.builtin = [name for name in builtin_names if name not in LEFT_OUT]
        self.sane = self.random.random() < 0.7
        stems = ["mua", "my_", "foo", "local_nets", "class_", "Big", "x1"]
        self.users = [self.random.choice(stems) + str(i) for i in range(self.random.randint(0, 5))] + ["class_a", "foo"]

    def chance(self, probability):
        return self.random.random() < probability

    def referenced_name(self):
        pick = self.random.random()
        if pick < 0.5:
            return self.random.choice(self.users)
        if pick < 0.7:
            return self.random.choice(["mydomain", "myhostname", "mail_name", "queue_run_delay", "config_directory", "stress", "relayhost",
                                       "compatibility_level", "mail_version", "service_name", "process_name", "myorigin"])
        if pick < 0.85:
            return self.random.choice(["nosuch", "1", "client_address", "user", "X_Y"])
        return self.random.choice(self.builtin)

    def blank(self):
        return self.random.choice(["", "", " ", "  ", "\t"])

    def braced(self, depth):
        return "{" + self.blank() + self.text(depth + 1) + self.blank() + "}"

    def operand(self, depth):
        if self.chance(0.4):
            return "{" + self.random.choice(["1", "2", "10", "007", "-1", "3.6", "3.7.11", "", "a", "b c"]) + "}"
        return self.braced(depth)

    def relation(self, depth):
        if self.chance(0.2):
            level = self.random.choice(["0", "1", "2", "3.6", "3.7", "3.10", "3.6.1"])
            return "{$compatibility_level}" + self.blank() + self.random.choice(LEVEL_RELATIONS) + self.blank() + "{" + level + "}"
        return self.operand(depth) + self.blank() + self.random.choice(RELATIONS) + self.blank() + self.operand(depth)

    def conditional(self, depth):
        test = self.relation(depth) if self.chance(0.5) else self.referenced_name()
        test += self.blank()
        shape = self.random.randint(0, 5)
        if shape == 0:
            return "${" + test + "?" + self.plain() + "}"
        if shape == 1:
            return "${" + test + ":" + self.plain() + "}"
        if shape == 2:
            return "${" + test + "?" + self.blank() + self.braced(depth) + "}"
        if shape == 3:
            return "${" + test + ":" + self.blank() + self.braced(depth) + self.blank() + "}"
        return "${" + test + "?" + self.blank() + self.braced(depth) + self.blank() + ":" + self.blank() + self.braced(depth) + self.blank() + "}"

    def macro(self, depth):
        pick = self.random.random()
        if not self.sane and pick < 0.06:
            return self.random.choice(["$", "a$", "${", "${}", "$()", "${x", "$(x", "$(x}", "${x)", "${x?{a}b}", "${x?{a}:{b}c}", "${x?{a}:b}", "${ x y }", "${x.y}", "$x.y", "$-",
                                       "${{1}=={2}", "${{1} {2}}", "${{1} ~ {2}?{a}}", "${{99999999999999999999}<{1}?{a}}", "${{1}<level{x}?{a}}", "${{3.6}<=level{99999999999}?{a}}",
                                       "${{1}=={1}?a}", "${{1}}", "${{}}", "${?x}", "${:x}", "${x?}", "${x:}", "${x?{a}?{b}}", "${x:{a}:{b}}", "${x:{a}?{b}}"])
        name = self.referenced_name()
        if pick < 0.35:
            return "$" + name + self.random.choice(["", "", "", "-x", "/x", ":x", "@x", " "])
        if pick < 0.55:
            return "${" + self.blank() + name + self.blank() + "}" + self.random.choice(["", "", "x", "1"])
        if pick < 0.65:
            return "$(" + name + ")"
        return self.conditional(depth) if depth < 3 else "$" + name

    def plain(self):
        return self.random.choice(["yes", "no", "a b", "", "{x y}", "$mydomain", "x, y", "1", ": b", "? b", "=", "a:b"])

    def word(self, depth=0):
        if self.chance(0.35):
            return self.macro(depth)
        word = self.random.choice(WORDS)
        if not self.sane and self.chance(0.03):
            word = self.random.choice(["{", "}", "{a", "a}", "{{a}", "ldap:{", "inline:{a=b", "\0", "{ldap:foo", "{a}b"])
        return word

    def text(self, depth=0):
        words = [self.word(depth) for _ in range(self.random.randint(0, 4 if depth == 0 else 2))]
        return self.random.choice([" ", " ", ", ", "  ", "\t", "," if depth == 0 else " "]).join(words)

    def name(self):
        pick = self.random.random()
        if pick < 0.35:
            return self.random.choice(COMMON)
        if pick < 0.6:
            return self.random.choice(self.builtin)
        if pick < 0.85:
            return self.random.choice(self.users)
        return self.random.choice(ODD_NAMES)

    def value(self, name):
        if name == "compatibility_level" and self.chance(0.95 if self.sane else 0.7):
            return self.random.choice(["0", "1", "2", "3.6", "3.7", "3.6.1", "999", "3.5"])
        if name == "smtpd_restriction_classes" and self.chance(0.8):
            return self.random.choice([" ", ", "]).join(self.random.sample(self.users, self.random.randint(0, len(self.users))))
        if name in ("inet_interfaces", "proxy_interfaces"):  # a host name would be asked for in the DNS
            return self.random.choice(["all", "loopback-only", "127.0.0.1", "127.0.0.1, [::1]", "192.0.2.1"])
        if name == "mynetworks_style" and (self.sane or self.chance(0.5)):
            return self.random.choice(["class", "subnet", "host"])
        if name == "inet_protocols" and (self.sane or self.chance(0.5)):
            return self.random.choice(["all", "ipv4", "ipv6", "ipv4, ipv6", "ipv6 ipv4"])
        return self.text()

    def continuation(self):
        return self.random.choice(["\n\t", "\n  ", "\n# c\n   ", "\n\n   ", "\n    # c\n  ", "\n  \n  ", "\n#\n#x = y\n\n\t", "\r\n  ", "\n \r\n  ", "\n \x0c"])

    def main_line(self):
        name = self.name()
        line = name
        if self.chance(0.02):
            line += self.continuation()
        line += self.random.choice([" = ", " = ", "=", " =", "= ", "\t=\t", "  =  "]) + self.value(name)
        while name not in ("inet_interfaces", "proxy_interfaces") and self.chance(0.25):
            line += self.continuation() + self.text()
        line += self.random.choice([""] * 12 + [" ", "\t", "   \t ", "\r", "\x0b", "\x0c", " \\"])
        if not self.sane and self.chance(0.04):
            line = self.random.choice(["  " + line, "\f" + line, line.upper(), "# " + line, " # " + line, "\0" + line, "\ufeff" + line, "\u00a0" + line])
        return line

    def main_cf(self):
        lines = [self.main_line() for _ in range(self.random.randint(1, 16))]
        if not self.sane and self.chance(0.08):
            lines.insert(self.random.randint(0, len(lines)), self.random.choice(["novalue", "= x", "bad name = x", "name: v", "a b", "smtpd_banner", "=", "==", "x y=z"]))
        if self.chance(0.06):
            # One value within another, up to and beyond the hundred levels that Postfix follows.
            depth = self.random.choice([3, 20, 99, 100, 101] if not self.sane else [3, 20, 60])
            lines += [f"deep{i} = ${{deep{i + 1}}}" for i in range(depth)] + [f"deep{depth} = end", "relayhost = $deep0"]
        for _ in range(self.random.randint(0, 3)):
            lines.insert(self.random.randint(0, len(lines)), self.random.choice(["# comment", "", "   ", "\t# comment", "#x = y", "\r", "#"]))
        return "\n".join(lines) + ("" if self.chance(0.08) else "\n")

    def option(self):
        name = self.random.choice(["smtpd_tls_security_level", "smtpd_recipient_restrictions", "smtpd_client_restrictions", "syslog_name", "bogus_name", "myhostname", "mynetworks",
                                   "smtpd_restriction_classes", "process_name", "smtpd_sasl_auth_enable", self.random.choice(self.users), self.random.choice(self.builtin)])
        value = self.random.choice(["encrypt", "permit_sasl_authenticated,reject", "$mua_client_restrictions", "postfix/$service_name", "", "yes", "$foo", "${class_a?x}", "ldap:foo", "a=b", "$" + self.random.choice(self.users)])
        if name == "smtpd_restriction_classes":
            value = ",".join(self.users[:3])
        long_value = self.text().replace("\0", "") if not self.sane else value + self.random.choice(["", " permit", "  x\ty", " $nosuch"])
        return self.random.choice([f"-o {name}={value}"] * 6 + [f"-o {{{name}={long_value}}}", f"-o {{ {name} = {long_value} }}", f"-o{name}={value}", f"-o  {name}={value}", f"-vo {name}={value}",
                                   f"-o{{{name}={value}}}", f"-o {{ {name}={long_value}}} -v"])

    def argument(self):
        choices = ["-v", "-D", "-vv", "-", "-m 10", "-z", "x", "flags=DR", "user=nobody", "{a b}", "{-o x=y}", "# text", "a=b", "\"x y\"", "-s {a b}"]
        if not self.sane:
            choices += ["-o", "-o name", "-o =x", "-o {", "{", "}", "{a", "{a}b", "-o {a=b}c", "-o {a}", "-o {=b}", "-o { = b}", "--", "-o x =y", "é", "\udcff", "\0"]
        return self.random.choice(choices)

    def master_line(self):
        line = self.random.choice(BAD_SERVICES) if not self.sane and self.chance(0.08) else self.random.choice(SERVICES)
        for _ in range(self.random.choice([0, 0, 0, 1, 1, 2, 4])):
            line += self.random.choice(["\n  ", "\n  ", " ", "\n\t", "\n# c\n  ", "\n\n  ", "\n   # c\n  "])
            line += self.option() if self.chance(0.8) else self.argument()
        return line + self.random.choice([""] * 9 + [" ", "\t", "\r"])

    def master_cf(self):
        lines = [self.master_line() for _ in range(self.random.randint(0, 7))]
        if lines and self.chance(0.2):
            lines.append(self.random.choice(lines))
        for _ in range(self.random.randint(0, 2)):
            lines.insert(self.random.randint(0, len(lines)), self.random.choice(["# comment", "", "  # comment", "#smtp inet n - n - - smtpd"]))
        if not self.sane and self.chance(0.03):
            lines.insert(0, "  -o leading=x")
        return "\n".join(lines) + ("" if self.chance(0.05) else "\n")

    def client_cf(self):
        lines = [self.random.choice(["server_host = x", "server_host = y", "query = SELECT a FROM b WHERE c='%s'", "bogus = 1", "hosts = inet:127.0.0.1", "bind = no", "dbname=x", "# comment", "bind = $no\n   more", "user ="])
                 for _ in range(self.random.randint(0, 5))]
        if not self.sane and self.chance(0.1):
            lines.append("novalue")
        return "\n".join(lines) + "\n"

    def configuration(self):
        files = {"main.cf": self.main_cf()}
        if self.chance(0.97):
            files["master.cf"] = self.master_cf()
        if self.chance(0.7):
            files["client.cf"] = self.client_cf()
        return {name: text.encode("utf-8", "surrogateescape") for name, text in files.items()}


def generate(seed, builtin_names):
    """The configuration of a seed."""
    return Generator(seed, builtin_names).configuration()
