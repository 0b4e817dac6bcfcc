#include "src/smtpd/evaluator.hpp"

#include "src/smtpd/address.hpp"
#include "src/smtpd/reply.hpp"
#include "src/smtpd/reply_class.hpp"

namespace postlint::smtpd {
Evaluator::Evaluator(const Server& server, const World& world, Choices& choices,
                     const Neutralised* neutralised)
    : server_(&server), world_(&world), choices_(&choices), neutralised_(neutralised) {}

const std::string& Evaluator::client_name() {
  static const std::string unknown = "unknown";
  if (!name_) name_ = ask(world_->client_name());
  return name_->status == PeerName::Status::known ? name_->name : unknown;
}

const std::string& Evaluator::reverse_name() {
  static const std::string unknown = "unknown";
  if (!reverse_) reverse_ = ask(world_->reverse_name());
  return reverse_->status == PeerName::Status::known ? reverse_->name : unknown;
}

const std::string& Evaluator::client_text() {
  if (client_text_.empty()) client_text_ = client_name() + '[' + state_.address + ']';
  return client_text_;
}

std::size_t Evaluator::add_step(std::string parameter, std::string item, Step::Result result,
                                std::string why) {
  Step step;
  step.stage = state_.stage;
  step.recipient = recipient_index_;
  if (const model::Setting* setting = server_->config().find(parameter))
    step.span = setting->origin().span;
  step.list = std::move(parameter);
  step.restriction = std::move(item);
  step.result = result;
  step.why = std::move(why);
  steps_.push_back(std::move(step));
  step_words_.push_back(nullptr);
  return steps_.size() - 1;
}

void Evaluator::refuse_outside(std::string parameter, std::string item, std::string why,
                               const std::string& reply) {
  const Step::Result result = reply[0] == '4' ? Step::Result::defer : Step::Result::reject;
  deciding_ = add_step(std::move(parameter), std::move(item), result, std::move(why));
  steps_[*deciding_].reply = reply;
}

void Evaluator::reset_transaction() {
  state_.sender.reset();
  state_.recipient.reset();
  state_.recipient_count = 0;
  state_.discard = false;
}

void Evaluator::reset_checks() {
  recursion_ = 0;
  warn_if_reject_ = 0;
  defer_if_reject_.active = false;
}

/// What the refusals of a list name, and what a bare table in it stands for. The state of the
/// session has the HELO name, the sender or the recipient.
Evaluator::Context Evaluator::context_of(ListName name) {
  const std::string_view list = server_->list(name).parameter;
  const Keyword standard = standard_check(name);
  switch (name) {
    case ListName::client:
      return {client_text(), client_class, standard, list};
    case ListName::helo:
      return {*state_.helo, helo_class, standard, list};
    case ListName::sender:
      return {*state_.sender, sender_class, standard, list};
    default:
      return {*state_.recipient, recipient_class, standard, list};
  }
}

Status Evaluator::check_alone(ListName name, const RestrictionList& list) {
  defer_if_permit_.active = false;
  sender_checked_ = recipient_checked_ = state_.discard = false;
  reset_checks();
  return run_list(list, context_of(name));
}

Status Evaluator::run_list(const RestrictionList& list, const Context& context) {
  if (list.words.empty()) return Status::dunno;
  try {
    return check_list(list, context);
  } catch (const ListAbandoned&) {
    return Status::reject;
  }
}

std::optional<std::string> Evaluator::outcome(Status status) const {
  if (status != Status::reject) return std::nullopt;
  return error_text_;
}

/// Forces permission into deferral when some earlier temporary error may have prevented a refusal.
Status Evaluator::convert_deferral(Status status) {
  if (status == Status::reject || !defer_if_permit_.active) return status;
  current_step_ = defer_if_permit_.step;
  return refuse(Blame::policy, defer_if_permit_.code, defer_if_permit_.dsn, defer_if_permit_.text);
}

std::optional<std::string> Evaluator::check_client() {
  defer_if_permit_.active = false;
  reset_checks();
  const RestrictionList& list = server_->list(ListName::client);
  Status status = Status::dunno;
  if (!list.words.empty()) status = run_list(list, context_of(ListName::client));
  deferred_by_client_ = defer_if_permit_.active;
  return outcome(status);
}

std::optional<std::string> Evaluator::check_helo(const std::string& name) {
  const std::optional<std::string> saved = state_.helo;
  state_.helo = name;
  defer_if_permit_.active = deferred_by_client_;
  reset_checks();
  const Status status = run_list(server_->list(ListName::helo), context_of(ListName::helo));
  deferred_by_helo_ = defer_if_permit_.active;
  state_.helo = saved;
  return outcome(status);
}

std::optional<std::string> Evaluator::check_mail(const std::string& sender) {
  const std::optional<std::string> saved = state_.sender;
  state_.sender = sender;
  defer_if_permit_.active = deferred_by_client_ || deferred_by_helo_;
  sender_checked_ = false;
  reset_checks();
  Status status = run_list(server_->list(ListName::sender), context_of(ListName::sender));
  deferred_by_sender_ = defer_if_permit_.active;
  if (server_->parameters().reject_unlisted_sender) world_->inspects(Subject::sender, false);
  if (server_->parameters().reject_unlisted_sender && status != Status::reject &&
      !sender_checked_ && !state_.discard && !sender.empty()) {
    current_step_ = add_step("smtpd_reject_unlisted_sender", "reject_unlisted_sender",
                             Step::Result::dunno, "the sender is not known to be invalid");
    try {
      status = unlisted_sender(sender);
    } catch (const ListAbandoned&) {
      status = Status::reject;
    }
    if (status == Status::reject) deciding_ = current_step_;
  }
  state_.sender = saved;
  return outcome(status);
}

std::optional<std::string> Evaluator::check_recipient(const std::string& recipient) {
  if (same_word(recipient, "postmaster")) {
    add_step("", "postmaster", Step::Result::permit,
             "the unqualified address postmaster is always accepted (RFC 5321)");
    return std::nullopt;
  }
  const std::optional<std::string> saved = state_.recipient;
  state_.recipient = recipient;
  recipient_checked_ = false;
  const auto finish = [&](std::optional<std::string> reply) {
    state_.recipient = saved;
    return reply;
  };
  if (server_->parameters().delay_reject) {
    if (auto reply = check_client()) return finish(std::move(reply));
    if (state_.helo) {
      const std::string helo = *state_.helo;
      if (auto reply = check_helo(helo)) return finish(std::move(reply));
    }
    if (state_.sender) {
      const std::string sender = *state_.sender;
      if (auto reply = check_mail(sender)) return finish(std::move(reply));
    }
  }
  defer_if_permit_.active = deferred_by_sender_;
  reset_checks();
  Status status = Status::dunno;
  for (const RestrictionList* list : server_->recipient_lists()) {
    status = run_list(
        *list, {recipient, recipient_class, Keyword::check_recipient_access, list->parameter});
    if (status == Status::reject) break;
  }
  status = convert_deferral(status);
  if (server_->parameters().reject_unlisted_recipient && status != Status::reject &&
      !recipient_checked_ && !state_.discard) {
    current_step_ = add_step("smtpd_reject_unlisted_recipient", "reject_unlisted_recipient",
                             Step::Result::dunno, "the recipient is not known to be invalid");
    try {
      status = unlisted_recipient(recipient);
    } catch (const ListAbandoned&) {
      status = Status::reject;
    }
  }
  return finish(outcome(status));
}

Status Evaluator::check_transaction(ListName name, std::string_view reply_name,
                                    std::string_view reply_class) {
  const std::optional<std::string> saved = state_.recipient;
  if (state_.recipient_count > 1) state_.recipient.reset();
  defer_if_permit_.active = false;
  reset_checks();
  const RestrictionList& list = server_->list(name);
  Status status = run_list(list, {reply_name, reply_class, Keyword::other, list.parameter});
  status = convert_deferral(status);
  if (state_.recipient_count > 1) state_.recipient = saved;
  return status;
}

std::optional<std::string> Evaluator::check_data() {
  return outcome(check_transaction(ListName::data, "DATA", "Data command"));
}

std::optional<std::string> Evaluator::check_end_of_data() {
  return outcome(check_transaction(ListName::end_of_data, "END-OF-MESSAGE", "End-of-data"));
}

std::optional<std::string> Evaluator::check_size(std::int64_t size) {
  reset_checks();
  const std::int64_t limit = server_->parameters().message_size_limit;
  if (limit <= 0 || size <= limit) return std::nullopt;
  current_step_ =
      add_step("message_size_limit", "SIZE=" + std::to_string(size), Step::Result::reject,
               "the announced size is over " + std::to_string(limit) + " bytes");
  refuse(Blame::policy, 552, "5.3.4", "Message size exceeds fixed limit");
  return error_text_;
}

std::optional<std::string> Evaluator::check_rewrite() {
  const RestrictionList& list = server_->local_rewrite_clients();
  for (std::size_t i = 0; i < list.words.size(); ++i) {
    const Word& word = list.words[i];
    Status status = Status::dunno;
    std::size_t first = i;
    const bool bare = word.text.find(':') != std::string::npos;
    if (bare || same_word(word.text, "check_address_map")) {
      if (!bare) ++i;
      const Maps* maps =
          i < list.words.size() ? server_->access_table(list.words[i].text) : nullptr;
      if (maps == nullptr) return "451 4.3.5 Server configuration error";
      const LookupResult hit =
          ask(world_->lookup(*maps, Subject::client_address, state_.address, false));
      if (hit.found()) status = Status::permit;
      if (hit.kind == LookupResult::Kind::error) status = Status::lookup_error;
    } else {
      current_step_ = steps_.size();
      switch (word.keyword) {
        case Keyword::permit_inet_interfaces:
          if (ask(world_->client_is_own_address())) status = Status::permit;
          break;
        case Keyword::permit_mynetworks: {
          const std::size_t step = add_step(list.parameter, word.text, Step::Result::dunno, {});
          current_step_ = step;
          status = permit_mynetworks();
          if (status != Status::lookup_error) {
            steps_.pop_back();
            step_words_.pop_back();
          } else {
            steps_[step].result = Step::Result::error;
          }
          break;
        }
        case Keyword::permit_sasl_authenticated:
          world_->inspects(Subject::login, false);
          if (state_.sasl_active && state_.login && !same_word(state_.sasl_method, "anonymous"))
            status = Status::permit;
          break;
        default:
          continue;
      }
    }
    if (status == Status::lookup_error) {
      deciding_ = steps_.empty() ? std::nullopt : std::optional(steps_.size() - 1);
      if (deciding_) steps_[*deciding_].span = list.place(first, i);
      return "451 4.3.0 Temporary lookup error";
    }
    if (status == Status::permit) return std::nullopt;
  }
  return std::nullopt;
}

namespace {

/// smtpd_check_addr().
bool has_valid_syntax(const ResolvedAddress& resolved, bool smtputf8) {
  if (resolved.status == ResolvedAddress::Status::syntax_error) return false;
  const std::size_t at = resolved.recipient.rfind('@');
  if (smtputf8 || at == std::string::npos) return true;
  for (const char c : std::string_view(resolved.recipient).substr(at + 1))
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  return true;
}

}  // namespace

bool Evaluator::valid_address(Subject subject, const std::string& sender,
                              const std::string& address, bool smtputf8) {
  if (address.empty()) return true;
  if (const auto why = server_->resolver().fatal())
    throw ServerDies{"trivial-rewrite(8) dies, and the client waits: " + *why};
  Answer<const ResolvedAddress*> answer = world_->resolve(subject, sender, address);
  const bool valid = has_valid_syntax(*answer.alternatives.front().value, smtputf8);
  for (const auto& alternative : answer.alternatives)
    if (has_valid_syntax(*alternative.value, smtputf8) != valid)
      return has_valid_syntax(*ask(std::move(answer)), smtputf8);
  return valid;
}

std::optional<std::string> Evaluator::verify_sender(const std::string& address) const {
  const Parameters& p = server_->parameters();
  if (p.verify_sender.empty() || p.verify_sender == "<>")
    return address.empty() ? std::optional<std::string>("") : std::nullopt;
  const std::string& own = server_->verify_sender();
  const std::size_t at = own.find('@');
  const std::string_view local = std::string_view(own).substr(0, at);
  const std::string_view theirs = address;
  const std::size_t their_at = theirs.find('@');
  if (!same_word(theirs.substr(0, local.size()), local)) return std::nullopt;
  if ((their_at == std::string::npos) != (at == std::string::npos)) return std::nullopt;
  if (at != std::string::npos &&
      !same_word(theirs.substr(their_at), std::string_view(own).substr(at)))
    return std::nullopt;
  if (p.verify_sender_ttl > 0) return std::nullopt;  // the time stamp would have to be right
  if (theirs.size() > local.size() && theirs[local.size()] != '@') return std::nullopt;
  return own;
}

}  // namespace postlint::smtpd
