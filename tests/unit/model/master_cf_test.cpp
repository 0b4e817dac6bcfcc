#include "src/model/master_cf.hpp"

#include "tests/catch.hpp"

namespace postlint::model {
using model::Field;
using Kind = model::MasterProblem::Kind;

namespace {

struct Parsed {
  text::SourceStore sources;
  model::MasterCf master;
  explicit Parsed(std::string text)
      : master(model::parse_master_cf(sources, sources.add("master.cf", std::move(text)))) {}
  std::string_view source(text::Span span) { return sources.text(span); }
};

}  // namespace

TEST_CASE("every form of -o is read as the daemon reads it") {
  Parsed parsed(
      "smtp inet n - n - - smtpd\n  -o a=b -oc=d -o { e = f g }\n# comment\n  -vo x=$y\n  -o z=\n");
  REQUIRE(parsed.master.entries.size() == 1);
  const auto& overrides = parsed.master.entries[0].overrides;
  REQUIRE(overrides.size() == 5);
  CHECK(parsed.source(overrides[0].span) == "-o a=b");
  CHECK(overrides[1].name == "c");
  CHECK(overrides[2].value.text() == "f g");
  CHECK(parsed.source(overrides[2].value.span()) == "f g");
  CHECK(overrides[3].name == "x");
  CHECK(overrides[4].value.text().empty());
  CHECK(parsed.master.problems.empty());
}

TEST_CASE("what the daemon dies of is a problem with its place") {
  Parsed parsed("smtp inet n - n - - smtpd -o a=b, c\nsubmission inet n - n - - smtpd -o a\n");
  REQUIRE(parsed.master.problems.size() == 2);
  CHECK(parsed.master.problems[0].kind == Kind::stray_argument);
  CHECK(parsed.source(parsed.master.problems[0].span) == "c");
  CHECK(parsed.master.problems[1].kind == Kind::option_without_equals);
}

TEST_CASE("pipe and spawn take arguments that are no options") {
  CHECK(Parsed("m unix - n n - - pipe flags=R user=x argv=/bin/true\n").master.problems.empty());
}

TEST_CASE("bad fields are named") {
  Parsed parsed("smtp inet - - n - - smtpd\nx tcp n - n x 1a y\nshort inet n\n");
  REQUIRE(parsed.master.problems.size() == 5);
  CHECK(parsed.master.problems[0].kind == Kind::inet_private);
  CHECK(parsed.master.problems[1].field == Field::type);
  CHECK(parsed.master.problems[2].field == Field::wakeup);
  CHECK(parsed.master.problems[3].field == Field::process_limit);
  CHECK(parsed.master.problems[4].kind == Kind::field_count);
  CHECK(parsed.master.problems[4].detail == "missing \"unprivileged\" field");
}

TEST_CASE("names of services are canonical where master(8) compares them") {
  Parsed parsed(
      "smtp inet n - n - - smtpd\n25 inet n - n - - smtpd\n127.0.0.1:10025 inet n - n - - smtpd\n"
      "[::1]:25 inet n - n - - smtpd\nx unix - - n - - smtp\nx unix n - n - - smtp\n");
  const auto& entries = parsed.master.entries;
  CHECK(entries[0].identity() == entries[1].identity());
  CHECK(entries[2].host() == "127.0.0.1");
  CHECK(entries[2].port() == 10025);
  CHECK(entries[3].host() == "::1");
  CHECK(entries[3].identity() != entries[0].identity());
  CHECK(entries[4].identity() != entries[5].identity());
}

}  // namespace postlint::model
