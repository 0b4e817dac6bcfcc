#include "src/text/logical_line.hpp"

#include "tests/catch.hpp"

namespace postlint::text {

namespace {

struct Reading {
  SourceStore sources;
  LineArena arena;
  std::vector<LogicalLine> lines;

  explicit Reading(std::string bytes) {
    const FileId id = sources.add("main.cf", std::move(bytes));
    LogicalLineReader reader(sources[id], id, arena);
    LogicalLine line;
    while (reader.next(line)) lines.push_back(line);
  }
  std::string_view source(std::size_t line, Range range) {
    return sources.text(lines[line].view().span(range));
  }
};

}  // namespace

TEST_CASE("comments and blank lines do not end a logical line") {
  Reading reading("a = b\n# c\n\n  c\nd = e\n");
  REQUIRE(reading.lines.size() == 2);
  CHECK(reading.lines[0].text == "a = b  c");
  CHECK(reading.lines[0].line == 1);
  CHECK(reading.lines[1].text == "d = e");
  CHECK(reading.lines[1].line == 5);
  CHECK(reading.source(0, {7, 8}) == "c");
  CHECK(reading.source(0, {4, 8}) == "b\n# c\n\n  c");
}

TEST_CASE("carriage returns are white space and stay inside a value") {
  Reading reading("a = b\r\n c\r\n\r\nd = e\r\n");
  REQUIRE(reading.lines.size() == 2);
  CHECK(reading.lines[0].text == "a = b\r c\r");
}

TEST_CASE("a file without a final newline keeps its last line") {
  Reading reading("a = b");
  REQUIRE(reading.lines.size() == 1);
  CHECK(reading.lines[0].text == "a = b");
}

TEST_CASE("text that starts with white space before any entry is one dropped logical line") {
  Reading reading("# header\n  a = b\n  c\nd = e\n");
  REQUIRE(reading.lines.size() == 2);
  CHECK(reading.lines[0].starts_with_space());
  CHECK(reading.lines[0].text == "  a = b  c");
  CHECK_FALSE(reading.lines[1].starts_with_space());
}

TEST_CASE("bytes above 0x7f and NUL are text, not white space") {
  Reading reading(
      std::string("\xc2\xa0"
                  "a = b\nx\0y = z\n",
                  16));
  REQUIRE(reading.lines.size() == 2);
  CHECK(reading.lines[0].text ==
        "\xc2\xa0"
        "a = b");
  CHECK(reading.lines[1].text.size() == 7);
}

TEST_CASE("a trailing comment block and an empty file give no lines") {
  CHECK(Reading("").lines.empty());
  CHECK(Reading("# a\n\n   # b\n \t\n").lines.empty());
}

}  // namespace postlint::text
