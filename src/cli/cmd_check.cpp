#include "src/cli/cmd_check.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <thread>

#include "src/cli/session.hpp"
#include "src/cli/site_policy.hpp"
#include "src/cli/standard_input.hpp"
#include "src/cli/targets.hpp"
#include "src/engine/registry.hpp"
#include "src/engine/releases.hpp"
#include "src/report/baseline.hpp"
#include "src/report/check_report.hpp"
#include "src/text/source.hpp"

namespace postlint::cli {

namespace {

/// One configuration of the run, ready to be checked by any thread.
struct Job {
  ConfigurationSettings settings;
  engine::RuleSettings rules;
  std::vector<const Rule*> active;
  SitePolicy policy;
  std::string identity;
};

/// What is left of a configuration when its Workspace is gone.
struct Outcome {
  std::string text;      // text and gcc
  std::string coverage;  // text
  report::JsonPieces json;
  engine::Tally tally;
  std::size_t suppressed = 0;
  std::size_t hidden = 0;
  std::vector<std::string> gone;
  std::vector<engine::Finding> recorded;  // for --write-baseline
  bool checked = false;
  std::string error;  // main.cf (then nothing is checked) or master.cf could not be read
};

std::string today() {
  const std::time_t now = std::time(nullptr);
  std::tm date{};
  ::localtime_r(&now, &date);
  std::array<char, 11> text{};
  std::strftime(text.data(), text.size(), "%Y-%m-%d", &date);
  return text.data();
}

/// The configuration's path as fingerprints have it: relative to the baseline where there is one.
std::string identity_of(const std::string& directory, const std::string& baseline) {
  namespace fs = std::filesystem;
  if (baseline.empty() || directory == "-") return directory;
  std::error_code error;
  const fs::path home = fs::absolute(baseline, error).parent_path();
  const fs::path relative =
      fs::absolute(directory, error).lexically_normal().lexically_relative(home.lexically_normal());
  return error || relative.empty() ? directory : relative.string();
}

engine::RuleSettings merged(const engine::RuleSettings& site, const CheckOptions& options,
                            engine::Persona persona) {
  engine::RuleSettings rules = site;
  if (!options.select.empty()) rules.select = options.select;
  rules.ignore.insert(rules.ignore.end(), options.ignore.begin(), options.ignore.end());
  rules.persona = persona;
  return rules;
}

class CheckRun {
 public:
  CheckRun(const Invocation& invocation, bool color, Streams& streams)
      : common_(invocation.common),
        options_(invocation.check),
        arguments_(invocation.arguments),
        style_(color),
        streams_(streams),
        session_(invocation.common, invocation.check.site_config, invocation.check.no_site_config) {
  }

  Exit run() {
    const Targets targets = choose_targets();
    for (const std::string& error : targets.errors) complain(error);
    if (const auto error = prepare(targets.directories)) {
      streams_.err += "postlint: " + error->message + "\n";
      return Exit::usage;
    }
    check_all();
    return finish();
  }

 private:
  Targets choose_targets() {
    if (!arguments_.empty()) return find_targets(arguments_);
    return {{told_default_directory(common_, "checking", streams_)}, {}};
  }

  void complain(const std::string& error) {
    streams_.err += "postlint: " + error + "\n";
    errors_.push_back(error);
    status_ = worst(status_, Exit::unreadable);
  }

  std::optional<Error> prepare(const std::vector<std::string>& directories) {
    if (auto error = read_baseline()) return error;
    if (auto error = set_fail_level(options_.fail_on)) return error;
    for (const std::string& directory : directories) {
      Job job;
      auto settings = session_.settings_for(directory);
      if (!settings) return settings.error();
      job.settings = std::move(*settings);
      if (directory == "-") {
        auto text = read_standard_input();
        if (!text) return text.error();
        job.settings.load.main_cf_text = std::move(*text);
      }
      if (auto error = choose_rules(job)) return error;
      const std::string& baseline =
          options_.baseline.empty() ? options_.write_baseline : options_.baseline;
      job.identity = identity_of(directory, baseline);
      jobs_.push_back(std::move(job));
    }
    return std::nullopt;
  }

  std::optional<Error> read_baseline() {
    if (options_.baseline.empty()) return std::nullopt;
    const auto bytes = text::read_file(options_.baseline);
    if (!bytes) return bytes.error();
    auto parsed = report::Baseline::parse(options_.baseline, *bytes);
    if (!parsed) return parsed.error();
    baseline_ = std::move(*parsed);
    return std::nullopt;
  }

  std::optional<Error> set_fail_level(const std::optional<std::string>& word) {
    if (!word) return std::nullopt;
    fail_level_ = engine::parse_severity(*word);
    if (fail_level_ || *word == "never") return std::nullopt;
    return Error{"--fail-on: '" + *word + "' is not one of error|warning|info|style|never"};
  }

  std::optional<Error> choose_rules(Job& job) {
    const engine::SiteConfig& site = *job.settings.site;
    engine::Persona persona = site.rules.persona;
    if (options_.persona) {
      const auto parsed = engine::parse_persona(*options_.persona);
      if (!parsed) {
        return Error{"--persona: '" + *options_.persona +
                     "' is not one of regular|pedantic|auditor"};
      }
      persona = *parsed;
    }
    // The strictest level of several site configurations counts for the run as a whole.
    if (!options_.fail_on && site.fail_on) {
      if (auto error = set_fail_level(site.fail_on)) return error;
    }
    job.rules = merged(site.rules, options_, persona);
    auto active = engine::select_rules(all_rules(), job.rules);
    if (!active) return active.error();
    job.active = std::move(*active);
    return choose_policy(job);
  }

  std::optional<Error> choose_policy(Job& job) {
    auto facts = session_.facts();
    if (!facts) return facts.error();
    auto policy = site_policy(*job.settings.site, options_.assertions, *facts);
    if (!policy) return policy.error();
    job.policy = std::move(*policy);
    job.policy.values.set(engine::AssumedRelease{job.settings.version_assumed});
    add_asserting_rule(job.policy, job.rules, job.active);
    return std::nullopt;
  }

  /// As many threads as cores, each taking the next configuration; the order of output is that of
  /// the jobs.
  void check_all() {
    outcomes_.resize(jobs_.size());
    std::atomic<std::size_t> next = 0;
    const auto work = [&] {
      for (std::size_t at = next++; at < jobs_.size(); at = next++) {
        outcomes_[at] = check_one(jobs_[at]);
      }
    };
    std::vector<std::thread> helpers;
    const std::size_t threads =
        jobs_.size() > 1 ? std::min<std::size_t>(std::thread::hardware_concurrency(), jobs_.size())
                         : 1;
    while (helpers.size() + 1 < threads) helpers.emplace_back(work);
    work();
    for (std::thread& helper : helpers) helper.join();
  }

  [[nodiscard]] Outcome check_one(const Job& job) const {
    Outcome outcome;
    model::LoadOptions load = job.settings.load;
    load.tolerate_unreadable_master = true;
    const auto workspace = model::Workspace::load(*job.settings.database, std::move(load));
    if (!workspace) {
      outcome.error = workspace.error().message;
      return outcome;
    }
    outcome.checked = true;
    outcome.error = workspace->master_error();
    const engine::CheckSettings settings{all_rules(),           job.active, job.rules.severity,
                                         options_.suppressions, today_,     job.policy.values};
    engine::CheckResult result = engine::check(*workspace, settings);
    if (baseline_) {
      auto known = baseline_->hide(result.findings, job.identity);
      outcome.hidden = known.hidden;
      outcome.gone = std::move(known.gone);
    }
    for (const engine::Finding& finding : result.findings) outcome.tally.add(finding);
    outcome.suppressed = result.suppressed;
    render({*workspace, result, job.identity}, outcome);
    if (!options_.write_baseline.empty()) outcome.recorded = std::move(result.findings);
    return outcome;
  }

  void render(const report::CheckedConfiguration& checked, Outcome& outcome) const {
    switch (common_.format) {
      case Format::json:
        report::add_json(checked, outcome.json);
        break;
      case Format::gcc:
        outcome.text = report::check_gcc(checked);
        break;
      default:
        outcome.text = report::check_text(checked, style_);
        outcome.coverage = report::coverage_text(checked);
        break;
    }
  }

  Exit finish() {
    report::CheckSummary summary = summarize();
    for (const Outcome& outcome : outcomes_) {
      if (!outcome.error.empty()) complain(outcome.error);
    }
    if (common_.format == Format::json) {
      print_json(summary);
    } else {
      print_text(summary);
    }
    if (!options_.write_baseline.empty()) return worst(status_, write_baseline());
    if (fail_level_ && summary.tally.reaches(*fail_level_))
      status_ = worst(status_, Exit::findings);
    if (jobs_.empty() && errors_.empty()) {
      for (const std::string& path : arguments_) {
        streams_.err += "postlint: " + path + ": there is no main.cf in it or below it\n";
      }
      status_ = worst(status_, Exit::nothing);
    }
    return status_;
  }

  report::CheckSummary summarize() const {
    report::CheckSummary summary;
    summary.version = database::newest_version();
    if (!jobs_.empty()) {
      summary.version = jobs_.front().settings.database->version();
      summary.version_assumed = jobs_.front().settings.version_assumed;
    }
    for (const Outcome& outcome : outcomes_) {
      summary.tally += outcome.tally;
      summary.suppressed += outcome.suppressed;
      summary.baselined += outcome.hidden;
      summary.configurations += outcome.checked ? 1 : 0;
    }
    return summary;
  }

  void print_json(const report::CheckSummary& summary) {
    report::JsonPieces all;
    std::vector<std::string> gone;
    const auto append = [](auto& to, auto& from) {
      to.insert(to.end(), std::make_move_iterator(from.begin()),
                std::make_move_iterator(from.end()));
    };
    for (Outcome& outcome : outcomes_) {
      append(all.findings, outcome.json.findings);
      append(all.tables, outcome.json.tables);
      append(all.without_master, outcome.json.without_master);
      append(gone, outcome.gone);
    }
    streams_.out += report::check_json(all, summary, errors_, gone);
  }

  void print_text(const report::CheckSummary& summary) {
    for (const Outcome& outcome : outcomes_) streams_.out += outcome.text;
    if (common_.quiet || common_.format == Format::gcc) return;
    for (const Outcome& outcome : outcomes_) {
      streams_.out += outcome.coverage;
      for (const std::string& gone : outcome.gone) {
        streams_.out += "mended, may leave the baseline: " + gone + "\n";
      }
    }
    if (!jobs_.empty()) streams_.out += report::summary_text(summary, style_);
  }

  Exit write_baseline() {
    report::Baseline fresh;
    for (std::size_t at = 0; at < jobs_.size(); ++at) {
      for (const engine::Finding& finding : outcomes_[at].recorded) {
        fresh.add(finding, jobs_[at].identity);
      }
    }
    const std::string json = fresh.to_json();
    std::FILE* const file = std::fopen(options_.write_baseline.c_str(), "wb");
    const bool written =
        file != nullptr && std::fwrite(json.data(), 1, json.size(), file) == json.size();
    const bool closed = file != nullptr && std::fclose(file) == 0;
    if (written && closed) return Exit::ok;
    streams_.err += "postlint: " + options_.write_baseline + ": " + std::strerror(errno) + "\n";
    return Exit::usage;
  }

  const CommonOptions& common_;
  const CheckOptions& options_;
  const std::vector<std::string>& arguments_;
  report::Style style_;
  Streams& streams_;
  Session session_;
  std::string today_ = today();
  std::optional<engine::Severity> fail_level_ = engine::Severity::warning;
  std::optional<report::Baseline> baseline_;
  std::vector<Job> jobs_;
  std::vector<Outcome> outcomes_;
  std::vector<std::string> errors_;
  Exit status_ = Exit::ok;
};

}  // namespace

Exit run_check(const Invocation& invocation, bool color, Streams& streams) {
  return CheckRun(invocation, color, streams).run();
}

}  // namespace postlint::cli
