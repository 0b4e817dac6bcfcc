#include "src/cli/show_invocation.hpp"

#include "src/cli/cmd_show.hpp"
#include "src/cli/session.hpp"
#include "src/cli/targets.hpp"

namespace postlint::cli {

namespace {

using What = model::PostconfRequest::What;

ShowOptions show_options(const Invocation& invocation) {
  const ShowFlags& flags = invocation.show;
  ShowOptions options;
  options.request.what = flags.master_entries    ? What::master_entries
                         : flags.master_settings ? What::master_settings
                                                 : What::main;
  options.request.only_set = flags.only_set;
  options.request.expand = flags.expand;
  options.request.defaults = flags.defaults;
  options.request.fold = flags.fold;
  options.request.hide_name = flags.hide_name;
  options.request.hide_value = flags.hide_value;
  options.origin = flags.origin;
  options.json = invocation.common.format == Format::json;
  options.quiet = invocation.common.quiet;
  return options;
}

}  // namespace

Exit run_show(const Invocation& invocation, Streams& streams) {
  ShowOptions options = show_options(invocation);
  std::vector<std::string> names = invocation.arguments;
  std::string directory;
  if (!names.empty() && is_path(names.front())) {
    auto chosen = configuration_directory(names.front());
    if (!chosen) {
      streams.err += "postlint: " + chosen.error().message + "\n";
      return Exit::unreadable;
    }
    directory = std::move(*chosen);
    names.erase(names.begin());
  } else {
    directory = told_default_directory(invocation.common, "showing", streams);
  }
  options.request.names = std::move(names);
  Session session(invocation.common);
  auto settings = session.settings_for(directory);
  if (!settings) {
    streams.err += "postlint: " + settings.error().message + "\n";
    return Exit::usage;
  }
  return static_cast<Exit>(
      run_show(*settings->database, std::move(settings->load), options, streams.out, streams.err));
}

}  // namespace postlint::cli
