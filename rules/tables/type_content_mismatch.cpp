#include <algorithm>
#include <array>
#include <map>

#include "grammar/network.hpp"
#include "grammar/table_cidr.hpp"
#include "grammar/table_regexp.hpp"
#include "grammar/table_text.hpp"
#include "src/engine/alias_files.hpp"
#include "src/engine/places.hpp"
#include "src/engine/rule.hpp"
#include "src/engine/table_references.hpp"

namespace postlint::rules::tables::type_content_mismatch {

constexpr RuleInfo info{.id = "tables/type-content-mismatch",
                        .title = "entries of a table are not what its type or its user reads",
                        .severity = Severity::error};

using Source = database::TableType::Source;
using grammar::Range;

/// What is wrong with an entry. In tables of exact keys unless said otherwise.
enum class Mismatch : std::uint8_t {
  pattern,     // /pattern/
  network,     // 10.0.0.0/8
  wildcard,    // *@example.com
  at_domain,   // @example.com, where nobody asks for it
  alias,       // name: value, in a table that is no alias file
  no_alias,    // no ':', in an alias file
  no_value,    // a key alone
  no_pattern,  // regexp:, pcre: a plain key
  no_network   // cidr: something that is no address
};

/// The entries of one table that have the same mistake.
struct Wrong {
  Span first;
  std::string text;  // the offending part of the first
  std::size_t count = 0;
};

struct Content {
  std::map<Mismatch, Wrong> wrong;
  std::size_t entries = 0;

  void add(Mismatch kind, Span span, std::string_view text) {
    Wrong& entry = wrong[kind];
    if (entry.count++ > 0) return;
    entry.first = span;
    entry.text = text;
  }
};

/// A file that is still to be filled in by a template engine says nothing.
bool is_template(std::string_view bytes) {
  return bytes.find("{{") != std::string_view::npos || bytes.find("{%") != std::string_view::npos ||
         bytes.find("<%") != std::string_view::npos;
}

/// "/text/" with regexp or pcre flags.
bool is_pattern(std::string_view key) {
  if (key.size() < 3 || key.front() != '/') return false;
  const std::size_t end = key.rfind('/');
  return end > 1 && key.find_first_not_of("imxsAEUX", end + 1) == std::string_view::npos;
}

bool is_network(std::string_view key) {
  return key.find('/') != std::string_view::npos &&
         grammar::parse_network(key).problem == grammar::NetworkProblem::none &&
         grammar::is_network_pattern(key);
}

/// check_mail_access() of smtpd_check.c and transport(5) ask for user@domain, domain and user@;
/// pattern lists ask for domains.
bool never_asks_at_domain(const TableReference& table) {
  if (table.kind == ValueKind::match_list) return true;
  return table.keyword == "check_sender_access" || table.keyword == "check_recipient_access" ||
         table.parameter == "transport_maps";
}

/// How the entries of a text table are to be read.
struct Reading {
  bool alias_file = false;      // postalias(1) reads it
  bool at_domain_lost = false;  // nobody who opens the file asks for @domain
};

void look_at_entry(const text::LogicalLine& line, const grammar::TextEntry& entry,
                   const Reading& reading, Content& content) {
  if (entry.problem != grammar::TextProblem::none &&
      entry.problem != grammar::TextProblem::missing_value) {
    return;
  }
  ++content.entries;
  const std::string_view key = grammar::slice(line.text, entry.key);
  const auto add = [&](Mismatch kind) { content.add(kind, line.view().span(entry.key), key); };
  const bool has_colon = line.text.find(':') != std::string_view::npos;
  if (reading.alias_file) {
    if (!has_colon) add(Mismatch::no_alias);
  } else if (entry.problem == grammar::TextProblem::missing_value) {
    add(Mismatch::no_value);
  } else if (is_pattern(key)) {
    add(Mismatch::pattern);
  } else if (is_network(key)) {
    add(Mismatch::network);
  } else if (key.starts_with("*@") || key.starts_with("*.")) {
    add(Mismatch::wildcard);
  } else if (key.size() > 1 && key.front() == '@' && reading.at_domain_lost) {
    add(Mismatch::at_domain);
  } else if (entry.key_with_colon && key.find(':') == key.size() - 1) {
    add(Mismatch::alias);
  }
}

constexpr bool in_address(char c) {
  return (c >= '.' && c <= ':') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == '[' ||
         c == ']' || c == '!';
}

// ---- a quick look, which spares most tables the parsing --------------------------------------

/// What the bytes of a key tell; most tell nothing.
enum KeyTrait : unsigned char { ends = 1, slash = 2, colon = 4, no_address = 8 };
using KeyTraits = std::array<unsigned char, 256>;

constexpr KeyTraits text_traits = [] {
  KeyTraits table{};
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (text::is_space(static_cast<char>(i))) table[i] = ends;
  }
  table['/'] = slash;
  return table;
}();

constexpr KeyTraits address_traits = [] {
  KeyTraits table = text_traits;
  for (std::size_t i = 0; i < table.size(); ++i) {
    if (!in_address(static_cast<char>(i))) table[i] |= no_address;
  }
  table[':'] |= colon;
  return table;
}();

/// Calls is_odd(key, traits of its bytes, rest of the line) for each line that may start an entry,
/// until one is.
template <class IsOdd>
bool any_line(std::string_view bytes, const KeyTraits& traits, IsOdd is_odd) {
  const char* const begin = bytes.data();
  const char* const end = begin + bytes.size();
  for (const char* at = begin; at < end; ++at) {
    const char* const start = at;
    unsigned seen = 0;
    for (; at < end; ++at) {
      const unsigned char trait = traits[text::byte(*at)];
      if (trait == 0) continue;
      if ((trait & ends) != 0) break;
      seen |= trait;
    }
    const auto size = static_cast<std::size_t>(at - start);
    const std::string_view line = bytes.substr(static_cast<std::size_t>(start - begin));
    const std::size_t line_end = std::min(line.find('\n', size), line.size());
    at = start + line_end;
    if (size == 0 || *start == '#') continue;
    if (is_odd(line.substr(0, size), seen, line.substr(size, line_end - size))) return true;
  }
  return false;
}

/// `blank_rest`: nothing stands behind the key.
bool is_odd_key(std::string_view key, bool blank_rest) {
  const char first = key.front();
  return first == '*' || first == '@' || first == '"' || key.back() == ':' || blank_rest;
}

/// The same of a text without slashes, whose only white space are blanks: two searches a line.
bool may_mismatch_plain_text(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::string_view line = bytes.substr(0, bytes.find('\n'));
    bytes.remove_prefix(std::min(line.size() + 1, bytes.size()));
    if (line.empty() || line.front() == '#' || line.front() == ' ') continue;
    const std::size_t blank = line.find(' ');
    const bool alone = blank == line.npos || line.find_first_not_of(' ', blank) == line.npos;
    if (is_odd_key(line.substr(0, blank), alone)) return true;
  }
  return false;
}

bool may_mismatch_text(std::string_view bytes) {
  const std::string_view special = "/\t\v\f\r";
  if (std::none_of(special.begin(), special.end(),
                   [&](char c) { return bytes.find(c) != bytes.npos; })) {
    return may_mismatch_plain_text(bytes);
  }
  return any_line(
      bytes, text_traits, [](std::string_view key, unsigned seen, std::string_view rest) {
        return seen != 0 || is_odd_key(key, std::all_of(rest.begin(), rest.end(), text::is_space));
      });
}

/// Text that nobody can have meant as an address: a mistake within one is of another kind.
bool is_no_address(unsigned seen) {
  return (seen & no_address) != 0 || (seen & (slash | colon)) == 0;
}

bool may_mismatch_cidr(std::string_view bytes) {
  return any_line(bytes, address_traits, [](std::string_view, unsigned seen, std::string_view) {
    return is_no_address(seen);
  });
}

bool is_no_address(std::string_view pattern) {
  unsigned seen = 0;
  for (const char c : pattern) seen |= address_traits[text::byte(c)];
  return is_no_address(seen);
}

/// Null bytes end lines for postmap(1).
bool is_binary(std::string_view bytes) { return bytes.find('\0') != bytes.npos; }

// ---- what each entry is -------------------------------------------------------------------------

Content text_content(const text::SourceFile& file, text::FileId id, const Reading& reading) {
  const bool odd = is_binary(file.bytes()) || may_mismatch_text(file.bytes());
  if (!odd && !reading.alias_file) return {};
  Content content;
  text::LineArena arena;
  grammar::for_each_text_entry(file, id, arena,
                               [&](const text::LogicalLine& line, const grammar::TextEntry& entry) {
                                 look_at_entry(line, entry, reading, content);
                               });
  return content;
}

/// A line that starts like a key, not like a pattern with a mistake in it.
bool is_plain_key(std::string_view line, grammar::RegexpProblem problem) {
  if (problem == grammar::RegexpProblem::unrecognized) return true;
  const bool odd_delimiter = line.front() == '@' || line.front() == '.' || line.front() == '*';
  return odd_delimiter && (problem == grammar::RegexpProblem::no_closing_delimiter ||
                           problem == grammar::RegexpProblem::unknown_flag);
}

Content pattern_content(const text::SourceFile& file, text::FileId id,
                        grammar::RegexpSyntax syntax) {
  Content content;
  text::LineArena arena;
  grammar::for_each_regexp_rule(
      file, id, arena, syntax, [&](const text::LogicalLine& line, const grammar::RegexpRule& rule) {
        ++content.entries;
        if (is_plain_key(line.text, rule.problem)) {
          const Range key = grammar::parse_text_entry(line.text).key;
          content.add(Mismatch::no_pattern, line.view().span(key), grammar::slice(line.text, key));
        }
        return true;
      });
  return content;
}

Content cidr_content(const text::SourceFile& file, text::FileId id) {
  if (!is_binary(file.bytes()) && !may_mismatch_cidr(file.bytes())) return {};
  Content content;
  text::LineArena arena;
  grammar::for_each_cidr_rule(
      file, id, arena, [&](const text::LogicalLine& line, const grammar::CidrRule& rule) {
        ++content.entries;
        const std::string_view pattern = grammar::slice(line.text, rule.pattern);
        if (rule.problem == grammar::CidrProblem::bad_pattern && is_no_address(pattern)) {
          content.add(Mismatch::no_network, line.view().span(rule.pattern), pattern);
        }
      });
  return content;
}

bool same_file(const TableReference& a, const TableReference& b) {
  return a.name.text() == b.name.text();
}

Reading reading_of(const TableReference& table, Sink& sink) {
  Reading reading;
  reading.alias_file = table.row->source == Source::indexed &&
                       alias_files(*table.config).contains(std::string(table.name.text()));
  const std::vector<TableReference>& all = table_references(sink);
  reading.at_domain_lost = std::all_of(all.begin(), all.end(), [&](const TableReference& other) {
    return !same_file(table, other) || never_asks_at_domain(other);
  });
  return reading;
}

Content content_of(const TableReference& table, const model::TableFile& file, Sink& sink) {
  const text::SourceFile& source = sink.workspace().sources()[file.file];
  if (is_template(source.bytes())) return {};
  switch (table.row->source) {
    case Source::indexed:
    case Source::text:
      return text_content(source, file.file, reading_of(table, sink));
    case Source::cidr:
      return cidr_content(source, file.file);
    case Source::regexp:
      return pattern_content(source, file.file, grammar::RegexpSyntax::posix);
    case Source::pcre:
      return pattern_content(source, file.file, grammar::RegexpSyntax::pcre);
    default:
      return {};
  }
}

std::string message_of(Mismatch kind, const Wrong& wrong, const TableReference& table) {
  const std::string& text = wrong.text;
  const std::string type = std::string(table.type.text()) + ":";
  const std::string as_they_stand =
      ", and " + type + " compares keys as they stand: the entry never matches";
  switch (kind) {
    case Mismatch::pattern:
      return text + " is a pattern" + as_they_stand;
    case Mismatch::network:
      return text + " is a network" + as_they_stand;
    case Mismatch::wildcard:
      return text + " holds a wildcard" + as_they_stand;
    case Mismatch::at_domain:
      return std::string(table.keyword.empty() ? table.parameter : table.keyword) +
             " never asks for @domain: the entry " + text + " never matches";
    case Mismatch::alias:
      return text +
             " is an entry of an alias file, whose ':' belongs to the key here: it never "
             "matches";
    case Mismatch::no_alias:
      return text + " has no ':' behind it: postalias leaves the line out";
    case Mismatch::no_value:
      return text + " has no value behind it: the line is left out of the table";
    case Mismatch::no_pattern:
      return text + " is no /pattern/: " + type + " skips the line";
    case Mismatch::no_network:
      return text + " is no network or address: " + type + " skips the line";
  }
  return {};
}

/// The type that reads such entries, where all of the table is of the kind.
std::string_view better_type(Mismatch kind) {
  if (kind == Mismatch::pattern) return "regexp";
  if (kind == Mismatch::network) return "cidr";
  return kind == Mismatch::no_pattern ? "texthash" : "";
}

void add_fix(FindingBuilder& finding, Mismatch kind, const Wrong& wrong, std::size_t entries,
             const TableReference& table, Sink& sink) {
  if (kind == Mismatch::at_domain && wrong.count == 1) {
    finding.fix(
        Fix::unsafe("write " + wrong.text.substr(1) + "; the entry then decides on its mail")
            .remove({wrong.first.file, wrong.first.lo, wrong.first.lo + 1}));
  }
  const std::string_view better = better_type(kind);
  const bool whole_table = wrong.count == entries && !better.empty();
  if (!whole_table || sink.text(table.type.span()) != table.type.text()) return;
  finding.fix(
      Fix::unsafe("read the table as " + std::string(better) + ":; its entries then decide on mail")
          .replace(table.type.span(), std::string(better)));
}

void report(Mismatch kind, const Wrong& wrong, std::size_t entries, const TableReference& table,
            Sink& sink) {
  auto finding = sink.report(info).at(wrong.first);
  finding.message(message_of(kind, wrong, table))
      .item(wrong.text)
      .related(table.place.span(), "the table is read here");
  if (wrong.count > 1) {
    finding.note(std::to_string(wrong.count), " of the ", std::to_string(entries),
                 " entries are like this");
  }
  // An index may have been made by postalias of a file that only looks like one for postmap.
  const bool indexed = table.row->source == Source::indexed;
  if (kind == Mismatch::wildcard || (kind == Mismatch::alias && indexed)) {
    finding.confidence(Confidence::likely);
  }
  add_fix(finding, kind, wrong, entries, table, sink);
}

/// Addresses are asked of a table of networks.
void check_user(const TableReference& table, Sink& sink) {
  const bool by_address =
      table.keyword == "check_sender_access" || table.keyword == "check_recipient_access";
  if (!by_address || table.row->source != Source::cidr) return;
  const std::string_view owner = assigned_name(sink.workspace(), table.place.span());
  sink.report(info)
      .at(table.place)
      .message(table.keyword, " asks for mail addresses, and ", table.type.text(),
               ": matches network addresses only: the table never answers")
      .parameter(owner.empty() ? table.parameter : owner);
}

void check(const Workspace& workspace, Sink& sink) {
  for (const TableReference& table : table_references(sink)) {
    if (table.row == nullptr) continue;
    check_user(table, sink);
    if (!table.has_path() || table.row->source == Source::inline_text) continue;
    const model::TableFile& file = workspace.table_file(table.name.text());
    if (file.status != model::TableFile::Status::read) continue;
    const Content content = content_of(table, file, sink);
    for (const auto& [kind, wrong] : content.wrong) {
      report(kind, wrong, content.entries, table, sink);
    }
  }
}

extern const Rule rule{info, {.on_config = check}};

}  // namespace postlint::rules::tables::type_content_mismatch
