#include <algorithm>
#include <string>
#include <vector>

#include "src/engine/odd_names.hpp"
#include "src/engine/rule.hpp"
#include "src/engine/settings_in_force.hpp"

namespace postlint::rules::names::recursive_reference {

constexpr RuleInfo info{.id = "names/recursive-reference",
                        .title = "a value that refers to itself",
                        .severity = Severity::error};

/// What a $name leads to: the assignment that the reader sees, and the place of the name in it.
struct Step {
  const Assignment* assignment = nullptr;
  Span reference;
};

/// Looks for the way from a value through $names back to itself.
class Search {
 public:
  Search(const Assignment& start, Sink& sink) : start_(start), sink_(sink) {}

  /// The assignments of the circle, the start first; empty: there is none.
  std::vector<Step> find() {
    visit(start_);
    return path_;
  }

 private:
  /// The assignment of a name as the service of the start sees it.
  [[nodiscard]] const Assignment* lookup(std::string_view name) const {
    const Assignment* found = nullptr;
    for (const Assignment& each : settings_in_force(sink_)) {
      if (each.name != name) continue;
      if (each.service == start_.service && each.service != nullptr) return &each;
      if (each.in_main()) found = &each;
    }
    return found;
  }

  bool visit(const Assignment& assignment) {
    for (const Reference& reference : references_in(assignment.value, sink_)) {
      if (reference.tested) continue;
      const Assignment* next = lookup(reference.name);
      if (next == nullptr) continue;
      path_.push_back({&assignment, reference.span});
      if (next->name_span == start_.name_span) return true;
      const bool fresh = std::find(seen_.begin(), seen_.end(), next) == seen_.end();
      if (fresh) {
        seen_.push_back(next);
        if (visit(*next)) return true;
      }
      path_.pop_back();
    }
    return false;
  }

  const Assignment& start_;
  Sink& sink_;
  std::vector<Step> path_;
  std::vector<const Assignment*> seen_;
};

bool fails(const Setting& setting) {
  if (setting.status == model::ExpansionStatus::crash) return true;
  return std::any_of(setting.warnings.begin(), setting.warnings.end(), [](const std::string& text) {
    return text.starts_with("unreasonable macro call nesting");
  });
}

/// Of the members of a circle one speaks for all: the first -o, else the first line.
bool speaks(const std::vector<Step>& circle) {
  const auto before = [](const Step& a, const Step& b) {
    return std::pair(a.assignment->in_main(), a.assignment->name_span) <
           std::pair(b.assignment->in_main(), b.assignment->name_span);
  };
  return std::min_element(circle.begin(), circle.end(), before) == circle.begin();
}

void report(const std::vector<Step>& circle, Sink& sink) {
  const Assignment& start = *circle.front().assignment;
  std::string way(start.name);
  for (std::size_t i = 1; i < circle.size(); ++i) {
    way += " -> " + std::string(circle[i].assignment->name);
  }
  way += " -> " + std::string(start.name);
  auto finding = sink.report(info).at(circle.front().reference);
  finding
      .message(start.name, " refers to itself (", way,
               "): a program that reads it dies with \"unreasonable macro call nesting\"")
      .parameter(start.name)
      .item(start.name);
  for (std::size_t i = 1; i < circle.size(); ++i) {
    finding.related(circle[i].reference, "then this");
  }
}

void check(const Assignment& assignment, Sink& sink) {
  if (assignment.value.text().find('$') == std::string_view::npos) return;
  if (!fails(assignment.setting())) return;
  const std::vector<Step> circle = Search(assignment, sink).find();
  if (!circle.empty() && speaks(circle)) report(circle, sink);
}

extern const Rule rule{info, {.on_parameter = check}};

}  // namespace postlint::rules::names::recursive_reference
