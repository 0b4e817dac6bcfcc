#include "src/smtpd/match_list.hpp"

#include <algorithm>

#include "grammar/match_list.hpp"
#include "grammar/network.hpp"
#include "src/database/version.hpp"
#include "src/smtpd/address.hpp"
#include "src/text/ascii.hpp"

namespace postlint::smtpd {
namespace {

using text::npos;
// Files that include themselves have no end; Postfix takes what it cannot open any more for
// unreadable.
constexpr int deepest_include = 20;
constexpr std::size_t most_includes = 1000;

/// match_hostaddr(3) looks only at strings that can be addresses.
bool is_address_like(std::string_view text) {
  return text.find_first_not_of("0123456789.abcdefABCDEF:") == npos;
}

bool has_colon(std::string_view text) { return text.find(':') != npos; }

bool is_in_brackets(std::string_view text, std::string_view address) {
  return text.size() == address.size() + 2 && text.front() == '[' && text.back() == ']' &&
         text.substr(1, address.size()) == address;
}

/// Is `pattern` a parent domain of the name?
bool is_parent(std::string_view pattern, std::string_view name, bool parent_style) {
  if (name.size() <= pattern.size() || !name.ends_with(pattern)) return false;
  if (parent_style) return name[name.size() - pattern.size() - 1] == '.';
  return pattern.starts_with('.');
}

MatchOutcome outcome(MatchOutcome::Kind kind) {
  MatchOutcome result;
  result.kind = result.if_found = result.if_absent = kind;
  return result;
}

MatchOutcome decided(const MatchList::Pattern& pattern) {
  MatchOutcome result =
      outcome(pattern.negated ? MatchOutcome::Kind::no_match : MatchOutcome::Kind::match);
  result.pattern = pattern.written;
  result.span = pattern.span;
  result.negated = pattern.negated;
  return result;
}

MatchOutcome failed(const MatchList::Pattern& pattern, std::string reason) {
  MatchOutcome result = decided(pattern);
  result.kind = result.if_found = result.if_absent = MatchOutcome::Kind::error;
  result.reason = std::move(reason);
  return result;
}

}  // namespace

/// One search: the strings are folded once, then every pattern is tried against each.
class MatchSearch {
 public:
  MatchSearch(const MatchList& list, MatchList::Type type, std::vector<std::string> strings,
              text::Span left_out = {})
      : list_(list), type_(type), strings_(std::move(strings)), left_out_(left_out) {}

  MatchOutcome run() const {
    std::size_t at = 0;
    std::optional<MatchOutcome> result = next(at);
    if (!result) return outcome(MatchOutcome::Kind::no_match);
    if (result->kind != MatchOutcome::Kind::unknown) return *std::move(result);
    result->if_found = result->negated ? MatchOutcome::Kind::no_match : MatchOutcome::Kind::match;
    const std::optional<MatchOutcome> behind = next(at);
    result->if_absent = behind ? behind->kind : MatchOutcome::Kind::no_match;
    return *std::move(result);
  }

 private:
  /// What the first pattern from `at` on says that says anything; `at` goes behind it.
  std::optional<MatchOutcome> next(std::size_t& at) const {
    while (at < list_.patterns().size()) {
      const MatchList::Pattern& pattern = list_.patterns()[at++];
      if (left_out_.in_file() && pattern.span == left_out_) continue;
      for (std::size_t s = 0; s < strings_.size(); ++s) {
        if (auto result = try_pattern(pattern, strings_[s], is_address(s))) return result;
      }
    }
    return std::nullopt;
  }

  [[nodiscard]] bool is_address(std::size_t string) const {
    return type_ == MatchList::Type::address ||
           (type_ == MatchList::Type::name_address && string == 1);
  }

  /// Nothing: the pattern does not match.
  [[nodiscard]] std::optional<MatchOutcome> try_pattern(const MatchList::Pattern& pattern,
                                                        const std::string& text,
                                                        bool address) const {
    if (address && !is_address_like(text)) return {};
    if (pattern.file_unknown) {
      MatchOutcome result = outcome(MatchOutcome::Kind::unknown);
      result.pattern = pattern.written;
      result.span = pattern.span;
      result.negated = pattern.negated;
      result.reason = pattern.reason;
      return result;
    }
    if (pattern.unreadable_file) return failed(pattern, list_.name() + ": " + pattern.reason);
    if (pattern.table != nullptr) return try_table(pattern, text, address);
    if (address) return try_address(pattern, text);
    const bool matches = text == pattern.text || (type_ != MatchList::Type::string &&
                                                  is_parent(pattern.text, text, list_.parent()));
    return matches ? std::optional(decided(pattern)) : std::nullopt;
  }

  [[nodiscard]] std::optional<MatchOutcome> from_lookup(const MatchList::Pattern& pattern,
                                                        LookupResult entry) const {
    if (entry.absent()) return {};
    MatchOutcome result = decided(pattern);
    if (entry.kind == LookupResult::Kind::error) {
      result = failed(pattern,
                      list_.name() + ": " + pattern.table->type_name() + ": table lookup problem");
    } else if (entry.kind == LookupResult::Kind::unknown) {
      result.kind = MatchOutcome::Kind::unknown;
      result.reason = entry.reason;
    }
    result.entry = std::move(entry);
    return result;
  }

  [[nodiscard]] std::optional<MatchOutcome> try_table(const MatchList::Pattern& pattern,
                                                      const std::string& text, bool address) const {
    const Table& table = *pattern.table;
    if (address || type_ == MatchList::Type::string)
      return from_lookup(pattern, table.lookup(text));
    std::string_view entry = text;
    while (!entry.empty()) {
      if (entry.size() == text.size() || table.fixed_keys()) {
        if (auto result = from_lookup(pattern, table.lookup(entry))) return result;
      }
      const std::size_t dot = entry.find('.', 1);
      if (dot == npos) break;
      entry.remove_prefix(list_.parent() ? dot + 1 : dot);
    }
    return {};
  }

  [[nodiscard]] std::optional<MatchOutcome> try_address(const MatchList::Pattern& pattern,
                                                        const std::string& address) const {
    const std::string_view text = pattern.text;
    if (text == address || is_in_brackets(text, address)) return decided(pattern);
    if (has_colon(address) != has_colon(text)) return {};
    if (!pattern.network && grammar::is_network_pattern(text)) {
      const grammar::NetworkPattern parsed = grammar::parse_network(text);
      return failed(pattern, list_.name() + ": " + grammar::problem_text(text, parsed));
    }
    if (!pattern.network) return {};
    if (!parsed_) address_ = grammar::parse_address(address);
    parsed_ = true;
    if (!address_ || !grammar::contains(*pattern.network, *address_)) return {};
    return decided(pattern);
  }

  const MatchList& list_;
  MatchList::Type type_;
  std::vector<std::string> strings_;
  text::Span left_out_;
  mutable bool parsed_ = false;
  mutable std::optional<grammar::Address> address_;  // the string that is one
};

MatchList::MatchList(const TableSet& tables, std::string name, const text::MappedView& value,
                     Type type, bool parent, OnError on_error, const model::EffectiveConfig& config)
    : tables_(&tables),
      name_(std::move(name)),
      type_(type),
      parent_(parent),
      on_error_(on_error),
      utf8_(config.boolean("smtputf8_enable")),
      comments_in_files_(config.version() >= database::Version{3, 8, 0}),
      flags_(match_list_flags(config)) {
  parse(value, false, 0);
}

void MatchList::parse(const text::MappedView& value, bool negated, int depth) {
  const grammar::MatchList list = grammar::parse_match_list(value.text());
  for (const grammar::MatchItem& item : list.items) {
    if (fatal_) return;
    if (item.kind == grammar::MatchItem::Kind::no_pattern) {
      fatal_ = name_ + ": no pattern after '!'";
      return;
    }
    add(item.kind == grammar::MatchItem::Kind::file, item.kind == grammar::MatchItem::Kind::table,
        value.sub(item.pattern), negated != item.negated, depth);
  }
  if (!list.comment.empty()) {
    warnings_.push_back({value.span(list.comment), comment_warning(value.text(list.comment))});
  }
}

std::string MatchList::comment_warning(std::string_view comment) const {
  if (comments_in_files_)
    return name_ + ": #comment after other text is not allowed: " + std::string(comment);
  return name_ + ": comment at end of line is not supported: " + std::string(comment);
}

void MatchList::add(bool file, bool is_table, const text::MappedView& item, bool negated,
                    int depth) {
  if (file) return include(item, negated, depth);
  Pattern pattern;
  pattern.written = item.text();
  pattern.negated = negated;
  pattern.span = item.span();
  pattern.include = include_;
  if (is_table) {
    pattern.table = &tables_->open(item, flags_);
    if (pattern.table->fatal()) fatal_ = pattern.table->fatal();
  } else {
    pattern.text = casefold(item.text(), utf8_);
    if (grammar::is_network_pattern(pattern.text))
      pattern.network = grammar::parse_network(pattern.text).network;
  }
  patterns_.push_back(std::move(pattern));
}

void MatchList::include(const text::MappedView& item, bool negated, int depth) {
  const model::TableFile& file = tables_->workspace().table_file(item.text());
  if (file.status == model::TableFile::Status::read && depth < deepest_include &&
      ++included_ <= most_includes) {
    if (depth == 0) include_ = item.span();
    comments_in_files_ ? include_logical_lines(file.file, negated, depth + 1)
                       : include_lines(file.file, negated, depth + 1);
    if (depth == 0) include_ = {};
    return;
  }
  Pattern pattern;
  pattern.written = item.text();
  pattern.negated = negated;
  pattern.span = item.span();
  pattern.include = include_;
  const bool absent = tables_->missing() == MissingTables::absent;
  pattern.unreadable_file = absent;
  pattern.file_unknown = !absent;
  pattern.reason = absent ? "nofile:" + pattern.written + ": table lookup problem"
                          : "the patterns in " + pattern.written;
  patterns_.push_back(std::move(pattern));
}

/// Up to 3.7: each line is a list of its own, but for those that start with '#'.
void MatchList::include_lines(text::FileId id, bool negated, int depth) {
  const std::string_view bytes = tables_->workspace().sources()[id].bytes();
  for (std::size_t at = 0; at < bytes.size() && !fatal_;) {
    const std::size_t end = std::min(bytes.find('\n', at), bytes.size());
    const std::string_view line = bytes.substr(at, end - at);
    if (!line.starts_with('#')) {
      parse({line, id, static_cast<std::uint32_t>(at)}, negated, depth);
    }
    at = end + 1;
  }
}

/// Since 3.8: logical lines.
void MatchList::include_logical_lines(text::FileId id, bool negated, int depth) {
  const text::SourceFile& file = tables_->workspace().sources()[id];
  text::LogicalLineReader reader(file, id, *arena_);
  text::LogicalLine line;
  while (!fatal_ && reader.next(line)) {
    if (!line.starts_with_space()) parse(line.view(), negated, depth);
  }
}

std::map<text::FileId, std::vector<const MatchList::Pattern*>> MatchList::included_patterns()
    const {
  std::map<text::FileId, std::vector<const Pattern*>> files;
  for (const Pattern& pattern : patterns_) {
    if (pattern.include.in_file()) files[pattern.span.file].push_back(&pattern);
  }
  return files;
}

MatchOutcome MatchList::match(std::string_view text) const {
  return MatchSearch(*this, type_, {casefold(text, utf8_)}).run();
}

MatchOutcome MatchList::match_without(std::string_view text, text::Span pattern) const {
  return MatchSearch(*this, type_, {casefold(text, utf8_)}, pattern).run();
}

MatchOutcome MatchList::match(std::string_view name, std::string_view address) const {
  return MatchSearch(*this, type_, {casefold(name, utf8_), casefold(address, utf8_)}).run();
}

bool parent_domains_match(const TableSet& tables, const model::EffectiveConfig& config,
                          std::string_view parameter) {
  const model::Setting& styles = config.at("parent_domain_matches_subdomains");
  const MatchList list(tables, "parent_domain_matches_subdomains", styles.view(),
                       MatchList::Type::string, false, MatchList::OnError::fatal, config);
  return list.match(parameter).matched();
}

}  // namespace postlint::smtpd
