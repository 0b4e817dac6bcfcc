#include <algorithm>
#include <array>

#include "src/engine/places.hpp"
#include "src/engine/relay_control.hpp"
#include "src/engine/rule.hpp"

namespace postlint::rules::access::early_list_without_delay {

constexpr RuleInfo info{.id = "access/early-list-without-delay",
                        .title = "a restriction asks for what the client has not said yet",
                        .severity = Severity::error};

using Stage = RestrictionList::Stage;

/// What a word looks at, in the order in which a client says it; logins come between HELO and MAIL.
enum class Subject : std::uint8_t { other, helo, login, sender, recipient };

Subject subject_of(const RestrictionItem& item) {
  if (item.kind != RestrictionItem::Kind::keyword) return Subject::other;
  constexpr std::array<std::string_view, 6> of_recipient{
      "reject_unauth_destination", "defer_unauth_destination", "permit_auth_destination",
      "permit_mx_backup",          "check_relay_domains",      "reject_multi_recipient_bounce"};
  const std::string_view word = item.restriction->canonical;
  const auto has = [&](std::string_view part) { return word.find(part) != std::string_view::npos; };
  if (has("recipient") ||
      std::find(of_recipient.begin(), of_recipient.end(), word) != of_recipient.end()) {
    return Subject::recipient;
  }
  if (has("sender")) return Subject::sender;
  if (has("_sasl_")) return Subject::login;
  return has("_helo") ? Subject::helo : Subject::other;
}

constexpr std::string_view name_of(Subject subject) {
  switch (subject) {
    case Subject::helo:
      return "the HELO name";
    case Subject::login:
      return "the login";
    case Subject::sender:
      return "the sender";
    case Subject::recipient:
      return "the recipient";
    case Subject::other:
      break;
  }
  return {};
}

/// Is it known when the list is looked at, with smtpd_delay_reject = no?
bool is_known(Subject subject, Stage stage) {
  if (subject == Subject::other) return true;
  switch (stage) {
    case Stage::client:
      return false;
    case Stage::helo:
      return subject == Subject::helo;
    case Stage::sender:
      return subject != Subject::recipient;
    default:
      return true;
  }
}

constexpr std::string_view moment_of(Stage stage) {
  if (stage == Stage::client) return "when the client connects";
  return stage == Stage::helo ? "at HELO" : "at MAIL FROM";
}

void check(const Service& service, Sink& sink) {
  if (!service.is_smtpd() || service.config->boolean("smtpd_delay_reject")) return;
  const std::vector<RestrictionList>& lists = sink.lists(service);
  const Setting& delay = service.config->at("smtpd_delay_reject");
  for (const RestrictionList& list : lists) {
    if (list.stage > Stage::sender) continue;
    const RestrictionItem* end = always_ends(list, lists);
    for (const RestrictionItem& item : list.items) {
      const Subject subject = subject_of(item);
      if (!is_known(subject, list.stage)) {
        const std::string_view owner = assigned_name(sink.workspace(), item.span());
        sink.report(info)
            .at(item.span())
            .message(item.text(), " does nothing here: with smtpd_delay_reject = no, ", list.name,
                     " is looked at ", moment_of(list.stage), ", and ", name_of(subject),
                     " is not known yet")
            .parameter(owner.empty() ? list.name : owner)
            .item(item.text())
            .related(delay.origin().span, "every list is looked at in its own time");
      }
      if (&item == end) break;
    }
  }
}

extern const Rule rule{info, {.on_service = check}};

}  // namespace postlint::rules::access::early_list_without_delay
