// The whole of `postlint check`: loading, all rules, all formats.
//
// An input is a main.cf, a master.cf and a lookup table, divided by bytes 0x1E (record separator;
// what is missing is not there). The table is /etc/postfix/table for the configuration.
#include "src/engine/check.hpp"

#include <unistd.h>

#include <array>
#include <filesystem>
#include <string>
#include <vector>

#include "src/engine/registry.hpp"
#include "src/report/check_report.hpp"
#include "tests/fuzz/invariants.hpp"

using namespace postlint;

namespace {

constexpr std::array<const char*, 3> file_names{"main.cf", "master.cf", "table"};

/// A directory in memory where there is one, removed at the end.
class Directory {
 public:
  Directory() {
    const bool in_memory = ::access("/dev/shm", W_OK) == 0;
    path_ = std::string(in_memory ? "/dev/shm" : "/tmp") + "/postlint-fuzz-XXXXXX";
    FUZZ_CHECK(::mkdtemp(path_.data()) != nullptr);
  }
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;
  ~Directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] const std::string& path() const { return path_; }

  void write(const char* name, std::string_view text) const {
    std::FILE* const file = std::fopen((path_ + "/" + name).c_str(), "wb");
    FUZZ_CHECK(file != nullptr);
    const std::size_t written = text.empty() ? 0 : std::fwrite(text.data(), 1, text.size(), file);
    FUZZ_CHECK(written == text.size());
    FUZZ_CHECK(std::fclose(file) == 0);
  }
  void remove(const char* name) const { ::unlink((path_ + "/" + name).c_str()); }

 private:
  std::string path_;
};

void lay_out(const Directory& directory, std::string_view input) {
  bool there = true;
  for (const char* const name : file_names) {
    if (!there) {
      directory.remove(name);
      continue;
    }
    const std::size_t end = input.find('\x1E');
    directory.write(name, input.substr(0, end));
    there = end != std::string_view::npos;
    if (there) input.remove_prefix(end + 1);
  }
}

void check_place(const text::SourceStore& sources, text::Span span) {
  FUZZ_CHECK(span.in_file());
  const text::SourceFile& file = sources[span.file];
  fuzz::check_inside(file.bytes(), {span.lo, span.hi});
  const std::uint32_t line = file.line_column(span.lo).line;
  FUZZ_CHECK(line >= 1 && line <= file.line_count());
  FUZZ_CHECK(file.line_column(span.hi).line >= line);
}

void check_places(const engine::Finding& finding, const text::SourceStore& sources) {
  check_place(sources, finding.span);
  for (const engine::Related& related : finding.related) check_place(sources, related.span);
  for (const engine::Fix& fix : finding.fixes) {
    for (const engine::Edit& edit : fix.edits()) check_place(sources, edit.span);
  }
}

void render(const model::Workspace& workspace, const engine::CheckResult& result) {
  const report::CheckedConfiguration checked{workspace, result, workspace.directory()};
  report::CheckSummary summary;
  for (const engine::Finding& finding : result.findings) summary.tally.add(finding);
  report::JsonPieces pieces;
  report::add_json(checked, pieces);
  FUZZ_CHECK(pieces.findings.size() == result.findings.size());
  FUZZ_CHECK(!report::check_json(pieces, summary, {}, {}).empty());
  const report::Style style(true);
  FUZZ_CHECK(report::check_text(checked, style).empty() == result.findings.empty());
  FUZZ_CHECK(report::check_gcc(checked).empty() == result.findings.empty());
  (void)report::coverage_text(checked);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Directory directory;
  static const database::Database database(database::newest_version());
  static const std::vector<const engine::Rule*> rules(all_rules().begin(), all_rules().end());

  lay_out(directory, fuzz::as_text(data, size));
  model::LoadOptions options;
  options.directory = directory.path();
  const auto workspace = model::Workspace::load(database, std::move(options));
  FUZZ_CHECK(workspace);
  const engine::CheckSettings settings{rules, rules, {}, true, "2026-01-01"};
  const engine::CheckResult result = engine::check(*workspace, settings);
  for (const engine::Finding& finding : result.findings) {
    check_places(finding, workspace->sources());
  }
  render(*workspace, result);
  return 0;
}
