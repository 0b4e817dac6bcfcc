#include "src/cli/cmd_explain.hpp"

#include "src/cli/session.hpp"
#include "src/engine/registry.hpp"
#include "src/engine/selection.hpp"
#include "src/report/explain_report.hpp"
#include "src/text/did_you_mean.hpp"

namespace postlint::cli {

namespace {

/// The page of a rule by its id, or by its slug alone where only one rule has it.
const RuleDocument* find_page(std::string_view name) {
  const RuleDocument* by_slug = nullptr;
  for (const RuleDocument& page : rule_documents()) {
    if (page.id == name) return &page;
    if (page.id.substr(page.id.find('/') + 1) == name) by_slug = &page;
  }
  return by_slug;
}

std::string nearest(std::string_view name, const database::Database& database) {
  text::DidYouMean guess(name);
  for (const RuleDocument& page : rule_documents()) guess.offer(page.id);
  for (const database::Parameter& parameter : database.parameters()) guess.offer(parameter.name);
  for (const database::Restriction& restriction : database.restrictions()) {
    guess.offer(restriction.name);
  }
  return std::string(guess.best());
}

bool explain(const std::string& name, const database::Database& database, Streams& streams) {
  if (const RuleDocument* page = find_page(name)) {
    streams.out += page->markdown;
    return true;
  }
  std::string text =
      report::explain_parameter(name, database) + report::explain_restriction(name, database);
  if (!text.empty()) {
    streams.out += text;
    return true;
  }
  const std::string near = nearest(name, database);
  streams.err += "postlint: '" + name + "' is no rule, parameter or restriction";
  streams.err += near.empty() ? "\n" : "; did you mean " + near + "?\n";
  return false;
}

}  // namespace

Exit run_explain(const Invocation& invocation, Streams& streams) {
  Session session(invocation.common);
  const auto database = session.database(invocation.common.postfix_version);
  if (!database) {
    streams.err += "postlint: " + database.error().message + "\n";
    return Exit::usage;
  }
  Exit status = Exit::ok;
  for (const std::string& name : invocation.arguments) {
    if (!explain(name, **database, streams)) status = Exit::usage;
  }
  return status;
}

}  // namespace postlint::cli
