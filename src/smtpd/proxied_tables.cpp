#include "src/smtpd/proxied_tables.hpp"

#include "grammar/restriction_list.hpp"
#include "src/text/logical_line.hpp"

namespace postlint::smtpd {

namespace {

constexpr std::string_view prefix = "proxy:";

std::string_view without_prefixes(std::string_view word) {
  while (word.starts_with(prefix)) word.remove_prefix(prefix.size());
  return word;
}

/// authorize_proxied_maps() of proxymap.c.
class Collector {
 public:
  explicit Collector(const model::Workspace& workspace) : workspace_(workspace) {}

  void add_list(std::string_view list, int depth = 0) {
    if (depth > deepest) return;
    for (const grammar::Word& word : grammar::parse_restriction_list(list).words) {
      add_word(list.substr(word.range.lo, word.range.size()), depth);
    }
  }

  void add_classes(const model::EffectiveConfig& config) {
    const std::string_view classes = config.text("smtpd_restriction_classes");
    for (const text::Range range : grammar::parse_plain_list(classes)) {
      const auto* setting = config.find(classes.substr(range.lo, range.size()));
      if (setting != nullptr) add_list(setting->text());
    }
  }

  [[nodiscard]] bool reads_more() const {
    return workspace_.database().version() >= database::Version{3, 11, 0};
  }

  ProxiedTables take() && { return std::move(found_); }

 private:
  static constexpr int deepest = 8;

  void add_word(std::string_view word, int depth) {
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
    found_.names.emplace(without_prefixes(word));
  }

  static std::string_view payload(std::string_view braced) {
    const grammar::Braced braces = grammar::parse_braced(braced);
    return braced.substr(braces.payload.lo, braces.payload.size());
  }

  void add_file(std::string_view path, int depth) {
    const model::TableFile& file = workspace_.table_file(path);
    if (file.status != model::TableFile::Status::read) {
      found_.complete = found_.complete && file.authoritative;
      return;
    }
    text::LineArena arena;
    text::LogicalLineReader reader(workspace_.sources()[file.file], file.file, arena);
    text::LogicalLine line;
    while (reader.next(line)) add_list(line.view().text(), depth + 1);
  }

  const model::Workspace& workspace_;
  ProxiedTables found_;
};

}  // namespace

bool ProxiedTables::allow(std::string_view name) const {
  return !complete || names.contains(without_prefixes(name));
}

ProxiedTables proxied_tables(const model::Workspace& workspace) {
  const model::EffectiveConfig& config = config_of_service(workspace, "proxymap");
  Collector collector(workspace);
  collector.add_list(config.text("proxy_read_maps"));
  if (collector.reads_more()) collector.add_classes(config);
  return std::move(collector).take();
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
