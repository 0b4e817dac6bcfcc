// postlint_gen_database <rules/data> <output.cpp>: writes the facts of the tables as constant data.
// A bad row is refused with "file:line: reason" and exit status 1.

#include <algorithm>
#include <charconv>
#include <cstdio>
#include <fstream>
#include <functional>
#include <iostream>
#include <iterator>
#include <map>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "src/database/parameter_row.hpp"

namespace {

using postlint::database::parse_release;
using postlint::database::split;
using postlint::database::Version;

/// What is wrong with a row; main adds file and line.
struct BadRow : std::runtime_error {
  using std::runtime_error::runtime_error;
};

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\' || c == '?') out += '\\';  // no trigraphs
    out += c;
  }
  return out + '"';
}

std::string version_code(Version version) {
  std::ostringstream out;
  out << "{" << version.major << ", " << version.minor << ", " << version.patch << "}";
  return out.str();
}

Version version_of(std::string_view text) {
  const auto version = parse_release(text);
  if (!version) throw BadRow("bad version \"" + std::string(text) + "\"");
  return *version;
}

std::string optional_version_code(std::string_view text) {
  return text.empty() ? "std::nullopt" : "Version" + version_code(version_of(text));
}

std::int64_t number_of(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc{} || end != text.data() + text.size())
    throw BadRow("bad number \"" + std::string(text) + "\"");
  return value;
}

std::string flag_code(std::string_view text) {
  if (text == "yes") return "true";
  if (text == "no") return "false";
  throw BadRow("bad flag \"" + std::string(text) + "\": want yes or no");
}

/// `text` if it is one of the words, as the C++ enumerator of that name.
std::string enumerator(std::string_view type, std::string_view text,
                       std::initializer_list<std::string_view> words) {
  for (const auto word : words)
    if (text == word) return std::string(type) + "::" + std::string(word);
  throw BadRow("unknown " + std::string(type) + " \"" + std::string(text) + "\"");
}

std::string_view type_code(postlint::database::Type type) {
  using enum postlint::database::Type;
  switch (type) {
    case string:
      return "Type::string";
    case string_function:
      return "Type::string_function";
    case raw:
      return "Type::raw";
    case integer:
      return "Type::integer";
    case long_integer:
      return "Type::long_integer";
    case boolean:
      return "Type::boolean";
    case time:
      return "Type::time";
    case read_only:
      return "Type::read_only";
    case legacy:
      return "Type::legacy";
  }
  return "";
}

/// A field of a key as text that sorts bytewise as the rows shall.
using Key = std::string (*)(std::string_view);

std::string text_key(std::string_view text) { return std::string(text); }

std::string padded(std::int64_t number) {
  const auto digits = std::to_string(number);
  return std::string(digits.size() < 6 ? 6 - digits.size() : 0, '0') + digits;
}

std::string number_key(std::string_view text) { return padded(number_of(text)); }

std::string release_key(std::string_view text) {
  const auto version = version_of(text);
  return padded(version.major) + padded(version.minor) + padded(version.patch);
}

/// One file: its rows in order, checked as they pass.
class Table {
 public:
  using Fields = std::vector<std::string_view>;

  explicit Table(const std::string& path) : path_(path) {
    std::ifstream in(path, std::ios::binary);
    if (!in) fail("cannot open");
    text_.assign(std::istreambuf_iterator<char>(in), {});
    if (text_.empty() || text_.back() != '\n') fail("no newline at the end");
    text_.pop_back();
    lines_ = split(text_, "\n");
  }

  [[nodiscard]] std::string_view header() const { return lines_.front(); }

  void want_header(std::string_view header_wanted) const {
    if (header() != header_wanted) fail("bad header: want \"" + std::string(header_wanted) + "\"");
  }

  /// Calls `row` with each line after the header; rows must ascend bytewise in `key(line)`.
  void each_line(const std::function<std::string(std::string_view)>& key,
                 const std::function<void(std::string_view)>& row) {
    std::string before;
    for (line_ = 2; line_ <= lines_.size(); ++line_) {
      const auto line = lines_[line_ - 1];
      const auto now = key(line);
      if (line_ > 2 && now == before) fail("duplicate: " + now);
      if (line_ > 2 && now < before) fail("not sorted: " + now + " after " + before);
      before = now;
      try {
        row(line);
      } catch (const BadRow& bad) {
        fail(bad.what());
      }
    }
    line_ = 1;
  }

  /// The same by fields; the first of them are the key, one for each of `keys`, none empty.
  void each_row(std::string_view header_wanted, std::initializer_list<Key> keys,
                const std::function<void(const Fields&)>& row) {
    want_header(header_wanted);
    const auto columns = split(header_wanted, "\t").size();
    const auto key = [&](std::string_view line) { return key_of(line, columns, keys); };
    each_line(key, [&](std::string_view line) { row(split(line, "\t")); });
  }

  [[noreturn]] void fail(const std::string& reason) const {
    std::cerr << path_ << ":" << line_ << ": " << reason << "\n";
    std::exit(1);
  }

 private:
  std::string key_of(std::string_view line, std::size_t columns,
                     std::initializer_list<Key> keys) const {
    const auto fields = split(line, "\t");
    if (fields.size() != columns)
      fail(std::to_string(fields.size()) + " fields instead of " + std::to_string(columns));
    std::string key;
    std::size_t field = 0;
    for (const auto part : keys) {
      if (fields[field].empty()) fail("empty key");
      try {
        key += (field ? "\t" : "") + part(fields[field]);
      } catch (const BadRow& bad) {
        fail(bad.what());
      }
      ++field;
    }
    return key;
  }

  std::string path_;
  std::string text_;
  std::vector<std::string_view> lines_;
  std::size_t line_ = 1;
};

void begin_array(std::ostream& out, std::string_view type, std::string_view name) {
  out << "constexpr " << type << " " << name << "_rows[] = {\n";
}

void end_array(std::ostream& out, std::string_view type, std::string_view name) {
  out << "};\nconstinit const std::span<const " << type << "> " << name << " = " << name
      << "_rows;\n\n";
}

void write_revisions(std::ostream& out, const postlint::database::ParameterRow& row) {
  for (const auto& revision : row.revisions)
    out << "  {" << version_code(revision.from) << ", " << (revision.known ? "true" : "false")
        << ", " << type_code(revision.type) << ", " << int{revision.time_unit} << ", "
        << quoted(revision.default_value) << ", {" << revision.bounds.min << ", "
        << revision.bounds.max << "}},\n";
}

/// A slice of an array that holds what all parameters have of a kind.
std::string slice(std::string_view array, std::size_t from, std::size_t count) {
  if (count == 0) return "{}";
  std::ostringstream out;
  out << "{" << array << " + " << from << ", " << count << "}";
  return out.str();
}

void write_parameters(Table table, std::ostream& out) {
  const auto format = postlint::database::ParameterFormat::from_header(table.header());
  if (!format) table.fail(format.error().message);
  std::ostringstream revisions;
  std::ostringstream backports;
  std::ostringstream rows;
  std::size_t revision_count = 0;
  std::size_t backport_count = 0;
  const auto name_of = [](std::string_view line) {
    return std::string(line.substr(0, line.find('\t')));
  };
  table.each_line(name_of, [&](std::string_view line) {
    const auto row = format->parse(line);
    if (!row) throw BadRow(row.error().message);
    write_revisions(revisions, *row);
    for (const auto& version : row->backports) backports << "  " << version_code(version) << ",\n";
    rows << "  {" << quoted(row->name) << ", "
         << slice("revision_rows", revision_count, row->revisions.size()) << ", "
         << (row->platform_default ? "true" : "false") << ", " << quoted(row->daemons) << ", "
         << quoted(row->deprecated_since) << ", "
         << version_code(parse_release(row->deprecated_since).value_or(Version{})) << ", "
         << quoted(row->advice) << ", " << version_code(row->introduced) << ", "
         << slice("backport_rows", backport_count, row->backports.size()) << ", "
         << version_code(row->removed.value_or(Version{})) << "},\n";
    revision_count += row->revisions.size();
    backport_count += row->backports.size();
  });
  out << "constexpr Revision revision_rows[] = {\n" << revisions.str() << "};\n\n";
  out << "constexpr Version backport_rows[] = {\n" << backports.str() << "};\n\n";
  begin_array(out, "tables::Parameter", "parameters");
  out << rows.str();
  end_array(out, "tables::Parameter", "parameters");
}

void write_releases(Table table, std::ostream& out) {
  begin_array(out, "tables::Release", "releases");
  table.each_row("release\tmail_version\tmail_release_date", {release_key}, [&](const auto& row) {
    number_of(row[2]);
    out << "  {" << version_code(version_of(row[0])) << ", " << quoted(row[1]) << ", "
        << quoted(row[2]) << "},\n";
  });
  end_array(out, "tables::Release", "releases");
}

void write_restrictions(Table table, std::ostream& out) {
  begin_array(out, "Restriction", "restrictions");
  table.each_row("name\targument\tsince\tremoved\tcanonical\treplacement\tdeprecated", {text_key},
                 [&](const auto& row) {
                   const auto argument = enumerator(
                       "Argument", row[1],
                       {"none", "table", "map_search", "domain", "policy_service", "number"});
                   const auto canonical = row[4].empty() ? row[0] : row[4];
                   out << "  {" << quoted(row[0]) << ", " << argument << ", "
                       << version_code(version_of(row[2])) << ", " << optional_version_code(row[3])
                       << ", " << quoted(canonical) << ", " << quoted(row[5]) << ", "
                       << optional_version_code(row[6]) << "},\n";
                 });
  end_array(out, "Restriction", "restrictions");
}

void write_table_types(Table table, std::ostream& out) {
  begin_array(out, "TableType", "table_types");
  table.each_row("name\tsource\tsince\tfixed_keys", {text_key}, [&](const auto& row) {
    const auto source = enumerator("TableType::Source", row[1],
                                   {"indexed", "text", "cidr", "regexp", "pcre", "inline_text",
                                    "combined", "opaque", "proxy", "fail"});
    out << "  {" << quoted(row[0]) << ", " << source << ", " << version_code(version_of(row[2]))
        << ", " << flag_code(row[3]) << "},\n";
  });
  end_array(out, "TableType", "table_types");
}

void write_families(Table table, std::ostream& out) {
  begin_array(out, "Family", "families");
  table.each_row("suffix\tcommands\tfallback\ttype\tmin\tmax\tsince", {text_key},
                 [&](const auto& row) {
                   const auto type = enumerator("Type", row[3], {"string", "integer", "time"});
                   out << "  {" << quoted(row[0]) << ", " << quoted(row[1]) << ", "
                       << quoted(row[2]) << ", " << type << ", {" << number_of(row[4]) << ", "
                       << number_of(row[5]) << "}, " << version_code(version_of(row[6])) << "},\n";
                 });
  end_array(out, "Family", "families");
}

void write_dictionary_suffixes(Table table, std::ostream& out) {
  begin_array(out, "DictionarySuffix", "dictionary_suffixes");
  table.each_row("dictionary\tsuffix\tsince\tremoved", {text_key, text_key}, [&](const auto& row) {
    out << "  {" << quoted(row[0]) << ", " << quoted(row[1]) << ", "
        << version_code(version_of(row[2])) << ", " << optional_version_code(row[3]) << "},\n";
  });
  end_array(out, "DictionarySuffix", "dictionary_suffixes");
}

void write_services(Table table, std::ostream& out) {
  begin_array(out, "tables::Service", "services");
  table.each_row("name\tport", {text_key}, [&](const auto& row) {
    const auto port = number_of(row[1]);
    if (port < 1 || port > 65535) throw BadRow("bad port \"" + std::string(row[1]) + "\"");
    out << "  {" << quoted(row[0]) << ", " << port << "},\n";
  });
  end_array(out, "tables::Service", "services");
}

void write_packaging(Table table, std::ostream& out) {
  begin_array(out, "tables::PackagedDefault", "packaged_defaults");
  table.each_row("packaging\tname\tdefault", {text_key, text_key}, [&](const auto& row) {
    out << "  {" << quoted(row[0]) << ", " << quoted(row[1]) << ", " << quoted(row[2]) << "},\n";
  });
  end_array(out, "tables::PackagedDefault", "packaged_defaults");
}

void write_dnsbls(Table table, std::ostream& out) {
  begin_array(out, "Dnsbl", "dnsbls");
  table.each_row("zone\tkind\tclosed\tanswers\tcodes", {text_key}, [&](const auto& row) {
    if (row[2].empty() != row[3].empty()) throw BadRow("closed and answers go together");
    if (!row[3].empty() && row[3] != "everybody" && row[3] != "nothing") {
      throw BadRow("bad answers \"" + std::string(row[3]) + "\": want everybody or nothing");
    }
    out << "  {" << quoted(row[0]) << ", "
        << enumerator("Dnsbl::Kind", row[1], {"client", "domain", "allow"}) << ", "
        << quoted(row[2]) << ", " << (row[3] == "everybody" ? "true" : "false") << ", "
        << quoted(row[4]) << "},\n";
  });
  end_array(out, "Dnsbl", "dnsbls");
}

/// The rows of one program and release.
struct Order {
  std::string program;
  Version since;
  std::vector<std::string> parameters;
};

std::vector<Order> read_orders(Table& table) {
  std::vector<Order> orders;
  table.each_row(
      "program\tsince\tposition\tparameter", {text_key, release_key, number_key},
      [&](const auto& row) {
        const auto since = version_of(row[1]);
        if (orders.empty() || orders.back().program != row[0] || orders.back().since != since)
          orders.push_back({std::string(row[0]), since, {}});
        auto& names = orders.back().parameters;
        names.emplace_back(row[3]);
        if (number_of(row[2]) != static_cast<std::int64_t>(names.size()))
          throw BadRow("position " + std::string(row[2]) + " instead of " +
                       std::to_string(names.size()));
      });
  return orders;
}

void write_evaluation_orders(Table table, std::ostream& out) {
  const auto orders = read_orders(table);
  std::ostringstream rows;
  std::size_t count = 0;
  begin_array(out, "tables::EvaluationPosition", "evaluation_positions");
  for (const auto& order : orders) {
    std::map<std::string, std::size_t> by_name;
    for (const auto& name : order.parameters)
      if (!by_name.emplace(name, by_name.size()).second)
        table.fail(order.program + ": twice: " + name);
    for (const auto& [name, position] : by_name)
      out << "  {" << quoted(name) << ", " << position << "},\n";
    rows << "  {" << quoted(order.program) << ", " << version_code(order.since) << ", "
         << slice("evaluation_positions_rows", count, by_name.size()) << "},\n";
    count += by_name.size();
  }
  out << "};\n\n";
  begin_array(out, "tables::EvaluationOrder", "evaluation_orders");
  out << rows.str();
  end_array(out, "tables::EvaluationOrder", "evaluation_orders");
}

void write_enumerations(Table table, std::ostream& out) {
  std::ostringstream rows;
  std::size_t count = 0;
  begin_array(out, "std::string_view", "enumeration_words");
  table.each_row("parameter\tsince\twords\tcase\tlist\tempty\tbad_word", {text_key, release_key},
                 [&](const auto& row) {
                   const auto words = split(row[2], " ");
                   for (const auto word : words) {
                     if (word.empty()) throw BadRow("empty word");
                     out << "  " << quoted(word) << ",\n";
                   }
                   if (row[3] != "sensitive" && row[3] != "insensitive")
                     throw BadRow("bad case \"" + std::string(row[3]) + "\"");
                   const auto bad =
                       enumerator("Enumeration::OnBadWord", row[6], {"fatal", "warning", "silent"});
                   rows << "  {" << quoted(row[0]) << ", " << version_code(version_of(row[1]))
                        << ", {" << quoted(row[0]) << ", "
                        << slice("enumeration_words_rows", count, words.size()) << ", "
                        << (row[3] == "sensitive" ? "true" : "false") << ", "
                        << (row[4] == "one" ? "true, true" : flag_code(row[4]) + ", false") << ", "
                        << flag_code(row[5]) << ", " << bad << "}},\n";
                   count += words.size();
                 });
  out << "};\n\n";
  begin_array(out, "tables::EnumerationSince", "enumerations");
  out << rows.str();
  end_array(out, "tables::EnumerationSince", "enumerations");
}

using Writer = void (*)(Table, std::ostream&);
struct Part {
  const char* file;
  Writer write;
};
constexpr Part parts[] = {{"parameters", write_parameters},
                          {"releases", write_releases},
                          {"restrictions", write_restrictions},
                          {"table_types", write_table_types},
                          {"families", write_families},
                          {"dictionary_suffixes", write_dictionary_suffixes},
                          {"services", write_services},
                          {"evaluation_order", write_evaluation_orders},
                          {"enumerations", write_enumerations},
                          {"packaging", write_packaging},
                          {"dnsbls", write_dnsbls}};

/// After the tables: what the compiler makes of them.
void write_newest(std::ostream& out) {
  out << "constexpr auto newest_rows = database::newest_rows<\n"
         "    count_known(parameters_rows, std::end(releases_rows)[-1].version)>(\n"
         "    parameters_rows, releases_rows, packaged_defaults_rows, "
         "Database::default_packaging);\n"
         "constexpr auto newest_index_rows = name_index(newest_rows);\n"
         "constinit const std::span<const database::Parameter> newest = newest_rows;\n"
         "constinit const std::span<const std::uint16_t> newest_index = newest_index_rows;\n\n";
}

std::string generate(const std::string& folder) {
  std::ostringstream out;
  out << "// Written by postlint_gen_database from rules/data.\n"
         "#include \"src/database/release_rows.hpp\"\n"
         "#include \"src/database/tables.hpp\"\n\n"
         "namespace postlint::database::tables {\n\n";
  for (const auto& part : parts) part.write(Table(folder + "/" + part.file + ".tsv"), out);
  write_newest(out);
  out << "}  // namespace postlint::database::tables\n";
  return out.str();
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: postlint_gen_database <rules/data> <output.cpp>\n";
    return 2;
  }
  const auto code = generate(argv[1]);
  std::ofstream out(argv[2], std::ios::binary);
  out << code;
  if (!out.flush()) {
    std::cerr << argv[2] << ": cannot write\n";
    return 1;
  }
  return 0;
}
