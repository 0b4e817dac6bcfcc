#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "src/text/span.hpp"

namespace postlint::smtpd {

/// The DICT_FLAG_* of dict_open(3) that change what a lookup answers. Every user of a table has
/// its own: see the constants below.
struct TableFlags {
  bool fold_fixed_keys = false;      // DICT_FLAG_FOLD_FIX: hash, texthash, inline, ...
  bool fold_patterns = false;        // DICT_FLAG_FOLD_MUL: regexp, pcre, cidr, ...
  bool forbid_substitution = false;  // DICT_FLAG_NO_REGSUB: rules with $1 are skipped
  bool utf8 = false;                 // DICT_FLAG_UTF8_REQUEST while smtputf8_enable is on
  friend auto operator<=>(const TableFlags&, const TableFlags&) = default;
};

/// One answer of a table.
struct LookupResult {
  enum class Kind : std::uint8_t {
    found,
    absent,
    error,   // the lookup fails: 451
    unknown  // cannot be told offline, or a regular expression took too long
  };
  Kind kind = Kind::absent;
  std::string value;   // of found; may be empty, which most users of tables take for an error
  std::string key;     // as looked up
  std::string table;   // "type:name" of the table that answered
  text::Span span;     // the entry that answered; no file: it stands in a value, or nowhere
  std::string reason;  // error: what Postfix logs; unknown: what would have to be known
  /// unknown: what a search says that goes on as if the unknown table had no such key; one result
  /// at most, none means absent.
  std::vector<LookupResult> otherwise;
  /// unknown: the only values that are possible (randmap:); none: any, or no entry.
  std::vector<std::string> values;
  /// found because of an entry whose match cannot depend on the key (static:, /^/, 0.0.0.0/0).
  bool any_key = false;

  [[nodiscard]] bool found() const { return kind == Kind::found; }
  [[nodiscard]] bool absent() const { return kind == Kind::absent; }
  /// Neither found nor absent: a search over several tables or keys stops here.
  [[nodiscard]] bool stops() const { return kind == Kind::error || kind == Kind::unknown; }
};

/// One entry as written, for those who enumerate a table.
struct TableEntry {
  enum class Kind : std::uint8_t {
    exact,    // pattern is the key, folded where the table folds
    network,  // cidr: pattern as written
    regexp,   // pattern between its delimiters
    any       // static: and such: every key
  };
  Kind kind = Kind::exact;
  std::string_view pattern;
  std::string_view value;    // unsubstituted
  bool negated = false;      // !pattern
  bool conditional = false;  // inside if..endif: it matches fewer keys than its pattern says
  bool ignore_case = true;   // regexp
  bool usual_flags = true;   // regexp: no flag but i
  text::Span span;
};

/// Something that Postfix logs while it opens a table.
struct TableWarning {
  text::Span span;
  std::string text;  // as logged, without "warning: "
};

/// A lookup table as dict_open(3) gives it. Immutable; lookups have no side effects.
class Table {
 public:
  virtual ~Table() = default;
  Table(const Table&) = delete;
  Table& operator=(const Table&) = delete;

  /// What dict_get(3) answers for the key.
  [[nodiscard]] LookupResult lookup(std::string_view key) const;

  /// Calls `visit` for every entry in search order until it returns false. Returns false where the
  /// entries cannot be listed (unknown tables, pipemap: and such).
  virtual bool each_entry(const std::function<bool(const TableEntry&)>& visit) const;
  /// Calls `visit` for every key and pattern that lookups can tell apart: the entries, the
  /// conditions around them, and those of the tables of which this one is made. False where there
  /// are others that cannot be listed.
  virtual bool each_pattern(const std::function<void(const TableEntry&)>& visit) const;

  /// Is there a key in the source that stands twice? Only asked of tables of exact keys.
  [[nodiscard]] virtual bool has_duplicates() const { return false; }

  /// DICT_FLAG_FIXED: users also look up parts of addresses and names.
  [[nodiscard]] bool fixed_keys() const { return fixed_keys_; }
  /// "hash:/etc/postfix/access", as written.
  [[nodiscard]] const std::string& type_name() const { return type_name_; }
  /// Opening it ends the program ("open dictionary: expecting "type:name" form instead of ...").
  [[nodiscard]] const std::optional<std::string>& fatal() const { return fatal_; }
  /// Every lookup fails, or nothing is known of it: the table as such could not be had.
  [[nodiscard]] std::optional<LookupResult::Kind> unusable() const { return unusable_; }
  [[nodiscard]] const std::vector<TableWarning>& warnings() const { return warnings_; }

 protected:
  Table(std::string type_name, bool fixed_keys, TableFlags flags)
      : type_name_(std::move(type_name)), fixed_keys_(fixed_keys), flags_(flags) {}

  /// The lookup of one type. `key` is folded already where the flags ask for it.
  [[nodiscard]] virtual LookupResult find(std::string_view key) const = 0;

  /// Does this type fold keys by itself, or only its members do (unionmap:, pipemap:)?
  [[nodiscard]] virtual bool folds_keys() const { return true; }

  void warn(text::Span span, std::string text);
  void set_fatal(std::string text) { fatal_ = std::move(text); }
  void set_unusable(LookupResult::Kind kind) { unusable_ = kind; }
  void set_fixed_keys(bool fixed) { fixed_keys_ = fixed; }
  [[nodiscard]] const TableFlags& flags() const { return flags_; }

 private:
  std::string type_name_;
  bool fixed_keys_;
  TableFlags flags_;
  std::optional<std::string> fatal_;
  std::optional<LookupResult::Kind> unusable_;
  std::vector<TableWarning> warnings_;
};

}  // namespace postlint::smtpd
