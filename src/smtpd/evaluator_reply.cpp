#include "src/smtpd/evaluator.hpp"
#include "src/smtpd/reply.hpp"

namespace postlint::smtpd {

void Evaluator::note(std::string why) { steps_[current_step_].why = std::move(why); }

/// smtpd_check_reject().
Status Evaluator::refuse(Blame blame, std::int64_t code, std::string_view dsn,
                         const std::string& text) {
  const bool warn_only = warn_if_reject_ != 0 && blame == Blame::policy;
  const Parameters& p = server_->parameters();
  std::string reply = format_reply(static_cast<int>(code), dsn, text, p.utf8);
  if (!warn_only && defer_if_reject_.active && reply[0] == '5') {
    warn_if_reject_ = 0;
    defer_if_reject_.active = false;
    note("would refuse with \"" + reply + "\", but defer_if_reject is pending");
    steps_[current_step_].result = Step::Result::defer;
    current_step_ = defer_if_reject_.step;
    return refuse(Blame::policy, defer_if_reject_.code, defer_if_reject_.dsn,
                  defer_if_reject_.text);
  }
  if (p.soft_bounce && reply[0] == '5') reply[0] = '4';
  reply[4] = reply[0];
  steps_[current_step_].reply = reply;
  if (warn_only) {
    steps_[current_step_].result = Step::Result::warn;
    return Status::dunno;
  }
  steps_[current_step_].result = blame == Blame::configuration ? Step::Result::error
                                 : reply[0] == '4'             ? Step::Result::defer
                                                               : Step::Result::reject;
  deciding_ = current_step_;
  error_text_ = std::move(reply);
  return Status::reject;
}

Status Evaluator::refuse_as(const Context& context, Blame blame, std::int64_t code,
                            std::string_view dsn, std::string_view text) {
  std::string full = "<";
  full += context.reply_name;
  full += ">: ";
  full += context.reply_class;
  full += " rejected: ";
  full += text;
  return refuse(blame, code, dsn, full);
}

void Evaluator::defer_if(Deferral& deferral, std::int64_t code, std::string_view dsn,
                         std::string text) {
  if (deferral.active) return;
  deferral = {true, static_cast<int>(code), std::string(dsn), std::move(text), current_step_};
}

Status Evaluator::defer_if_permit(TempfailAction action, int code, std::string_view dsn,
                                  std::string text) {
  if (warn_if_reject_ != 0 || action == TempfailAction::defer)
    return refuse(Blame::policy, code, dsn, text);
  defer_if(defer_if_permit_, code, dsn, std::move(text));
  return Status::dunno;
}

void Evaluator::lookup_failure(std::string_view name) {
  refuse(Blame::configuration, 451, "4.3.0",
         "<" + std::string(name) + ">: Temporary lookup failure");
  throw ListAbandoned{};
}

void Evaluator::configuration_error(std::string why) {
  note(std::move(why));
  refuse(Blame::configuration, 451, "4.3.5", "Server configuration error");
  throw ListAbandoned{};
}

}  // namespace postlint::smtpd
