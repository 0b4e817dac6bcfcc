#include "src/cli/cmd_relay.hpp"

#include <algorithm>

#include "src/cli/failure.hpp"
#include "src/cli/session.hpp"
#include "src/cli/targets.hpp"
#include "src/cli/trace_player.hpp"
#include "src/report/relay_report.hpp"
#include "src/smtpd/relay.hpp"

namespace postlint::cli {
namespace {

using smtpd::RelayAnalysis;
using smtpd::RelayVerdict;

Result<std::vector<grammar::Network>> networks_of(const std::vector<std::string>& words,
                                                  const std::string& option) {
  std::vector<grammar::Network> networks;
  for (const std::string& word : words) {
    const auto parsed = grammar::parse_network(word);
    if (!parsed.network) return Error{option + ": '" + word + "' is no network"};
    networks.push_back(*parsed.network);
  }
  return networks;
}

Result<smtpd::RelayOptions> relay_options(const RelayFlags& flags) {
  smtpd::RelayOptions options;
  auto strangers = networks_of(flags.strangers, "--stranger");
  if (!strangers) return strangers.error();
  auto trusted = networks_of(flags.trusted, "--trust");
  if (!trusted) return trusted.error();
  options.strangers = std::move(*strangers);
  options.trusted = std::move(*trusted);
  return options;
}

/// From which verdict on the exit status is 1.
Result<RelayVerdict> threshold(const std::string& word) {
  if (word.empty() || word == "limited") return RelayVerdict::limited;
  if (word == "depends") return RelayVerdict::depends;
  if (word == "open") return RelayVerdict::open;
  return Error{"--fail-on: '" + word + "' is not one of depends|limited|open"};
}

/// The servers to be looked at: the one that was asked for, or all.
Result<std::vector<const smtpd::Server*>> wanted_servers(TracePlayer& player,
                                                         const model::Workspace& workspace,
                                                         const std::string& service) {
  std::vector<const smtpd::Server*> servers;
  if (!service.empty()) {
    const auto server = player.server(service);
    if (!server) return server.error();
    return std::vector<const smtpd::Server*>{*server};
  }
  for (const model::Service& candidate : workspace.services())
    if (candidate.is_smtpd()) servers.push_back(&player.server(candidate));
  return servers;
}

std::string rendered(const std::vector<RelayAnalysis>& services, const model::Workspace& workspace,
                     Format format, bool color) {
  const text::SourceStore& sources = workspace.sources();
  switch (format) {
    case Format::json:
      return report::relay_json(services, sources) + '\n';
    case Format::html:
      return report::relay_html(services, sources, workspace.directory(),
                                database::branch_text(workspace.database().version()));
    default:
      return report::relay_text(services, sources, color);
  }
}

}  // namespace

Exit run_relay(const Invocation& invocation, bool color, Streams& streams) {
  const auto directory = directory_of(invocation, "analysing", streams);
  if (!directory) return fail(streams, directory.error(), Exit::unreadable);
  const auto limit = threshold(invocation.relay.fail_on);
  if (!limit) return fail(streams, limit.error(), Exit::usage);
  const auto options = relay_options(invocation.relay);
  if (!options) return fail(streams, options.error(), Exit::usage);
  Session session(invocation.common);
  auto settings = session.settings_for(*directory);
  if (!settings) return fail(streams, settings.error(), Exit::usage);
  const auto facts = session.facts();
  if (!facts) return fail(streams, facts.error(), Exit::usage);
  auto workspace = model::Workspace::load(*settings->database, std::move(settings->load));
  if (!workspace) return fail(streams, workspace.error(), Exit::unreadable);
  TracePlayer player(*workspace, *facts,
                     invocation.relay.missing_tables_absent ? smtpd::MissingTables::absent
                                                            : smtpd::MissingTables::unknown);
  std::vector<RelayAnalysis> services;
  Exit status = Exit::ok;
  const auto servers = wanted_servers(player, *workspace, invocation.relay.service);
  if (!servers) return fail(streams, servers.error(), Exit::usage);
  for (const smtpd::Server* server : *servers) {
    services.push_back(smtpd::analyse_relay(*server, *facts, *options));
    const RelayVerdict verdict = services.back().verdict;
    if (verdict == RelayVerdict::dead || verdict >= *limit) status = Exit::findings;
  }
  if (services.empty()) {
    streams.err += "postlint: the configuration has no smtpd service\n";
    status = worst(status, Exit::nothing);
  }
  streams.out += rendered(services, *workspace, invocation.common.format, color);
  return status;
}

}  // namespace postlint::cli
