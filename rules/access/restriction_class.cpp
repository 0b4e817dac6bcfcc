#include <unordered_set>

#include "grammar/restriction_list.hpp"
#include "src/engine/places.hpp"
#include "src/engine/rule.hpp"
#include "src/engine/unknown_words.hpp"

namespace postlint::rules::access::restriction_class {

constexpr RuleInfo info{
    .id = "access/restriction-class",
    .title = "a restriction class is not defined, not declared, or calls itself",
    .severity = Severity::error};

constexpr std::string_view classes_parameter = "smtpd_restriction_classes";

/// mail_conf_lookup_eval() of a class that is declared must give some text.
void check_definitions(const Service& service, Sink& sink) {
  const Setting& classes = service.config->at(classes_parameter);
  for (const text::Range range : grammar::parse_plain_list(classes.text())) {
    const MappedView name = classes.view().sub(range);
    const Setting* definition = service.config->find(name.text());
    if (definition != nullptr && !definition->text().empty()) continue;
    auto finding = sink.report(info).at(name);
    finding
        .message("the restriction class ", name.text(),
                 definition == nullptr ? " is declared and nowhere defined"
                                       : " is declared, and its definition is empty",
                 ": smtpd dies at its start, and the port serves nobody")
        .parameter(classes_parameter)
        .item(name.text());
    if (definition != nullptr) finding.related(definition->origin().span, "this is empty");
  }
}

/// Longer ways are not followed: smtpd has run out of its stack.
constexpr std::size_t longest_way = 1000;

/// The call of a class that comes back to itself, from `list` on; null: there is none.
const RestrictionItem* find_cycle(const RestrictionList& list,
                                  const std::vector<RestrictionList>& lists,
                                  std::vector<std::string_view>& path,
                                  std::unordered_set<std::string_view>& done) {
  if (path.size() == longest_way || !done.insert(list.name).second) return nullptr;
  path.push_back(list.name);
  for (const RestrictionItem& item : list.items) {
    if (!item.class_list) continue;
    if (std::find(path.begin(), path.end(), item.text()) != path.end()) return &item;
    const RestrictionList& inner = lists[*item.class_list];
    if (const RestrictionItem* found = find_cycle(inner, lists, path, done)) return found;
  }
  path.pop_back();
  return nullptr;
}

void check_cycles(const std::vector<RestrictionList>& lists, Sink& sink) {
  std::unordered_set<std::string_view> done;
  for (const RestrictionList& list : lists) {
    if (list.stage != RestrictionList::Stage::restriction_class) continue;
    std::vector<std::string_view> path;
    const RestrictionItem* call = find_cycle(list, lists, path, done);
    if (call == nullptr) continue;
    sink.report(info)
        .at(call->word)
        .message("the restriction class ", call->text(),
                 " calls itself: smtpd crashes as soon as it comes to it")
        .parameter(path.back())
        .item(call->text());
  }
}

void check_service(const Service& service, Sink& sink) {
  if (!service.is_smtpd()) return;
  check_definitions(service, sink);
  check_cycles(sink.lists(service), sink);
}

/// Declares the class behind those that are declared already.
void add_fix(FindingBuilder& finding, std::string_view name, const RestrictionList& list,
             Sink& sink) {
  const Setting& classes = list.config().at(classes_parameter);
  const std::string title =
      "declare " + std::string(name) + ", which then decides on these requests";
  if (classes.origin().kind == model::Origin::Kind::main_cf && !classes.raw.text().empty()) {
    finding.fix(Fix::unsafe(title).insert_after(classes.raw.span(), ", " + std::string(name)));
    return;
  }
  const std::string line = std::string(classes_parameter) + " = " + std::string(name);
  const model::MainEntry* entry = sink.workspace().main().find(name);
  if (!classes.is_default() || entry == nullptr) return;
  finding.fix(Fix::unsafe(title)
                  .insert_before(sink.line_span(entry->span()), line + "\n")
                  .command("postconf -e " + shell_quoted(line)));
}

void check_list(const RestrictionList& list, Sink& sink) {
  for (const UnknownWord& unknown : unknown_words(list, sink.lists(*list.service))) {
    if (unknown.kind != UnknownWord::Kind::undeclared_class) continue;
    const RestrictionItem& item = *unknown.item;
    const std::string_view owner = assigned_name(sink.workspace(), item.span());
    auto finding = sink.report(info).at(item.span());
    finding
        .message("the restriction class ", item.text(), " is not declared in ", classes_parameter,
                 ": every request that reaches it is answered 451 4.3.5 Server configuration error")
        .parameter(owner.empty() ? list.name : owner)
        .item(item.text())
        .related(list.config().find(item.text())->origin().span, "it is defined here");
    add_fix(finding, item.text(), list, sink);
  }
}

extern const Rule rule{info, {.on_service = check_service, .on_restriction_list = check_list}};

}  // namespace postlint::rules::access::restriction_class
