#include <nlohmann/json.hpp>

#include "src/engine/fingerprint.hpp"
#include "src/report/check_report.hpp"
#include "src/report/display_text.hpp"

namespace postlint::report {

namespace {

using Json = nlohmann::ordered_json;
using engine::Finding;

std::string dump(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Json valid_text_or_null(const std::string& text) {
  return text.empty() ? Json(nullptr) : Json(valid_utf8(text));
}

Json strings(const std::vector<std::string>& texts) {
  Json list = Json::array();
  for (const std::string& text : texts) list.push_back(valid_utf8(text));
  return list;
}

/// file, line, column, end_line, end_column: null for what stands in no file.
Json place_json(const text::Span& span, const text::SourceStore& sources) {
  Json json;
  if (!span.in_file()) {
    for (const char* key : {"file", "line", "column", "end_line", "end_column"})
      json[key] = nullptr;
    return json;
  }
  const text::SourceFile& file = sources[span.file];
  const text::LineColumn from = file.line_column(span.lo);
  const text::LineColumn to = file.line_column(span.hi);
  json["file"] = valid_utf8(file.path());
  json["line"] = from.line;
  json["column"] = from.column;
  json["end_line"] = to.line;
  json["end_column"] = to.column;
  return json;
}

Json related_json(const Finding& finding, const text::SourceStore& sources) {
  Json list = Json::array();
  for (const engine::Related& related : finding.related) {
    Json json = place_json(related.span, sources);
    json["label"] = valid_utf8(related.label);
    list.push_back(std::move(json));
  }
  return list;
}

std::string origin_name(const engine::OriginStep& step, const model::Workspace& workspace) {
  using Kind = model::Origin::Kind;
  switch (step.kind) {
    case Kind::compiled_default:
      return "default " + database::branch_text(workspace.database().version());
    case Kind::main_cf:
      return "main.cf";
    case Kind::service_override:
      return "master.cf -o";
    case Kind::environment:
      return "environment";
  }
  return {};
}

Json origins_json(const Finding& finding, const model::Workspace& workspace) {
  Json list = Json::array();
  for (const engine::OriginStep& step : finding.origins) {
    Json json;
    json["parameter"] = valid_utf8(step.parameter);
    json["origin"] = origin_name(step, workspace);
    json["value"] = valid_utf8(step.value);
    json.update(place_json(step.span, workspace.sources()));
    list.push_back(std::move(json));
  }
  return list;
}

Json witness_json(const Finding& finding) {
  if (!finding.witness) return nullptr;
  Json request = Json::object();
  for (const auto& [key, value] : finding.witness->request) request[key] = valid_utf8(value);
  Json json;
  json["request"] = std::move(request);
  json["reply"] = valid_utf8(finding.witness->reply);
  json["dialogue"] = valid_utf8(finding.witness->dialogue);
  json["steps"] = strings(finding.witness->steps);
  return json;
}

std::string_view applicability_name(engine::Applicability applicability) {
  switch (applicability) {
    case engine::Applicability::safe:
      return "safe";
    case engine::Applicability::unsafe:
      return "unsafe";
    case engine::Applicability::display:
      return "display";
  }
  return {};
}

Json fixes_json(const Finding& finding, const text::SourceStore& sources) {
  Json list = Json::array();
  for (const engine::Fix& fix : finding.fixes) {
    Json edits = Json::array();
    for (const engine::Edit& edit : fix.edits()) {
      Json json = place_json(edit.span, sources);
      json["start"] = edit.span.lo;
      json["end"] = edit.span.hi;
      json["replacement"] = valid_utf8(edit.replacement);
      edits.push_back(std::move(json));
    }
    list.push_back({{"title", valid_utf8(fix.title())},
                    {"applicability", applicability_name(fix.applicability())},
                    {"edits", std::move(edits)},
                    {"commands", strings(fix.commands())}});
  }
  return list;
}

Json finding_json(const Finding& finding, const CheckedConfiguration& checked) {
  const text::SourceStore& sources = checked.workspace.sources();
  Json json;
  json["rule"] = finding.rule->id;
  json["category"] = finding.rule->category();
  json["severity"] = engine::name_of(finding.severity);
  json["confidence"] = engine::name_of(finding.confidence);
  json["persona"] = engine::name_of(finding.rule->persona);
  json["message"] = valid_utf8(finding.message);
  json.update(place_json(finding.span, sources));
  json["label"] = valid_utf8(finding.label);
  json["service"] = valid_text_or_null(finding.service);
  json["also_services"] = strings(finding.also_services);
  json["parameter"] = valid_text_or_null(finding.parameter);
  json["item"] = valid_text_or_null(finding.item);
  json["related"] = related_json(finding, sources);
  json["origins"] = origins_json(finding, checked.workspace);
  json["since"] = finding.since ? Json(database::branch_text(*finding.since)) : Json(nullptr);
  json["notes"] = strings(finding.notes);
  json["assumes"] = strings(finding.assumes);
  json["witness"] = witness_json(finding);
  json["fixes"] = fixes_json(finding, sources);
  json["help"] = "postlint explain " + std::string(finding.rule->id);
  json["fingerprint"] = engine::fingerprint(finding, checked.identity);
  return json;
}

Json coverage_json(const engine::TableCoverage& table) {
  return {{"table", valid_utf8(table.table)},
          {"status", engine::name_of(table.status)},
          {"file", valid_text_or_null(table.file)}};
}

Json summary_json(const CheckSummary& summary) {
  Json json;
  for (const engine::Severity severity : {engine::Severity::error, engine::Severity::warning,
                                          engine::Severity::info, engine::Severity::style}) {
    json[std::string(engine::name_of(severity))] = summary.tally.of(severity);
  }
  json["notes"] = summary.tally.notes;
  json["suppressed"] = summary.suppressed;
  json["baselined"] = summary.baselined;
  json["configurations"] = summary.configurations;
  return json;
}

/// One object a line: a run over many configurations stays readable, and cheap to put together.
std::string array_of(const std::vector<std::string>& objects) {
  if (objects.empty()) return "[]";
  std::string text = "[\n";
  for (std::size_t at = 0; at < objects.size(); ++at) {
    text += "    " + objects[at] + (at + 1 < objects.size() ? ",\n" : "\n");
  }
  return text + "  ]";
}

}  // namespace

void add_json(const CheckedConfiguration& checked, JsonPieces& pieces) {
  for (const Finding& finding : checked.result.findings) {
    pieces.findings.push_back(dump(finding_json(finding, checked)));
  }
  for (const engine::TableCoverage& table : checked.result.tables) {
    pieces.tables.push_back(dump(coverage_json(table)));
  }
  if (!checked.result.has_master) {
    pieces.without_master.push_back(dump(valid_utf8(checked.workspace.directory())));
  }
}

std::string check_json(const JsonPieces& pieces, const CheckSummary& summary,
                       const std::vector<std::string>& errors,
                       const std::vector<std::string>& gone_from_baseline) {
  std::string out = "{\n  \"schema\": \"postlint.check/1\",\n";
  out += "  \"postfix\": \"" + database::branch_text(summary.version) + "\",\n";
  out +=
      std::string("  \"postfix_assumed\": ") + (summary.version_assumed ? "true" : "false") + ",\n";
  out += "  \"findings\": " + array_of(pieces.findings) + ",\n";
  out += "  \"summary\": " + dump(summary_json(summary)) + ",\n";
  out += "  \"coverage\": {\"tables\": " + array_of(pieces.tables) +
         ", \"without_master_cf\": " + array_of(pieces.without_master) + "},\n";
  out += "  \"baseline_gone\": " + dump(strings(gone_from_baseline)) + ",\n";
  out += "  \"errors\": " + dump(strings(errors)) + "\n}\n";
  return out;
}

}  // namespace postlint::report
