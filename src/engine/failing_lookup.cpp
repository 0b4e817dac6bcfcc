#include "src/engine/failing_lookup.hpp"

#include <algorithm>
#include <iterator>

namespace postlint::engine {

namespace {

struct Effect {
  std::string_view parameter;
  std::string_view text;
};

constexpr std::string_view as_if_empty = "Postfix goes on as if it had no entry";
constexpr std::string_view asker_dies = "the programs that ask die";
constexpr std::string_view no_greeting = "smtpd answers EHLO with 421";
constexpr std::string_view no_submission = "sendmail takes no mail";

/// Of those that differ from the rest.
constexpr Effect effects[] = {
    {"authorized_flush_users", asker_dies},
    {"authorized_mailq_users", asker_dies},
    {"authorized_submit_users", no_submission},
    {"debug_peer_list", as_if_empty},
    {"fast_flush_domains", as_if_empty},
    {"local_login_sender_maps", no_submission},
    {"parent_domain_matches_subdomains", asker_dies},
    {"postscreen_discard_ehlo_keyword_address_maps", "postscreen dies when a client says EHLO"},
    {"postscreen_reject_footer_maps", as_if_empty},
    {"smtpd_authorized_verp_clients", no_greeting},
    {"smtpd_authorized_xclient_hosts", as_if_empty},
    {"smtpd_authorized_xforward_hosts", as_if_empty},
    {"smtpd_client_event_limit_exceptions", as_if_empty},
    {"smtpd_discard_ehlo_keyword_address_maps", no_greeting},
    {"smtpd_forbid_bare_newline_exclusions", as_if_empty},
    {"smtpd_milter_maps", as_if_empty},
    {"smtpd_reject_filter_maps", as_if_empty},
    {"smtpd_reject_footer_maps", as_if_empty},
    {"smtpd_sasl_exceptions_networks", no_greeting},
    {"smtpd_sasl_mechanism_filter", asker_dies},
    {"tls_server_sni_maps", "TLS handshakes of clients that name a host (SNI) fail"}};

}  // namespace

std::string failing_lookup(const TableReference& table) {
  if (table.config->boolean("daemon_table_open_error_is_fatal")) return std::string(asker_dies);
  if (table.kind == ValueKind::restriction) {
    return "requests that come to it are answered 451 4.3.5";
  }
  const auto* found = std::find_if(std::begin(effects), std::end(effects), [&](const Effect& each) {
    return each.parameter == table.parameter;
  });
  if (found != std::end(effects)) return std::string(found->text);
  for (const std::string_view client : {"smtp", "lmtp"}) {
    if (table.parameter.starts_with(std::string(client) + "_")) {
      return "mail that " + std::string(client) + " would send is deferred";
    }
  }
  return "mail that needs one is answered 451 or deferred";
}

}  // namespace postlint::engine
