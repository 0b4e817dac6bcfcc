#include "src/cli/cmd_why.hpp"

#include <algorithm>

#include "src/cli/failure.hpp"
#include "src/cli/session.hpp"
#include "src/cli/standard_input.hpp"
#include "src/cli/targets.hpp"
#include "src/cli/trace_player.hpp"
#include "src/report/why_report.hpp"
#include "src/smtpd/why.hpp"

namespace postlint::cli {
namespace {

/// The words of the command line as one text, or standard input.
Result<std::string> text_of(const std::vector<std::string>& words) {
  if (words.size() == 1 && words.front() == "-") return read_standard_input();
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += ' ';
    text += word;
  }
  return text;
}

Exit explain(const std::string& text, const model::Workspace& workspace, const smtpd::Facts& facts,
             const Invocation& invocation, bool color, Streams& streams) {
  TracePlayer player(workspace, facts,
                     invocation.why.missing_tables_absent ? smtpd::MissingTables::absent
                                                          : smtpd::MissingTables::unknown);
  std::vector<const smtpd::Server*> servers;
  for (const model::Service& service : workspace.services())
    if (service.is_smtpd()) servers.push_back(&player.server(service));
  const auto groups = smtpd::explain_text(text, workspace, servers, facts);
  streams.out += invocation.common.format == Format::json
                     ? report::why_json(groups, workspace.sources())
                     : report::why_text(groups, workspace.sources(), color);
  if (groups.empty()) {
    if (!invocation.common.quiet) streams.err += "postlint: the text tells of no refusal\n";
    return Exit::nothing;
  }
  return std::all_of(groups.begin(), groups.end(), [](const auto& g) { return g.explained(); })
             ? Exit::ok
             : Exit::findings;
}

}  // namespace

Exit run_why(const Invocation& invocation, bool color, Streams& streams) {
  const std::string directory =
      told_default_directory(invocation.common, "explaining with", streams);
  Session session(invocation.common);
  auto settings = session.settings_for(directory);
  if (!settings) return fail(streams, settings.error(), Exit::usage);
  const auto facts = session.facts();
  if (!facts) return fail(streams, facts.error(), Exit::usage);
  const auto text = text_of(invocation.arguments);
  if (!text) return fail(streams, text.error(), Exit::unreadable);
  auto workspace = model::Workspace::load(*settings->database, std::move(settings->load));
  if (!workspace) return fail(streams, workspace.error(), Exit::unreadable);
  return explain(*text, *workspace, *facts, invocation, color, streams);
}

}  // namespace postlint::cli
