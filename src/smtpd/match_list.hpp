#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "grammar/network.hpp"
#include "src/model/effective_config.hpp"
#include "src/smtpd/table_set.hpp"
#include "src/text/logical_line.hpp"
#include "src/text/mapped_text.hpp"

namespace postlint::smtpd {

/// What a pattern list says about a string.
struct MatchOutcome {
  enum class Kind : std::uint8_t {
    match,
    no_match,  // no pattern matched, or a !pattern did
    error,     // temporary failure: 451; without MATCH_FLAG_RETURN the program ends
    unknown    // a table would have to be known
  };
  Kind kind = Kind::no_match;
  /// unknown: what holds if the unknown table has the key, and if it has not.
  Kind if_found = Kind::no_match;
  Kind if_absent = Kind::no_match;
  std::string pattern;  // that decided, as written (without "!"); empty: none did
  text::Span span;      // of that pattern: in the value, or in an included file
  bool negated = false;
  LookupResult entry;  // of the table, where the pattern is one
  std::string reason;  // error: the warning that Postfix logs ("mynetworks: bad ..."); unknown:
                       // what would have to be known

  [[nodiscard]] bool matched() const { return kind == Kind::match; }
};

/// A pattern list: mynetworks, relay_domains, mydestination, ... (match_list(3), match_ops(3)).
/// Left to right, the first pattern that matches ends the search.
class MatchList {
 public:
  enum class Type : std::uint8_t {
    string,       // exact: mydestination, virtual_alias_domains (string_list(3))
    domain,       // names and parent domains: relay_domains (domain_list(3))
    address,      // addresses alone (addr_match_list(3))
    name_address  // each pattern against the name, then the address: mynetworks (namadr_list(3))
  };
  enum class OnError : std::uint8_t {
    temporary,  // MATCH_FLAG_RETURN
    fatal       // the program ends: most lists without that flag
  };

  /// One pattern, files already included.
  struct Pattern {
    std::string text;     // folded where it is a literal; without "!"
    std::string written;  // as written
    bool negated = false;
    const Table* table = nullptr;             // type:table
    std::optional<grammar::Network> network;  // where it is one without a mistake
    bool unreadable_file = false;             // "/file" that cannot be read
    bool file_unknown = false;  // "/file" that is not there, and may be on the real machine
    text::Span span;
    text::Span include;  // of a pattern in an included file: the word of the value that names it
    std::string reason;  // of the latter two
  };

  /// `name`: of the parameter, for messages. `value`: expanded. `parent`: a pattern matches
  /// sub-domains (match_parent_style); see parent_domains_match().
  MatchList(const TableSet& tables, std::string name, const text::MappedView& value, Type type,
            bool parent, OnError on_error, const model::EffectiveConfig& config);

  /// For string, domain and address lists.
  [[nodiscard]] MatchOutcome match(std::string_view text) const;
  /// As match(), as if the pattern that stands there were not in the list.
  [[nodiscard]] MatchOutcome match_without(std::string_view text, text::Span pattern) const;
  /// For name_address lists. `address` without brackets.
  [[nodiscard]] MatchOutcome match(std::string_view name, std::string_view address) const;

  [[nodiscard]] const std::vector<Pattern>& patterns() const { return patterns_; }
  /// Those that stand in included files, file by file.
  [[nodiscard]] std::map<text::FileId, std::vector<const Pattern*>> included_patterns() const;
  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] bool parent() const { return parent_; }
  [[nodiscard]] OnError on_error() const { return on_error_; }
  /// The list ends the program when it is created ("NAME: no pattern after '!'", bad table name).
  [[nodiscard]] const std::optional<std::string>& fatal() const { return fatal_; }
  [[nodiscard]] const std::vector<TableWarning>& warnings() const { return warnings_; }

 private:
  void parse(const text::MappedView& value, bool negated, int depth);
  void add(bool file, bool is_table, const text::MappedView& item, bool negated, int depth);
  void include(const text::MappedView& item, bool negated, int depth);
  void include_lines(text::FileId id, bool negated, int depth);
  void include_logical_lines(text::FileId id, bool negated, int depth);
  [[nodiscard]] std::string comment_warning(std::string_view comment) const;

  const TableSet* tables_;
  std::string name_;
  Type type_;
  bool parent_;
  OnError on_error_;
  bool utf8_;
  bool comments_in_files_;  // 3.8: included files follow the rules of logical lines
  TableFlags flags_;
  std::vector<Pattern> patterns_;
  text::Span include_;  // while a file is read: see Pattern::include
  std::size_t included_ = 0;
  std::unique_ptr<text::LineArena> arena_ = std::make_unique<text::LineArena>();
  std::optional<std::string> fatal_;
  std::vector<TableWarning> warnings_;
};

/// match_parent_style(3): is `parameter` named in parent_domain_matches_subdomains?
bool parent_domains_match(const TableSet& tables, const model::EffectiveConfig& config,
                          std::string_view parameter);

}  // namespace postlint::smtpd
