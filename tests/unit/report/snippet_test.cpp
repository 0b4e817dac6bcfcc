#include "src/report/snippet.hpp"

#include "tests/catch.hpp"

namespace postlint::report {

namespace {

std::string snippet(const std::string& text, std::vector<Mark> marks) {
  text::SourceStore sources;
  sources.add("main.cf", text);
  sources.add("table", "k v\n");
  return render_snippet(marks, sources, Style(false)).text;
}

constexpr text::FileId main_cf{0};
constexpr text::FileId table{1};

}  // namespace

TEST_CASE("a span of several lines is marked on its first", "[report]") {
  CHECK(snippet("a = b,\n  c\n", {{{main_cf, 4, 10}, "here", true}}) ==
        " --> main.cf:1:5\n  |\n1 | a = b,\n  |     ^^ here\n");
}

TEST_CASE("places in other files have a header of their own", "[report]") {
  CHECK(snippet("a = b\n", {{{main_cf, 0, 1}, "", true}, {{table, 0, 1}, "this entry", false}}) ==
        " --> main.cf:1:1\n  |\n1 | a = b\n  | ^\n  |\n ::: table:1:1\n  |\n1 | k v\n  | - this "
        "entry\n");
}

TEST_CASE("an empty span and the end of the file have a caret", "[report]") {
  CHECK(snippet("a = b", {{{main_cf, 5, 5}, "", true}}) ==
        " --> main.cf:1:6\n  |\n1 | a = b\n  |      ^\n");
  CHECK(snippet("", {{{main_cf, 0, 0}, "", true}}) == " --> main.cf:1:1\n  |\n1 | \n  | ^\n");
}

TEST_CASE("a long line is shown around the mark", "[report]") {
  std::string text = std::string(5000, 'x') + " HERE " + std::string(5000, 'y') + "\n";
  const std::string shown = snippet(text, {{{main_cf, 5001, 5005}, "", true}});
  CHECK(shown.find("x HERE y") != std::string::npos);
  CHECK(shown.size() < 600);
  const std::size_t word = shown.find("HERE");
  const std::size_t line_start = shown.rfind('\n', word);
  const std::size_t caret = shown.find("^^^^");
  CHECK(caret - shown.rfind('\n', caret) == word - line_start);
}

}  // namespace postlint::report
