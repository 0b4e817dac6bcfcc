#include "src/smtpd/keywords.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace postlint::smtpd {
namespace {

struct Row {
  std::string_view word;
  Keyword keyword;
};

// Sorted by word.
constexpr std::array<Row, 77> rows{
    {{"check_ccert_access", Keyword::check_ccert_access},
     {"check_client_a_access", Keyword::check_client_a_access},
     {"check_client_access", Keyword::check_client_access},
     {"check_client_mx_access", Keyword::check_client_mx_access},
     {"check_client_ns_access", Keyword::check_client_ns_access},
     {"check_etrn_access", Keyword::check_etrn_access},
     {"check_helo_a_access", Keyword::check_helo_a_access},
     {"check_helo_access", Keyword::check_helo_access},
     {"check_helo_mx_access", Keyword::check_helo_mx_access},
     {"check_helo_ns_access", Keyword::check_helo_ns_access},
     {"check_policy_service", Keyword::check_policy_service},
     {"check_recipient_a_access", Keyword::check_recipient_a_access},
     {"check_recipient_access", Keyword::check_recipient_access},
     {"check_recipient_maps", Keyword::reject_unlisted_recipient},
     {"check_recipient_mx_access", Keyword::check_recipient_mx_access},
     {"check_recipient_ns_access", Keyword::check_recipient_ns_access},
     {"check_relay_domains", Keyword::check_relay_domains},
     {"check_reverse_client_hostname_a_access", Keyword::check_reverse_client_hostname_a_access},
     {"check_reverse_client_hostname_access", Keyword::check_reverse_client_hostname_access},
     {"check_reverse_client_hostname_mx_access", Keyword::check_reverse_client_hostname_mx_access},
     {"check_reverse_client_hostname_ns_access", Keyword::check_reverse_client_hostname_ns_access},
     {"check_sasl_access", Keyword::check_sasl_access},
     {"check_sender_a_access", Keyword::check_sender_a_access},
     {"check_sender_access", Keyword::check_sender_access},
     {"check_sender_mx_access", Keyword::check_sender_mx_access},
     {"check_sender_ns_access", Keyword::check_sender_ns_access},
     {"defer", Keyword::defer},
     {"defer_if_permit", Keyword::defer_if_permit},
     {"defer_if_reject", Keyword::defer_if_reject},
     {"defer_unauth_destination", Keyword::defer_unauth_destination},
     {"permit", Keyword::permit},
     {"permit_auth_destination", Keyword::permit_auth_destination},
     {"permit_dnswl_client", Keyword::permit_dnswl_client},
     {"permit_inet_interfaces", Keyword::permit_inet_interfaces},
     {"permit_mx_backup", Keyword::permit_mx_backup},
     {"permit_mynetworks", Keyword::permit_mynetworks},
     {"permit_naked_ip_address", Keyword::permit_naked_ip_address},
     {"permit_rhswl_client", Keyword::permit_rhswl_client},
     {"permit_sasl_authenticated", Keyword::permit_sasl_authenticated},
     {"permit_tls_all_clientcerts", Keyword::permit_tls_all_clientcerts},
     {"permit_tls_clientcerts", Keyword::permit_tls_clientcerts},
     {"reject", Keyword::reject},
     {"reject_authenticated_sender_login_mismatch",
      Keyword::reject_authenticated_sender_login_mismatch},
     {"reject_invalid_helo_hostname", Keyword::reject_invalid_helo_hostname},
     {"reject_invalid_hostname", Keyword::reject_invalid_helo_hostname},
     {"reject_known_sender_login_mismatch", Keyword::reject_known_sender_login_mismatch},
     {"reject_maps_rbl", Keyword::reject_maps_rbl},
     {"reject_multi_recipient_bounce", Keyword::reject_multi_recipient_bounce},
     {"reject_non_fqdn_helo_hostname", Keyword::reject_non_fqdn_helo_hostname},
     {"reject_non_fqdn_hostname", Keyword::reject_non_fqdn_helo_hostname},
     {"reject_non_fqdn_recipient", Keyword::reject_non_fqdn_recipient},
     {"reject_non_fqdn_sender", Keyword::reject_non_fqdn_sender},
     {"reject_plaintext_session", Keyword::reject_plaintext_session},
     {"reject_rbl", Keyword::reject_rbl_client},
     {"reject_rbl_client", Keyword::reject_rbl_client},
     {"reject_rhsbl_client", Keyword::reject_rhsbl_client},
     {"reject_rhsbl_helo", Keyword::reject_rhsbl_helo},
     {"reject_rhsbl_recipient", Keyword::reject_rhsbl_recipient},
     {"reject_rhsbl_reverse_client", Keyword::reject_rhsbl_reverse_client},
     {"reject_rhsbl_sender", Keyword::reject_rhsbl_sender},
     {"reject_unauth_destination", Keyword::reject_unauth_destination},
     {"reject_unauth_pipelining", Keyword::reject_unauth_pipelining},
     {"reject_unauthenticated_sender_login_mismatch",
      Keyword::reject_unauthenticated_sender_login_mismatch},
     {"reject_unknown_address", Keyword::reject_unknown_sender_domain},
     {"reject_unknown_client", Keyword::reject_unknown_client_hostname},
     {"reject_unknown_client_hostname", Keyword::reject_unknown_client_hostname},
     {"reject_unknown_helo_hostname", Keyword::reject_unknown_helo_hostname},
     {"reject_unknown_hostname", Keyword::reject_unknown_helo_hostname},
     {"reject_unknown_recipient_domain", Keyword::reject_unknown_recipient_domain},
     {"reject_unknown_reverse_client_hostname", Keyword::reject_unknown_reverse_client_hostname},
     {"reject_unknown_sender_domain", Keyword::reject_unknown_sender_domain},
     {"reject_unlisted_recipient", Keyword::reject_unlisted_recipient},
     {"reject_unlisted_sender", Keyword::reject_unlisted_sender},
     {"reject_unverified_recipient", Keyword::reject_unverified_recipient},
     {"reject_unverified_sender", Keyword::reject_unverified_sender},
     {"sleep", Keyword::sleep},
     {"warn_if_reject", Keyword::warn_if_reject}}};

/// Old spellings, which must not stand for the keyword.
constexpr std::array<std::string_view, 7> aliases{
    "check_recipient_maps",   "reject_invalid_hostname", "reject_non_fqdn_hostname", "reject_rbl",
    "reject_unknown_address", "reject_unknown_client",   "reject_unknown_hostname"};

bool is_alias(std::string_view word) {
  return std::find(aliases.begin(), aliases.end(), word) != aliases.end();
}

}  // namespace

Keyword find_keyword(std::string_view word) {
  std::string folded(word);
  for (char& c : folded)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  const auto row = std::lower_bound(rows.begin(), rows.end(), folded,
                                    [](const Row& r, const std::string& w) { return r.word < w; });
  return row != rows.end() && row->word == folded ? row->keyword : Keyword::other;
}

std::string_view keyword_name(Keyword keyword) {
  for (const Row& row : rows)
    if (row.keyword == keyword && !is_alias(row.word)) return row.word;
  return {};
}

Follows follows(Keyword keyword) {
  const std::string_view name = keyword_name(keyword);
  if (name.starts_with("check_") && name.ends_with("_access")) return Follows::table;
  switch (keyword) {
    case Keyword::check_policy_service:
      return Follows::policy;
    case Keyword::sleep:
      return Follows::number;
    case Keyword::reject_rbl_client:
    case Keyword::permit_dnswl_client:
    case Keyword::reject_rhsbl_client:
    case Keyword::permit_rhswl_client:
    case Keyword::reject_rhsbl_reverse_client:
    case Keyword::reject_rhsbl_helo:
    case Keyword::reject_rhsbl_sender:
    case Keyword::reject_rhsbl_recipient:
      return Follows::domain;
    default:
      return Follows::nothing;
  }
}

}  // namespace postlint::smtpd
