#include <algorithm>
#include <string>

#include "src/engine/entry_effect.hpp"
#include "src/engine/invisible_text.hpp"
#include "src/engine/rule.hpp"
#include "src/engine/settings_in_force.hpp"
#include "src/engine/stray_effect.hpp"

namespace postlint::rules::syntax::file_format {

constexpr RuleInfo info{.id = "syntax/file-format",
                        .title = "bytes of other file formats: CRLF, byte order mark, odd blanks",
                        .severity = Severity::error};

constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
constexpr std::string_view everybody_dies = "every program of Postfix dies of it";

/// One file that Postfix reads.
struct File {
  const text::SourceFile& source;
  text::FileId id = text::no_file;
  const model::MainCf* main = nullptr;      // of main.cf
  const model::MasterCf* master = nullptr;  // of master.cf
  const TableReference* table = nullptr;    // of a table or a list: where it is named

  [[nodiscard]] std::string_view bytes() const { return source.bytes(); }
  [[nodiscard]] std::string_view name() const {
    if (main != nullptr) return "main.cf";
    if (master != nullptr) return "master.cf";
    const std::string_view path = source.path();
    return path.substr(path.rfind('/') + 1);
  }
  [[nodiscard]] Span span(std::size_t lo, std::size_t hi) const {
    return {id, static_cast<std::uint32_t>(lo), static_cast<std::uint32_t>(hi)};
  }
};

void say_where_named(FindingBuilder& finding, const TableReference* table) {
  if (table != nullptr) finding.related(table->place.span(), "the file is read here");
}

/// `kind`: of the value that becomes another one.
Fix mending(ValueKind kind, const std::string& title) {
  return decides_access(kind) ? Fix::unsafe(title + "; what was meant then counts")
                              : Fix::safe(title);
}

// ---- UTF-16 ------------------------------------------------------------------------------------

bool is_utf16(std::string_view bytes) {
  const bool marked = bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF");
  return marked || (bytes.size() > 3 && bytes[1] == '\0' && bytes[3] == '\0');
}

void report_utf16(const File& file, Sink& sink) {
  auto finding = sink.report(info).at(file.span(0, 2));
  finding
      .message(file.name(), " is text in UTF-16, which Postfix cannot read: ",
               file.table != nullptr    ? "it finds nothing in it"
               : file.master != nullptr ? "it does not start"
                                        : everybody_dies)
      .item("UTF-16")
      .spoilt(file.span(0, file.bytes().size()))
      .fix(Fix::display("save it as UTF-8").command("iconv -f UTF-16 -t UTF-8"));
  say_where_named(finding, file.table);
}

// ---- byte order mark ---------------------------------------------------------------------------

/// The parameter whose name the mark has become a part of.
std::string_view marked_parameter(const File& file) {
  if (file.main == nullptr || file.main->entries.empty()) return {};
  const model::MainEntry& first = file.main->entries.front();
  if (first.span().lo != 0) return {};
  return first.name().substr(byte_order_mark.size());
}

std::string mark_in_main(const File& file) {
  const std::string name(marked_parameter(file));
  if (!name.empty()) return "part of the name behind it: the line does not set " + name;
  return "text, and the line has no '=': " + std::string(everybody_dies);
}

/// master(8) looks up the names of ports.
std::string mark_in_master(const model::MasterCf& master) {
  const std::string effect = entry_effect(master, 1);
  if (!effect.empty() || master.entries.empty()) return "text, of a bad entry: " + effect;
  const model::MasterEntry& entry = master.entries.front();
  const std::string service(entry.field(model::Field::service).substr(byte_order_mark.size()));
  if (entry.field(model::Field::type) != "inet") {
    return "part of the name behind it: no program finds the service " + service;
  }
  return "part of the name behind it: there is no such port, and Postfix does not start";
}

/// The first line of a table is a comment or blank: the mark makes an entry of it.
bool marks_a_comment(const File& file) {
  const std::string_view bytes = file.bytes();
  const auto next = bytes.find_first_not_of(" \t\r", byte_order_mark.size());
  const bool text = next != bytes.npos && bytes[next] != '#' && bytes[next] != '\n';
  return file.table != nullptr && !text;
}

std::string mark_effect(const File& file) {
  if (file.main != nullptr) return mark_in_main(file);
  if (file.master != nullptr) return mark_in_master(*file.master);
  if (marks_a_comment(file)) return "an entry, which is of no use to anybody";
  return "part of the first key, which nothing matches then";
}

void check_mark(const File& file, Sink& sink) {
  if (!file.bytes().starts_with(byte_order_mark)) return;
  const Span mark = file.span(0, byte_order_mark.size());
  const std::string_view name = marked_parameter(file);
  const bool entry = file.table != nullptr && !marks_a_comment(file);
  const ValueKind kind = !name.empty() ? kind_of(name, sink)
                         : entry       ? ValueKind::tables
                                       : ValueKind::text;
  auto finding = sink.report(info).at(mark);
  finding.message("the byte order mark at the start of the file is ", mark_effect(file))
      .parameter(name)
      .item("byte order mark")
      .spoilt(mark)
      .fix(mending(kind, "delete it").remove(mark));
  if (marks_a_comment(file)) finding.severity(Severity::style);
  say_where_named(finding, file.table);
}

// ---- ends of lines -----------------------------------------------------------------------------

/// A value that goes on over several lines, and that nothing takes apart at white space.
const Assignment* with_return_inside(const File& file, Sink& sink) {
  if (file.main == nullptr) return nullptr;
  const auto& all = settings_in_force(sink);
  const auto found = std::find_if(all.begin(), all.end(), [&](const Assignment& each) {
    const bool whole = is_free_text(each.name) || kind_of(each, sink) == ValueKind::command;
    return whole && each.in_main() && each.value.text().find('\r') != std::string_view::npos;
  });
  return found == all.end() ? nullptr : &*found;
}

Fix without_returns(const File& file) {
  auto fix = Fix::safe("end lines with LF alone");
  const std::string_view bytes = file.bytes();
  for (auto at = bytes.find("\r\n"); at != bytes.npos; at = bytes.find("\r\n", at + 1)) {
    fix.remove(file.span(at, at + 1));
  }
  return fix;
}

void report_return_inside(const Assignment& kept, const File& file, Sink& sink) {
  const auto at = static_cast<std::uint32_t>(kept.value.text().find('\r'));
  sink.report(info)
      .at(kept.value.span({at, at + 1}))
      .message("lines of ", file.name(), " end in CRLF; inside ", kept.name,
               ", which goes on over several lines, the CR is part of the text")
      .severity(Severity::warning)
      .parameter(kept.name)
      .item("CRLF")
      .fix(without_returns(file));
}

void check_line_ends(const File& file, Sink& sink) {
  const auto first = file.bytes().find("\r\n");
  if (first == std::string_view::npos) return;
  if (const Assignment* kept = with_return_inside(file, sink)) {
    report_return_inside(*kept, file, sink);
    return;
  }
  auto finding = sink.report(info).at(file.span(first, first + 1));
  finding
      .message("lines of ", file.name(),
               " end in CRLF; Postfix takes the CR for white space, other programs do not")
      .severity(Severity::style)
      .item("CRLF")
      .fix(without_returns(file));
  say_where_named(finding, file.table);
}

/// postconf -e takes the last line as it stands until 3.7.15, 3.8.10, 3.9.4 and 3.10.2.
bool postconf_glues(database::Version version) {
  constexpr database::Version mended[] = {{3, 7, 15}, {3, 8, 10}, {3, 9, 4}, {3, 10, 2}};
  return version < database::Version{3, 11, 0} &&
         std::none_of(std::begin(mended), std::end(mended), [&](const database::Version& each) {
           return version.same_branch(each) && version >= each;
         });
}

void check_end(const File& file, Sink& sink) {
  const std::string_view bytes = file.bytes();
  if (bytes.empty() || bytes.ends_with('\n')) return;
  const Span last = file.span(bytes.rfind('\n') + 1, bytes.size());
  const bool glues = file.table == nullptr && postconf_glues(sink.version());
  auto finding = sink.report(info).at(last);
  finding
      .message("the last line has no newline: ",
               glues ? "postconf -e makes the next setting a part of it"
                     : "what is appended to the file becomes part of it")
      .severity(glues ? Severity::warning : Severity::style)
      .item("no newline")
      .fix(Fix::safe("end the line").insert_after(last, "\n"));
  say_where_named(finding, file.table);
}

// ---- null bytes --------------------------------------------------------------------------------

std::string null_effect(const File& file, const text::LogicalLine& line, std::size_t at,
                        const Assignment* assignment, Sink& sink) {
  if (file.main != nullptr && line.text.substr(0, at).find('=') == std::string_view::npos) {
    return std::string(everybody_dies);
  }
  const auto fatal = assignment == nullptr ? std::nullopt : fatal_effect(*assignment, sink);
  if (fatal) return *fatal;
  const std::string effect = file.master == nullptr ? "" : entry_effect(*file.master, line.line);
  return effect.empty() ? "Postfix ignores the rest of the line" : effect;
}

void report_null(const File& file, const text::LogicalLine& line, std::size_t at, Sink& sink) {
  const std::size_t end = std::min(line.text.find_first_not_of('\0', at), line.text.size());
  const Span place =
      line.view().span({static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(end)});
  // The value ends in front of it.
  const Assignment* assignment = assignment_at({place.file, place.lo, place.lo}, sink);
  auto finding = sink.report(info).at(place);
  finding.message("text ends with a null byte: ", null_effect(file, line, at, assignment, sink))
      .item("null byte")
      .spoilt(place)
      .fix(Fix::unsafe("delete it; what stands behind it then counts").remove(place));
  if (assignment != nullptr) finding.parameter(assignment->name);
  say_where_named(finding, file.table);
}

void check_null_bytes(const File& file, Sink& sink) {
  if (file.bytes().find('\0') == std::string_view::npos) return;
  text::LineArena arena;
  text::LogicalLineReader reader(file.source, file.id, arena);
  text::LogicalLine line;
  while (reader.next(line)) {
    const std::size_t at = line.text.find('\0');
    if (at != std::string_view::npos) report_null(file, line, at, sink);
  }
}

// ---- characters that look like white space -----------------------------------------------------

void report_invisible(const InvisibleText& odd, Sink& sink) {
  const text::InvisibleCharacter& first = odd.characters.front();
  auto finding = sink.report(info).at(odd.place(first));
  finding.message("this ", first.name, " is no white space to Postfix: ", odd.effect)
      .severity(odd.severity)
      .parameter(odd.parameter)
      .item(first.name)
      .fix(made_visible(mending(odd.kind, first.blank ? "write plain spaces" : "delete it"), odd));
  if (odd.service != nullptr) finding.service(*odd.service);
  for (const text::InvisibleCharacter& each : odd.characters) finding.spoilt(odd.place(each));
  say_where_named(finding, odd.table);
}

void check(const File& file, Sink& sink) {
  if (is_utf16(file.bytes())) return report_utf16(file, sink);
  check_mark(file, sink);
  check_line_ends(file, sink);
  check_end(file, sink);
  check_null_bytes(file, sink);
}

void check_all(const Workspace& workspace, Sink& sink) {
  const text::SourceStore& sources = workspace.sources();
  const model::MainCf& main = workspace.main();
  check({sources[main.file], main.file, &main, nullptr, nullptr}, sink);
  if (const model::MasterCf* master = workspace.master()) {
    check({sources[master->file], master->file, nullptr, master, nullptr}, sink);
  }
  for (const TableText& text : table_texts(sink)) {
    check({sources[text.file], text.file, nullptr, nullptr, text.table}, sink);
  }
  each_invisible_text(sink, [&](const InvisibleText& odd) { report_invisible(odd, sink); });
}

extern const Rule rule{info, {.on_config = check_all}};

}  // namespace postlint::rules::syntax::file_format
