#include "src/model/effective_config.hpp"

#include <algorithm>
#include <cstdlib>

#include "grammar/time.hpp"
#include "src/model/compatibility_level.hpp"
#include "src/model/host_name.hpp"
#include "src/model/own_networks.hpp"
#include "src/text/ascii.hpp"

namespace postlint::model {

namespace {

using database::Family;
using database::Parameter;
using database::Type;

constexpr std::string_view host_facts[] = {"myhostname", "mydomain", "mynetworks"};

bool is_host_fact(std::string_view name) {
  return std::find(std::begin(host_facts), std::end(host_facts), name) != std::end(host_facts);
}

std::optional<std::int64_t> whole_integer(std::string_view text) {
  std::size_t length = 0;
  const auto value = parse_leading_integer(text, length);
  return length == 0 || length != text.size() ? std::nullopt : value;
}

}  // namespace

EffectiveConfig::EffectiveConfig(const database::Database& database, const MainCf& main,
                                 const MasterEntry* entry, const HostFacts& host)
    : database_(&database), main_(&main), entry_(entry), host_(&host) {
  if (entry == nullptr) return;
  for (const Override& option : entry->overrides) overrides_.push_back(&option);
  std::stable_sort(overrides_.begin(), overrides_.end(),
                   [](const Override* a, const Override* b) { return a->name < b->name; });
}

std::span<const Override* const> EffectiveConfig::overrides_of(std::string_view name) const {
  const auto first = std::partition_point(overrides_.begin(), overrides_.end(),
                                          [&](const Override* each) { return each->name < name; });
  const auto last = std::partition_point(first, overrides_.end(),
                                         [&](const Override* each) { return each->name == name; });
  return {first, last};
}

std::string_view EffectiveConfig::program() const {
  return entry_ != nullptr ? entry_->program() : std::string_view();
}

const Setting* EffectiveConfig::find(std::string_view name) const {
  if (const auto known = index_.find(name); known != index_.end()) return known->second;
  if (std::find(in_progress_.begin(), in_progress_.end(), name) != in_progress_.end()) {
    return nullptr;
  }
  in_progress_.push_back(name);
  Setting setting = make(name);
  in_progress_.pop_back();
  const Setting* kept = nullptr;
  if (!setting.origins.empty()) {
    kept = &settings_.emplace_back(std::move(setting));
    name = kept->name;
  } else {
    name = texts_.emplace_back(name);
  }
  index_.emplace(name, kept);
  return kept;
}

const Setting& EffectiveConfig::at(std::string_view name) const {
  const Setting* setting = find(name);
  if (setting == nullptr) std::abort();
  return *setting;
}

Setting EffectiveConfig::make(std::string_view name) const {
  Setting setting;
  setting.parameter = database_->parameter(name);
  if (setting.parameter != nullptr) {
    setting.name = setting.parameter->name;
    setting.type = setting.parameter->type;
  } else {
    setting.name = texts_.emplace_back(name);
  }
  add_origins(setting);
  if (setting.origins.empty()) return setting;
  setting.raw = setting.origins.back().raw;
  if (setting.is_default() && is_host_fact(setting.name)) return setting;
  expand_value(setting);
  return setting;
}

void EffectiveConfig::add_origins(Setting& setting) const {
  setting.origins.reserve(2);
  add_default(setting);
  if (const MainEntry* main = main_->find(setting.name); main != nullptr) {
    setting.origins.push_back({Origin::Kind::main_cf, main->span(), main->value()});
  }
  if (entry_ == nullptr) return;
  for (const Override* option : overrides_of(setting.name)) {
    setting.origins.push_back({Origin::Kind::service_override, option->span, option->value});
  }
  if (setting.name == "process_name" || setting.name == "service_name") {
    const bool process = setting.name == "process_name";
    setting.origins.push_back(
        {Origin::Kind::environment,
         {},
         text::in_no_file(process ? program() : entry_->field(Field::service))});
  }
}

void EffectiveConfig::add_default(Setting& setting) const {
  if (setting.parameter != nullptr) {
    if (is_host_fact(setting.name)) {
      add_host_default(setting);
    } else if (setting.type != Type::legacy) {
      setting.origins.push_back(
          {Origin::Kind::compiled_default, {}, text::in_no_file(setting.parameter->default_value)});
    }
    return;
  }
  if (entry_ == nullptr) return;
  const std::string_view service = entry_->field(Field::service);
  if (!setting.name.starts_with(service)) return;
  for (const Family& family : database_->families()) {
    if (setting.name.substr(service.size()) != family.suffix || family.since > version() ||
        !text::is_listed(family.commands, entry_->field(Field::command))) {
      continue;
    }
    setting.type = family.type;
    const std::string& text = texts_.emplace_back("$" + std::string(family.fallback));
    setting.origins.push_back({Origin::Kind::compiled_default, {}, text::in_no_file(text)});
  }
}

/// Defaults that Postfix computes from the host it runs on.
void EffectiveConfig::add_host_default(Setting& setting) const {
  std::optional<std::string> value;
  if (setting.name == "myhostname" && host_->name) {
    value = full_host_name(*host_->name, [this] {
      const bool is_set = main_->find("mydomain") != nullptr;
      return is_set ? std::optional<std::string>(text("mydomain")) : std::nullopt;
    });
  } else if (setting.name == "mydomain") {
    if (const Setting* name = find("myhostname"); name != nullptr && name->unknown_facts.empty()) {
      value = domain_of(name->text());
    }
  } else if (setting.name == "mynetworks") {
    const auto networks = default_mynetworks(
        host_->addresses,
        {text("inet_interfaces"), text("mynetworks_style"), text("inet_protocols")});
    if (networks) value = networks->value;
  }
  if (!value) setting.unknown_facts.push_back(setting.name);
  const std::string& text = texts_.emplace_back(value ? *value : "$" + std::string(setting.name));
  setting.origins.push_back({Origin::Kind::compiled_default, {}, text::in_no_file(text)});
  setting.expanded.append(text::in_no_file(text));
}

void EffectiveConfig::expand_value(Setting& setting) const {
  if (!setting.is_default()) {
    setting.unknown_facts.clear();
    setting.expanded = {};
  }
  if (setting.type == Type::raw) {
    setting.expanded.append(setting.raw);
    return;
  }
  const MacroLookup lookup = [&](std::string_view name) { return macro(name, setting); };
  Expansion expansion = expand(setting.raw, lookup, macro_syntax(version()));
  setting.expanded = std::move(expansion.text);
  setting.status = expansion.status;
  setting.warnings = std::move(expansion.warnings);
}

std::optional<MacroValue> EffectiveConfig::macro(std::string_view name, Setting& reader) const {
  // Recursion through names is left to the expansion: it knows the limits of mac_expand(3).
  const auto options = overrides_of(name);
  if (!options.empty()) return MacroValue{options.back()->value, false};
  const bool verbatim_raw = version() >= database::Version{3, 11, 0};
  const Parameter* parameter = database_->parameter(name);
  if (const MainEntry* main = main_->find(name); main != nullptr) {
    const bool raw = parameter != nullptr && parameter->type == Type::raw;
    return MacroValue{main->value(), raw && verbatim_raw};
  }
  if (parameter != nullptr && !visible_default(name, reader.name)) return MacroValue{};
  const Setting* setting = find(name);
  if (setting == nullptr) return std::nullopt;
  for (const std::string_view fact : setting->unknown_facts) reader.unknown_facts.push_back(fact);
  return MacroValue{setting->view(), true};
}

/// A program evaluates its parameters in a fixed order, and keeps the defaults of those that it
/// has passed. The default of a later one, or of one that it does not read, is not there yet.
bool EffectiveConfig::visible_default(std::string_view name, std::string_view reader) const {
  // Known before anything is read (mail_conf_suck()).
  if (name == "config_directory") return true;
  if (entry_ == nullptr) return true;
  if (is_host_fact(name)) return reader != "myhostname";  // the first that is evaluated
  const auto reader_at = database_->evaluation_position(program(), reader);
  if (!reader_at) return true;
  const auto name_at = database_->evaluation_position(program(), name);
  return name_at && *name_at < *reader_at;
}

std::string_view EffectiveConfig::text(std::string_view name) const {
  const Setting* setting = find(name);
  return setting != nullptr ? std::string_view(setting->text()) : std::string_view();
}

bool EffectiveConfig::boolean(std::string_view name) const {
  return text::same_word(text(name), "yes");
}

std::int64_t EffectiveConfig::integer(std::string_view name) const {
  const Setting* setting = find(name);
  if (setting == nullptr) return 0;
  if (const auto value = whole_integer(setting->text())) return *value;
  const Parameter* parameter = setting->parameter;
  return parameter != nullptr ? whole_integer(parameter->default_value).value_or(0) : 0;
}

std::int64_t EffectiveConfig::seconds(std::string_view name) const {
  const Setting* setting = find(name);
  if (setting == nullptr) return 0;
  const char unit = setting->parameter != nullptr && setting->parameter->time_unit != 0
                        ? setting->parameter->time_unit
                        : 's';
  if (const auto value = grammar::parse_time(setting->text(), unit).seconds) return *value;
  const Parameter* parameter = setting->parameter;
  if (parameter == nullptr) return 0;
  return grammar::parse_time(parameter->default_value, unit).seconds.value_or(0);
}

std::string_view EffectiveConfig::raw(std::string_view name) const {
  Setting setting;
  setting.parameter = database_->parameter(name);
  setting.name = name;
  add_origins(setting);
  return setting.origins.empty() ? std::string_view() : setting.origin().raw.text();
}

std::string EffectiveConfig::expand_piece(std::string_view name, std::string_view piece) const {
  Setting reader;
  reader.name = name;
  const MacroLookup lookup = [&](std::string_view inner) { return macro(inner, reader); };
  return expand(text::in_no_file(piece), lookup, macro_syntax(version())).text.text();
}

bool EffectiveConfig::set(std::string_view name) const {
  const Setting* setting = find(name);
  return setting != nullptr && !setting->is_default();
}

}  // namespace postlint::model
