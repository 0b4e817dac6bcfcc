#include "src/text/source.hpp"

#include "src/text/mapped_text.hpp"
#include "src/text/utf8.hpp"
#include "tests/catch.hpp"

namespace postlint::text {

TEST_CASE("columns count code points, and a broken sequence counts byte by byte") {
  const SourceFile file("f",
                        "a\xc3\xa9z\n\xc3(\xff"
                        "b\n");
  CHECK(file.line_column(0).column == 1);
  CHECK(file.line_column(3).column == 3);
  CHECK(file.line_column(5).line == 2);
  CHECK(file.line_column(8).column == 4);
}

TEST_CASE("columns of long lines are those that counting from the start of the line gives") {
  std::string line;
  for (unsigned n = 0; line.size() < 30000; ++n)
    line += n % 7 == 0 ? "\xC3\xA9" : n % 11 == 0 ? "\xFF" : "a";
  const SourceFile file("x", "first\n" + line + "\nlast " + line + "\n");
  const auto naive = [&](std::uint32_t offset, std::uint32_t start) {
    std::uint32_t column = 1;
    for (std::size_t at = start; at < offset; at += code_point_length(file.bytes(), at)) ++column;
    return column;
  };
  const auto second = static_cast<std::uint32_t>(6 + line.size() + 1);
  for (const std::uint32_t offset : {29000U, 10U, 4101U, 4102U, 8200U, 20000U, 20001U, 29999U}) {
    CHECK(file.line_column(offset).line == 2);
    CHECK(file.line_column(offset).column == naive(offset, 6));
    CHECK(file.line_column(second + offset).line == 3);
    CHECK(file.line_column(second + offset).column == naive(second + offset, second));
  }
}

TEST_CASE("an offset at the end of the file has a place") {
  const SourceFile file("f", "ab\n");
  CHECK(file.line_column(3).line == 1);
  CHECK(file.line_column(3).column == 4);
  CHECK(file.line_count() == 1);
  const SourceFile empty("f", "");
  CHECK(empty.line_column(0).line == 1);
  CHECK(empty.line_column(0).column == 1);
}

TEST_CASE("reading a directory or a missing file says which") {
  const auto missing = read_file("/nonexistent/main.cf");
  REQUIRE_FALSE(missing);
  CHECK(missing.error().message == "/nonexistent/main.cf: No such file or directory");
  CHECK(read_file("/").error().message == "/: is a directory");
}

TEST_CASE("mapped text keeps the place of pieces through copies") {
  SourceStore sources;
  const FileId main = sources.add("main.cf", "networks = 10.0.0.0/8 $more\nmore = 192.0.2.0/24\n");
  MappedText value;
  value.append(MappedView(sources[main].bytes().substr(11, 11), main, 11));
  value.append(MappedView(sources[main].bytes().substr(35, 12), main, 35));
  value.append("default");
  MappedText copy;
  copy.append(value.view().sub({0, 30}));
  CHECK(copy.text() == "10.0.0.0/8 192.0.2.0/24default");
  CHECK(sources.text(copy.view().span({0, 10})) == "10.0.0.0/8");
  CHECK(sources.text(copy.view().span({11, 23})) == "192.0.2.0/24");
  CHECK_FALSE(copy.view().span({23, 30}).in_file());
  CHECK(sources.text(copy.view().sub({11, 23}).span({0, 3})) == "192");
}

}  // namespace postlint::text
