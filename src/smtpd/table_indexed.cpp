#include <algorithm>
#include <cstring>

#include "grammar/inline_table.hpp"
#include "grammar/table_text.hpp"
#include "src/smtpd/address.hpp"
#include "src/smtpd/address_tokens.hpp"
#include "src/smtpd/table_types.hpp"
#include "src/text/ascii.hpp"
#include "src/text/logical_line.hpp"

namespace postlint::smtpd {
namespace {

using ResultKind = LookupResult::Kind;
using text::lower;

/// Keys and values as offsets into the source, or into a text of its own where the source does not
/// hold them in one piece: sixteen bytes an entry. An open-addressing index on top.
class Entries {
 public:
  enum class OnDuplicate : std::uint8_t { keep_first, replace, refuse };

  Entries(std::string_view bytes, bool fold) : bytes_(bytes), fold_(fold) {}

  /// Text that stands in the source in one piece.
  void add(std::string_view key, std::string_view value) {
    entries_.push_back({offset(key), size(key), offset(value), size(value)});
  }
  /// Any other text. `span`: of the entry.
  void add_copy(std::string_view key, std::string_view value, text::Span span) {
    spans_.push_back({static_cast<std::uint32_t>(entries_.size()), span});
    entries_.push_back({copy(key), size(key) | copied, copy(value), size(value) | copied});
  }

  /// Calls `duplicate(key, index)` for keys that occur again.
  template <class Duplicate>
  void build_index(OnDuplicate policy, Duplicate duplicate) {
    std::size_t capacity = 16;
    while (capacity < entries_.size() * 2) capacity *= 2;
    slots_.assign(capacity, empty);
    for (std::uint32_t i = 0; i < entries_.size(); ++i) {
      std::uint32_t& slot = slots_[probe(key(i))];
      if (slot != empty) duplicate(key(i), i);
      if (slot == empty || policy == OnDuplicate::replace) slot = i;
    }
  }

  /// `wanted` is folded already.
  [[nodiscard]] std::optional<std::uint32_t> find(std::string_view wanted) const {
    if (slots_.empty()) return {};
    const std::uint32_t found = slots_[probe(wanted)];
    return found == empty ? std::nullopt : std::optional(found);
  }

  [[nodiscard]] std::uint32_t count() const { return static_cast<std::uint32_t>(entries_.size()); }
  [[nodiscard]] std::string_view key(std::uint32_t i) const {
    return view(entries_[i].key, entries_[i].key_size);
  }
  [[nodiscard]] std::string_view value(std::uint32_t i) const {
    return view(entries_[i].value, entries_[i].value_size);
  }
  [[nodiscard]] text::Span span(std::uint32_t i, text::FileId file) const {
    const Entry& entry = entries_[i];
    if ((entry.key_size & copied) == 0) return {file, entry.key, entry.value + entry.value_size};
    return std::lower_bound(spans_.begin(), spans_.end(), i,
                            [](const Copied& c, std::uint32_t index) { return c.entry < index; })
        ->span;
  }
  [[nodiscard]] bool folds() const { return fold_; }

 private:
  static constexpr std::uint32_t copied = 0x80000000;
  static constexpr std::uint32_t empty = 0xffffffff;

  struct Entry {
    std::uint32_t key;
    std::uint32_t key_size;
    std::uint32_t value;
    std::uint32_t value_size;
  };
  struct Copied {
    std::uint32_t entry;
    text::Span span;
  };

  [[nodiscard]] std::uint32_t offset(std::string_view part) const {
    return static_cast<std::uint32_t>(part.data() - bytes_.data());
  }
  static std::uint32_t size(std::string_view part) {
    return static_cast<std::uint32_t>(part.size());
  }
  std::uint32_t copy(std::string_view part) {
    const auto at = static_cast<std::uint32_t>(copies_.size());
    copies_ += part;
    return at;
  }
  [[nodiscard]] std::string_view view(std::uint32_t at, std::uint32_t size) const {
    const std::string_view text = (size & copied) != 0 ? std::string_view(copies_) : bytes_;
    return text.substr(at, size & ~copied);
  }

  [[nodiscard]] bool equal(std::string_view stored, std::string_view wanted) const {
    if (stored.size() != wanted.size()) return false;
    if (!fold_) return stored == wanted;
    return std::equal(stored.begin(), stored.end(), wanted.begin(),
                      [](char a, char b) { return lower(a) == lower(b); });
  }

  /// Of eight bytes at a time, in any case of letters.
  static std::uint64_t hash_of(std::string_view key) {
    constexpr std::uint64_t case_bits = 0x2020202020202020;
    constexpr std::uint64_t factor = 0x9e3779b97f4a7c15;
    std::uint64_t hash = key.size();
    std::uint64_t word = 0;
    const auto mix = [&] {
      hash = (hash ^ (word | case_bits)) * factor;
      hash ^= hash >> 32;
    };
    const char* at = key.data();
    std::size_t left = key.size();
    for (; left > sizeof word; left -= sizeof word, at += sizeof word) {
      std::memcpy(&word, at, sizeof word);
      mix();
    }
    // The last eight, some of them again.
    if (key.size() >= sizeof word) {
      std::memcpy(&word, at + left - sizeof word, sizeof word);
    } else {
      word = 0;
      if (left > 0) std::memcpy(&word, at, left);  // an empty key may be no text at all
    }
    mix();
    return hash;
  }

  /// The slot that holds the key, or the free one where it belongs.
  [[nodiscard]] std::size_t probe(std::string_view wanted) const {
    std::size_t slot = hash_of(wanted) & (slots_.size() - 1);
    while (slots_[slot] != empty && !equal(key(slots_[slot]), wanted)) {
      slot = (slot + 1) & (slots_.size() - 1);
    }
    return slot;
  }

  std::string_view bytes_;
  bool fold_;
  std::vector<Entry> entries_;
  std::vector<Copied> spans_;
  std::string copies_;
  std::vector<std::uint32_t> slots_;
};

/// A table of exact keys.
class ExactTable : public Table {
 public:
  ExactTable(const TableSpec& spec, std::string_view bytes, text::FileId file, bool fold)
      : Table(spec.type_name, true, spec.flags), entries_(bytes, fold), file_(file) {}

  bool each_entry(const std::function<bool(const TableEntry&)>& visit) const override {
    std::string folded;
    for (std::uint32_t i = 0; i < entries_.count(); ++i) {
      const std::string_view key = entries_.key(i);
      // Of duplicates one counts.
      if (has_duplicates_ && entries_.find(key) != i) continue;
      TableEntry entry;
      entry.pattern = key;
      if (entries_.folds() && std::any_of(key.begin(), key.end(), text::is_upper))
        entry.pattern = folded = casefold(key, false);
      entry.value = entries_.value(i);
      entry.span = entries_.span(i, file_);
      if (!visit(entry)) break;
    }
    return true;
  }

  [[nodiscard]] bool has_duplicates() const override { return has_duplicates_; }

  Entries& entries() { return entries_; }
  using Table::warn;

  /// Keeps the last of equal keys if `replace`, else the first.
  void finish(Entries::OnDuplicate policy, const std::string& place) {
    entries_.build_index(policy, [&](std::string_view key, std::uint32_t index) {
      has_duplicates_ = true;
      if (policy == Entries::OnDuplicate::replace) return;
      first_duplicate_ = first_duplicate_.value_or(index);
      warn(entries_.span(index, file_), place + ": duplicate entry: \"" + std::string(key) + '"');
    });
  }
  [[nodiscard]] std::optional<std::uint32_t> first_duplicate() const { return first_duplicate_; }

 protected:
  [[nodiscard]] LookupResult find(std::string_view key) const override {
    LookupResult result;
    if (const auto index = entries_.find(key)) {
      result.kind = ResultKind::found;
      result.value = entries_.value(*index);
      result.span = entries_.span(*index, file_);
    }
    return result;
  }

 private:
  Entries entries_;
  text::FileId file_;
  std::optional<std::uint32_t> first_duplicate_;
  bool has_duplicates_ = false;
};

/// Fills a table from the lines of its source.
class SourceReader {
 public:
  SourceReader(const TableSpec& spec, TableSource source, ExactTable& table)
      : path_(spec.name.text()),
        utf8_(spec.flags.utf8),
        ascii_(text::all_ascii(source.file.bytes())),
        source_(source),
        table_(table) {}

  void read_text() {
    grammar::for_each_text_entry(source_.file, source_.id, arena_,
                                 [this](const text::LogicalLine& line,
                                        const grammar::TextEntry& entry) { add(line, entry); });
  }

  void read_aliases() {
    text::LogicalLineReader reader(source_.file, source_.id, arena_);
    text::LogicalLine line;
    while (reader.next(line)) {
      if (!line.starts_with_space()) add_alias(line);
    }
  }

 private:
  using Problem = grammar::TextProblem;

  void add(const text::LogicalLine& line, const grammar::TextEntry& entry) {
    if (utf8_ && !ascii_ && !valid_utf8(line.text)) {
      return warn(line, "non-UTF-8 input \"" + std::string(line.text) + "\" -- ignoring this line");
    }
    switch (entry.problem) {
      case Problem::leading_white_space:
        return table_.warn(line.view().span(), path_ +
                                                   ": logical line must not start with "
                                                   "whitespace: \"" +
                                                   std::string(line.text.substr(0, 30)) +
                                                   (line.text.size() > 30 ? "...\"" : "\""));
      case Problem::unbalanced_quote:
        return warn(line,
                    "unbalanced '\"' in '" + std::string(line.text) + "' -- ignoring this line");
      case Problem::missing_value:
        return warn(line, "expected format: key whitespace value -- ignoring this line");
      case Problem::none:
        break;
    }
    if (entry.key_with_colon) {
      warn(line, "record is in \"key: value\" format; is this an alias file?");
    }
    const text::Range whole{entry.key.lo, entry.value.hi};
    insert(line, sub(line, entry.key), sub(line, entry.value), whole);
  }

  static std::string_view sub(const text::LogicalLine& line, text::Range range) {
    return line.text.substr(range.lo, range.size());
  }

  void insert(const text::LogicalLine& line, std::string_view key, std::string_view value,
              text::Range whole) {
    const bool plain =
        line.seams == nullptr && (ascii_ || text::all_ascii(key) || !table_.entries().folds());
    if (plain) return table_.entries().add(key, value);
    table_.entries().add_copy(table_.entries().folds() ? casefold(key, utf8_) : std::string(key),
                              value, line.view().span(whole));
  }

  /// name: value (postalias(1)).
  void add_alias(const text::LogicalLine& line) {
    const tokens::List list = tokens::scan(line.text);
    const std::size_t colon = tokens::find(list, ':');
    if (colon == tokens::npos) return warn(line, "need name:value pair");
    if (colon + 1 == list.size()) return warn(line, "need name:value pair");
    const bool one_word = colon == 1 && (list[0].type == tokens::Token::atom ||
                                         list[0].type == tokens::Token::quoted);
    if (!one_word) return warn(line, "name must be local");
    const std::string_view text = line.text;
    std::size_t value = alias_value(text, list[0].type == tokens::Token::quoted);
    while (value < text.size() && text::is_space(text[value])) ++value;
    table_.entries().add_copy(casefold(list[0].text, utf8_), text.substr(value),
                              line.view().span({0, static_cast<std::uint32_t>(text.size())}));
  }

  /// Behind the ':' that ends the name.
  static std::size_t alias_value(std::string_view text, bool quoted) {
    std::size_t at = 0;
    bool in_quotes = false;
    for (; at < text.size() && (text[at] != ':' || in_quotes); ++at) {
      if (text[at] == '\\') ++at;
      if (quoted && at < text.size() && text[at] == '"') in_quotes = !in_quotes;
    }
    return std::min(at + 1, text.size());
  }

  void warn(const text::LogicalLine& line, const std::string& text) {
    table_.warn(line.view().span(), path_ + ", line " + std::to_string(line.line) + ": " + text);
  }

  std::string path_;
  bool utf8_;
  bool ascii_;  // all of the source
  TableSource source_;
  ExactTable& table_;
  text::LineArena arena_;
};

std::string inline_problem(const grammar::InlineTable& table, std::string_view name) {
  const std::string_view member = name.substr(table.at.lo, table.at.size());
  switch (table.problem) {
    case grammar::InlineProblem::none:
    case grammar::InlineProblem::braces:
      return "bad syntax";
    case grammar::InlineProblem::empty_table:
      return "empty table";
    case grammar::InlineProblem::member_braces:
      return std::string(member.ends_with('}') || member.find('}') != member.npos
                             ? "syntax error after '}' in \""
                             : "missing '}' in \"") +
             std::string(member) + '"';
    case grammar::InlineProblem::no_key:
      return "missing attribute name";
    case grammar::InlineProblem::unbalanced_quote:
      return "unbalanced '\"'";
    case grammar::InlineProblem::missing_equals:
      return "missing '=' after attribute name";
  }
  return {};
}

}  // namespace

std::unique_ptr<Table> make_indexed_table(const TableSpec& spec, TableSource source) {
  // postmap(1) folds keys, however the table is opened later.
  auto table = std::make_unique<ExactTable>(spec, source.file.bytes(), source.id, true);
  SourceReader(spec, source, *table).read_text();
  table->finish(Entries::OnDuplicate::keep_first, std::string(spec.name.text()));
  return table;
}

std::unique_ptr<Table> make_alias_table(const TableSpec& spec, TableSource source) {
  auto table = std::make_unique<ExactTable>(spec, source.file.bytes(), source.id, true);
  SourceReader(spec, source, *table).read_aliases();
  table->finish(Entries::OnDuplicate::keep_first, std::string(spec.name.text()));
  return table;
}

std::unique_ptr<Table> make_texthash_table(const TableSpec& spec, TableSource source) {
  auto table = std::make_unique<ExactTable>(spec, source.file.bytes(), source.id,
                                            spec.flags.fold_fixed_keys);
  SourceReader(spec, source, *table).read_text();
  table->finish(Entries::OnDuplicate::refuse, std::string(spec.name.text()));
  const auto duplicate = table->first_duplicate();
  if (!duplicate) return table;
  // Daemons open the table without leave for duplicates: all of it is lost.
  const text::Span span = table->entries().span(*duplicate, source.id);
  return make_failing_table(spec, std::string(spec.name.text()) + ", line " +
                                      std::to_string(source.file.line_column(span.lo).line) +
                                      ": duplicate entry: \"" +
                                      std::string(table->entries().key(*duplicate)) + '"');
}

std::unique_ptr<Table> make_inline_table(const TableSpec& spec) {
  const std::string_view name = spec.name.text();
  const std::string shown = "\"inline:" + std::string(name) + "\"; need \"inline:{name=value...}\"";
  if (spec.flags.utf8 && !valid_utf8(name)) {
    return make_failing_table(spec, "bad UTF-8 syntax: " + shown);
  }
  const grammar::InlineTable members = grammar::parse_inline_table(name);
  if (members.problem != grammar::InlineProblem::none) {
    return make_failing_table(spec, inline_problem(members, name) + ": " + shown);
  }
  auto table = std::make_unique<ExactTable>(spec, "", text::no_file, spec.flags.fold_fixed_keys);
  for (const grammar::InlineMember& member : members.members) {
    const std::string_view key = name.substr(member.key.lo, member.key.size());
    table->entries().add_copy(
        table->entries().folds() ? casefold(key, spec.flags.utf8) : std::string(key),
        name.substr(member.value.lo, member.value.size()), spec.name.span(member.range));
  }
  table->finish(Entries::OnDuplicate::replace, std::string(name));
  return table;
}

}  // namespace postlint::smtpd
