#include "src/cli/cmd_show.hpp"

#include "src/report/show_report.hpp"

namespace postlint::cli {

namespace {

constexpr int unreadable = 3;

/// The names that --origin and --format json speak of: those asked for, else those that are set
/// (-n), else all.
std::vector<std::string> selected_names(const model::PostconfInput& input,
                                        model::PostconfRequest request) {
  if (!request.names.empty()) return request.names;
  request.hide_value = true;
  std::vector<std::string> names;
  const std::string list = run_postconf(input, request).out;
  for (std::size_t at = 0; at < list.size();) {
    const std::size_t end = list.find('\n', at);
    names.push_back(list.substr(at, end - at));
    at = end + 1;
  }
  return names;
}

void report_unknown_facts(const std::vector<std::string>& names, std::string& err) {
  if (names.empty()) return;
  err += "postlint: the name and addresses of the host are not known; left as they are:";
  for (const std::string& name : names) err += " $" + name;
  err += " (give them with --facts or --this-host)\n";
}

}  // namespace

int run_show(const database::Database& database, model::LoadOptions load,
             const ShowOptions& options, std::string& out, std::string& err) {
  const auto workspace = model::Workspace::load(database, std::move(load));
  if (!workspace) {
    err += "postlint: " + workspace.error().message + "\n";
    return unreadable;
  }
  const model::PostconfInput input = model::postconf_input(*workspace);
  const model::PostconfOutput result = run_postconf(input, options.request);
  if (!options.quiet) {
    for (const std::string& warning : result.warnings) err += "warning: " + warning + "\n";
  }
  if (result.fatal) {
    err += "postlint: " + result.fatal_place + ": " + (result.crash ? "crash: " : "fatal: ") +
           *result.fatal + "\n";
    return unreadable;
  }
  if (options.json) {
    out += report::show_json(*workspace, selected_names(input, options.request));
  } else if (options.origin) {
    out += report::show_with_origins(*workspace, selected_names(input, options.request));
  } else {
    out += result.out;
    report_unknown_facts(result.unknown, err);
  }
  return 0;
}

}  // namespace postlint::cli
