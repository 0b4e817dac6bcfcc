#include "src/report/explain_report.hpp"

#include <array>

namespace postlint::report {

namespace {

using database::Argument;
using database::Database;
using database::Parameter;
using database::Type;

std::string_view type_words(Type type) {
  constexpr std::array<std::string_view, 9> names{
      "text",
      "text (its default is computed when the program starts)",
      "text, not expanded",
      "number",
      "number",
      "yes or no",
      "time",
      "read-only",
      "of old lookup tables only"};
  return names[static_cast<std::size_t>(type)];
}

std::string line(std::string_view label, std::string_view text) {
  std::string padded(label);
  padded.resize(14, ' ');
  return "  " + padded + std::string(text) + "\n";
}

std::string bounds_text(const Parameter& parameter) {
  const auto& bounds = parameter.bounds;
  std::string text;
  if (bounds.min != 0) text += "at least " + std::to_string(bounds.min);
  if (bounds.max != 0) {
    text += (text.empty() ? "at most " : ", at most ") + std::to_string(bounds.max);
  }
  return text;
}

std::string releases_text(const Database::Lifetime& lifetime) {
  std::string text = "since " + database::full_text(lifetime.introduced);
  for (const database::Version& backport : lifetime.backports) {
    text += ", " + database::full_text(backport);
  }
  if (lifetime.removed) text += "; removed in " + database::full_text(*lifetime.removed);
  return text;
}

std::string words_text(const database::Enumeration& enumeration) {
  std::string text;
  for (const std::string_view word : enumeration.words) {
    text += (text.empty() ? "" : ", ") + std::string(word);
  }
  return text;
}

std::string describe(const Parameter& parameter, const Database& database) {
  std::string out = line("type", type_words(parameter.type));
  const std::string release = "default " + database::branch_text(database.version());
  out += line(release, parameter.default_value.empty() ? "(empty)" : parameter.default_value);
  if (parameter.platform_default) out += line("", "packages of distributions change this default");
  if (const std::string bounds = bounds_text(parameter); !bounds.empty()) {
    out += line("range", bounds);
  }
  if (const auto* words = database.enumeration(parameter.name)) {
    out += line("words", words_text(*words));
  }
  if (!parameter.daemons.empty()) out += line("read by", parameter.daemons);
  if (!parameter.deprecated_since.empty()) {
    out += line("deprecated", "since " + std::string(parameter.deprecated_since) +
                                  (parameter.deprecation_advice.empty() ? "" : "; ") +
                                  std::string(parameter.deprecation_advice));
  }
  return out;
}

std::string_view argument_text(Argument argument) {
  switch (argument) {
    case Argument::none:
      return "none";
    case Argument::table:
      return "type:table";
    case Argument::map_search:
      return "type:table, or { type:table, search_order = ... }";
    case Argument::domain:
      return "domain[=address]: the next word, whatever it is";
    case Argument::policy_service:
      return "transport:endpoint of a policy service";
    case Argument::number:
      return "seconds";
  }
  return {};
}

}  // namespace

std::string explain_parameter(std::string_view name, const Database& database) {
  const Parameter* parameter = database.parameter(name);
  const auto lifetime = database.lifetime(name);
  if (parameter == nullptr && !lifetime) return {};
  std::string out = std::string(name) + " (parameter)\n";
  if (parameter != nullptr) {
    out += describe(*parameter, database);
  } else {
    out += line("not in", "Postfix " + database::branch_text(database.version()));
  }
  if (lifetime) {
    out += line("releases", releases_text(*lifetime));
    if (!lifetime->advice.empty()) out += line("instead", lifetime->advice);
  }
  return out + line("manual", "postconf(5)");
}

std::string explain_restriction(std::string_view name, const Database& database) {
  const database::Restriction* restriction = database.restriction(name);
  if (restriction == nullptr) return {};
  std::string out = std::string(restriction->name) + " (restriction)\n";
  out += line("argument", argument_text(restriction->argument));
  if (restriction->canonical != restriction->name) {
    out += line("old name of", restriction->canonical);
  }
  if (restriction->since > database::Version{}) {
    out += line("since", database::branch_text(restriction->since));
  }
  if (restriction->removed) {
    out +=
        line("removed", "answers 451 from " + database::branch_text(*restriction->removed) + " on");
  }
  if (!restriction->replacement.empty()) out += line("instead", restriction->replacement);
  return out + line("manual", "postconf(5), smtpd_recipient_restrictions");
}

}  // namespace postlint::report
