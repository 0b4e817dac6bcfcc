#include "src/report/show_report.hpp"

#include <nlohmann/json.hpp>

#include "src/model/postconf.hpp"
#include "src/report/place_text.hpp"

namespace postlint::report {

namespace {

using nlohmann::ordered_json;

std::string origin_with_place(const model::Workspace& workspace, const model::Origin& origin) {
  switch (origin.kind) {
    case model::Origin::Kind::compiled_default:
      return "default " + branch_text(workspace.database().version());
    case model::Origin::Kind::environment:
      return "environment";
    case model::Origin::Kind::service_override:
      return place_text(origin.span, workspace.sources()) + " -o";
    case model::Origin::Kind::main_cf:
      break;
  }
  return place_text(origin.span, workspace.sources());
}

std::string_view type_name(std::optional<database::Type> type) {
  if (!type) return "user-defined";
  switch (*type) {
    case database::Type::string:
    case database::Type::string_function:
      return "string";
    case database::Type::raw:
      return "raw";
    case database::Type::integer:
    case database::Type::long_integer:
      return "integer";
    case database::Type::boolean:
      return "boolean";
    case database::Type::time:
      return "time";
    case database::Type::read_only:
      return "read-only";
    case database::Type::legacy:
      return "legacy";
  }
  return "";
}

}  // namespace

std::string origin_chain(const model::Workspace& workspace, const model::Setting& setting) {
  std::string chain;
  for (const model::Origin& origin : setting.origins) {
    chain += (chain.empty() ? "" : " -> ") + origin_with_place(workspace, origin);
  }
  return chain;
}

std::string show_with_origins(const model::Workspace& workspace,
                              const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) {
    const model::Setting* setting = workspace.config().find(name);
    if (setting == nullptr) continue;
    out += name + " = " + std::string(setting->raw.text()) + "\n";
    out += "    " + origin_chain(workspace, *setting) + "\n";
  }
  return out;
}

std::string show_json(const model::Workspace& workspace, const std::vector<std::string>& names) {
  ordered_json settings = ordered_json::array();
  for (const std::string& name : names) {
    const model::Setting* setting = workspace.config().find(name);
    if (setting == nullptr) continue;
    ordered_json origins = ordered_json::array();
    for (const model::Origin& origin : setting->origins) {
      origins.push_back(origin_with_place(workspace, origin));
    }
    const model::Origin& first = setting->origins.front();
    const bool has_default = first.kind == model::Origin::Kind::compiled_default;
    settings.push_back(
        {{"name", name},
         {"raw", std::string(setting->raw.text())},
         {"expanded", setting->text()},
         {"type", type_name(setting->type)},
         {"default", has_default ? ordered_json(std::string(first.raw.text())) : ordered_json()},
         {"origin", origin_with_place(workspace, setting->origin())},
         {"origins", origins}});
  }
  const ordered_json document = {{"schema", "postlint.show/1"},
                                 {"postfix", branch_text(workspace.database().version())},
                                 {"settings", settings}};
  return document.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

}  // namespace postlint::report
