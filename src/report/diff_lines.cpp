#include "src/report/diff_lines.hpp"

#include "src/report/diff_report.hpp"
#include "src/report/display_text.hpp"
#include "src/report/place_text.hpp"
#include "src/report/show_report.hpp"

namespace postlint::report {

namespace {

using smtpd::AccessChange;
using smtpd::Trace;

/// "stranger", or "stranger, now my networks".
template <class Class, class Name>
std::string class_text(const std::optional<Class>& before, const std::optional<Class>& after,
                       const Name& name, std::string_view none) {
  const auto text = [&](const std::optional<Class>& c) {
    return c ? std::string(name(*c)) : std::string(none);
  };
  if (!before || !after) return text(before ? before : after);
  return *before == *after ? text(before) : text(before) + ", now " + text(after);
}

std::string verdict_text(const std::optional<Trace>& trace) {
  if (!trace) return "no such service";
  return std::string(smtpd::verdict_name(trace->verdict));
}

/// Where no single restriction decides: all that permit.
std::string permits_text(const model::Workspace& workspace, const Trace& trace) {
  std::string text;
  for (const smtpd::Step& step : trace.steps) {
    if (step.result != smtpd::Step::Result::permit) continue;
    const std::string place = place_text(workspace, step.span);
    text += (text.empty() ? "" : " and ") + step.restriction;
    if (!step.list.empty() && step.list != step.restriction) text += " in " + step.list;
    text += " (" + (place.empty() ? std::string("default") : place) + ')';
  }
  return text.empty() ? "no restriction, none refuses it" : one_line(text);
}

}  // namespace

std::string place_text(const model::Workspace& workspace, text::Span span) {
  return place_text(span, workspace.sources());
}

std::string access_line(const AccessChange& change) {
  return class_text(change.client_before, change.client_after, smtpd::client_class_name, "client") +
         " -> " +
         class_text(change.destination_before, change.destination_after,
                    smtpd::destination_class_name, "unknown class") +
         ": " + verdict_text(change.before) + " -> " + verdict_text(change.after);
}

std::string decision_text(const model::Workspace& workspace, const Trace& trace) {
  if (!trace.decided_by)
    return trace.verdict == smtpd::Verdict::accept ? permits_text(workspace, trace) : trace.fatal;
  const smtpd::Decision& decision = *trace.decided_by;
  std::string text = decision.restriction;
  if (!decision.list.empty() && decision.list != text) text += " in " + decision.list;
  const std::string place = place_text(workspace, decision.span);
  text += " (" + (place.empty() ? decision.origin : place) + ')';
  if (decision.table) {
    text += ", entry " + decision.table->key + ' ' + decision.table->result;
    const std::string entry = place_text(workspace, decision.table->span);
    if (!entry.empty() && entry != place) text += " (" + entry + ')';
  }
  return one_line(text);
}

std::string verdict_line(const smtpd::VerdictChange& change) {
  const auto name = [](const std::optional<smtpd::RelayVerdict>& verdict) {
    return verdict ? std::string(smtpd::relay_verdict_name(*verdict))
                   : std::string("no such service");
  };
  return name(change.before) + " -> " + name(change.after);
}

std::string services_text(const engine::ValueChange& change) {
  std::string text;
  if (change.everywhere) return text;
  for (const std::string& service : change.services) text += (text.empty() ? "" : ", ") + service;
  return one_line(text);
}

std::vector<std::string> item_lines(const engine::ItemChanges& items) {
  std::vector<std::string> lines;
  for (const std::string& item : items.added) lines.push_back("added: " + one_line(item));
  for (const std::string& item : items.removed) lines.push_back("removed: " + one_line(item));
  for (const auto& move : items.moved) {
    const auto where = [](const std::string& front) {
      return front.empty() ? std::string("first") : "behind " + one_line(front);
    };
    lines.push_back("moved: " + one_line(move.item) + ", was " + where(move.behind_before) +
                    ", is " + where(move.behind_after));
  }
  return lines;
}

std::string value_text(const model::Setting* setting) {
  if (setting == nullptr) return "(none)";
  return setting->text().empty() ? "(empty)" : one_line(setting->text());
}

std::string origin_text(const model::Workspace& workspace, const model::Setting* setting) {
  if (setting == nullptr) return {};
  std::string chain = origin_chain(workspace, *setting);
  // That there is a default goes without saying where something replaces it.
  const std::size_t arrow = chain.find(" -> ");
  if (chain.starts_with("default ") && arrow != std::string::npos) chain.erase(0, arrow + 4);
  return chain;
}

bool DiffReport::any(smtpd::Direction direction) const {
  for (const smtpd::AccessDiff& diff : access) {
    if (diff.any(direction)) return true;
  }
  return false;
}

bool DiffReport::empty() const {
  for (const smtpd::AccessDiff& diff : access) {
    if (!diff.changes.empty() || !diff.verdicts.empty()) return false;
  }
  return config.empty() && appeared.empty() && gone.empty();
}

}  // namespace postlint::report
