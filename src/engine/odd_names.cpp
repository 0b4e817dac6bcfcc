#include "src/engine/odd_names.hpp"

#include <algorithm>
#include <iterator>
#include <set>
#include <unordered_set>

#include "src/engine/readers.hpp"
#include "src/engine/settings_in_force.hpp"
#include "src/engine/value_check.hpp"
#include "src/engine/value_kind.hpp"
#include "src/model/expansion.hpp"

namespace postlint::engine {

namespace {

using model::PostconfName;

/// What postconf(1) says of names.
struct OddNames {
  std::vector<OddSetting> settings;  // unused and read-only ones
  std::unordered_set<std::string> undefined_in_main;
  /// "smtp/inet" + ' ' + name
  std::unordered_set<std::string> undefined_in_service;

  [[nodiscard]] bool undefined(std::string_view name, const model::Service* service) const;
};

std::string in_service(std::string_view name_space, std::string_view name) {
  return std::string(name_space) + " " + std::string(name);
}

bool OddNames::undefined(std::string_view name, const model::Service* service) const {
  if (service == nullptr) return undefined_in_main.contains(std::string(name));
  return undefined_in_service.contains(in_service(service->name(), name));
}

/// Finds the places of the names that postconf speaks of.
class Locator {
 public:
  Locator(const model::Workspace& workspace, OddNames& into) : workspace_(workspace), into_(into) {}

  void add(const PostconfName& name) {
    if (name.kind == PostconfName::Kind::undefined) {
      add_undefined(name);
    } else if (!name.client_file.empty()) {
      add_client_setting(name);
    } else if (name.in_master) {
      add_overrides(name);
    } else if (const model::MainEntry* entry = workspace_.main().find(name.name)) {
      add_entry(name, *entry);
    }
  }

 private:
  void add_undefined(const PostconfName& name) {
    if (name.in_master) {
      into_.undefined_in_service.insert(in_service(name.name_space, name.name));
    } else {
      into_.undefined_in_main.insert(name.name);
    }
  }

  void add_entry(const PostconfName& name, const model::MainEntry& entry) {
    const text::Span span = entry.assignment_span();
    into_.settings.push_back({name.kind, name.name, entry.name_span(), span,
                              std::string(entry.value().text()), "", name.client_file});
  }

  void add_client_setting(const PostconfName& name) {
    const model::TableFile& table = workspace_.table_file(name.client_file);
    if (table.status != model::TableFile::Status::read) return;
    const model::MainCf settings = model::parse_main_cf(workspace_.sources(), table.file);
    if (const model::MainEntry* entry = settings.find(name.name)) add_entry(name, *entry);
  }

  /// postconf names it once for each entry of the service's name.
  void add_overrides(const PostconfName& name) {
    if (!seen_.insert(in_service(name.name_space, name.name)).second) return;
    bool found = false;
    const model::MasterEntry* last = nullptr;
    for (const model::MasterEntry& entry : workspace_.master()->entries) {
      if (entry.display_name() != name.name_space) continue;
      last = &entry;
      found = add_last_override(name, entry) || found;
    }
    if (found || last == nullptr) return;
    // An option that postconf takes apart in another way than the program.
    const text::Span span = last->line.span();
    into_.settings.push_back({name.kind, name.name, span, span, "", name.name_space, ""});
  }

  bool add_last_override(const PostconfName& name, const model::MasterEntry& entry) {
    const auto& options = entry.overrides;
    const auto option =
        std::find_if(options.rbegin(), options.rend(),
                     [&](const model::Override& each) { return each.name == name.name; });
    if (option == options.rend()) return false;
    into_.settings.push_back({name.kind, name.name, option->name_span, option->span,
                              std::string(option->value.text()), name.name_space, ""});
    return true;
  }

  const model::Workspace& workspace_;
  OddNames& into_;
  std::set<std::string> seen_;
};

OddNames find_odd_names(const model::Workspace& workspace) {
  model::PostconfRequest request;
  request.what = model::PostconfRequest::What::names;
  OddNames names;
  Locator locator(workspace, names);
  for (const PostconfName& name :
       model::run_postconf(model::postconf_input(workspace), request).names) {
    locator.add(name);
  }
  return names;
}

// ---- a quick look, which spares most configurations the emulation of postconf ----------------

bool is_known(std::string_view name, Sink& sink) {
  return sink.database().parameter(name) != nullptr || family_of(name, sink) != nullptr;
}

/// postconf takes other options apart in ways of its own.
bool is_plain(const model::MasterEntry& entry) {
  return std::all_of(entry.arguments.begin(), entry.arguments.end(), [](const auto& argument) {
    const std::string_view text = argument.text.text();
    return !text.starts_with('-') || text == "-o" || text == "-v";
  });
}

/// postconf also names the settings in the files of database clients.
std::vector<std::string_view> client_types(Sink& sink) {
  std::vector<std::string_view> types;
  for (const database::DictionarySuffix& suffix : sink.database().dictionary_suffixes()) {
    if (types.empty() || types.back() != suffix.dictionary) types.push_back(suffix.dictionary);
  }
  return types;
}

bool may_hold_odd_settings(Sink& sink) {
  const std::vector<std::string_view> clients = client_types(sink);
  const auto may_be_odd = [&](std::string_view name, std::string_view value) {
    return !is_known(name, sink) || model::is_read_only(name) ||
           std::any_of(clients.begin(), clients.end(), [&](std::string_view type) {
             return value.find(type) != std::string_view::npos;
           });
  };
  for (const model::MainEntry& entry : sink.workspace().main().entries) {
    if (may_be_odd(entry.name(), entry.value().text())) return true;
  }
  const model::MasterCf* master = sink.workspace().master();
  if (master == nullptr) return false;
  for (const model::MasterEntry& entry : master->entries) {
    if (!is_plain(entry)) return true;
    for (const model::Override& each : entry.overrides) {
      if (may_be_odd(each.name, each.value.text())) return true;
    }
  }
  return false;
}

/// Also remembers that there are none.
struct HoldsOddSettings {
  bool value;
};

const OddNames& odd_names(Sink& sink) {
  return sink.shared<OddNames>([&] { return find_odd_names(sink.workspace()); });
}

bool is_undefined(const Reference& reference, const model::Service* service, Sink& sink) {
  return !is_known(reference.name, sink) && odd_names(sink).undefined(reference.name, service);
}

/// ${name?text} and ${name:text} ask only whether there is text.
bool is_tested(std::string_view after_name) {
  const auto next = after_name.find_first_not_of(" \t\r\n");
  return next != std::string_view::npos && (after_name[next] == '?' || after_name[next] == ':');
}

bool is_blank(std::string_view text) { return text.find_first_not_of(" \t\r\n,") == text.npos; }

}  // namespace

const std::vector<OddSetting>& odd_settings(Sink& sink) {
  static const std::vector<OddSetting> none;
  const bool some =
      sink.shared<HoldsOddSettings>([&] { return HoldsOddSettings{may_hold_odd_settings(sink)}; })
          .value;
  return some ? odd_names(sink).settings : none;
}

const model::Service* service_of(const OddSetting& setting, Sink& sink) {
  if (setting.service.empty()) return nullptr;
  for (const model::Service& service : sink.workspace().services()) {
    if (service.name() == setting.service) return &service;
  }
  return nullptr;
}

std::vector<Reference> references_in(const text::MappedView& value, Sink& sink) {
  std::vector<Reference> all;
  const char* begin = value.text().data();
  const char* end = begin + value.text().size();
  const auto visit = [&](std::string_view name, text::Span span) {
    const char* after = name.data() + name.size();
    const bool inside = name.data() > begin && after <= end;
    const char before = inside ? *std::prev(name.data()) : '\0';
    const bool braced = before == '{' || before == '(' || text::is_space(before);
    const std::string_view rest =
        inside ? std::string_view(after, static_cast<std::size_t>(end - after))
               : std::string_view();
    all.push_back({name, span, braced && is_tested(rest)});
  };
  model::scan_references(value, visit, model::macro_syntax(sink.version()));
  return all;
}

std::vector<Reference> undefined_references(const Assignment& assignment, Sink& sink) {
  if (assignment.value.text().find('$') == std::string_view::npos) return {};
  const auto* parameter = assignment.parameter();
  if (parameter != nullptr && parameter->type == database::Type::raw) return {};
  std::vector<Reference> all;
  std::set<std::string_view> seen;
  for (const Reference& reference : references_in(assignment.value, sink)) {
    if (reference.tested) seen.insert(reference.name);
    if (!is_undefined(reference, assignment.service, sink)) continue;
    if (seen.insert(reference.name).second) all.push_back(reference);
  }
  return all;
}

bool empty_anyway(const Assignment& assignment, Sink& sink) {
  return !assignment.in_main() && is_blank(assignment.setting().text()) &&
         is_blank(sink.workspace().config().text(assignment.name));
}

std::optional<std::string> fatal_remainder(const Assignment& assignment, Sink& sink) {
  const model::Setting& setting = assignment.setting();
  if (setting.status != model::ExpansionStatus::ok || !setting.unknown_facts.empty()) {
    return std::nullopt;
  }
  const std::string& text = setting.text();
  const auto bad = find_bad_value(assignment, text, sink);
  if (!bad || bad->effect != BadValue::Effect::dies) return std::nullopt;
  std::string effect(assignment.name);
  effect += text.empty() ? " is empty" : " is \"" + text + '"';
  effect += ", and " + readers_of(assignment, sink).text("dies of it", "die of it");
  return bad->log.empty() ? effect : effect + " (\"" + bad->log + "\")";
}

std::string undefined_effect(const Assignment& assignment, Sink& sink) {
  const std::string name(assignment.name);
  if (auto fatal = fatal_remainder(assignment, sink)) return *std::move(fatal);
  if (empty_anyway(assignment, sink)) return name + " stays empty";
  if (!is_blank(assignment.setting().text())) return "it expands to nothing in " + name;
  switch (value_kind(sink.database(), assignment.name)) {
    case ValueKind::restriction:
      return name + " is empty, and restricts nothing";
    default:
      return name + " is empty";
  }
}

bool refers_to_nothing(const Assignment& assignment, Sink& sink) {
  if (assignment.value.text().find('$') == std::string_view::npos) return false;
  const auto references = references_in(assignment.value, sink);
  return std::any_of(references.begin(), references.end(), [&](const Reference& reference) {
    return !reference.tested && is_undefined(reference, assignment.service, sink);
  });
}

}  // namespace postlint::engine
