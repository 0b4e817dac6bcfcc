#include <algorithm>
#include <string>
#include <unordered_map>
#include <unordered_set>
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

/// The assignments of each name.
struct Index {
  std::unordered_map<std::string_view, std::vector<const Assignment*>> by_name;
};

Index index_of(const std::vector<Assignment>& assignments) {
  Index index;
  for (const Assignment& each : assignments) index.by_name[each.name].push_back(&each);
  return index;
}

/// Longer circles are not looked for: Postfix gives up before it has been round one.
constexpr std::size_t longest_circle = 200;

/// Looks for the way from a value through $names back to itself.
class Search {
 public:
  Search(const Assignment& start, Sink& sink)
      : start_(start),
        sink_(sink),
        index_(sink.shared<Index>([&] { return index_of(settings_in_force(sink)); })) {}

  /// The assignments of the circle, the start first; empty: there is none.
  std::vector<Step> find() {
    visit(start_);
    return path_;
  }

 private:
  /// The assignment of a name as the service of the start sees it.
  [[nodiscard]] const Assignment* lookup(std::string_view name) const {
    const auto known = index_.by_name.find(name);
    if (known == index_.by_name.end()) return nullptr;
    const Assignment* found = nullptr;
    for (const Assignment* each : known->second) {
      if (each->service == start_.service && each->service != nullptr) return each;
      if (each->in_main()) found = each;
    }
    return found;
  }

  bool visit(const Assignment& assignment) {
    if (path_.size() >= longest_circle) return false;
    for (const Reference& reference : references_in(assignment.value, sink_)) {
      if (reference.tested) continue;
      const Assignment* next = lookup(reference.name);
      if (next == nullptr) continue;
      path_.push_back({&assignment, reference.span});
      if (next->name_span == start_.name_span) return true;
      if (seen_.insert(next).second && visit(*next)) return true;
      path_.pop_back();
    }
    return false;
  }

  const Assignment& start_;
  Sink& sink_;
  std::vector<Step> path_;
  const Index& index_;
  std::unordered_set<const Assignment*> seen_;
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
