#!/usr/bin/env python3
"""Writes examples/busy, the same each time: 120 parameters, 8 services, 3 tables of 1,000 lines.

usage: busy.py DIRECTORY
"""

import pathlib
import sys

LINES = 1000

# What a busy mail exchanger and submission host sets.
SETTINGS = """
compatibility_level = 3.6
myhostname = mx1.example.org
mydomain = example.org
myorigin = $mydomain
mydestination = $myhostname, localhost.$mydomain, localhost
mynetworks = 127.0.0.0/8 [::1]/128 192.0.2.0/26
inet_interfaces = all
inet_protocols = all
relay_domains = example.com, example.net
relay_recipient_maps = hash:/etc/postfix/relay_recipients
transport_maps = hash:/etc/postfix/transport
alias_maps = hash:/etc/aliases
alias_database = hash:/etc/aliases
biff = no
append_dot_mydomain = no
recipient_delimiter = +
smtpd_banner = $myhostname ESMTP
smtpd_helo_required = yes
disable_vrfy_command = yes
strict_rfc821_envelopes = yes
smtpd_client_restrictions =
    permit_mynetworks,
    check_client_access cidr:/etc/postfix/clients,
    permit
smtpd_helo_restrictions =
    permit_mynetworks,
    permit_sasl_authenticated,
    reject_invalid_helo_hostname,
    reject_non_fqdn_helo_hostname
smtpd_sender_restrictions =
    reject_non_fqdn_sender,
    reject_unknown_sender_domain
smtpd_relay_restrictions =
    permit_mynetworks,
    permit_sasl_authenticated,
    reject_unauth_destination
smtpd_recipient_restrictions =
    reject_non_fqdn_recipient,
    reject_unlisted_recipient,
    permit_mynetworks,
    permit_sasl_authenticated,
    reject_unauth_destination,
    reject_rbl_client zen.spamhaus.org=127.0.0.[2..11]
smtpd_data_restrictions = reject_unauth_pipelining
smtpd_end_of_data_restrictions =
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
smtpd_tls_chain_files = /etc/postfix/tls/key.pem, /etc/postfix/tls/cert.pem
smtpd_tls_loglevel = 1
smtpd_tls_received_header = yes
smtpd_tls_session_cache_timeout = 3600s
smtp_tls_security_level = may
smtp_tls_CApath = /etc/ssl/certs
smtp_tls_loglevel = 1
smtp_tls_session_cache_database = btree:${data_directory}/smtp_scache
tls_preempt_cipherlist = no
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
smtpd_sasl_auth_enable = no
smtpd_sasl_security_options = noanonymous
smtpd_sasl_local_domain = $mydomain
broken_sasl_auth_clients = no
message_size_limit = 52428800
mailbox_size_limit = 1073741824
header_size_limit = 102400
line_length_limit = 2048
bounce_size_limit = 50000
smtpd_recipient_limit = 1000
smtpd_recipient_overshoot_limit = 1000
smtpd_history_flush_threshold = 100
smtpd_junk_command_limit = ${stress?{1}:{100}}
smtpd_timeout = ${stress?{10}:{300}}s
smtpd_hard_error_limit = ${stress?{1}:{20}}
smtpd_soft_error_limit = 10
smtpd_error_sleep_time = 1s
smtpd_client_connection_count_limit = 50
smtpd_client_connection_rate_limit = 120
smtpd_client_message_rate_limit = 300
smtpd_client_recipient_rate_limit = 1000
smtpd_client_event_limit_exceptions = $mynetworks
anvil_rate_time_unit = 60s
anvil_status_update_time = 600s
default_process_limit = 200
default_destination_concurrency_limit = 20
default_destination_recipient_limit = 50
local_destination_concurrency_limit = 2
local_destination_recipient_limit = 1
smtp_destination_concurrency_limit = 20
initial_destination_concurrency = 5
qmgr_message_active_limit = 20000
qmgr_message_recipient_limit = 20000
qmgr_message_recipient_minimum = 10
maximal_queue_lifetime = 5d
bounce_queue_lifetime = 2d
queue_run_delay = 300s
minimal_backoff_time = 300s
maximal_backoff_time = 4000s
delay_warning_time = 4h
confirm_delay_cleared = no
notify_classes = resource, software
bounce_notice_recipient = postmaster
delay_notice_recipient = postmaster
error_notice_recipient = postmaster
2bounce_notice_recipient = postmaster
double_bounce_sender = double-bounce
unknown_local_recipient_reject_code = 550
unknown_address_reject_code = 450
unknown_hostname_reject_code = 450
unknown_client_reject_code = 450
access_map_reject_code = 554
maps_rbl_reject_code = 554
non_fqdn_reject_code = 504
invalid_hostname_reject_code = 501
relay_domains_reject_code = 554
defer_code = 450
smtp_connect_timeout = 30s
smtp_helo_timeout = 300s
smtp_mail_timeout = 300s
smtp_rcpt_timeout = 300s
smtp_data_init_timeout = 120s
smtp_data_xfer_timeout = 180s
smtp_data_done_timeout = 600s
smtp_quit_timeout = 300s
smtp_mx_address_limit = 5
smtp_mx_session_limit = 2
smtp_address_preference = any
smtp_skip_5xx_greeting = yes
smtp_pix_workaround_threshold_time = 500s
smtp_line_length_limit = 998
lmtp_connect_timeout = 5s
virtual_alias_domains = example.edu
virtual_alias_maps = inline:{ postmaster@example.edu=postmaster@example.org }
virtual_alias_expansion_limit = 1000
virtual_alias_recursion_limit = 100
hopcount_limit = 50
address_verify_map = btree:${data_directory}/verify_cache
address_verify_negative_refresh_time = 3h
smtpd_delay_reject = yes
""".strip() + "\n"

MASTER = """\
# service type  private unpriv  chroot  wakeup  maxproc command
smtp      inet  n       -       n       -       100     smtpd
submission inet n       -       n       -       50      smtpd
  -o syslog_name=postfix/submission
  -o smtpd_tls_security_level=encrypt
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_client_restrictions=
  -o smtpd_relay_restrictions=permit_sasl_authenticated,reject
cleanup   unix  n       -       n       -       0       cleanup
qmgr      unix  n       -       n       300     1       qmgr
rewrite   unix  -       -       n       -       -       trivial-rewrite
bounce    unix  -       -       n       -       0       bounce
smtp      unix  -       -       n       -       -       smtp
local     unix  -       n       n       -       -       local
"""


def clients():
    results = ("REJECT", "DUNNO", "450 4.7.1 Try again later")
    return "".join(f"10.{i // 250}.{i % 250}.0/24 {results[i % 3]}\n" for i in range(LINES))


def relay_recipients():
    domains = ("example.com", "example.net")
    return "".join(f"user{i:04}@{domains[i % 2]} ok\n" for i in range(LINES))


def transport():
    return "".join(f"host{i:04}.example.com smtp:[192.0.2.{64 + i % 128}]\n" for i in range(LINES))


def main():
    directory = pathlib.Path(sys.argv[1])
    directory.mkdir(parents=True, exist_ok=True)
    header = "# Written by tests/bench/busy.py.\n"
    names = [line.split(" =")[0] for line in SETTINGS.splitlines() if not line.startswith(" ")]
    assert len(names) == len(set(names)) == 120, len(names)
    for name, text in {
        "main.cf": header + SETTINGS,
        "master.cf": header + MASTER,
        "clients": clients(),
        "relay_recipients": relay_recipients(),
        "transport": transport(),
    }.items():
        (directory / name).write_text(text)


if __name__ == "__main__":
    main()
