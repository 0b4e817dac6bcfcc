#include "src/cli/cmd_trace.hpp"

#include <string_view>

#include "src/cli/failure.hpp"
#include "src/cli/request_file.hpp"
#include "src/cli/session.hpp"
#include "src/cli/standard_input.hpp"
#include "src/cli/targets.hpp"
#include "src/cli/trace_player.hpp"
#include "src/report/trace_report.hpp"
#include "src/text/source.hpp"

namespace postlint::cli {
namespace {

using smtpd::PeerName;
using smtpd::Request;

PeerName peer_name(const std::optional<std::string>& word) {
  if (!word) return {};
  if (*word == "unknown") return {PeerName::Status::none, {}};
  if (*word == "tempfail") return {PeerName::Status::tempfail, {}};
  return {PeerName::Status::known, *word};
}

/// The request that the options describe. The error names the option.
Result<Request> request_of(const TraceOptions& options) {
  Request request;
  if (options.client.empty()) return Error{"trace needs --client (or --requests)"};
  request.service = options.service;
  request.client = options.client;
  request.client_name = peer_name(options.client_name);
  request.reverse_name = peer_name(options.reverse_name);
  if (!options.no_helo) request.helo = options.helo ? *options.helo : default_helo(request);
  request.from = options.from;
  request.to = options.to;
  request.sasl = options.sasl;
  request.size = options.size;
  if (options.tls) {
    request.tls.emplace();
    if (*options.tls != "anonymous") request.tls->fingerprint = *options.tls;
  }
  if (!options.until.empty()) {
    const auto stage = smtpd::parse_stage(options.until);
    if (!stage) return Error{"--until: '" + options.until + "' is no stage"};
    request.until = *stage;
  }
  if (request.to.empty() && request.until >= smtpd::Stage::rcpt)
    return Error{"trace needs --to (or --until with an earlier stage)"};
  return complete_request(std::move(request));
}

/// Plays a file of requests: one result a line, in order; a bad line gives an error result.
class RequestFile {
 public:
  RequestFile(TracePlayer& player, const model::Workspace& workspace, const Invocation& invocation,
              Streams& streams)
      : player_(player), workspace_(workspace), invocation_(invocation), streams_(streams) {}

  Exit play(std::string_view text) {
    while (!text.empty()) {
      const std::size_t end = text.find('\n');
      play_line(text.substr(0, end));
      text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return status_;
  }

 private:
  void play_line(std::string_view line) {
    ++number_;
    if (line.find_first_not_of(" \t\r") == std::string_view::npos) return;
    auto request = parse_request(line);
    if (!request) return bad_line(request.error().message);
    if (request->service.empty()) request->service = invocation_.trace.service;
    auto server = player_.server(request->service);
    if (!server) return bad_line("key \"service\": " + server.error().message);
    const smtpd::Trace trace = player_.play(**server, *request);
    streams_.out += report::trace_json(trace, workspace_.sources()) + '\n';
    if (trace.verdict != smtpd::Verdict::accept) status_ = worst(status_, Exit::findings);
  }

  void bad_line(const std::string& message) {
    const std::string text =
        invocation_.trace.requests + ':' + std::to_string(number_) + ": " + message;
    streams_.out += report::trace_error_json(text) + '\n';
    streams_.err += "postlint: " + text + '\n';
    status_ = worst(status_, Exit::unreadable);
  }

  TracePlayer& player_;
  const model::Workspace& workspace_;
  const Invocation& invocation_;
  Streams& streams_;
  std::size_t number_ = 0;
  Exit status_ = Exit::ok;
};

Exit play_many(TracePlayer& player, const model::Workspace& workspace, const Invocation& invocation,
               Streams& streams) {
  const std::string& file = invocation.trace.requests;
  auto text = file == "-" ? read_standard_input() : text::read_file(file);
  if (!text) return fail(streams, text.error(), Exit::unreadable);
  return RequestFile(player, workspace, invocation, streams).play(*text);
}

Exit play_one(TracePlayer& player, const model::Workspace& workspace, const Invocation& invocation,
              bool color, Streams& streams) {
  auto request = request_of(invocation.trace);
  if (!request) return fail(streams, request.error(), Exit::usage);
  auto server = player.server(request->service);
  if (!server) return fail(streams, server.error(), Exit::usage);
  const smtpd::Trace trace = player.play(**server, *request);
  streams.out +=
      invocation.common.format == Format::json
          ? report::trace_json(trace, workspace.sources()) + '\n'
          : report::trace_text((*server)->name(), *request, trace, workspace.sources(), color);
  return trace.verdict == smtpd::Verdict::accept ? Exit::ok : Exit::findings;
}

}  // namespace

Exit run_trace(const Invocation& invocation, bool color, Streams& streams) {
  const auto directory = directory_of(invocation, "tracing", streams);
  if (!directory) return fail(streams, directory.error(), Exit::unreadable);
  Session session(invocation.common);
  auto settings = session.settings_for(*directory);
  if (!settings) return fail(streams, settings.error(), Exit::usage);
  const auto facts = session.facts();
  if (!facts) return fail(streams, facts.error(), Exit::usage);
  auto workspace = model::Workspace::load(*settings->database, std::move(settings->load));
  if (!workspace) return fail(streams, workspace.error(), Exit::unreadable);
  TracePlayer player(*workspace, *facts,
                     invocation.trace.missing_tables_absent ? smtpd::MissingTables::absent
                                                            : smtpd::MissingTables::unknown);
  if (!invocation.trace.requests.empty()) {
    if (!invocation.trace.service.empty())
      if (const auto server = player.server(invocation.trace.service); !server)
        return fail(streams, server.error(), Exit::usage);
    return play_many(player, *workspace, invocation, streams);
  }
  return play_one(player, *workspace, invocation, color, streams);
}

}  // namespace postlint::cli
