#include "src/smtpd/evaluator.hpp"
#include "src/smtpd/reply.hpp"
#include "src/smtpd/reply_class.hpp"

namespace postlint::smtpd {
namespace {

constexpr std::string_view reverse_class = "Unverified Client host";
constexpr std::string_view login_class = "SASL login name";
constexpr std::string_view no_domain = "needs a domain as argument";

const std::string no_argument;

bool unknown_name(const std::string& name) { return same_word(name, "unknown"); }

std::string_view server_type(Keyword keyword) {
  const std::string_view name = keyword_name(keyword);
  if (name.find("_ns_") != std::string_view::npos) return "NS";
  if (name.find("_mx_") != std::string_view::npos) return "MX";
  return "A";
}

}  // namespace

Status Evaluator::check_client_item(Item& item, Keyword keyword, const Context& context) {
  const Parameters& p = server_->parameters();
  const auto named = [&](std::string_view name, std::string_view reply_class) {
    return Context{name, reply_class, context.default_check, context.list};
  };
  switch (keyword) {
    case Keyword::reject_unknown_client_hostname: {
      world_->inspects(Subject::client_name, false);
      client_name();
      if (name_->status == PeerName::Status::known) {
        note("the client has the verified name " + name_->name);
        return Status::dunno;
      }
      const bool temporary = name_->status == PeerName::Status::tempfail;
      note(temporary ? "looking up the name of the client fails"
                     : "the client has no verified name");
      const bool old = server_->version() < database::Version{3, 0, 0};
      return refuse(Blame::policy, temporary ? 450 : p.unknown_client_code,
                    old ? "4.7.1" : "4.7.25",
                    "Client host rejected: cannot find your hostname, [" + state_.address + ']');
    }
    case Keyword::reject_unknown_reverse_client_hostname: {
      world_->inspects(Subject::reverse_name, false);
      reverse_name();
      if (reverse_->status == PeerName::Status::known) {
        note("the client's address has the name " + reverse_->name);
        return Status::dunno;
      }
      const bool temporary = reverse_->status == PeerName::Status::tempfail;
      note(temporary ? "looking up the client's PTR record fails" : "the client has no PTR record");
      return refuse(
          Blame::policy, temporary ? 450 : p.unknown_client_code, "4.7.1",
          "Client host rejected: cannot find your reverse hostname, [" + state_.address + ']');
    }
    case Keyword::permit_inet_interfaces: {
      const bool own = ask(world_->client_is_own_address());
      note(state_.address +
           (own ? " is one of inet_interfaces" : " is not one of inet_interfaces"));
      return own ? Status::permit : Status::dunno;
    }
    case Keyword::permit_mynetworks:
      return permit_mynetworks();
    case Keyword::check_client_access: {
      const std::string& table = take_table(item);
      return name_address_access(table, Subject::client_name, client_name(),
                                 named(client_text(), client_class));
    }
    case Keyword::check_reverse_client_hostname_access: {
      const std::string& table = take_table(item);
      const std::string& name = reverse_name();
      const Status status =
          name_address_access(table, Subject::reverse_name, name, named(name, reverse_class));
      forbid_permit(status, keyword_name(keyword), name);
      return status;
    }
    case Keyword::reject_maps_rbl:
      if (server_->version() >= database::Version{3, 9, 0})
        configuration_error("the restriction reject_maps_rbl is gone since Postfix 3.9");
      for (const Word& zone : split_restrictions(p.maps_rbl_domains)) {
        const Status status = reject_listed_address(zone.text);
        if (status != Status::dunno) return status;
      }
      return Status::dunno;
    case Keyword::reject_rbl_client: {
      const std::string* zone = take_argument(item);
      if (zone == nullptr) return note(std::string(no_domain)), Status::dunno;
      return reject_listed_address(*zone);
    }
    case Keyword::permit_dnswl_client: {
      const std::string* zone = take_argument(item);
      if (zone == nullptr) return note(std::string(no_domain)), Status::dunno;
      return permit_listed(*zone, state_.address, false);
    }
    case Keyword::reject_rhsbl_client:
    case Keyword::permit_rhswl_client:
    case Keyword::reject_rhsbl_reverse_client: {
      const std::string* zone = take_argument(item);
      if (zone == nullptr) return note(std::string(no_domain)), Status::dunno;
      const bool reverse = keyword == Keyword::reject_rhsbl_reverse_client;
      world_->inspects(reverse ? Subject::reverse_name : Subject::client_name, true);
      const std::string& name = reverse ? reverse_name() : client_name();
      if (unknown_name(name)) return note("the name of the client is unknown"), Status::dunno;
      if (keyword == Keyword::permit_rhswl_client) return permit_listed(*zone, name, true);
      return reject_listed_domain(*zone, name, reverse ? reverse_class : client_class);
    }
    case Keyword::check_ccert_access:
      return certificate_access(take_table(item), context);
    case Keyword::check_sasl_access: {
      const std::string& table = take_table(item);
      if (!p.sasl_enabled) return note("SASL is off: ignored"), Status::dunno;
      world_->inspects(Subject::login, false);
      if (!state_.login || state_.login->empty())
        return note("the client is not logged in"), Status::dunno;
      const std::string shown = printable(*state_.login, '_', p.utf8);
      bool found = false;
      return key_access(table, Subject::login, *state_.login, found, named(shown, login_class));
    }
    default: {  // check_[reverse_]client[_hostname]_{ns,mx,a}_access
      const std::string& table = take_table(item);
      const bool reverse = keyword >= Keyword::check_reverse_client_hostname_ns_access;
      world_->inspects(reverse ? Subject::reverse_name : Subject::client_name, true);
      const std::string& name = reverse ? reverse_name() : client_name();
      if (unknown_name(name)) return note("the name of the client is unknown"), Status::dunno;
      const Context own = reverse ? named(name, reverse_class) : named(client_text(), client_class);
      const Status status = server_access(table, server_type(keyword), name, own);
      forbid_permit(status, keyword_name(keyword), name);
      return status;
    }
  }
}

Status Evaluator::check_helo_item(Item& item, Keyword keyword, const Context& context) {
  const std::string* argument = &no_argument;
  if (follows(keyword) == Follows::table) {
    argument = &take_table(item);
  } else if (follows(keyword) == Follows::domain) {
    argument = take_argument(item);
    if (argument == nullptr) return note(std::string(no_domain)), Status::dunno;
  }
  if (keyword == Keyword::permit_naked_ip_address &&
      server_->version() >= database::Version{3, 9, 0})
    configuration_error("the restriction permit_naked_ip_address is gone since Postfix 3.9");
  world_->inspects(Subject::helo, keyword != Keyword::check_helo_access);
  if (!state_.helo) return note("the client sent no HELO"), Status::dunno;
  const std::string name = *state_.helo;
  const bool literal = name.starts_with('[');
  const Context own{name, helo_class, context.default_check, context.list};
  switch (keyword) {
    case Keyword::check_helo_access: {
      bool found = false;
      const Status status = domain_access(*argument, Subject::helo, name, false, found, own);
      if (!found) note_miss(*argument, name);
      return status;
    }
    case Keyword::reject_invalid_helo_hostname:
      return literal ? reject_bad_literal(name) : reject_bad_name(name);
    case Keyword::reject_unknown_helo_hostname:
      return literal ? reject_bad_literal(name) : reject_unknown_name(name);
    case Keyword::reject_non_fqdn_helo_hostname:
      return literal ? reject_bad_literal(name) : reject_short_name(name);
    case Keyword::permit_naked_ip_address: {
      if (name.find_first_not_of("0123456789.:") != std::string::npos)
        return note(name + " is no address"), Status::dunno;
      const Status status = reject_bad_literal(name);
      return status == Status::dunno ? Status::permit : status;
    }
    case Keyword::reject_rhsbl_helo:
      return reject_listed_domain(*argument, name, helo_class);
    default: {  // check_helo_{ns,mx,a}_access
      const Status status = server_access(*argument, server_type(keyword), name, own);
      forbid_permit(status, keyword_name(keyword), name);
      return status;
    }
  }
}

Status Evaluator::check_sender_item(Item& item, Keyword keyword, const Context& context) {
  const Parameters& p = server_->parameters();
  const std::string* argument = &no_argument;
  if (follows(keyword) == Follows::table) {
    argument = &take_table(item);
  } else if (follows(keyword) == Follows::domain) {
    argument = take_argument(item);
    if (argument == nullptr) return note(std::string(no_domain)), Status::dunno;
  }
  const bool login_check = keyword >= Keyword::reject_authenticated_sender_login_mismatch &&
                           keyword <= Keyword::reject_unauthenticated_sender_login_mismatch;
  if (login_check && !p.sasl_enabled)
    return note("ignored: smtpd_sasl_auth_enable is off"), Status::dunno;
  if (!state_.sender) return note("there is no sender yet"), Status::dunno;
  world_->inspects(Subject::sender, keyword != Keyword::check_sender_access);
  const std::string sender = *state_.sender;
  const Context own{sender, sender_class, context.default_check, context.list};
  if (keyword == Keyword::check_sender_access) {
    if (!sender.empty()) return mail_access(*argument, Subject::sender, sender, own);
    bool found = false;
    return key_access(*argument, Subject::sender, p.null_access_key, found, own);
  }
  if (sender.empty()) return note("the sender is the null address"), Status::dunno;
  switch (keyword) {
    case Keyword::reject_unknown_sender_domain:
      return reject_unknown_domain(Subject::sender, sender, sender_class);
    case Keyword::reject_unverified_sender:
      return reject_unverified(Subject::sender, sender, sender_class);
    case Keyword::reject_non_fqdn_sender:
      return reject_short_address(sender, sender_class);
    case Keyword::reject_authenticated_sender_login_mismatch:
      return login_mismatch(sender, false);
    case Keyword::reject_known_sender_login_mismatch:
      world_->inspects(Subject::login, false);
      return state_.login ? login_mismatch(sender, true) : login_missing(sender);
    case Keyword::reject_unauthenticated_sender_login_mismatch:
      return login_missing(sender);
    case Keyword::reject_rhsbl_sender:
      return reject_listed_domain(*argument, sender, sender_class);
    case Keyword::reject_unlisted_sender:
      note("the sender is not known to be invalid");
      return unlisted_sender(sender);
    default: {  // check_sender_{ns,mx,a}_access
      const Status status = server_access(*argument, server_type(keyword), sender, own);
      forbid_permit(status, keyword_name(keyword), sender);
      return status;
    }
  }
}

Status Evaluator::check_recipient_item(Item& item, Keyword keyword, const Context& context) {
  const Parameters& p = server_->parameters();
  switch (keyword) {
    case Keyword::permit_sasl_authenticated: {
      world_->inspects(Subject::login, false);
      const bool asked = server_->version() >= database::Version{3, 10, 0} || state_.sasl_active;
      const bool login = state_.login && !same_word(state_.sasl_method, "anonymous");
      if (asked && login) {
        note("the client is logged in as " + *state_.login);
        return Status::permit;
      }
      if (!p.sasl_enabled)
        note("SASL is off (smtpd_sasl_auth_enable)");
      else
        note(state_.login ? "an anonymous login does not count" : "the client is not logged in");
      return Status::dunno;
    }
    case Keyword::permit_tls_all_clientcerts:
      return permit_certificates(true);
    case Keyword::permit_tls_clientcerts:
      return permit_certificates(false);
    case Keyword::reject_multi_recipient_bounce:
      world_->inspects(Subject::sender, false);
      if (state_.sender && state_.sender->empty() &&
          state_.recipient_count > (state_.stage == Stage::rcpt ? 0 : 1)) {
        note("a bounce has one recipient");
        return refuse_as(context, Blame::policy, p.multi_recipient_bounce_code, "5.5.3",
                         "Multi-recipient bounce");
      }
      return note("this is no bounce with several recipients"), Status::dunno;
    default:
      break;
  }
  const std::string* argument = &no_argument;
  if (follows(keyword) == Follows::table) {
    argument = &take_table(item);
  } else if (follows(keyword) == Follows::domain) {
    argument = take_argument(item);
    if (argument == nullptr) return note(std::string(no_domain)), Status::dunno;
  }
  if (keyword == Keyword::check_etrn_access) return note("this is no ETRN"), Status::dunno;
  if (!state_.recipient) {
    note(state_.stage < Stage::rcpt ? "there is no recipient yet"
                                    : "with several recipients there is none to look at");
    return Status::dunno;
  }
  if (keyword != Keyword::check_recipient_access) world_->inspects(Subject::recipient, true);
  const std::string recipient = *state_.recipient;
  const Context own{recipient, recipient_class, context.default_check, context.list};
  switch (keyword) {
    case Keyword::check_recipient_access:
      return mail_access(*argument, Subject::recipient, recipient, own);
    case Keyword::permit_mx_backup:
      return permit_mx_backup(recipient);
    case Keyword::permit_auth_destination:
      return permit_authorized_destination(recipient);
    case Keyword::reject_unauth_destination:
      return reject_unauthorized(recipient, p.relay_code, "5.7.1");
    case Keyword::defer_unauth_destination:
      return reject_unauthorized(recipient, p.relay_code - 100, "4.7.1");
    case Keyword::check_relay_domains:
      return check_relay_domains(recipient);
    case Keyword::reject_unknown_recipient_domain:
      return reject_unknown_domain(Subject::recipient, recipient, recipient_class);
    case Keyword::reject_non_fqdn_recipient:
      return reject_short_address(recipient, recipient_class);
    case Keyword::reject_rhsbl_recipient:
      return reject_listed_domain(*argument, recipient, recipient_class);
    case Keyword::reject_unlisted_recipient:
      note("the recipient is not known to be invalid");
      return recipient.empty() ? Status::dunno : unlisted_recipient(recipient);
    case Keyword::reject_unverified_recipient:
      return recipient.empty() ? Status::dunno
                               : reject_unverified(Subject::recipient, recipient, recipient_class);
    default: {  // check_recipient_{ns,mx,a}_access
      if (recipient.empty()) return Status::dunno;
      const Status status = server_access(*argument, server_type(keyword), recipient, own);
      forbid_permit(status, keyword_name(keyword), recipient);
      return status;
    }
  }
}

}  // namespace postlint::smtpd
