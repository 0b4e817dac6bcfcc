#include "src/smtpd/proxied_tables.hpp"

#include "grammar/restriction_list.hpp"
#include "src/text/ascii.hpp"
#include "src/text/logical_line.hpp"

namespace postlint::smtpd {

namespace {

constexpr std::string_view prefix = "proxy:";

std::string_view without_prefixes(std::string_view word) {
  while (word.starts_with(prefix)) word.remove_prefix(prefix.size());
  return word;
}

std::string_view payload(std::string_view braced) {
  const grammar::Braced braces = grammar::parse_braced(braced);
  return braced.substr(braces.payload.lo, braces.payload.size());
}

constexpr std::string_view list_name = "proxy_read_maps";
constexpr int deepest = 8;

}  // namespace

ProxiedTables::ProxiedTables(const model::Workspace& workspace)
    : workspace_(workspace),
      config_(config_of_service(workspace, "proxymap")),
      raw_(config_.raw(list_name)) {
  if (reads_more()) add_classes();
  if (raw_.find('{') != text::npos || raw_.find('(') != text::npos) {
    read_whole();
    return;
  }
  const auto words = grammar::parse_plain_list(raw_);
  unread_.assign(words.rbegin(), words.rend());
}

bool ProxiedTables::allow(std::string_view name) {
  name = without_prefixes(name);
  while (!names_.contains(name) && !unread_.empty()) read_next();
  return !complete_ || names_.contains(name);
}

void ProxiedTables::read_next() {
  const text::Range word = unread_.back();
  unread_.pop_back();
  const std::string text = config_.expand_piece(list_name, raw_.substr(word.lo, word.size()));
  // A brace may be closed in a later word.
  if (text.find('{') != text::npos) return read_whole();
  add_list(text);
}

void ProxiedTables::read_whole() {
  unread_.clear();
  add_list(config_.text(list_name));
}

void ProxiedTables::add_list(std::string_view list, int depth) {
  if (depth > deepest) return;
  for (const grammar::Word& word : grammar::parse_restriction_list(list).words) {
    add_word(list.substr(word.range.lo, word.range.size()), depth);
  }
}

void ProxiedTables::add_word(std::string_view word, int depth) {
  if (word.starts_with('{')) {
    const std::string_view inner = payload(word);
    const auto words = grammar::parse_restriction_list(inner).words;
    if (words.empty() || depth > deepest) return;
    const text::Range first = words.front().range;
    return add_word(inner.substr(first.lo, first.size()), depth + 1);
  }
  if (word.starts_with('/') && reads_more()) return add_file(word, depth);
  for (const std::string_view nested : {"pipemap:{", "unionmap:{"}) {
    if (word.starts_with(nested))
      return add_list(payload(word.substr(nested.size() - 1)), depth + 1);
  }
  if (!word.starts_with(prefix)) return;
  names_.emplace(without_prefixes(word));
}

void ProxiedTables::add_file(std::string_view path, int depth) {
  if (!files_.emplace(path).second) return;
  const model::TableFile& file = workspace_.table_file(path);
  if (file.status != model::TableFile::Status::read) {
    complete_ = complete_ && file.authoritative;
    return;
  }
  text::LineArena arena;
  text::LogicalLineReader reader(workspace_.sources()[file.file], file.file, arena);
  text::LogicalLine line;
  while (reader.next(line)) add_list(line.view().text(), depth + 1);
}

void ProxiedTables::add_classes() {
  const std::string_view classes = config_.text("smtpd_restriction_classes");
  for (const text::Range range : grammar::parse_plain_list(classes)) {
    const auto* setting = config_.find(classes.substr(range.lo, range.size()));
    if (setting != nullptr) add_list(setting->text());
  }
}

bool ProxiedTables::reads_more() const {
  return workspace_.database().version() >= database::Version{3, 11, 0};
}

const model::EffectiveConfig& config_of_service(const model::Workspace& workspace,
                                                std::string_view name) {
  for (const model::Service& service : workspace.services()) {
    if (service.entry != nullptr && service.entry->field(model::Field::service) == name) {
      return *service.config;
    }
  }
  return workspace.config();
}

}  // namespace postlint::smtpd
