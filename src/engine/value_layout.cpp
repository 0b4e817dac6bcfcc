#include "src/engine/value_layout.hpp"

#include <algorithm>
#include <unordered_map>

#include "grammar/restriction_list.hpp"
#include "src/engine/settings_in_force.hpp"
#include "src/text/ascii.hpp"

namespace postlint::engine {

namespace {

using text::MappedView;
using text::Range;

using text::is_blank_or_line_end;
bool is_name_char(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_'; }

std::uint32_t skip_blanks(std::string_view text, std::uint32_t at) {
  while (at < text.size() && is_blank_or_line_end(text[at])) ++at;
  return at;
}

/// The name of an indented `name = value`; empty: the line is something else.
std::string_view assigned_on(std::string_view line) {
  const std::uint32_t start = skip_blanks(line, 0);
  if (start == 0) return {};
  std::uint32_t end = start;
  while (end < line.size() && is_name_char(line[end])) ++end;
  const std::uint32_t equals = skip_blanks(line, end);
  if (end == start || equals == line.size() || line[equals] != '=') return {};
  if (equals + 1 < line.size() && line[equals + 1] == '=') return {};
  return line.substr(start, end - start);
}

/// Finds what does not belong to the value, from its start to its end.
class Scanner {
 public:
  Scanner(const Assignment& assignment, ValueKind kind, Sink& sink)
      : text_(assignment.value.text()),
        lines_(physical_lines(assignment.value, sink.workspace().sources())),
        sink_(sink),
        kind_(kind),
        free_(is_free_text(assignment.name)) {}

  std::vector<StrayText> find() {
    for (std::size_t i = 0; i < lines_.size(); ++i) {
      if (depth_ == 0 && i > 0 && add_assignment(lines_[i])) return std::move(stray_);
      scan(lines_[i]);
    }
    return std::move(stray_);
  }

 private:
  bool add_assignment(Range line) {
    const std::string_view text = text_.substr(line.lo, line.size());
    const std::string_view name = assigned_on(text);
    // "lmtp=24" of known_tcp_ports is an assignment of its own kind.
    if (name.empty() || !sink_.database().lifetime(name)) return false;
    const auto lo = static_cast<std::uint32_t>(name.data() - text_.data());
    stray_.push_back(
        {StrayText::Kind::assignment, {lo, static_cast<std::uint32_t>(text_.size())}, name});
    return true;
  }

  void scan(Range line) {
    for (std::uint32_t at = line.lo; at < line.hi; ++at) {
      const char c = text_[at];
      // "127.0.0.[2;3]" of DNS list filters.
      if (c == '{' || c == '[') ++depth_;
      if ((c == '}' || c == ']') && depth_ > 0) --depth_;
      if (depth_ > 0) continue;
      if (c == '#' && is_comment(at)) {
        stray_.push_back({StrayText::Kind::comment, {at, line.hi}, {}});
        return;
      }
      if (is_separator(at, line)) stray_.push_back({StrayText::Kind::separator, {at, at + 1}, {}});
    }
  }

  [[nodiscard]] bool starts_word(std::uint32_t at) const {
    return at == 0 || is_blank_or_line_end(text_[at - 1]) || text_[at - 1] == ',';
  }

  [[nodiscard]] bool is_comment(std::uint32_t at) const {
    return !free_ && kind_ != ValueKind::command && starts_word(at);
  }

  [[nodiscard]] bool is_list() const {
    return kind_ == ValueKind::restriction || kind_ == ValueKind::match_list ||
           kind_ == ValueKind::tables || kind_ == ValueKind::words;
  }

  [[nodiscard]] bool is_separator(std::uint32_t at, Range line) const {
    if (!is_list() || free_) return false;
    const char c = text_[at];
    if (c == '\\') {
      const bool last = skip_blanks(text_.substr(0, line.hi), at + 1) == line.hi;
      return last && line.hi < text_.size() && starts_word(at);
    }
    return c == ';' || c == '|';
  }

  std::string_view text_;
  std::vector<Range> lines_;
  Sink& sink_;
  ValueKind kind_;
  bool free_;
  int depth_ = 0;
  std::vector<StrayText> stray_;
};

bool is_quoted(std::string_view text) {
  if (text.size() < 2 || text.front() != text.back()) return false;
  const char quote = text.front();
  return (quote == '"' || quote == '\'') &&
         text.substr(1, text.size() - 2).find(quote) == std::string_view::npos;
}

std::vector<Range> find_quotes(std::string_view text, ValueKind kind) {
  if (kind == ValueKind::command || kind == ValueKind::unknown) return {};
  if (is_quoted(text)) return {{0, static_cast<std::uint32_t>(text.size())}};
  if (kind == ValueKind::number || kind == ValueKind::text) return {};
  std::vector<Range> quoted;
  for (const grammar::Word& word : grammar::parse_restriction_list(text).words) {
    if (is_quoted(text.substr(word.range.lo, word.range.size()))) quoted.push_back(word.range);
  }
  return quoted;
}

MappedView trimmed(const MappedView& view) {
  const std::string_view text = view.text();
  auto hi = static_cast<std::uint32_t>(text.size());
  const std::uint32_t lo = skip_blanks(text, 0);
  while (hi > lo && is_blank_or_line_end(text[hi - 1])) --hi;
  return view.sub({lo, hi});
}

text::MappedText without(const MappedView& value, const std::vector<StrayText>& stray) {
  text::MappedText kept;
  std::uint32_t at = 0;
  for (const StrayText& each : stray) {
    kept.append(value.sub({at, each.range.lo}));
    if (each.kind == StrayText::Kind::separator) kept.append(",");
    at = each.range.hi;
  }
  kept.append(value.sub({at, static_cast<std::uint32_t>(value.text().size())}));
  return kept;
}

bool is_class(std::string_view name, Sink& sink) {
  const std::string_view classes = sink.workspace().config().text("smtpd_restriction_classes");
  const auto words = grammar::parse_plain_list(classes);
  return std::any_of(words.begin(), words.end(),
                     [&](Range word) { return classes.substr(word.lo, word.size()) == name; });
}

/// Only some bytes, and lines that are folded, can be out of place.
bool may_be_untidy(const MappedView& value) {
  return value.span().size() != value.text().size() ||
         value.text().find_first_of("#;|\\\"'") != std::string_view::npos;
}

ValueLayout find_layout(const Assignment& assignment, Sink& sink) {
  const ValueKind kind = kind_of(assignment, sink);
  ValueLayout layout;
  layout.stray = Scanner(assignment, kind, sink).find();
  if (kind != ValueKind::unknown) layout.quoted = find_quotes(assignment.value.text(), kind);
  if (layout.tidy()) return layout;
  const text::MappedText kept = without(assignment.value, layout.stray);
  MappedView meant = trimmed(kept.view());
  if (is_quoted(meant.text()) && kind != ValueKind::command) {
    meant = trimmed(meant.sub({1, static_cast<std::uint32_t>(meant.text().size()) - 1}));
  }
  layout.meant.append(meant);
  return layout;
}

struct Layouts {
  std::unordered_map<const Assignment*, ValueLayout> untidy;
};

Layouts find_layouts(Sink& sink) {
  Layouts layouts;
  for (const Assignment& assignment : settings_in_force(sink)) {
    if (!may_be_untidy(assignment.value)) continue;
    ValueLayout layout = find_layout(assignment, sink);
    if (!layout.tidy()) layouts.untidy.emplace(&assignment, std::move(layout));
  }
  return layouts;
}

}  // namespace

std::vector<Range> physical_lines(const MappedView& value, const text::SourceStore& sources) {
  std::vector<Range> lines;
  const auto end = static_cast<std::uint32_t>(value.text().size());
  for (std::uint32_t at = 0; at < end;) {
    const text::Span place = value.span({at, at + 1});
    if (!place.in_file()) return {{0, end}};
    const std::string_view bytes = sources[place.file].bytes();
    const std::size_t feed = std::min(bytes.find('\n', place.lo), bytes.size());
    const auto length = static_cast<std::uint32_t>(feed) - place.lo;
    const std::uint32_t next = std::min(end, at + std::max(length, 1U));
    lines.push_back({at, next});
    at = next;
  }
  return lines;
}

const StrayText* ValueLayout::first(StrayText::Kind kind) const {
  const auto found = std::find_if(stray.begin(), stray.end(),
                                  [&](const StrayText& each) { return each.kind == kind; });
  return found == stray.end() ? nullptr : &*found;
}

ValueKind kind_of(std::string_view parameter, Sink& sink) {
  const ValueKind kind = value_kind(sink.database(), parameter);
  const bool unknown = kind == ValueKind::unknown;
  return unknown && is_class(parameter, sink) ? ValueKind::restriction : kind;
}

ValueKind kind_of(const Assignment& assignment, Sink& sink) {
  return kind_of(assignment.name, sink);
}

bool decides_access(ValueKind kind) {
  return kind == ValueKind::restriction || kind == ValueKind::match_list ||
         kind == ValueKind::tables || kind == ValueKind::unknown;
}

const ValueLayout& value_layout(const Assignment& assignment, Sink& sink) {
  static const ValueLayout tidy;
  const auto& all = sink.shared<Layouts>([&] { return find_layouts(sink); });
  const auto found = all.untidy.find(&assignment);
  return found == all.untidy.end() ? tidy : found->second;
}

MappedView meant_value(const Assignment& assignment, Sink& sink) {
  const ValueLayout& layout = value_layout(assignment, sink);
  return layout.tidy() ? assignment.value : layout.meant.view();
}

}  // namespace postlint::engine
