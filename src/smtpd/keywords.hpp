#pragma once

#include <cstdint>
#include <string_view>

namespace postlint::smtpd {

/// The built-in words of restriction lists, old and new spellings alike (smtpd_check.h).
enum class Keyword : std::uint8_t {
  other,  // a class, a table, or nothing known
  warn_if_reject,
  permit,
  defer,
  reject,
  reject_unauth_pipelining,
  check_policy_service,
  defer_if_permit,
  defer_if_reject,
  sleep,
  reject_plaintext_session,
  reject_unknown_client_hostname,
  reject_unknown_reverse_client_hostname,
  permit_inet_interfaces,
  permit_mynetworks,
  check_client_access,
  check_reverse_client_hostname_access,
  reject_maps_rbl,
  reject_rbl_client,
  permit_dnswl_client,
  reject_rhsbl_client,
  permit_rhswl_client,
  reject_rhsbl_reverse_client,
  check_ccert_access,
  check_sasl_access,
  check_client_ns_access,
  check_client_mx_access,
  check_client_a_access,
  check_reverse_client_hostname_ns_access,
  check_reverse_client_hostname_mx_access,
  check_reverse_client_hostname_a_access,
  check_helo_access,
  reject_invalid_helo_hostname,
  reject_unknown_helo_hostname,
  permit_naked_ip_address,
  check_helo_ns_access,
  check_helo_mx_access,
  check_helo_a_access,
  reject_non_fqdn_helo_hostname,
  reject_rhsbl_helo,
  check_sender_access,
  reject_unknown_sender_domain,
  reject_unverified_sender,
  reject_non_fqdn_sender,
  reject_authenticated_sender_login_mismatch,
  reject_known_sender_login_mismatch,
  reject_unauthenticated_sender_login_mismatch,
  check_sender_ns_access,
  check_sender_mx_access,
  check_sender_a_access,
  reject_rhsbl_sender,
  reject_unlisted_sender,
  check_recipient_access,
  permit_mx_backup,
  permit_auth_destination,
  reject_unauth_destination,
  defer_unauth_destination,
  check_relay_domains,
  permit_sasl_authenticated,
  permit_tls_all_clientcerts,
  permit_tls_clientcerts,
  reject_unknown_recipient_domain,
  reject_non_fqdn_recipient,
  check_recipient_ns_access,
  check_recipient_mx_access,
  check_recipient_a_access,
  reject_rhsbl_recipient,
  reject_unlisted_recipient,
  reject_multi_recipient_bounce,
  reject_unverified_recipient,
  check_etrn_access
};

/// The keyword of a word in any case; Keyword::other for all that is none.
Keyword find_keyword(std::string_view word);
/// Its spelling of today.
std::string_view keyword_name(Keyword keyword);

/// What follows a keyword in a list (generic_checks()).
enum class Follows : std::uint8_t {
  nothing,
  table,   // must hold a colon
  domain,  // any word
  policy,
  number
};
Follows follows(Keyword keyword);

}  // namespace postlint::smtpd
