#include <array>

#include "src/smtpd/address.hpp"
#include "src/smtpd/evaluator.hpp"
#include "src/smtpd/reply.hpp"
#include "src/text/ascii.hpp"

namespace postlint::smtpd {
namespace {

constexpr std::string_view configuration_problem = "451 4.3.5 Server configuration error";
/// check_table_result(): lists in tables that lead to further tables.
constexpr int recursion_limit = 100;

using text::is_blank;
using text::is_digit;

/// is_header(3): name, then a colon, optional blanks before it.
bool is_header(std::string_view text) {
  std::size_t i = 0;
  bool blank_seen = false;
  for (; i < text.size(); ++i) {
    const char c = text[i];
    if (c == ':') return i > 0;
    if (is_blank(c)) {
      if (i == 0) return false;
      blank_seen = true;
    } else if (blank_seen || static_cast<unsigned char>(c) < 0x21 ||
               static_cast<unsigned char>(c) >= 0x7f) {
      return false;
    }
  }
  return false;
}

bool same_entry(const TableHit& a, const LookupResult& b) {
  return a.table == b.table && a.span == b.span && (a.span.in_file() || a.result == b.value);
}

std::string_view split_right(std::string_view text, char delimiter) {
  const std::size_t at = text.rfind(delimiter);
  return at == std::string_view::npos ? std::string_view() : text.substr(0, at);
}

}  // namespace

void Evaluator::note_hit(const LookupResult& hit) {
  Step& step = steps_[current_step_];
  step.table = TableHit{hit.table, hit.span, hit.key, hit.value};
  step.why = hit.table + " has \"" + hit.key + "\": " + hit.value;
}

void Evaluator::note_miss(const std::string& table, std::string_view what) {
  std::string why = table;
  why += " has no entry for ";
  why += what.empty() ? std::string_view("<>") : what;
  note(std::move(why));
}

const Maps* Evaluator::open_table(const std::string& table) { return server_->access_table(table); }

namespace {

/// An access table that is used without having been opened, or whose lookup fails.
LookupResult failed_lookup(const std::string& table, std::string_view key, std::string reason) {
  LookupResult result;
  result.kind = LookupResult::Kind::found;
  result.value = configuration_problem;
  result.key = key;
  result.table = table;
  result.reason = std::move(reason);
  return result;
}

}  // namespace

/// The result of a lookup that ends the search; nothing where the search goes on.
std::optional<Status> Evaluator::access_hit(const LookupResult& hit, const std::string& table,
                                            std::string_view datum, const Context& context) {
  if (hit.absent()) return std::nullopt;
  if (hit.found()) {
    note_hit(hit);
    return table_result(table, hit, datum, context);
  }
  const std::size_t step = current_step_;
  note(table + " cannot be used: " + hit.reason);
  const Status status =
      table_result(table, failed_lookup(table, hit.key, hit.reason), datum, context);
  if (status == Status::reject) steps_[step].result = Step::Result::error;
  return status;
}

Status Evaluator::key_access(const std::string& table, Subject subject, std::string_view key,
                             bool& found, const Context& context) {
  const Maps* maps = open_table(table);
  const LookupResult hit = maps != nullptr ? ask(world_->lookup(*maps, subject, key, false))
                                           : failed_lookup(table, key, "not a table");
  const auto status = access_hit(hit, table, key, context);
  found = status.has_value();
  if (!found) note_miss(table, key);
  return status.value_or(Status::dunno);
}

Status Evaluator::domain_access(const std::string& table, Subject subject, std::string_view domain,
                                bool partial, bool& found, const Context& context) {
  const Maps* maps = open_table(table);
  if (maps == nullptr) {
    found = true;
    return table_result(table, failed_lookup(table, domain, "not a table"), domain, context);
  }
  const bool numerical = valid_host_address(domain);
  std::string_view name = domain;
  while (!name.empty()) {
    if (const auto status = access_hit(ask(world_->lookup(*maps, subject, name, partial)), table,
                                       domain, context)) {
      found = true;
      return *status;
    }
    if (numerical) break;
    const std::size_t dot = name.find('.', 1);
    if (dot == std::string_view::npos) break;
    name.remove_prefix(server_->parameters().parent_style ? dot + 1 : dot);
    partial = true;
  }
  return Status::dunno;
}

Status Evaluator::address_access(const std::string& table, Subject subject,
                                 std::string_view address, bool partial, bool& found,
                                 const Context& context) {
  const Maps* maps = open_table(table);
  if (maps == nullptr) {
    found = true;
    return table_result(table, failed_lookup(table, address, "not a table"), address, context);
  }
  const char delimiter = address.find(':') != std::string_view::npos ? ':' : '.';
  std::string_view key = address;
  do {
    if (const auto status = access_hit(ask(world_->lookup(*maps, subject, key, partial)), table,
                                       address, context)) {
      found = true;
      return *status;
    }
    partial = true;
    if (key.find(delimiter) == std::string_view::npos) break;
    key = split_right(key, delimiter);
  } while (true);
  return Status::dunno;
}

Status Evaluator::name_address_access(const std::string& table, Subject subject,
                                      std::string_view name, const Context& context) {
  bool found = false;
  Status status = domain_access(table, subject, name, false, found, context);
  if (status != Status::dunno || found) return status;
  status = address_access(table, Subject::client_address, state_.address, false, found, context);
  if (!found) note_miss(table, std::string(name) + " or " + state_.address);
  return status;
}

Status Evaluator::mail_access(const std::string& table, Subject subject, const std::string& address,
                              const Context& context) {
  const ResolvedAddress& resolved = resolve(subject, address);
  if (resolved.recipient.find('@') == std::string::npos)
    return note("no @domain in address"), Status::dunno;
  const Maps* maps = open_table(table);
  if (maps == nullptr)
    return table_result(table, failed_lookup(table, address, "not a table"), resolved.recipient,
                        context);
  AddressStrategy strategy;
  strategy.local_part_if_local = false;
  strategy.at_domain = false;
  strategy.domain = true;
  strategy.local_part_at = true;
  strategy.parent_domains = server_->parameters().parent_style;
  strategy.dot_parent_domains = !strategy.parent_domains;
  const LookupResult hit = ask(world_->find_address(*maps, subject, resolved.recipient, strategy));
  const auto status = access_hit(hit, table, resolved.recipient, context);
  if (!status) {
    note_miss(table, resolved.recipient);
    return Status::dunno;
  }
  const bool suspicious = !server_->parameters().allow_untrusted_routing && resolved.routed &&
                          subject == Subject::recipient;
  if (*status == Status::permit && suspicious && hit.found()) {
    note(hit.table + " permits, but the address is routed through this host");
    return Status::dunno;
  }
  return *status;
}

Status Evaluator::certificate_access(const std::string& word, const Context& context) {
  const TableArgument* argument = server_->table_argument(word);
  if (argument == nullptr) configuration_error("malformed table specification " + word);
  if (!state_.tls || state_.tls->fingerprint.empty())
    return note("the client showed no certificate"), Status::dunno;
  using Key = TableArgument::Key;
  const std::vector<Key> standard{Key::certificate, Key::public_key};
  const bool skips_empty = server_->version() >= database::Version{3, 9, 0};
  const Context own{state_.tls->common_name, "Client certificate", context.default_check,
                    context.list};
  for (const Key key : argument->search_order ? *argument->search_order : standard) {
    if (key == Key::unsupported) configuration_error("unsupported search order in " + word);
    const std::string& print =
        key == Key::certificate ? state_.tls->fingerprint : state_.tls->public_key_fingerprint;
    if (print.empty() && skips_empty) continue;
    bool found = false;
    const Status status = key_access(argument->type_name, Subject::certificate, print, found, own);
    if (status != Status::dunno) return status;
  }
  return Status::dunno;
}

void Evaluator::forbid_permit(Status status, std::string_view restriction,
                              std::string_view target) {
  if (state_.discard || status != Status::permit) return;
  configuration_error(std::string(restriction) + " returns OK for " + std::string(target) +
                      ", which is not allowed");
}

bool Evaluator::in_transaction(std::string_view action) {
  if (state_.sender) return true;
  note(std::string(action) + " is skipped here: with smtpd_delay_reject = no there is no message");
  return false;
}

bool Evaluator::delegated(std::string_view action) {
  if (!server_->parameters().proxy_filter) return in_transaction(action);
  note(std::string(action) + " is unavailable with smtpd_proxy_filter");
  return false;
}

/// check_table_result(), for entries that are not neutralised.
Status Evaluator::table_result(std::string_view table, const LookupResult& hit,
                               std::string_view datum, const Context& context) {
  if (neutralised_ != nullptr && neutralised_->entry && same_entry(*neutralised_->entry, hit))
    return Status::dunno;
  return apply_action(table, hit, datum, context);
}

Status Evaluator::apply_action(std::string_view table, const LookupResult& hit,
                               std::string_view datum, const Context& context) {
  const Parameters& p = server_->parameters();
  const std::string_view value = hit.value;
  const std::size_t blank = std::min(value.find_first_of(" \t"), value.size());
  const std::string_view word = value.substr(0, blank);
  std::string_view text = value.substr(blank);
  while (!text.empty() &&
         (is_blank(text.front()) || (text.front() >= '\n' && text.front() <= '\r')))
    text.remove_prefix(1);
  const auto is = [&](std::string_view name) { return same_word(word, name); };
  const auto refusal = [&](std::int64_t code, std::string_view dsn) {
    const DsnText parts = split_dsn(dsn, text);
    return refuse_as(context, Blame::policy, code, fix_dsn(parts.dsn, context.reply_class),
                     parts.text.empty() ? "Access denied" : parts.text);
  };
  const auto deferral_text = [&](const DsnText& parts) {
    std::string full = "<";
    full += context.reply_name;
    full += ">: ";
    full += context.reply_class;
    full += " rejected: ";
    full += parts.text.empty() ? "Service unavailable" : parts.text;
    return full;
  };
  (void)table;
  (void)datum;
  if (is("DUNNO")) return Status::dunno;
  if (is("REJECT")) return refusal(p.access_map_reject_code, "5.7.1");
  if (is("DEFER")) return refusal(p.access_map_defer_code, "4.7.1");
  if (is("HANGUP")) throw Hangup{current_step_};
  if (is("INFO") || is("WARN")) return Status::dunno;
  if (is("FILTER") || is("HOLD") || is("REDIRECT") ||
      (is("BCC") && server_->version() >= database::Version{3, 0, 0})) {
    delegated(word);
    return Status::dunno;
  }
  if (is("DISCARD")) {
    if (!delegated("DISCARD")) return Status::dunno;
    state_.discard = true;
    return Status::permit;
  }
  if (is("DEFER_IF_PERMIT")) {
    const DsnText parts = split_dsn("4.7.1", text);
    return defer_if_permit(TempfailAction::defer_if_permit,
                           static_cast<int>(p.access_map_defer_code),
                           fix_dsn(parts.dsn, context.reply_class), deferral_text(parts));
  }
  if (is("DEFER_IF_REJECT")) {
    const DsnText parts = split_dsn("4.7.1", text);
    defer_if(defer_if_reject_, p.access_map_defer_code, fix_dsn(parts.dsn, context.reply_class),
             deferral_text(parts));
    return Status::dunno;
  }
  if (is("PREPEND")) {
    if (in_transaction("PREPEND") && !is_header(text)) note("PREPEND needs a header");
    return Status::dunno;
  }
  if (all_digits(value)) return Status::permit;
  if (word.size() == 3 && !text.empty() && (word[0] == '4' || word[0] == '5') &&
      is_digit(word[1]) && is_digit(word[2])) {
    const int code = (word[0] - '0') * 100 + (word[1] - '0') * 10 + (word[2] - '0');
    return refusal(code, word[0] == '4' ? "4.7.1" : "5.7.1");
  }
  if (is("OK") || is("RELAY")) return Status::permit;
  if (value.find(':') != std::string_view::npos)
    configuration_error("do not specify lookup tables inside SMTPD access maps");
  if (recursion_ > recursion_limit)
    configuration_error("access table entry " + hit.value + " causes unreasonable recursion");
  return list_result(hit, context);
}

/// A table result that is a restriction list or the name of a class.
Status Evaluator::list_result(const LookupResult& hit, const Context& context) {
  RestrictionList list;
  list.parameter = context.list;
  list.span = hit.span;
  list.words = split_restrictions(hit.value);
  if (list.words.empty()) return Status::permit;
  list.entry = &hit;
  const std::size_t step = current_step_;
  const Status status = check_list(list, context);
  current_step_ = step;
  if (status == Status::reject)
    steps_[step].result = error_text_[0] == '4' ? Step::Result::defer : Step::Result::reject;
  return status;
}

}  // namespace postlint::smtpd
