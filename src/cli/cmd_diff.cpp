#include "src/cli/cmd_diff.hpp"

#include <algorithm>
#include <memory>
#include <optional>

#include "src/cli/failure.hpp"
#include "src/cli/git_tree.hpp"
#include "src/cli/session.hpp"
#include "src/cli/site_policy.hpp"
#include "src/cli/targets.hpp"
#include "src/cli/trace_player.hpp"
#include "src/engine/check.hpp"
#include "src/engine/registry.hpp"
#include "src/engine/releases.hpp"
#include "src/report/diff_report.hpp"

namespace postlint::cli {

namespace {

/// OLD or NEW: a directory, or one that was taken out of a repository.
struct Source {
  std::string directory;
  std::optional<GitTree> tree;
};

Result<Source> open_source(const std::string& word) {
  Source source;
  if (!is_git_source(word)) {
    auto directory = configuration_directory(word);
    if (!directory) return directory.error();
    source.directory = std::move(*directory);
    return source;
  }
  auto tree = GitTree::extract(word);
  if (!tree) return tree.error();
  source.directory = tree->directory();
  source.tree.emplace(std::move(*tree));
  return source;
}

/// One side, loaded and checked.
struct Side {
  model::Workspace workspace;
  std::vector<engine::Finding> findings;
};

/// Did both sides read the same files, with the same text?
bool same_files(const model::Workspace& left, const model::Workspace& right) {
  const auto a = left.table_files();
  const auto b = right.table_files();
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [&](const auto& x, const auto& y) {
    if (x.first != y.first || x.second->status != y.second->status ||
        x.second->authoritative != y.second->authoritative)
      return false;
    return x.second->status != model::TableFile::Status::read ||
           left.sources()[x.second->file].bytes() == right.sources()[y.second->file].bytes();
  });
}

class DiffRun {
 public:
  DiffRun(const Invocation& invocation, bool color, Streams& streams)
      : invocation_(invocation), color_(color), streams_(streams), session_(invocation.common) {}

  Exit run() {
    const std::string& fail_on = invocation_.diff.fail_on;
    if (!fail_on.empty() && fail_on != "wider" && fail_on != "any")
      return fail(streams_, {"--fail-on: '" + fail_on + "' is not one of wider|any"}, Exit::usage);
    const auto& words = invocation_.arguments;
    auto before = open_source(words[0]);
    if (!before) return fail(streams_, before.error(), Exit::unreadable);
    auto after = open_source(words[1]);
    if (!after) return fail(streams_, after.error(), Exit::unreadable);
    auto settings = session_.settings_for(settings_directory(*before, *after));
    if (!settings) return fail(streams_, settings.error(), Exit::usage);
    auto facts = session_.facts();
    if (!facts) return fail(streams_, facts.error(), Exit::usage);
    auto rules = engine::select_rules(all_rules(), settings->site->rules);
    if (!rules) return fail(streams_, rules.error(), Exit::usage);
    rules_ = std::move(*rules);
    auto policy = site_policy(*settings->site, {}, *facts);
    if (!policy) return fail(streams_, policy.error(), Exit::usage);
    policy_ = std::move(*policy);
    policy_.values.set(engine::AssumedRelease{settings->version_assumed});
    add_asserting_rule(policy_, settings->site->rules, rules_);
    auto left = load(*before, *settings);
    if (!left) return fail(streams_, left.error(), Exit::unreadable);
    auto right = load(*after, *settings);
    if (!right) return fail(streams_, right.error(), Exit::unreadable);
    return compare(*left, *right, *facts);
  }

 private:
  /// Version, host facts and paths are the same for both sides: those of NEW, else of OLD, else
  /// those that hold here.
  static std::string settings_directory(const Source& before, const Source& after) {
    if (!after.tree) return after.directory;
    return before.tree ? "." : before.directory;
  }

  Result<Side> load(const Source& source, const ConfigurationSettings& settings) {
    model::LoadOptions options = settings.load;
    options.directory = source.directory;
    if (source.tree) options.shown_as = source.tree->shown();
    auto workspace = model::Workspace::load(*settings.database, std::move(options));
    if (!workspace) return workspace.error();
    const engine::CheckSettings check{all_rules(), rules_, settings.site->rules.severity,
                                      true,        {},     policy_.values};
    auto result = engine::check(*workspace, check);
    return Side{std::move(*workspace), std::move(result.findings)};
  }

  Exit compare(const Side& left, const Side& right, const smtpd::Facts& facts) {
    engine::ConfigDiff config = engine::diff_configurations(left.workspace, right.workspace);
    auto access = compare_access(left.workspace, right.workspace, config, facts);
    const report::DiffReport report{left.workspace,
                                    right.workspace,
                                    invocation_.arguments[0],
                                    invocation_.arguments[1],
                                    std::move(config),
                                    engine::findings_without(right.findings, left.findings),
                                    engine::findings_without(left.findings, right.findings),
                                    std::move(access)};
    print(report);
    const bool any = invocation_.diff.fail_on == "any";
    const bool failed = any ? !report.empty() : report.any(smtpd::Direction::wider);
    return failed ? Exit::findings : Exit::ok;
  }

  std::vector<smtpd::AccessDiff> compare_access(const model::Workspace& left,
                                                const model::Workspace& right,
                                                const engine::ConfigDiff& config,
                                                const smtpd::Facts& facts) const {
    const auto missing = invocation_.diff.missing_tables_absent ? smtpd::MissingTables::absent
                                                                : smtpd::MissingTables::unknown;
    TracePlayer before(left, facts, missing);
    TracePlayer after(right, facts, missing);
    const auto server = [](TracePlayer& player, const model::Service* service) {
      return service != nullptr && service->is_smtpd() ? &player.server(*service) : nullptr;
    };
    std::vector<std::pair<const smtpd::Server*, const smtpd::Server*>> pairs;
    for (const engine::ServicePair& pair : engine::common_services(left, right))
      pairs.emplace_back(server(before, pair.before), server(after, pair.after));
    for (const engine::ServiceChange& change : config.services)
      if (change.before == nullptr || change.after == nullptr)
        pairs.emplace_back(server(before, change.before), server(after, change.after));
    std::vector<smtpd::AccessDiff> diffs;
    // Equal values, equal tables: equal servers.
    if (config.empty() && same_files(left, right)) return diffs;
    for (const auto& [was, is] : pairs)
      if (was != nullptr || is != nullptr) diffs.push_back(smtpd::diff_access(was, is, facts));
    return diffs;
  }

  void print(const report::DiffReport& report) {
    switch (invocation_.common.format) {
      case Format::json:
        streams_.out += report::diff_json(report);
        break;
      case Format::markdown:
        streams_.out += report::diff_markdown(report);
        break;
      default:
        streams_.out += report::diff_text(report, color_);
        break;
    }
  }

  const Invocation& invocation_;
  bool color_;
  Streams& streams_;
  Session session_;
  std::vector<const Rule*> rules_;
  SitePolicy policy_;
};

}  // namespace

Exit run_diff(const Invocation& invocation, bool color, Streams& streams) {
  return DiffRun(invocation, color, streams).run();
}

}  // namespace postlint::cli
