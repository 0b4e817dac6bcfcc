#include "src/engine/value_kind.hpp"

#include <algorithm>
#include <array>

namespace postlint::engine {

namespace {

using database::Type;
using namespace std::string_view_literals;

constexpr auto restriction_lists = std::to_array(
    {"smtpd_client_restrictions"sv, "smtpd_helo_restrictions"sv, "smtpd_sender_restrictions"sv,
     "smtpd_relay_restrictions"sv, "smtpd_recipient_restrictions"sv, "smtpd_etrn_restrictions"sv,
     "smtpd_data_restrictions"sv, "smtpd_end_of_data_restrictions"sv});

/// The parameters that a program gives to domain_list_init, namadr_list_init, string_list_init.
constexpr auto match_lists = std::to_array({"authorized_flush_users"sv,
                                            "authorized_mailq_users"sv,
                                            "authorized_submit_users"sv,
                                            "debug_peer_list"sv,
                                            "fast_flush_domains"sv,
                                            "lmtp_sasl_mechanism_filter"sv,
                                            "masquerade_exceptions"sv,
                                            "mydestination"sv,
                                            "mynetworks"sv,
                                            "parent_domain_matches_subdomains"sv,
                                            "permit_mx_backup_networks"sv,
                                            "qmqpd_authorized_clients"sv,
                                            "relay_domains"sv,
                                            "smtp_sasl_mechanism_filter"sv,
                                            "smtpd_authorized_verp_clients"sv,
                                            "smtpd_authorized_xclient_hosts"sv,
                                            "smtpd_authorized_xforward_hosts"sv,
                                            "smtpd_client_event_limit_exceptions"sv,
                                            "smtpd_forbid_bare_newline_exclusions"sv,
                                            "smtpd_forbid_unauth_pipelining_exceptions"sv,
                                            "smtpd_sasl_exceptions_networks"sv,
                                            "smtpd_sasl_mechanism_filter"sv,
                                            "virtual_alias_domains"sv,
                                            "virtual_mailbox_domains"sv});

constexpr auto table_lists =
    std::to_array({"body_checks"sv, "header_checks"sv, "milter_header_checks"sv,
                   "mime_header_checks"sv, "nested_header_checks"sv, "smtp_body_checks"sv,
                   "smtp_header_checks"sv, "lmtp_body_checks"sv, "lmtp_header_checks"sv});

constexpr auto word_lists = std::to_array({"canonical_classes"sv,
                                           "default_destination_rate_delay"sv,
                                           "defer_transports"sv,
                                           "hash_queue_names"sv,
                                           "inet_interfaces"sv,
                                           "inet_protocols"sv,
                                           "masquerade_classes"sv,
                                           "masquerade_domains"sv,
                                           "message_drop_headers"sv,
                                           "non_smtpd_milters"sv,
                                           "notify_classes"sv,
                                           "postscreen_access_list"sv,
                                           "postscreen_dnsbl_sites"sv,
                                           "propagate_unmatched_extensions"sv,
                                           "proxy_interfaces"sv,
                                           "proxy_read_maps"sv,
                                           "proxy_write_maps"sv,
                                           "receive_override_options"sv,
                                           "recipient_canonical_classes"sv,
                                           "sender_canonical_classes"sv,
                                           "smtpd_milters"sv,
                                           "smtpd_restriction_classes"sv,
                                           "smtp_sasl_security_options"sv,
                                           "smtpd_sasl_security_options"sv});

constexpr auto free_texts = std::to_array(
    {"default_rbl_reply"sv, "default_verp_delimiters"sv, "mail_name"sv, "postscreen_greet_banner"sv,
     "recipient_delimiter"sv, "recipient_delimiters"sv, "smtpd_banner"sv, "smtpd_reject_footer"sv,
     "postscreen_reject_footer"sv, "undisclosed_recipients_header"sv,
     "unknown_local_recipient_reject_reason"sv, "verp_delimiter_filter"sv});

template <class Names>
bool contains(const Names& names, std::string_view name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

bool is_number(Type type) {
  return type == Type::integer || type == Type::long_integer || type == Type::boolean ||
         type == Type::time;
}

bool names_command(std::string_view name) {
  return name.ends_with("_command") || name == "mailbox_command" || name == "newaliases_path";
}

ValueKind kind_of_text(const database::Database& database, std::string_view name) {
  if (is_restriction_parameter(name)) return ValueKind::restriction;
  if (contains(match_lists, name)) return ValueKind::match_list;
  if (contains(word_lists, name)) return ValueKind::words;
  if (name.ends_with("_maps") || contains(table_lists, name)) return ValueKind::tables;
  const database::Enumeration* words = database.enumeration(name);
  return words != nullptr && words->list ? ValueKind::words : ValueKind::text;
}

}  // namespace

bool is_restriction_parameter(std::string_view name) { return contains(restriction_lists, name); }

bool is_free_text(std::string_view parameter) {
  return contains(free_texts, parameter) || parameter.ends_with("_reason") ||
         parameter.ends_with("_filter");
}

ValueKind value_kind(const database::Database& database, std::string_view parameter) {
  const database::Parameter* row = database.parameter(parameter);
  if (row == nullptr) return ValueKind::unknown;
  if (is_number(row->type)) return ValueKind::number;
  if (names_command(parameter)) return ValueKind::command;
  return kind_of_text(database, parameter);
}

}  // namespace postlint::engine
