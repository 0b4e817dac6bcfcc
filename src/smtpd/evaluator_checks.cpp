#include <array>

#include "src/smtpd/address.hpp"
#include "src/smtpd/evaluator.hpp"
#include "src/smtpd/reply.hpp"
#include "src/smtpd/reply_class.hpp"

namespace postlint::smtpd {
namespace {

/// Names that end in a dot, but not in two, lose it.
std::string_view without_final_dot(std::string_view name) {
  const std::size_t size = name.size();
  const bool one_dot = size > 1 && name[size - 1] == '.' && name[size - 2] != '.';
  return one_dot ? name.substr(0, size - 1) : name;
}

bool is_literal(std::string_view domain) {
  return domain.starts_with('[') && domain.ends_with(']');
}

std::string_view class_text(AddressClass address_class) {
  switch (address_class) {
    case AddressClass::local:
      return "local";
    case AddressClass::virtual_alias:
      return "virtual alias";
    case AddressClass::virtual_mailbox:
      return "virtual mailbox";
    case AddressClass::relay:
      return "relay";
    default:
      return "other";
  }
}

bool left_is(std::string_view name, std::string_view address) {
  return address.size() > name.size() && address[name.size()] == '@' &&
         same_word(address.substr(0, name.size()), name);
}

/// An address or a network, in brackets or not: what no host name looks like.
bool is_network(std::string_view text) {
  return text.find_first_of("0123456789") != std::string_view::npos &&
         text.find_first_not_of("0123456789abcdefABCDEF.:/[]") == std::string_view::npos &&
         (text.find_first_of("/:]") != std::string_view::npos ||
          text.find_first_not_of("0123456789.") == std::string_view::npos);
}

/// Is there a pattern in the list that a host name could match? Where there is none, the name of
/// the client need not be known.
bool name_matters(const MatchList& list) {
  for (const MatchList::Pattern& pattern : list.patterns()) {
    if (pattern.table != nullptr) {
      if (pattern.table->type_name().find("cidr:") == std::string::npos) return true;
    } else if (!is_network(pattern.text)) {
      return true;
    }
  }
  return false;
}

}  // namespace

Status Evaluator::permit_mynetworks() {
  const MatchList& list = server_->tables().mynetworks;
  const std::string& address = state_.address;
  const std::string name = name_matters(list) ? client_name() : "unknown";
  const MatchOutcome match = ask(world_->client_in(list, name, address));
  const model::Setting* setting = server_->config().find("mynetworks");
  text::Span& place = steps_[current_step_].why_span;
  if (match.span.in_file())
    place = match.span;
  else if (setting != nullptr)
    place = setting->origin().span;
  switch (match.kind) {
    case MatchOutcome::Kind::match:
      note(address + " is in mynetworks (" + match.pattern + ")");
      return Status::permit;
    case MatchOutcome::Kind::error:
      note("mynetworks cannot be searched: " + match.reason);
      return Status::lookup_error;
    default:
      note(address + (match.negated ? " is excluded from mynetworks (" + match.pattern + ")"
                                    : std::string(" is not in mynetworks")));
      return Status::dunno;
  }
}

Status Evaluator::permit_certificates(bool all) {
  if (!state_.tls_active) return note("the session is not encrypted"), Status::dunno;
  const bool shown = state_.tls && !state_.tls->fingerprint.empty();
  if (all && shown && state_.tls->trusted) {
    note("the client's certificate is verified");
    return Status::permit;
  }
  if (!shown) {
    note(server_->parameters().tls_ask_certificate ? "the client showed no certificate"
                                                   : "smtpd_tls_ask_ccert is off: no certificate");
    return Status::dunno;
  }
  const Maps& maps = server_->tables().relay_certificates;
  std::array<const std::string*, 2> prints{&state_.tls->fingerprint,
                                           &state_.tls->public_key_fingerprint};
  const bool key_first = server_->version() >= database::Version{3, 9, 0};
  if (key_first) std::swap(prints[0], prints[1]);
  for (const std::string* print : prints) {
    if (print->empty()) continue;
    const LookupResult hit = ask(world_->lookup(maps, Subject::certificate, *print, false));
    if (hit.found()) {
      note_hit(hit);
      return Status::permit;
    }
    if (!hit.absent()) {
      note("relay_clientcerts cannot be searched: " + hit.reason);
      return Status::lookup_error;
    }
  }
  note("the client's fingerprint is not in relay_clientcerts");
  return Status::dunno;
}

/// smtpd_resolve_addr() with the other address of the pair, as most callers use it.
const ResolvedAddress& Evaluator::resolve(Subject subject, const std::string& address) {
  const std::optional<std::string>& other =
      subject == Subject::sender ? state_.recipient : state_.sender;
  const ResolvedAddress* resolved =
      ask(world_->resolve(subject, other.value_or(std::string()), address));
  if (resolved->status == ResolvedAddress::Status::failure) {
    note("resolving the address fails: " + resolved->reason);
    lookup_failure(address);
  }
  return *resolved;
}

Status Evaluator::permit_authorized_destination(const std::string& recipient) {
  const ResolvedAddress& resolved = resolve(Subject::recipient, recipient);
  const std::string_view domain = domain_of(resolved.recipient);
  if (resolved.recipient.find('@') == std::string::npos) return Status::permit;
  if (resolved.routed && !server_->parameters().allow_untrusted_routing) {
    note(resolved.recipient + " asks to be routed on by this host");
    return Status::dunno;
  }
  const bool neutralised = neutralised_ != nullptr && neutralised_->address_class;
  if (resolved.address_class == AddressClass::default_ || neutralised) {
    note(std::string(domain) + " is in none of the address classes");
    return Status::dunno;
  }
  note(std::string(domain) + " is a " + std::string(class_text(resolved.address_class)) +
       " domain" +
       (resolved.class_parameter.empty()
            ? std::string()
            : " (" + resolved.class_parameter + ": " + resolved.class_match.pattern + ")"));
  if (!authorized_by_ && !resolved.class_parameter.empty())
    authorized_by_ =
        AuthorizedBy{resolved.class_parameter, resolved.class_match, std::string(domain)};
  return Status::permit;
}

Status Evaluator::reject_unauthorized(const std::string& recipient, std::int64_t code,
                                      std::string_view dsn) {
  if (permit_authorized_destination(recipient) == Status::permit) return Status::dunno;
  return refuse(Blame::policy, code, dsn, angle(recipient) + ": Relay access denied");
}

Status Evaluator::check_relay_domains(const std::string& recipient) {
  if (server_->version() >= database::Version{3, 9, 0})
    configuration_error("the restriction check_relay_domains is gone since Postfix 3.9");
  const MatchOutcome match =
      ask(world_->in_list(server_->tables().relay_domains, Subject::client_name, client_name()));
  if (match.kind == MatchOutcome::Kind::error) throw ServerDies{match.reason};
  if (match.matched()) {
    note("the client's name matches relay_domains");
    return Status::permit;
  }
  if (permit_authorized_destination(recipient) == Status::permit) return Status::permit;
  return refuse(
      Blame::policy, server_->parameters().relay_code, "5.7.1",
      angle(recipient) + ": " + std::string(recipient_class) + " rejected: Relay access denied");
}

Status Evaluator::reject_bad_literal(const std::string& name) {
  std::string_view address = name;
  if (is_literal(address) && address.size() > 2) address = address.substr(1, address.size() - 2);
  if (valid_address_literal('[' + std::string(address) + ']'))
    return note(name + " is a valid address"), Status::dunno;
  note(name + " is no valid address");
  return refuse(Blame::policy, server_->parameters().invalid_hostname_code, "5.5.2",
                angle(name) + ": Helo command rejected: invalid ip address");
}

Status Evaluator::reject_bad_name(const std::string& name) {
  const std::string_view test = without_final_dot(name);
  if (valid_hostname(test) || valid_host_address(test))
    return note(name + " is a valid name"), Status::dunno;
  note(name + " is no valid name");
  return refuse(Blame::policy, server_->parameters().invalid_hostname_code, "5.5.2",
                angle(name) + ": Helo command rejected: Invalid name");
}

Status Evaluator::reject_short_name(const std::string& name) {
  const std::string_view test = without_final_dot(name);
  if (valid_utf8_hostname(test, state_.smtputf8) && test.find('.') != std::string_view::npos)
    return note(name + " is fully qualified"), Status::dunno;
  note(name + " is not fully qualified");
  return refuse(Blame::policy, server_->parameters().non_fqdn_code, "5.5.2",
                angle(name) + ": Helo command rejected: need fully-qualified hostname");
}

Status Evaluator::reject_short_address(const std::string& address, std::string_view reply_class) {
  const std::string_view domain = domain_of(address);
  if (is_literal(domain)) return note("the domain is an address literal"), Status::dunno;
  const std::string_view test = without_final_dot(domain);
  if (!test.empty() && valid_utf8_hostname(test, state_.smtputf8) &&
      test.find('.') != std::string_view::npos)
    return note(address + " is fully qualified"), Status::dunno;
  note(address + " is not fully qualified");
  return refuse(
      Blame::policy, server_->parameters().non_fqdn_code, "4.5.2",
      angle(address) + ": " + std::string(reply_class) + " rejected: need fully-qualified address");
}

Status Evaluator::reject_unverified(Subject subject, const std::string& address,
                                    std::string_view reply_class) {
  const Parameters& p = server_->parameters();
  const bool sender = subject == Subject::sender;
  const std::string_view dsn = sender ? "4.1.7" : "4.1.1";
  const std::string& alternative =
      sender ? p.unverified_sender_reason : p.unverified_recipient_reason;
  std::int64_t code = 0;
  std::string why;
  switch (ask(world_->verify(subject, address))) {
    case Verification::deliverable:
      return note("verification says that " + address + " can be delivered"), Status::dunno;
    case Verification::undeliverable:
      code = sender ? p.unverified_sender_code : p.unverified_recipient_code;
      why = "the address is undeliverable";
      break;
    case Verification::deferred:
      why = "the probe is deferred";
      [[fallthrough]];
    case Verification::in_progress:
      code = sender ? p.unverified_sender_defer_code : p.unverified_recipient_defer_code;
      if (why.empty()) why = "Address verification in progress";
      break;
  }
  note(address + " is not verified: " + why);
  if (code >= 400 && !alternative.empty()) why = alternative;
  const std::string prefix = angle(address) + ": " + std::string(reply_class) + " rejected: ";
  if (code / 100 == 2) return Status::dunno;
  if (code / 100 == 4)
    return defer_if_permit(sender ? p.unverified_sender_action : p.unverified_recipient_action,
                           static_cast<int>(code), dsn,
                           prefix + "unverified address: " + why.substr(0, 250));
  return refuse(Blame::policy, code, dsn, prefix + "undeliverable address: " + why);
}

Status Evaluator::login_mismatch(const std::string& sender, bool allow_unknown) {
  world_->inspects(Subject::login, false);
  if (!state_.login) return note("the client is not logged in"), Status::dunno;
  const ResolvedAddress& resolved = resolve(Subject::sender, sender);
  const LookupResult hit = ask(world_->find_address(
      server_->tables().sender_logins, Subject::sender, resolved.recipient, default_strategy));
  if (hit.kind == LookupResult::Kind::error) {
    note("smtpd_sender_login_maps cannot be searched: " + hit.reason);
    lookup_failure(sender);
  }
  if (hit.found()) {
    note_hit(hit);
    for (const Word& owner : split_restrictions(hit.value))
      if (casefold(owner.text, server_->parameters().utf8) ==
          casefold(*state_.login, server_->parameters().utf8)) {
        note(*state_.login + " owns " + sender);
        return Status::dunno;
      }
  } else if (allow_unknown) {
    return note(sender + " belongs to nobody"), Status::dunno;
  }
  note(*state_.login + " does not own " + sender);
  return refuse(Blame::policy, 553, "5.7.1",
                angle(sender) + ": Sender address rejected: not owned by user " + *state_.login);
}

Status Evaluator::login_missing(const std::string& sender) {
  world_->inspects(Subject::login, false);
  if (state_.login) return note("the client is logged in"), Status::dunno;
  const ResolvedAddress& resolved = resolve(Subject::sender, sender);
  const LookupResult hit = ask(world_->find_address(
      server_->tables().sender_logins, Subject::sender, resolved.recipient, default_strategy));
  if (hit.kind == LookupResult::Kind::error) {
    note("smtpd_sender_login_maps cannot be searched: " + hit.reason);
    lookup_failure(sender);
  }
  if (!hit.found()) return note(sender + " belongs to nobody"), Status::dunno;
  note_hit(hit);
  return refuse(Blame::policy, 553, "5.7.1",
                angle(sender) + ": Sender address rejected: not logged in");
}

Status Evaluator::unlisted_recipient(const std::string& recipient) {
  if (server_->parameters().no_unknown_recipient_checks) {
    note("receive_override_options turns it off");
    return Status::dunno;
  }
  if (recipient_checked_) return note("was checked before"), Status::dunno;
  if (warn_if_reject_ == 0) recipient_checked_ = true;
  return unlisted(Subject::recipient, state_.sender.value_or(std::string()), recipient,
                  recipient_class);
}

Status Evaluator::unlisted_sender(const std::string& sender) {
  if (server_->parameters().no_unknown_recipient_checks) {
    note("receive_override_options turns it off");
    return Status::dunno;
  }
  if (sender_checked_) return note("was checked before"), Status::dunno;
  if (warn_if_reject_ == 0) sender_checked_ = true;
  return unlisted(Subject::sender, state_.recipient.value_or(std::string()), sender, sender_class);
}

bool Evaluator::listed_in(const Maps& maps, Subject subject, const std::string& address,
                          std::string_view reply_name) {
  if (maps.empty()) return false;
  const LookupResult hit = ask(world_->find_address(maps, subject, address, default_strategy));
  if (hit.kind == LookupResult::Kind::error) {
    note(maps.title() + " cannot be searched: " + hit.reason);
    lookup_failure(reply_name);
  }
  if (!hit.found()) return false;
  note_hit(hit);
  note(address + " is known: " + maps.title() + " has it");
  return true;
}

Status Evaluator::unlisted(Subject subject, const std::string& other, const std::string& address,
                           std::string_view reply_class) {
  const ResolvedAddress* resolved = ask(world_->resolve(subject, other, address));
  if (resolved->status == ResolvedAddress::Status::failure) {
    note("resolving the address fails: " + resolved->reason);
    lookup_failure(address);
  }
  const Server::Tables& tables = server_->tables();
  const std::string& full = resolved->recipient;
  const bool sender = subject == Subject::sender;
  if (listed_in(tables.recipient_canonical, subject, full, address) ||
      (sender && listed_in(tables.sender_canonical, subject, full, address)) ||
      listed_in(tables.canonical, subject, full, address) ||
      listed_in(tables.virtual_aliases, subject, full, address))
    return Status::dunno;
  const std::string prefix = angle(address) + ": " + std::string(reply_class) + " rejected: ";
  const bool retry = resolved->transport == "retry";
  if (retry || resolved->transport == "error") {
    const std::string_view standard =
        retry ? (sender ? "4.1.0" : "4.1.1") : (sender ? "5.1.0" : "5.1.1");
    const DsnText parts = split_dsn(standard, resolved->nexthop);
    const bool alias = resolved->address_class == AddressClass::virtual_alias;
    note(full + " resolves to " + resolved->transport + ':' + resolved->nexthop);
    return refuse(Blame::policy,
                  retry   ? 450
                  : alias ? server_->parameters().unknown_alias_code
                          : 550,
                  fix_dsn(parts.dsn, reply_class), prefix + std::string(parts.text));
  }
  return unlisted_in_class(*resolved, subject, address, reply_class);
}

/// The recipient tables of the address classes.
Status Evaluator::unlisted_in_class(const ResolvedAddress& resolved, Subject subject,
                                    const std::string& address, std::string_view reply_class) {
  const Parameters& p = server_->parameters();
  const Server::Tables& tables = server_->tables();
  const std::string& full = resolved.recipient;
  const Maps* maps = nullptr;
  std::int64_t code = 0;
  std::string_view table;
  switch (resolved.address_class) {
    case AddressClass::local:
      if (left_is(p.double_bounce_sender, full) || left_is("postmaster", full) ||
          left_is("mailer-daemon", full))
        return note(full + " is always known"), Status::dunno;
      maps = &tables.local_recipients;
      code = p.unknown_local_code;
      table = " in local recipient table";
      break;
    case AddressClass::virtual_mailbox:
      maps = &tables.virtual_mailboxes;
      code = p.unknown_mailbox_code;
      table = " in virtual mailbox table";
      break;
    case AddressClass::relay:
      maps = &tables.relay_recipients;
      code = p.unknown_relay_code;
      table = " in relay recipient table";
      break;
    default:
      return note(full + " is in no class with a table of recipients"), Status::dunno;
  }
  if (maps->empty())
    return note(maps->title() + " is empty: every address is known"), Status::dunno;
  if (listed_in(*maps, subject, full, address)) return Status::dunno;
  note(full + " is not in " + maps->title());
  return refuse(Blame::policy, code, subject == Subject::sender ? "5.1.0" : "5.1.1",
                angle(address) + ": " + std::string(reply_class) + " rejected: User unknown" +
                    std::string(p.show_user_unknown_table ? table : std::string_view()));
}

namespace {

/// Counts a level for as long as it lives, however the level is left.
class Nesting {
 public:
  explicit Nesting(int& depth) : depth_(depth) { ++depth_; }
  ~Nesting() { --depth_; }
  Nesting(const Nesting&) = delete;
  Nesting& operator=(const Nesting&) = delete;

 private:
  int& depth_;
};

}  // namespace

Status Evaluator::check_policy(Item& item, const Context& context) {
  const std::size_t next = item.index + 1;
  if (next >= item.list->words.size() || item.list->words[next].text.find(':') == std::string::npos)
    configuration_error("check_policy_service needs transport:endpoint");
  const std::string& word = *take_argument(item);
  const PolicyService* service = server_->policy_service(word);
  if (service == nullptr) throw ServerDies{"check_policy_service: no client endpoint for " + word};
  const std::optional<std::string> action = ask(world_->policy(service->endpoint));
  LookupResult result;
  result.kind = LookupResult::Kind::found;
  result.table = service->endpoint;
  result.key = "policy query";
  if (action) {
    result.value = *action;
    note(service->endpoint + " answers " + *action);
  } else {
    result.value =
        policy_depth_ == 0 ? service->default_action : "451 4.3.5 Server configuration problem";
    note(service->endpoint + " does not answer: " + result.value);
  }
  if (action) return table_result(service->endpoint, result, "policy query", context);
  const Nesting nesting(policy_depth_);
  return table_result(service->endpoint, result, "policy query", context);
}

}  // namespace postlint::smtpd
