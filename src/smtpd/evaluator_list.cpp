#include "src/smtpd/evaluator.hpp"
#include "src/smtpd/reply.hpp"

namespace postlint::smtpd {
namespace {

using database::Version;

/// A class that leads back to itself exhausts the stack of smtpd(8).
constexpr int class_depth_limit = 300;

bool is_sender_keyword(Keyword keyword) {
  return keyword >= Keyword::check_sender_access && keyword <= Keyword::reject_unlisted_sender;
}
bool is_helo_keyword(Keyword keyword) {
  return keyword >= Keyword::check_helo_access && keyword <= Keyword::reject_rhsbl_helo;
}
bool is_client_keyword(Keyword keyword) {
  return keyword >= Keyword::reject_unknown_client_hostname &&
         keyword <= Keyword::check_reverse_client_hostname_a_access;
}

}  // namespace

void Evaluator::begin_step(const RestrictionList& list, std::size_t index, std::size_t& step) {
  step = steps_.size();
  Step& added = steps_.emplace_back();
  added.stage = state_.stage;
  added.recipient = recipient_index_;
  added.depth = static_cast<std::uint32_t>(recursion_ - 1);
  added.list = list.parameter;
  added.restriction = list.words[index].text;
  added.span = list.place(index, index);
  if (list.entry != nullptr)
    added.table = TableHit{list.entry->table, list.entry->span, list.entry->key, list.entry->value};
  step_words_.push_back(list.entry == nullptr ? &list.words[index] : nullptr);
  current_step_ = step;
}

/// The result and the text of an item that has been evaluated.
void Evaluator::finish_step(std::size_t step, const Item& item, Status status) {
  Step& done = steps_[step];
  const std::size_t first = static_cast<std::size_t>(item.word - item.list->words.data());
  if (item.index > first && item.index < item.list->words.size()) {
    done.restriction += ' ' + item.list->words[item.index].text;
    done.span = item.list->place(first, item.index);
  }
  if (status == Status::permit) done.result = Step::Result::permit;
}

Status Evaluator::check_list(const RestrictionList& list, const Context& context) {
  const int saved_recursion = recursion_++;
  Status status = Status::dunno;
  for (std::size_t i = 0; i < list.words.size(); ++i) {
    if (state_.discard) break;
    if (list.words[i].keyword == Keyword::warn_if_reject) {
      if (warn_if_reject_ == 0) warn_if_reject_ = recursion_;
      continue;
    }
    Item item{&list, i, 0, &list.words[i]};
    begin_step(list, i, item.step);
    try {
      status = check_item(item, context);
    } catch (...) {
      finish_step(item.step, item, Status::reject);
      throw;
    }
    i = item.index;
    current_step_ = item.step;
    finish_step(item.step, item, status);
    if (status == Status::permit) permits_.push_back({item.step, step_words_[item.step]});
    if (status == Status::lookup_error) lookup_failure(context.reply_name);
    if (warn_if_reject_ >= recursion_) warn_if_reject_ = 0;
    if (status != Status::dunno) break;
    if (defer_if_permit_.active && defer_if_reject_.active) break;
  }
  recursion_ = saved_recursion;
  if (warn_if_reject_ >= recursion_) warn_if_reject_ = 0;
  return status;
}

/// The argument of an item, if there is one.
const std::string* Evaluator::take_argument(Item& item) {
  if (item.index + 1 >= item.list->words.size()) return nullptr;
  return &item.list->words[++item.index].text;
}

/// is_map_command(): the table of check_..._access.
const std::string& Evaluator::take_table(Item& item) {
  // A bare table stands for the keyword and is its argument.
  if (item.word->text.find(':') != std::string::npos) return item.word->text;
  const std::string* argument = take_argument(item);
  if (argument == nullptr || argument->find(':') == std::string::npos)
    configuration_error("needs a table type:name as argument" +
                        (argument != nullptr ? ", not \"" + *argument + '"' : std::string()));
  return *argument;
}

/// Steps over the argument of an item that is not evaluated.
bool Evaluator::skip_item(Item& item, Keyword keyword) {
  if (neutralised_ == nullptr || neutralised_->word != item.word) return false;
  if (follows(keyword) != Follows::nothing && item.word->keyword != Keyword::other)
    take_argument(item);
  return true;
}

bool Evaluator::unknown_release(Keyword keyword, const std::string& word) const {
  const Version version = server_->version();
  if (version >= Version{3, 0, 0} || keyword == Keyword::other) return false;
  const database::Restriction* restriction = server_->config().database().restriction(word);
  return restriction != nullptr && restriction->since > version;
}

Status Evaluator::check_item(Item& item, const Context& context) {
  Keyword keyword = item.word->keyword;
  if (item.word->text.find(':') != std::string::npos) {
    keyword = context.default_check;
    if (keyword == Keyword::other)
      configuration_error("a table needs a keyword such as check_client_access before it here");
  }
  if (skip_item(item, keyword)) return Status::dunno;
  if (unknown_release(keyword, item.word->text)) keyword = Keyword::other;
  if (keyword == Keyword::other) return check_class(item, context);
  if (keyword < Keyword::reject_unknown_client_hostname)
    return check_generic(item, keyword, context);
  if (is_client_keyword(keyword)) return check_client_item(item, keyword, context);
  if (is_helo_keyword(keyword)) return check_helo_item(item, keyword, context);
  if (is_sender_keyword(keyword)) return check_sender_item(item, keyword, context);
  return check_recipient_item(item, keyword, context);
}

Status Evaluator::check_class(Item& item, const Context& context) {
  const RestrictionList* list = server_->restriction_class(item.word->text);
  if (list == nullptr) configuration_error("unknown restriction \"" + item.word->text + '"');
  if (++class_depth_ > class_depth_limit)
    throw ServerDies{"restriction class " + item.word->text + " leads back to itself"};
  if (server_->is_endless(*list))
    throw ServerDies{item.word->text + ": " + std::string(endless_class_text)};
  const Status status = check_list(*list, context);
  --class_depth_;
  current_step_ = item.step;
  note(status == Status::dunno ? "no item of the class decides" : "an item of the class decides");
  if (status == Status::reject)
    steps_[item.step].result = error_text_[0] == '4' ? Step::Result::defer : Step::Result::reject;
  return status;
}

Status Evaluator::check_generic(Item& item, Keyword keyword, const Context& context) {
  const Parameters& p = server_->parameters();
  switch (keyword) {
    case Keyword::permit:
      note("permits always");
      return Status::permit;
    case Keyword::defer:
      note("defers always");
      return refuse_as(context, Blame::policy, p.defer_code, "4.3.2", "Try again later");
    case Keyword::reject:
      note("refuses always");
      return refuse_as(context, Blame::policy, p.reject_code, "5.7.1", "Access denied");
    case Keyword::reject_unauth_pipelining:
      note("the client waits for replies");
      return Status::dunno;
    case Keyword::check_policy_service:
      return check_policy(item, context);
    case Keyword::defer_if_permit:
      note("a later permit becomes a deferral");
      return defer_if_permit(TempfailAction::defer_if_permit, 450, "4.7.0",
                             "<" + std::string(context.reply_name) +
                                 ">: " + std::string(context.reply_class) +
                                 " rejected: defer_if_permit requested");
    case Keyword::defer_if_reject:
      note("a later refusal becomes a deferral");
      defer_if(defer_if_reject_, 450, "4.7.0",
               "<" + std::string(context.reply_name) + ">: " + std::string(context.reply_class) +
                   " rejected: defer_if_reject requested");
      return Status::dunno;
    case Keyword::sleep: {
      const std::size_t next = item.index + 1;
      if (next >= item.list->words.size() || !all_digits(item.list->words[next].text))
        configuration_error("sleep needs a number of seconds");
      take_argument(item);
      note("sleeps, and decides nothing");
      return Status::dunno;
    }
    default:  // reject_plaintext_session
      world_->inspects(Subject::encryption, false);
      if (state_.tls_active) {
        note("the session is encrypted");
        return Status::dunno;
      }
      note("the session is not encrypted");
      return refuse(Blame::policy, p.plaintext_code, "4.7.1", "Session encryption is required");
  }
}

}  // namespace postlint::smtpd
