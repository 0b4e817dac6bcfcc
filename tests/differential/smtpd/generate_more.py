"""Configurations as generate.py makes them, with what is rarer: data lists, policy services, nested classes, substitutions, combined tables, reply filters, odd addresses, several recipients."""
import generate
from generate import RESULTS, Maker

CLIENTS = dict(generate.CLIENTS, **{"198.51.100.44": None, "198.51.100.45": None, "198.51.100.46": None})
REVERSE = {"198.51.100.44": "forged.friend.example"}  # a PTR record that no address confirms
TEMPFAIL = {"198.51.100.45": {"tempfail": True}}      # the PTR lookup fails
HALF = {"198.51.100.46": "half.example"}              # the PTR record is there, looking up its address fails
ZONE = dict(generate.ZONE, **{
    "temp.example": "tempfail", "half.example": "tempfail", "ns-only.example": {"NS": ["ns.friend.example"]}, "ns.friend.example": {"A": ["192.0.2.53"]},
    "alias-mx.example": {"MX": ["10 mail.home.example"]}, "backup.example": {"MX": ["10 mx.friend.example", "20 mail.home.example"]},
    "9.100.51.198.txt.example": {"A": ["127.0.0.9", "127.0.0.2"], "TXT": ["see http://txt.example/"]}, "friend.example.dbl.example": {"A": ["127.0.1.2"]},
    "33.2.0.192.bl.example": {"A": ["127.0.0.3"]}, "9.8.7.10.temp.example": "tempfail",
})
POLICIES = {20071: "DUNNO", 20072: "OK", 20073: "REJECT policy says no", 20074: "DEFER_IF_PERMIT policy is busy", 20075: None, 20076: "554 5.7.9 policy code", 20077: "strict"}
HELOS = generate.HELOS + ["mx.friend.example.", "[IPv6:2001:db8:77::5]", "temp.example", "-bad.example", "a_b", "10.9.8.7.", "[10.9.8.7", "MX.Friend.Example", "nomail.example"]
SENDERS = generate.SENDERS + ["joe@temp.example", "ANN@HOME.EXAMPLE", "joe@friend.example.", "ann+x+y@home.example", "@", "joe@", "owner-list@home.example", "joe%friend.example@home.example",
                              "ann@mail.home.example", "double-bounce@mail.home.example", "postmaster", "a b@friend.example", "joe@[IPv6:2001:db8:77::5]", "ann@ns-only.example", "<joe@friend.example> SIZE=100",
                              "<joe@friend.example> SIZE=99999999", "<joe@friend.example> BODY=8BITMIME", "<joe@friend.example> FOO=1", "<joe@friend.example> SIZE=x", "<j\u00f6@fr\u00efend.example> SMTPUTF8", "<joe@friend.example> RET=HDRS ENVID=x+2B", "<joe@friend.example> RET=NO", "<joe@friend.example> AUTH=<> body=7bit", "j\u00f6@friend.example"]
RECIPIENTS = generate.RECIPIENTS + ["ann--x@home.example", "ann+@home.example", "+x@home.example", "\"ann\"@home.example", "ann@home.example.", "ann@home..example", "u@[IPv6:2001:db8:1::10]", "u@[2001:db8:1::10]",
                                    "ann@sub.home.example", "@", "", "\"\"@home.example", "@home.example", "ann@home.example@relay.example", "a!b!ann@home.example", "ann%", "POSTMASTER", "postmaster@home.example",
                                    "MAILER-DAEMON@home.example", "old@home.example", "closed@away.example", "u@relay.example.", "ann@localhost", "ann@host", "u%away.example@[203.0.113.10]", "far@temp.example",
                                    "far@backup.example", "far@alias-mx.example", "ann\\@x@home.example", "<ann@home.example> NOTIFY=NEVER", "<ann@home.example> FOO=1", "<ann@home.example> NOTIFY=SUCCESS,delay ORCPT=rfc822;a+2Bb", "<ann@home.example> NOTIFY=NEVER,DELAY", "<ann@home.example> ORCPT=x", "u@fr\u00efend.example", "j\u00f6@home.example", "u@box.example+x", "all+x@alias.example"]
RESULTS += ["5.1.1 odd", "450 4.1.1 four", "550 4.1.1 mixed", "REJECT 5.1.1 user text", "REJECT 5.1.2 domain text", "REJECT 4.4.4 four", "DEFER_IF_PERMIT 4.1.8 later text", "DEFER_IF_REJECT",
            "HANGUP", "outer", "521 5.7.1 bye", "warn_if_reject strict", "reject_unlisted_recipient", "reject_non_fqdn_sender, permit", "200 no code", "42", "dunno", "Reject Mixed Case", "defer_unauth_destination"]


class WideMaker(Maker):
    def pattern(self, kind):
        """A rule with a substitution, where the key is what the client says."""
        r = self.r
        return r.choice(["/^(.*)@(friend|home)\\.example$/ REJECT not from $2", "/^(joe|ann)(\\+.*)?@/i 550 5.7.1 no ${1}", "!/example/ REJECT not an example", "/(unknown|isp)/ DEFER $1 waits",
                         "/^$/ OK", "/./ DUNNO", "/^([0-9]+)\\.([0-9]+)\\./ 450 4.7.1 net $(1).$2", "if !/home/\n/friend/ OK\nendif", "if /@/\nif /away/\n/far/ REJECT far\nendif\nendif", "/away/ $$x text",
                         "/HOME/ REJECT upper", "/(a)(b)?/ PREPEND X-A: $1"])

    def patterns(self, kind):
        name = f"pat{len(self.files)}"
        self.files[name] = "".join(self.pattern(kind) + "\n" for _ in range(self.r.randint(1, 4)))
        return self.r.choice(["pcre", "regexp"]) + ":/etc/postfix/" + name

    def table(self, kind):
        r = self.r
        choice = r.random()
        if choice < .6:
            return super().table(kind)
        if choice < .8:
            return self.patterns(kind)
        members = [super(WideMaker, self).table(kind) for _ in range(2)]
        if any(" " in m or "{" in m for m in members):
            members = [self.patterns(kind), "static:DUNNO"]
        if choice < .9:
            return "unionmap:{" + ", ".join(members) + "}"
        return "pipemap:{" + self.patterns(kind) + ", inline:{{OK = REJECT}, {DUNNO=OK}}}" if r.random() < .5 else "pipemap:{" + members[0] + ", static:REJECT}"

    def item(self, stage):
        r = self.r
        if r.random() < .6:
            return super().item(stage)
        words = ["check_policy_service inet:127.0.0.1:%d" % r.choice(list(POLICIES)), "check_policy_service { inet:127.0.0.1:20075, try_limit=1, default_action=%s }" % r.choice(["DUNNO", "{REJECT sorry}", "OK"]),
                 "outer", "inner", "warn_if_reject inner", "reject_rbl_client txt.example", "reject_rbl_client txt.example=127.0.0.[1;9]", "reject_rbl_client temp.example", "permit_rhswl_client dbl.example",
                 "reject_rhsbl_helo dbl.example", "reject_rhsbl_reverse_client dbl.example", "reject_rhsbl_sender dbl.example=127.0.1.2", "reject_rhsbl_recipient dbl.example", "permit_dnswl_client temp.example",
                 "check_client_a_access " + self.table("client"), "check_reverse_client_hostname_a_access " + self.table("client"), "check_client_mx_access " + self.table("client"), "check_client_ns_access " + self.table("client"),
                 "check_helo_a_access " + self.table("client"), "check_helo_ns_access " + self.table("client"), "check_sender_a_access " + self.table("client"), "check_sender_ns_access " + self.table("client"),
                 "check_recipient_a_access " + self.table("client"), "check_recipient_mx_access " + self.table("client"), "check_recipient_ns_access " + self.table("client"), "warn_if_reject defer_if_permit",
                 "warn_if_reject permit_mynetworks", "warn_if_reject", "reject_authenticated_sender_login_mismatch", "reject_unauthenticated_sender_login_mismatch", "reject_multi_recipient_bounce",
                 "reject_unauth_pipelining", "permit_tls_clientcerts", "permit_tls_all_clientcerts", "check_ccert_access static:REJECT", "check_sasl_access " + self.table("sender"), "reject_unknown_helo_hostname",
                 "reject_unknown_recipient_domain", "reject_unknown_sender_domain", "reject_unlisted_sender", "defer", "REJECT_Unauth_Destination", "check_etrn_access static:REJECT", "permit_inet_interfaces",
                 self.table({"client": "client", "helo": "helo", "sender": "sender"}.get(stage, "recipient")), "check_client_access { " + self.table("client") + " }", "reject_unknown_forward_client_hostname", "permit_naked_ip_address",
                 "reject_maps_rbl", "check_recipient_maps", "check_client_access", "reject_rbl_client"]
        return r.choice(words)

    def configuration(self):
        r = self.r
        super().configuration()
        lines = []

        def sometimes(chance, *settings):
            if r.random() < chance:
                lines.append(r.choice(settings))
        self.files.update(moved="old@home.example new@away.example\nann@box.example elsewhere\n", routes="away.example error:5.1.2 closed\n.sub.away.example :\nrelay.example retry:later\nclosed@away.example error:gone\n",
                          filters="/^(.*)User unknown in (.*) table$/ ${1}No such user\n/^554 (.*)Relay access denied/ 554 ${1}We do not relay\n/^450/ 250 odd\n")
        lines += ["smtpd_restriction_classes = strict, lenient, outer, inner", "outer = " + ", ".join(filter(None, [self.item("recipient"), "inner", self.item("sender")])),
                  "inner = " + r.choice(["permit_mynetworks", "reject_unauth_destination", "check_sender_access " + self.table("sender"), "warn_if_reject reject", "defer_if_permit, permit"])]
        sometimes(.4, "smtpd_data_restrictions = " + ", ".join(self.item("recipient") for _ in range(r.randint(1, 3))))
        sometimes(.3, "smtpd_end_of_data_restrictions = " + ", ".join(self.item("recipient") for _ in range(r.randint(1, 3))))
        sometimes(.3, "relocated_maps = texthash:/etc/postfix/moved")
        sometimes(.3, "transport_maps = texthash:/etc/postfix/routes")
        sometimes(.2, "canonical_maps = inline:{ghost@box.example=x nobody@home.example=ann}", "recipient_canonical_maps = inline:{@box.example=x}", "sender_canonical_maps = inline:{joe@friend.example=x bot=y}")
        sometimes(.2, "default_rbl_reply = $rbl_code 5.7.8 $rbl_what${rbl_reason?; $rbl_reason} by $rbl_domain for $client", "rbl_reply_maps = inline:{bl.example={$rbl_code mapped $rbl_class [$rbl_what]}}")
        sometimes(.2, "smtpd_reject_footer_maps = regexp:{{/554/ see_the_footer}, {/450/ \\c_later}}", "smtpd_reject_footer = one\\ntwo $recipient $server_name", "smtpd_reject_footer = \\c; $helo_name $sender")
        sometimes(.2, "smtpd_reject_filter_maps = pcre:/etc/postfix/filters")
        sometimes(.1, "smtpd_command_filter = regexp:{{/^RCPT TO:<all@(.*)>/ RCPT TO:<ann@$1>}, {/^(HELO|EHLO) \\[nonsense/ EHLO sense.example}, {/^MAIL FROM:<root>/ MAIL FROM:<ann>}}")
        sometimes(.15, "smtpd_recipient_limit = 1", "smtpd_recipient_limit = 2")
        sometimes(.1, "message_size_limit = 5000\nmailbox_size_limit = 5000", "message_size_limit = 0\nmailbox_size_limit = 0\nvirtual_mailbox_limit = 0")
        sometimes(.1, "default_transport = error:5.7.0 nothing leaves", "relay_transport = retry:wait", "local_transport = error:no local mail")
        sometimes(.15, "myorigin = $mydomain", "myorigin = away.example", "myorigin = relay.example")
        sometimes(.1, "smtpd_peername_lookup = no")
        sometimes(.1, "address_verify_sender = ", "address_verify_sender = ann", "address_verify_sender = <>")
        sometimes(.1, "empty_address_recipient = ann")
        sometimes(.1, "smtpd_sasl_exceptions_networks = 10.0.0.0/8, !192.0.2.33, 192.0.2.0/24", "smtpd_sasl_exceptions_networks = static:all")
        sometimes(.1, "smtpd_discard_ehlo_keyword_address_maps = cidr:{{10.0.0.0/8 auth}, {192.0.2.0/24 starttls,chunking}}")
        sometimes(.1, "smtpd_authorized_xclient_hosts = 10.9.8.7\nsmtpd_discard_ehlo_keywords = chunking, smtputf8, dsn, 8bitmime, enhancedstatuscodes, xforward")
        sometimes(.1, "local_header_rewrite_clients = check_address_map cidr:/etc/postfix/nets", "local_header_rewrite_clients = permit_mynetworks, nonsense")
        sometimes(.1, "allow_min_user = yes")
        sometimes(.1, "resolve_null_domain = yes")
        sometimes(.1, "append_at_myorigin = no")
        sometimes(.1, "smtputf8_enable = no", "strict_smtputf8 = yes")
        sometimes(.1, "proxy_interfaces = 192.0.2.1, 198.51.100.99")
        sometimes(.1, "permit_mx_backup_networks = 192.0.2.0/24", "permit_mx_backup_networks = 10.0.0.0/8, !192.0.2.0/24")
        sometimes(.1, "unknown_client_reject_code = 550", "unknown_hostname_reject_code = 550", "reject_code = 299", "maps_rbl_reject_code = 451", "defer_code = 421", "plaintext_reject_code = 554",
                  "unverified_sender_reject_code = 550", "invalid_hostname_reject_code = 450", "non_fqdn_reject_code = 450", "unknown_local_recipient_reject_code = 450", "multi_recipient_bounce_reject_code = 599",
                  "access_map_defer_code = 451", "unknown_virtual_alias_reject_code = 450", "unknown_relay_recipient_reject_code = 553", "unknown_virtual_mailbox_reject_code = 551")
        sometimes(.1, "unknown_helo_hostname_tempfail_action = defer", "unknown_address_tempfail_action = defer")
        sometimes(.1, "smtpd_policy_service_default_action = DUNNO", "smtpd_policy_service_default_action = 450 4.3.5 policy down")
        sometimes(.15, "smtpd_sender_login_maps = pcre:/etc/postfix/logins", "smtpd_sender_login_maps =", "smtpd_sender_login_maps = inline:{{ann@home.example=ann, joe} {@friend.example = joe} {root=ann}}",
                  "smtpd_sender_login_maps = fail:x", "smtpd_sender_login_maps = unionmap:{inline:{ann@home.example=ann} inline:{ann@home.example=joe}}")
        sometimes(.1, "mydestination = regexp:/etc/postfix/destinations, localhost", "relay_domains = !deep.relay.example, relay.example, hash:/etc/postfix/relayed", "mydestination = !$mydomain, static:all",
                  "virtual_alias_domains = pcre:/etc/postfix/destinations", "mynetworks = unknown, 10.9.8.0/22", "mynetworks = 10.9.8.7/33", "mynetworks = regexp:/etc/postfix/destinations, 127.0.0.1, [::1]", "relay_domains = fail:x",
                  "mynetworks = hash:/etc/postfix/relayed, !/etc/postfix/netfile, 0.0.0.0/0", "mynetworks = /etc/postfix/none, 10.0.0.0/8")
        sometimes(.1, "parent_domain_matches_subdomains = mynetworks, smtpd_access_maps\nmynetworks = example")
        self.files.update(logins="/^(.*)@home\\.example$/ $1\n/^root/ ann\n", destinations="/^(home|box)\\.example$/ x\n/10\\.9/ x\n", relayed="relay.example x\n10.9.8.7 x\n.away.example x\nfriend.example x\n")
        self.files["main.cf"] += "\n".join(lines) + "\n"
        if r.random() < .2:
            self.files["master.cf"] += r.choice(["  -o smtpd_delay_reject=no\n", "  -o smtpd_data_restrictions=reject_unauth_destination\n", "  -o { smtpd_recipient_restrictions = $mua_list }\n  -o mua_list=strict,reject\n",
                                                 "  -o mynetworks=0.0.0.0/0\n", "  -o outer=reject\n", "  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject\n", "  -o smtpd_sasl_auth_enable=yes -o smtpd_tls_auth_only=no\n"])
        return self.files

    def request(self):
        r = self.r
        request = super().request()
        client = r.choice(list(CLIENTS))
        request.update(client=client, client_name=CLIENTS[client], helo=r.choice(HELOS + [None]), **{"from": r.choice(SENDERS)})
        if client in REVERSE:
            request["reverse_name"] = REVERSE[client]
        if client in TEMPFAIL:
            request.update(client_name=TEMPFAIL[client], reverse_name=TEMPFAIL[client])
        if client in HALF:
            request.update(client_name={"tempfail": True}, reverse_name=HALF[client])
        request["to"] = [r.choice(RECIPIENTS) for _ in range(r.choice([1, 1, 2, 3]))]
        request["until"] = r.choice(["rcpt", "data", "eod"])
        if r.random() < .2 and request["helo"]:
            request["ehlo"] = False
        return request
