#include "src/engine/sink.hpp"

#include <algorithm>
#include <initializer_list>
#include <map>

#include "src/engine/releases.hpp"
#include "src/text/defect.hpp"

namespace postlint::engine {

namespace {

/// Longer parts of a sentence are texts of a file that nobody will read to the end.
constexpr std::size_t longest_part = 400;
constexpr std::size_t kept_at_start = 300;
constexpr std::size_t kept_at_end = 60;
/// Of a value in force, which each finding about it has.
constexpr std::size_t longest_value = 2000;

bool continues_character(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

/// Appends the part without its middle, not cutting a UTF-8 character in two.
void append_ends(std::string_view part, std::string& whole) {
  std::size_t first = kept_at_start;
  while (first > 0 && continues_character(part[first])) --first;
  std::size_t last = part.size() - kept_at_end;
  while (last + 1 < part.size() && continues_character(part[last])) ++last;
  whole.append(part.substr(0, first)).append("...").append(part.substr(last));
}

std::string concat(std::initializer_list<std::string_view> parts) {
  std::string whole;
  for (const std::string_view part : parts) {
    if (part.size() <= longest_part) {
      whole += part;
    } else {
      append_ends(part, whole);
    }
  }
  return whole;
}

text::Span absence_span(const model::Workspace& workspace, const model::Service* service) {
  if (service != nullptr && service->entry != nullptr) return service->entry->line.span();
  const text::FileId file = workspace.main().file;
  const text::Range line = workspace.sources()[file].line_range(1);
  return {file, line.lo, line.hi};
}

OriginStep step_of(const model::Setting& setting, const model::Origin& origin) {
  const std::string_view raw = origin.raw.text();
  return {origin.kind, origin.span, std::string(setting.name),
          raw.size() <= longest_value ? std::string(raw) : concat({raw})};
}

}  // namespace

FindingBuilder::FindingBuilder(Sink& sink, const RuleInfo& info, text::Span span) : sink_(sink) {
  finding_.rule = &info;
  finding_.severity = info.severity;
  finding_.confidence = info.confidence;
  finding_.span = span;
  if (sink.service() != nullptr) finding_.service = sink.service()->name();
}

FindingBuilder::FindingBuilder(Sink& sink, const RuleInfo& info, const model::Service* absent_from)
    : FindingBuilder(sink, info, absence_span(sink.workspace(), absent_from)) {
  absence();
  if (absent_from != nullptr) finding_.service = absent_from->name();
}

FindingBuilder::~FindingBuilder() {
  if (finding_.message.empty()) defect(concat({finding_.rule->id, ": a finding has no message"}));
  if (!item_given_) finding_.item = sink_.text(finding_.span);
  limit_to_releases();
  sink_.add(std::move(finding_));
}

FindingBuilder& FindingBuilder::set_message(std::initializer_list<std::string_view> parts) {
  finding_.message = concat(parts);
  return *this;
}

FindingBuilder& FindingBuilder::set_label(std::initializer_list<std::string_view> parts) {
  finding_.label = concat(parts);
  return *this;
}

FindingBuilder& FindingBuilder::add_note(std::initializer_list<std::string_view> parts) {
  finding_.notes.push_back(concat(parts));
  return *this;
}

FindingBuilder& FindingBuilder::related(text::Span span, std::string label) {
  if (span.in_file()) finding_.related.push_back({span, std::move(label)});
  return *this;
}

FindingBuilder& FindingBuilder::origin(const model::Setting& setting) {
  if (finding_.parameter.empty()) finding_.parameter = setting.name;
  for (const model::Origin& origin : setting.origins) {
    finding_.origins.push_back(step_of(setting, origin));
  }
  return *this;
}

FindingBuilder& FindingBuilder::parameter(std::string_view name) {
  finding_.parameter = name;
  return *this;
}

FindingBuilder& FindingBuilder::item(std::string_view token) {
  finding_.item = token;
  item_given_ = true;
  return *this;
}

FindingBuilder& FindingBuilder::absence() { return item({}); }

FindingBuilder& FindingBuilder::service(const model::Service& service) {
  finding_.service = service.name();
  return *this;
}

FindingBuilder& FindingBuilder::confidence(Confidence confidence) {
  finding_.confidence = confidence;
  return *this;
}

FindingBuilder& FindingBuilder::severity(Severity severity) {
  finding_.severity = severity;
  return *this;
}

FindingBuilder& FindingBuilder::since(database::Version first) {
  finding_.since = std::max(first, finding_.since.value_or(first));
  return *this;
}

void FindingBuilder::limit_to_releases() {
  if (finding_.since && *finding_.since <= sink_.oldest()) finding_.since.reset();
  if (!finding_.since) return;
  finding_.confidence = Confidence::possible;
  for (Fix& each : finding_.fixes) each.doubt();
}

FindingBuilder& FindingBuilder::spoilt(text::Span span) {
  finding_.spoilt.push_back(span);
  return *this;
}

FindingBuilder& FindingBuilder::assume(std::string what) {
  finding_.assumes.push_back(std::move(what));
  return *this;
}

FindingBuilder& FindingBuilder::witness(Witness witness) {
  finding_.witness = std::move(witness);
  return *this;
}

FindingBuilder& FindingBuilder::fix(Fix fix) {
  finding_.fixes.push_back(std::move(fix));
  return *this;
}

FindingBuilder Placeless::at(text::Span span) const {
  if (!span.in_file()) return at_absence();
  return {sink_, info_, span};
}

FindingBuilder Placeless::at_absence() const { return {sink_, info_, sink_.service()}; }

FindingBuilder Placeless::at_absence(const model::Service& service) const {
  return {sink_, info_, &service};
}

bool Sink::at_least(unsigned major, unsigned minor) const {
  const database::Version now = version();
  return now.major != major ? now.major > major : now.minor >= minor;
}

database::Version Sink::oldest() { return oldest_release(*this); }

std::string_view Sink::text(text::Span span) const {
  return span.in_file() ? workspace_.sources().text(span) : std::string_view();
}

text::Span Sink::line_span(text::Span span) const {
  if (!span.in_file()) return span;
  const std::string_view bytes = workspace_.sources()[span.file].bytes();
  const std::size_t before = span.lo == 0 ? std::string_view::npos : bytes.rfind('\n', span.lo - 1);
  const std::size_t from = span.hi > span.lo ? span.hi - 1 : span.hi;
  const std::size_t after = bytes.find('\n', from);
  span.lo = before == std::string_view::npos ? 0 : static_cast<std::uint32_t>(before + 1);
  span.hi = static_cast<std::uint32_t>(after == std::string_view::npos ? bytes.size() : after + 1);
  return span;
}

std::string Sink::place(text::Span span) const {
  if (!span.in_file()) return "the default";
  const text::SourceFile& file = workspace_.sources()[span.file];
  const std::string_view path = file.path();
  const std::size_t slash = path.rfind('/');
  const std::string_view name = slash == std::string_view::npos ? path : path.substr(slash + 1);
  return concat({name, ":", std::to_string(file.line_column(span.lo).line)});
}

namespace {

struct ListsByService {
  std::map<const model::Service*, std::vector<RestrictionList>> lists;
};

}  // namespace

const std::vector<RestrictionList>& Sink::lists(const model::Service& service) {
  const auto& all = shared<ListsByService>([this] {
    ListsByService made;
    for (const model::Service& each : workspace_.services()) {
      if (each.is_smtpd()) made.lists.emplace(&each, restriction_lists(each));
    }
    return made;
  });
  static const std::vector<RestrictionList> none;
  const auto found = all.lists.find(&service);
  return found == all.lists.end() ? none : found->second;
}

const RestrictionList* Sink::list(const model::Service& service, RestrictionList::Stage stage) {
  for (const RestrictionList& list : lists(service)) {
    if (list.stage == stage) return &list;
  }
  return nullptr;
}

}  // namespace postlint::engine
