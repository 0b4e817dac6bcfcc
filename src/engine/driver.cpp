#include "src/engine/driver.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>

#include "src/engine/fix_conflicts.hpp"
#include "src/engine/settings_in_force.hpp"
#include "src/engine/spoilt_text.hpp"
#include "src/text/defect.hpp"

namespace postlint::engine {

namespace {

/// What the hooks look at, gathered once for all rules.
struct Views {
  std::vector<ConfigFile> files;
  const std::vector<Assignment>& assignments;
  std::vector<RestrictionList> lists;
};

std::vector<ConfigFile> config_files(const model::Workspace& workspace) {
  const model::MainCf& main = workspace.main();
  std::vector<ConfigFile> files{
      {ConfigFile::Kind::main_cf, main.file, workspace.sources()[main.file], &main, nullptr}};
  if (const model::MasterCf* master = workspace.master(); master != nullptr) {
    files.push_back({ConfigFile::Kind::master_cf, master->file, workspace.sources()[master->file],
                     nullptr, master});
  }
  return files;
}

bool same_item(const RestrictionItem& a, const RestrictionItem& b) {
  return a.kind == b.kind && a.warn_only == b.warn_only && a.bad_argument == b.bad_argument &&
         a.text() == b.text() && a.span() == b.span() &&
         a.argument.has_value() == b.argument.has_value();
}

bool same_list(const RestrictionList& a, const RestrictionList& b) {
  return a.name == b.name &&
         std::equal(a.items.begin(), a.items.end(), b.items.begin(), b.items.end(), same_item);
}

/// Finds equal lists by their text first, so that thousands of services stay cheap.
class ListCollector {
 public:
  explicit ListCollector(std::vector<RestrictionList>& all) : all_(all) {}

  void add(const RestrictionList& list) {
    std::string key(list.name);
    key += '\0';
    key += list.setting->text();
    std::vector<std::size_t>& candidates = by_text_[key];
    for (const std::size_t index : candidates) {
      if (!same_list(list, all_[index])) continue;
      all_[index].services.push_back(list.service);
      return;
    }
    candidates.push_back(all_.size());
    all_.push_back(list);
  }

 private:
  std::vector<RestrictionList>& all_;
  std::unordered_map<std::string, std::vector<std::size_t>> by_text_;
};

Views make_views(const model::Workspace& workspace, Sink& sink) {
  Views views{config_files(workspace), settings_in_force(sink), {}};
  ListCollector collector(views.lists);
  for (const model::Service& service : workspace.services()) {
    for (const RestrictionList& list : sink.lists(service)) collector.add(list);
  }
  return views;
}

void run_rule(const Rule& rule, const Views& views, const model::Workspace& workspace, Sink& sink) {
  const Hooks& hooks = rule.hooks;
  if (hooks.on_file != nullptr) {
    for (const ConfigFile& file : views.files) hooks.on_file(file, sink);
  }
  if (hooks.on_parameter != nullptr) {
    for (const Assignment& assignment : views.assignments) {
      sink.set_service(assignment.service);
      hooks.on_parameter(assignment, sink);
    }
  }
  if (hooks.on_service != nullptr) {
    for (const model::Service& service : workspace.services()) {
      sink.set_service(&service);
      hooks.on_service(service, sink);
    }
  }
  if (hooks.on_restriction_list != nullptr) {
    for (const RestrictionList& list : views.lists) {
      sink.set_service(list.service);
      hooks.on_restriction_list(list, sink);
    }
  }
  sink.set_service(nullptr);
  if (hooks.on_config != nullptr) hooks.on_config(workspace, sink);
}

void require_places(const std::vector<Finding>& findings, const text::SourceStore& sources) {
  const auto inside = [&](const text::Span& span) {
    return span.in_file() && static_cast<std::size_t>(span.file) < sources.size() &&
           span.lo <= span.hi && span.hi <= sources[span.file].bytes().size();
  };
  for (const Finding& finding : findings) {
    bool good = inside(finding.span);
    for (const Related& related : finding.related) good = good && inside(related.span);
    for (const text::Span& span : finding.spoilt) good = good && inside(span);
    for (const Fix& fix : finding.fixes) {
      for (const Edit& edit : fix.edits()) good = good && inside(edit.span);
    }
    if (!good) defect(std::string(finding.rule->id) + ": a place outside the files");
  }
}

/// The same rule at the same place about the same item is one mistake, whichever services show it.
std::string mistake(const Finding& finding) {
  std::string key(finding.rule->id);
  for (const std::uint32_t number :
       {static_cast<std::uint32_t>(finding.span.file), finding.span.lo, finding.span.hi}) {
    key += '\0' + std::to_string(number);
  }
  return key + '\0' + finding.parameter + '\0' + finding.item;
}

void name_service(Finding& finding, const std::string& service) {
  auto& also = finding.also_services;
  const bool listed = service.empty() || service == finding.service ||
                      std::find(also.begin(), also.end(), service) != also.end();
  if (!listed) also.push_back(service);
}

/// What the graver one says is said; it may not be true of the services of the other.
void merge_into(Finding& known, Finding& other) {
  if (other.severity < known.severity) std::swap(known, other);
  // Of two that say the same, the one that holds for more releases counts, and the surer one.
  if (known.severity == other.severity) {
    known.since = known.since && other.since ? std::min(known.since, other.since) : std::nullopt;
    known.confidence = std::min(known.confidence, other.confidence);
  }
  name_service(known, other.service);
  for (const std::string& service : other.also_services) name_service(known, service);
  known.spoilt.insert(known.spoilt.end(), other.spoilt.begin(), other.spoilt.end());
}

std::vector<Finding> merged(std::vector<Finding> findings) {
  std::vector<Finding> kept;
  std::unordered_map<std::string, std::size_t> known;
  for (Finding& finding : findings) {
    const auto [entry, fresh] = known.emplace(mistake(finding), kept.size());
    if (fresh) {
      kept.push_back(std::move(finding));
    } else {
      merge_into(kept[entry->second], finding);
    }
  }
  return kept;
}

bool touches(const text::Span& a, const text::Span& b) {
  return a.file == b.file && a.lo < b.hi && b.lo < a.hi;
}

/// A place that a finding speaks of.
struct Place {
  text::Span span;
  std::size_t finding = 0;
};

std::vector<Place> places_of(const std::vector<Finding>& findings, std::string_view rule) {
  std::vector<Place> places;
  for (std::size_t at = 0; at < findings.size(); ++at) {
    const Finding& finding = findings[at];
    if (finding.rule->id != rule) continue;
    places.push_back({finding.span, at});
    for (const Related& related : finding.related) places.push_back({related.span, at});
  }
  return places;
}

/// Of each finding the one that makes it moot.
std::vector<std::optional<std::size_t>> find_heirs(const std::vector<Finding>& findings) {
  std::unordered_map<std::string_view, std::vector<Place>> places;
  std::vector<std::optional<std::size_t>> heirs(findings.size());
  for (std::size_t at = 0; at < findings.size(); ++at) {
    const std::string_view by = findings[at].rule->subsumed_by;
    if (by.empty()) continue;
    if (!places.contains(by)) places[by] = places_of(findings, by);
    const std::vector<Place>& all = places[by];
    const auto found = std::find_if(all.begin(), all.end(), [&](const Place& place) {
      return touches(place.span, findings[at].span);
    });
    if (found != all.end()) heirs[at] = found->finding;
  }
  return heirs;
}

bool same_edits(const Fix& a, const Fix& b) {
  return std::equal(a.edits().begin(), a.edits().end(), b.edits().begin(), b.edits().end(),
                    [](const Edit& x, const Edit& y) {
                      return x.span == y.span && x.replacement == y.replacement;
                    });
}

bool is_same(const Fix& a, const Fix& b) {
  return a.edits().empty() ? a.title() == b.title() : same_edits(a, b);
}

bool speaks_of(const Finding& finding, const text::Span& span) {
  return finding.span == span ||
         std::any_of(finding.related.begin(), finding.related.end(),
                     [&](const Related& related) { return related.span == span; });
}

/// What only the moot finding knows is still true.
void inherit(Finding& heir, Finding& moot) {
  for (Related& related : moot.related) {
    if (!speaks_of(heir, related.span)) heir.related.push_back(std::move(related));
  }
  for (std::string& note : moot.notes) {
    const auto& known = heir.notes;
    if (std::find(known.begin(), known.end(), note) == known.end())
      heir.notes.push_back(std::move(note));
  }
  for (Fix& fix : moot.fixes) {
    if (std::none_of(heir.fixes.begin(), heir.fixes.end(),
                     [&](const Fix& known) { return is_same(known, fix); }))
      heir.fixes.push_back(std::move(fix));
  }
}

void drop_subsumed(std::vector<Finding>& findings) {
  const std::vector<std::optional<std::size_t>> heirs = find_heirs(findings);
  for (std::size_t at = 0; at < findings.size(); ++at) {
    if (!heirs[at]) continue;
    std::size_t heir = *heirs[at];
    while (heirs[heir]) heir = *heirs[heir];
    inherit(findings[heir], findings[at]);
  }
  std::vector<Finding> kept;
  for (std::size_t at = 0; at < findings.size(); ++at) {
    if (!heirs[at]) kept.push_back(std::move(findings[at]));
  }
  findings = std::move(kept);
}

bool applies(const RuleInfo& info, const model::Workspace& workspace) {
  if (info.needs_master && workspace.master() == nullptr) return false;
  return info.since <= workspace.database().version();
}

}  // namespace

void sort_findings(std::vector<Finding>& findings, const text::SourceStore& sources) {
  const auto key = [&](const Finding& f) {
    return std::tuple<std::string_view, std::uint32_t, std::uint32_t, std::string_view,
                      std::string_view, std::string_view, std::string_view>(
        sources[f.span.file].path(), f.span.lo, f.span.hi, f.rule->id, f.service, f.item,
        f.message);
  };
  std::stable_sort(findings.begin(), findings.end(),
                   [&](const Finding& a, const Finding& b) { return key(a) < key(b); });
}

std::vector<Finding> run_rules(const model::Workspace& workspace,
                               std::span<const Rule* const> rules, SharedValues given) {
  std::vector<Finding> findings;
  SharedValues shared = std::move(given);
  Sink sink(workspace, shared, findings);
  const Views views = make_views(workspace, sink);
  for (const Rule* rule : rules) {
    if (applies(rule->info, workspace)) run_rule(*rule, views, workspace, sink);
  }
  require_places(findings, workspace.sources());
  findings = merged(std::move(findings));
  drop_spoilt(findings);
  drop_subsumed(findings);
  sort_findings(findings, workspace.sources());
  drop_conflicting_fixes(findings);
  return findings;
}

}  // namespace postlint::engine
