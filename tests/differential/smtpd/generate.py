"""Random configurations with requests: every answer follows from the files, the request, the DNS zone and the host."""

CLIENTS = {  # address: verified name
    "127.0.0.1": "localhost", "203.0.113.10": "mail.home.example", "10.9.8.7": "pc.office.example", "10.9.200.1": None,
    "192.0.2.33": "mx.friend.example", "192.0.2.200": None, "198.51.100.9": "host.isp.example", "198.18.5.5": None,
    "2001:db8:77::5": "six.friend.example", "2001:db8:99::1": None,
}
ZONE = {
    "friend.example": {"MX": ["10 mx.friend.example"]}, "isp.example": {"A": ["198.51.100.9"]},
    "nomail.example": {"MX": ["0 ."]}, "mx-only.example": {"MX": ["5 mx.friend.example"]},
    "9.100.51.198.bl.example": {"A": ["127.0.0.4"], "TXT": ["listed"]}, "isp.example.dbl.example": {"A": ["127.0.0.2"]},
}
HELOS = [None, "mx.friend.example", "home.example", "friend", "[192.0.2.33]", "[nonsense]", "10.9.8.7", "bad_name.example", "x..y", "isp.example"]
SENDERS = ["", "ann@home.example", "joe@friend.example", "joe@sub.friend.example", "root", "who@nowhere.example", "a@nomail.example", "ann+x@home.example",
           "bot@isp.example", "x@host", "\"odd one\"@friend.example", "ann@[192.0.2.33]"]
RECIPIENTS = ["ann@home.example", "nobody@home.example", "ann+list@home.example", "ANN@Home.Example", "ann@box.example", "ghost@box.example", "all@alias.example",
              "none@alias.example", "u@relay.example", "u@deep.relay.example", "far@away.example", "far@sub.away.example", "ann", "postmaster", "abuse@away.example",
              "far%away.example@home.example", "away.example!far@home.example", "@home.example:far@away.example", "far@away.example@home.example", "far%x@relay.example",
              "u@[203.0.113.10]", "u@[192.0.2.1]", "u@203.0.113.10", "u@away.example.", "u@", "\"a@b\"@home.example", "double-bounce@mail.home.example", "ann@mail.home.example",
              "far@nomail.example", "far@mx-only.example", "-dash@home.example", "u@box..example"]
RESULTS = ["OK", "REJECT", "REJECT no thanks", "DUNNO", "DEFER", "DEFER 4.2.1 wait", "DEFER_IF_PERMIT", "DEFER_IF_REJECT 4.3.0 hm", "550 5.1.1 gone", "450", "554",
           "421 4.7.0 later", "599 odd", "RELAY", "HOLD", "DISCARD", "WARN w", "INFO", "PREPEND X-Y: z", "REDIRECT a@home.example", "BCC a", "FILTER smtp:x", "permit", "reject",
           "warn_if_reject reject, permit_mynetworks", "permit_mynetworks, reject_unauth_destination", "strict", "nonsense", "OK, really", "check_client_access static:OK",
           "permit_sasl_authenticated", "reject_unauth_destination", "defer_if_permit"]
KEYS = {
    "client": ["10", "10.9", "192.0.2", "192.0.2.33", "friend.example", ".friend.example", "unknown", "isp.example", "example", "2001:db8:77", "198.18.5.5"],
    "helo": ["friend.example", "mx.friend.example", "home.example", "friend", "[192.0.2.33]", "10.9.8.7", "10.9", "example"],
    "sender": ["friend.example", ".friend.example", "joe@friend.example", "<>", "joe@", "home.example", "ann@home.example", "example", "root@", "isp.example"],
    "recipient": ["away.example", ".away.example", "far@away.example", "far@", "home.example", "ann@", "relay.example", "abuse@", "box.example", "u@", "example"],
}
SUBJECT = {"client": "check_client_access", "helo": "check_helo_access", "sender": "check_sender_access", "recipient": "check_recipient_access"}


class Maker:
    def __init__(self, random):
        self.r = random
        self.files = {}

    def table(self, kind):
        r, rows, seen = self.r, [], set()
        for _ in range(r.randint(1, 5)):
            key = r.choice(KEYS[kind])
            if key not in seen:
                seen.add(key)
                rows.append((key, r.choice(RESULTS)))
        name = f"{kind}{len(self.files)}"
        form = r.choice(["texthash", "hash", "inline", "regexp", "pcre", "static", "cidr"] if kind == "client" else ["texthash", "hash", "inline", "regexp", "pcre", "static"])
        if form == "static":
            return "static:{" + r.choice(RESULTS) + "}"
        if form == "inline":
            return "inline:{" + " ".join("{" + k + " = " + v + "}" for k, v in rows) + "}"
        if form in ("texthash", "hash"):
            text = "".join(f"{k} {v}\n" for k, v in rows)
        elif form == "cidr":
            text = "".join(f"{r.choice(['10.0.0.0/8', '192.0.2.0/24', '!192.0.2.0/25', '2001:db8::/32', '0.0.0.0/0', '198.18.5.5'])} {v}\n" for _, v in rows)
        else:
            text = "".join(f"{r.choice(['', '!'])}/{r.choice(['^', '', '@'])}{k.strip('.<>').replace('.', chr(92) + '.').replace('[', '').replace(']', '')}{r.choice(['$', ''])}/{r.choice(['', 'i'])} {v}\n" for k, v in rows)
            if r.random() < .25:
                text = "if /example/\n" + text + "endif\n"
        self.files[name] = text
        return f"{form}:/etc/postfix/{name}"

    def item(self, stage):
        r = self.r
        any_stage = ["permit_mynetworks"] * 3 + ["permit_sasl_authenticated"] * 3 + ["reject_unknown_client_hostname", "reject_unknown_reverse_client_hostname", "permit_inet_interfaces",
                     "reject_plaintext_session", "strict", "lenient", "defer_if_permit", "defer_if_reject", "reject_rbl_client bl.example", "reject_rbl_client bl.example=127.0.0.[2..3]",
                     "reject_rhsbl_client dbl.example", "permit_dnswl_client bl.example", "check_reverse_client_hostname_access " + self.table("client"), "warn_if_reject reject",
                     "sleep 0", "unknown_word", "check_sasl_access inline:{{ann=REJECT} {joe=OK}}"]
        by_stage = {
            "client": ["check_client_access "],
            "helo": ["check_helo_access ", "reject_invalid_helo_hostname", "reject_non_fqdn_helo_hostname", "reject_unknown_helo_hostname", "check_helo_mx_access "],
            "sender": ["check_sender_access ", "reject_non_fqdn_sender", "reject_unknown_sender_domain", "reject_sender_login_mismatch", "reject_known_sender_login_mismatch",
                       "reject_unlisted_sender", "reject_rhsbl_sender dbl.example", "check_sender_mx_access "],
            "recipient": ["reject_unauth_destination"] * 4 + ["defer_unauth_destination", "permit_auth_destination", "check_recipient_access ", "check_recipient_access ", "reject_non_fqdn_recipient",
                          "reject_unlisted_recipient", "reject_unknown_recipient_domain", "permit_mx_backup", "check_relay_domains", "reject_multi_recipient_bounce", "permit", "reject", "defer"],
        }
        kinds = list(by_stage)[: list(by_stage).index(stage) + 1]
        kind = r.choice(kinds)
        word = r.choice(any_stage if r.random() < .45 else by_stage[kind])
        if word.endswith("_access "):
            word += self.table("client" if "_mx_" in word else kind)
        return word

    def list(self, stage, most):
        return self.r.choice([", ", " ", ",\n\t"]).join(self.item(stage) for _ in range(self.r.randint(0, most)))

    def configuration(self):
        r, lines = self.r, []

        def sometimes(chance, *settings):
            if r.random() < chance:
                lines.append(r.choice(settings))
        lines += ["myhostname = mail.home.example", "mydomain = home.example", "alias_maps =", "compatibility_level = " + r.choice(["0", "1", "2", "3.6", "3.6"]),
                  "mydestination = " + r.choice(["$myhostname, $mydomain, localhost", "home.example", "", "/etc/postfix/locals", "texthash:/etc/postfix/localmap"]),
                  "mynetworks = " + r.choice(["127.0.0.0/8 10.9.0.0/16", "127.0.0.0/8, !10.9.200.0/24, 10.0.0.0/8, [2001:db8:77::]/48", "cidr:/etc/postfix/nets", "friend.example, 127.0.0.1",
                                              "/etc/postfix/netfile"])]
        self.files.update(locals="# mine\nhome.example\nmail.home.example\n", localmap="home.example x\n", nets="!10.9.200.0/24 no\n10.0.0.0/8 yes\n", netfile="127.0.0.1 10.9.8.7\n",
                          users="ann x\n", boxes="ann@box.example x\n@all.example y\n", aliases="all@alias.example ann@home.example\n")
        lines.append("local_recipient_maps = " + r.choice(["", "texthash:/etc/postfix/users", "inline:{ann=1 root=1}"]))
        sometimes(.6, "virtual_mailbox_domains = box.example\nvirtual_mailbox_maps = texthash:/etc/postfix/boxes\nvirtual_transport = discard")
        sometimes(.6, "virtual_alias_domains = alias.example\nvirtual_alias_maps = texthash:/etc/postfix/aliases", "virtual_alias_maps = texthash:/etc/postfix/aliases")
        sometimes(.7, "relay_domains = relay.example", "relay_domains = .relay.example relay.example", "relay_domains = static:x", "relay_domains =")
        sometimes(.3, "relay_recipient_maps = inline:{u@relay.example=1}")
        sometimes(.3, "parent_domain_matches_subdomains =", "parent_domain_matches_subdomains = smtpd_access_maps", "parent_domain_matches_subdomains = relay_domains")
        sometimes(.4, "recipient_delimiter = +", "recipient_delimiter = -+")
        for chance, setting in ((.2, "smtpd_delay_reject = no"), (.15, "soft_bounce = yes"), (.15, "smtpd_helo_required = yes"), (.15, "allow_untrusted_routing = yes"), (.1, "strict_rfc821_envelopes = yes"),
                                (.15, "smtpd_reject_unlisted_recipient = no"), (.15, "smtpd_reject_unlisted_sender = yes"), (.1, "allow_percent_hack = no"), (.1, "swap_bangpath = no"),
                                (.1, "append_dot_mydomain = no"), (.1, "resolve_dequoted_address = no"), (.1, "smtpd_reject_footer = \\c; see http://home.example/$client_address"),
                                (.1, "show_user_unknown_table_name = no"), (.1, "transport_maps = inline:{away.example=error:5.1.2~closed alias.example=smtp:}"),
                                (.1, "access_map_reject_code = 571"), (.1, "relay_domains_reject_code = 550"), (.1, "unknown_address_reject_code = 554"), (.1, "smtpd_relay_before_recipient_restrictions = no"),
                                (.1, "reject_tempfail_action = defer"), (.1, "smtpd_null_access_lookup_key = joe@"), (.1, "smtpd_sasl_local_domain = home.example"), (.1, "resolve_numeric_domain = yes"),
                                (.1, "smtpd_discard_ehlo_keywords = chunking, smtputf8"), (.05, "receive_override_options = no_unknown_recipient_checks")):
            sometimes(chance, setting)
        sometimes(.7, "smtpd_sasl_auth_enable = yes")
        sometimes(.5, "smtpd_tls_chain_files = /etc/postfix/live.pem\nsmtpd_tls_security_level = " + r.choice(["may", "may", "encrypt"]) + "\nsmtpd_tls_auth_only = " + r.choice(["yes", "no"]))
        lines += ["smtpd_sender_login_maps = inline:{ann@home.example=ann joe@friend.example=joe}", "smtpd_restriction_classes = strict, lenient",
                  "strict = " + (self.list("recipient", 3) or "reject"), "lenient = " + r.choice(["permit_mynetworks, permit_sasl_authenticated", "permit_auth_destination"])]
        relay = [self.item("recipient") for _ in range(r.randint(0, 3))]
        if r.random() < .9:  # else smtpd would not start, as a rule
            relay.insert(r.randint(0, len(relay)), r.choice(["reject_unauth_destination", "reject_unauth_destination", "defer_unauth_destination"]))
        lines.append("smtpd_relay_restrictions = " + ", ".join(relay))
        for name, stage, chance, most in (("client", "client", .5, 3), ("helo", "helo", .5, 3), ("sender", "sender", .5, 4), ("recipient", "recipient", .7, 5)):
            if r.random() < chance:
                lines.append(f"smtpd_{name}_restrictions = " + self.list(stage, most))
        self.files["main.cf"] = "\n".join(lines) + "\n"
        options = r.choice(["", "", "  -o smtpd_client_restrictions=permit_sasl_authenticated,reject\n", "  -o { smtpd_relay_restrictions = permit_mynetworks, reject }\n", "  -o smtpd_recipient_restrictions=\n"])
        self.files["master.cf"] = "20025 inet n - n - - smtpd\n20587 inet n - n - - smtpd\n" + options
        return self.files

    def request(self):
        r = self.r
        client = r.choice(list(CLIENTS))
        return {"service": r.choice(["20025", "20025", "20587"]), "client": client, "client_name": CLIENTS[client], "helo": r.choice(HELOS), "tls": "anonymous" if r.random() < .15 else None,
                "sasl": r.choice(["ann", "joe"]) if r.random() < .2 else None, "from": r.choice(SENDERS), "to": r.choice(RECIPIENTS)}
