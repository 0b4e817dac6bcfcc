#include "src/engine/suppressions.hpp"

#include <algorithm>
#include <optional>
#include <string_view>

#include "src/engine/selection.hpp"
#include "src/engine/sink.hpp"
#include "src/text/logical_line.hpp"

namespace postlint::engine {

namespace {

using text::Range;
using text::Span;

/// One physical line, without its line feed.
struct Line {
  enum class Kind : unsigned char { blank, comment, first, continuation };
  Range range;
  Kind kind = Kind::blank;
  [[nodiscard]] bool holds_text() const {
    return kind == Kind::first || kind == Kind::continuation;
  }
};

/// A rule named in a comment, and the bytes for which it is switched off.
struct Target {
  std::string_view rule;
  Span span;
  Range scope;
  bool used = false;
};

struct Directive {
  enum class Verb : unsigned char { ignore, ignore_file, off, on };
  Verb verb = Verb::ignore;
  Span line;
  std::vector<Target> targets;
  std::string_view until;
  Span until_span;
  bool has_reason = false;
};

Line::Kind kind_of(std::string_view line) {
  std::size_t at = 0;
  while (at < line.size() && text::is_space(line[at])) ++at;
  if (at == line.size()) return Line::Kind::blank;
  if (line[at] == '#') return Line::Kind::comment;
  return at == 0 ? Line::Kind::first : Line::Kind::continuation;
}

std::vector<Line> split_lines(std::string_view bytes) {
  std::vector<Line> lines;
  for (std::size_t at = 0; at < bytes.size();) {
    const std::size_t end = std::min(bytes.find('\n', at), bytes.size());
    lines.push_back({{static_cast<std::uint32_t>(at), static_cast<std::uint32_t>(end)},
                     kind_of(bytes.substr(at, end - at))});
    at = end + 1;
  }
  return lines;
}

/// Reads one comment word by word.
class CommentReader {
 public:
  CommentReader(std::string_view bytes, Range range)
      : bytes_(bytes), at_(range.lo), end_(range.hi) {}

  void skip(std::string_view set) {
    while (at_ < end_ && set.find(bytes_[at_]) != std::string_view::npos) ++at_;
  }
  Range word() {
    skip(" \t\r,");
    const std::uint32_t lo = at_;
    while (at_ < end_ && std::string_view(" \t\r,").find(bytes_[at_]) == std::string_view::npos) {
      ++at_;
    }
    return {lo, at_};
  }
  [[nodiscard]] std::string_view text(Range range) const {
    return bytes_.substr(range.lo, range.size());
  }
  [[nodiscard]] std::string_view rest() const { return bytes_.substr(at_, end_ - at_); }

 private:
  std::string_view bytes_;
  std::uint32_t at_;
  std::uint32_t end_;
};

std::optional<Directive::Verb> parse_verb(std::string_view word) {
  if (word == "ignore") return Directive::Verb::ignore;
  if (word == "ignore-file") return Directive::Verb::ignore_file;
  if (word == "off") return Directive::Verb::off;
  if (word == "on") return Directive::Verb::on;
  return std::nullopt;
}

bool is_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  for (const std::size_t at : {0U, 1U, 2U, 3U, 5U, 6U, 8U, 9U}) {
    if (text[at] < '0' || text[at] > '9') return false;
  }
  const std::string_view month = text.substr(5, 2);
  const std::string_view day = text.substr(8, 2);
  return month >= "01" && month <= "12" && day >= "01" && day <= "31";
}

bool is_blank(std::string_view text) {
  return std::all_of(text.begin(), text.end(), text::is_space);
}

/// The comments of one file.
class FileSuppressions {
 public:
  FileSuppressions(Sink& sink, const SuppressionInput& input, text::FileId file)
      : sink_(sink), input_(input), file_(file), bytes_(sink.workspace().sources()[file].bytes()) {}

  void read() {
    // Most tables have no comment at all, which is quicker to see.
    if (bytes_.find('#') == text::npos || bytes_.find("postlint:") == text::npos) return;
    const std::vector<Line> lines = split_lines(bytes_);
    const auto is_first = [](const Line& line) { return line.holds_text(); };
    first_text_ = static_cast<std::size_t>(std::find_if(lines.begin(), lines.end(), is_first) -
                                           lines.begin());
    for (std::size_t at = 0; at < lines.size(); ++at) {
      if (lines[at].kind == Line::Kind::comment) read_comment(lines, at);
    }
  }

  /// True (and noted) if a comment hides the finding.
  bool hides(const Finding& finding) {
    bool hidden = false;
    for (const std::size_t at : ranges_) hidden = hides(directives_[at], finding) || hidden;
    const auto first = std::upper_bound(
        places_.begin(), places_.end(), finding.span.lo,
        [](std::uint32_t place, const Place& comment) { return place < comment.reach; });
    for (auto at = first; at != places_.end() && at->start <= finding.span.lo; ++at)
      hidden = hides(directives_[at->directive], finding) || hidden;
    return hidden;
  }

  void report() {
    for (const Directive& directive : directives_) report(directive);
  }

 private:
  /// A comment for the text below it.
  struct Place {
    std::uint32_t start = 0;
    std::uint32_t reach = 0;  // how far it or one above it goes
    std::size_t directive = 0;
  };

  bool hides(Directive& directive, const Finding& finding) const {
    if (!in_force(directive)) return false;
    bool hidden = false;
    for (Target& target : directive.targets) {
      if (finding.span.lo < target.scope.lo || finding.span.lo >= target.scope.hi) continue;
      if (!matches(target.rule, finding.rule->id)) continue;
      if (finding.rule->id == "relay/open-relay" && directive.until.empty()) continue;
      target.used = true;
      hidden = true;
    }
    return hidden;
  }

  [[nodiscard]] bool in_force(const Directive& directive) const {
    return directive.until.empty() || input_.today <= directive.until;
  }

  [[nodiscard]] Span span(Range range) const { return {file_, range.lo, range.hi}; }

  void read_comment(const std::vector<Line>& lines, std::size_t at) {
    CommentReader reader(bytes_, lines[at].range);
    reader.skip(" \t\v\f#");
    if (reader.text(reader.word()) != "postlint:") return;
    const Range word = reader.word();
    const auto verb = parse_verb(reader.text(word));
    if (!verb) {
      malformed(word, "the comment does nothing: expected ignore, ignore-file, off or on");
      return;
    }
    Directive directive;
    directive.verb = *verb;
    directive.line = span(lines[at].range);
    if (!read_words(reader, directive)) return;
    if (directive.targets.empty()) {
      malformed(lines[at].range, "the comment does nothing: it names no rule");
      return;
    }
    place(std::move(directive), lines, at);
  }

  /// Rules, until= and reason. False: it was malformed, and said so.
  bool read_words(CommentReader& reader, Directive& directive) {
    for (;;) {
      const Range word = reader.word();
      const std::string_view text = reader.text(word);
      if (text.empty()) return true;
      if (text == "--") {
        directive.has_reason = !is_blank(reader.rest());
        return true;
      }
      if (text.starts_with("until=")) {
        directive.until = text.substr(6);
        directive.until_span = span(word);
        if (is_date(directive.until)) continue;
        malformed(word, "the comment does nothing: until= wants a date such as 2027-01-31");
        return false;
      }
      directive.targets.push_back({text, span(word), {}});
    }
  }

  void place(Directive directive, const std::vector<Line>& lines, std::size_t at) {
    const auto end_of_file = static_cast<std::uint32_t>(bytes_.size() + 1);
    Range scope;
    switch (directive.verb) {
      case Directive::Verb::on:
        close_ranges(directive);
        return;
      case Directive::Verb::off:
        scope = {lines[at].range.lo, end_of_file};
        break;
      case Directive::Verb::ignore_file:
        if (at > first_text_) {
          malformed(
              lines[at].range,
              "the comment does nothing: ignore-file must stand before the first line of text");
          return;
        }
        scope = {0, end_of_file};
        break;
      case Directive::Verb::ignore:
        scope = {lines[at].range.lo, next_text_end(lines, at)};
        break;
    }
    for (Target& target : directive.targets) target.scope = scope;
    if (directive.verb == Directive::Verb::ignore) {
      const std::uint32_t above = places_.empty() ? 0 : places_.back().reach;
      places_.push_back({scope.lo, std::max(above, scope.hi), directives_.size()});
    } else {
      ranges_.push_back(directives_.size());
    }
    directives_.push_back(std::move(directive));
  }

  /// End of the logical line below a comment, or of the physical line if it continues one.
  [[nodiscard]] std::uint32_t next_text_end(const std::vector<Line>& lines, std::size_t at) const {
    std::size_t next = at + 1;
    while (next < lines.size() && !lines[next].holds_text()) ++next;
    if (next == lines.size()) return lines[at].range.hi + 1;
    std::uint32_t end = lines[next].range.hi + 1;
    if (lines[next].kind == Line::Kind::continuation && next > first_text_) return end;
    for (++next; next < lines.size() && lines[next].kind != Line::Kind::first; ++next) {
      if (lines[next].kind == Line::Kind::continuation) end = lines[next].range.hi + 1;
    }
    return end;
  }

  void close_ranges(const Directive& on) {
    for (const Target& target : on.targets) {
      Target* open = open_range(target.rule);
      if (open != nullptr) {
        open->scope.hi = on.line.lo;
      } else {
        malformed({target.span.lo, target.span.hi},
                  "the comment does nothing: there is no off above it");
      }
    }
  }

  Target* open_range(std::string_view rule) {
    for (std::size_t at = directives_.size(); at-- > 0;) {
      if (directives_[at].verb != Directive::Verb::off) continue;
      for (Target& target : directives_[at].targets) {
        if (target.rule == rule && target.scope.hi > bytes_.size()) return &target;
      }
    }
    return nullptr;
  }

  [[nodiscard]] bool is_active(const RuleInfo& info) const {
    return find_rule(input_.active, info.id) != nullptr;
  }

  void malformed(Range at, std::string_view why) {
    if (!is_active(malformed_suppression)) return;
    sink_.report(malformed_suppression).at(span(at)).message(why);
  }

  void report(const Directive& directive) {
    report_reason(directive);
    if (!in_force(directive)) {
      report_expired(directive);
      return;
    }
    for (const Target& target : directive.targets) report(directive, target);
  }

  void report_reason(const Directive& directive) {
    if (directive.has_reason || !is_active(missing_reason_suppression)) return;
    sink_.report(missing_reason_suppression)
        .at(directive.line)
        .message(
            "the suppression does not say why: the next reader cannot tell whether it is still "
            "right")
        .fix(Fix::display("end the comment with: -- reason"));
  }

  void report_expired(const Directive& directive) {
    if (!is_active(expired_suppression)) return;
    sink_.report(expired_suppression)
        .at(directive.until_span)
        .message("the suppression ended on ", directive.until, ": it hides nothing any more")
        .fix(Fix::safe("delete the comment").remove(sink_.line_span(directive.line)));
  }

  void report(const Directive& directive, const Target& target) {
    const bool known = std::any_of(input_.all.begin(), input_.all.end(), [&](const Rule* rule) {
      return matches(target.rule, rule->info.id);
    });
    if (target.rule == "relay/open-relay" && directive.until.empty()) {
      report_missing_until(target);
    } else if (!known) {
      report_unknown(directive, target);
    } else if (!target.used) {
      report_unused(directive, target);
    }
  }

  void report_unknown(const Directive& directive, const Target& target) {
    if (!is_active(unknown_rule_suppression)) return;
    const std::string_view near = nearest_rule(input_.all, target.rule);
    auto finding = sink_.report(unknown_rule_suppression).at(target.span);
    finding.message("there is no rule ", target.rule, ": the suppression hides nothing");
    if (!near.empty()) {
      finding.fix(
          Fix::unsafe("write " + std::string(near)).replace(target.span, std::string(near)));
    } else {
      finding.fix(without(directive, target));
    }
  }

  void report_missing_until(const Target& target) {
    if (!is_active(missing_until_suppression)) return;
    sink_.report(missing_until_suppression)
        .at(target.span)
        .message("an open relay can only be hidden up to a date: the suppression is not in force")
        .fix(Fix::display("add until=YYYY-MM-DD"));
  }

  void report_unused(const Directive& directive, const Target& target) {
    if (!is_active(unused_suppression) || !could_run(target)) return;
    sink_.report(unused_suppression)
        .at(target.span)
        .message("there is no finding of ", target.rule, " here: the suppression is not needed")
        .fix(without(directive, target));
  }

  [[nodiscard]] bool could_run(const Target& target) const {
    return std::any_of(input_.active.begin(), input_.active.end(),
                       [&](const Rule* rule) { return matches(target.rule, rule->info.id); });
  }

  [[nodiscard]] Fix without(const Directive& directive, const Target& target) const {
    if (directive.targets.size() == 1) {
      return Fix::safe("delete the comment").remove(sink_.line_span(directive.line));
    }
    Span word = target.span;
    while (word.hi < bytes_.size() && (bytes_[word.hi] == ',' || bytes_[word.hi] == ' ')) ++word.hi;
    return Fix::safe("take " + std::string(target.rule) + " out of the comment").remove(word);
  }

  Sink& sink_;
  const SuppressionInput& input_;
  text::FileId file_;
  std::string_view bytes_;
  std::size_t first_text_ = 0;
  std::vector<Directive> directives_;
  std::vector<Place> places_;        // of ignore, in the order of the file
  std::vector<std::size_t> ranges_;  // the other directives
};

}  // namespace

std::size_t apply_suppressions(const model::Workspace& workspace, const SuppressionInput& input,
                               std::vector<Finding>& findings) {
  SharedValues shared;
  std::vector<Finding> own;
  Sink sink(workspace, shared, own);
  std::vector<FileSuppressions> files;
  for (std::size_t id = 0; id < workspace.sources().size(); ++id) {
    files.emplace_back(sink, input, static_cast<text::FileId>(id)).read();
  }
  const std::size_t hidden = std::erase_if(findings, [&](const Finding& finding) {
    return files[static_cast<std::size_t>(finding.span.file)].hides(finding);
  });
  for (FileSuppressions& file : files) file.report();
  for (Finding& finding : own) findings.push_back(std::move(finding));
  return hidden;
}

}  // namespace postlint::engine
