#include "src/cli/options.hpp"

#include <cstdlib>

#include "src/cli/color.hpp"
#include "tests/catch.hpp"

namespace postlint::cli {

namespace {

ParseResult parse(std::vector<const char*> words) {
  words.insert(words.begin(), "postlint");
  return parse_options(static_cast<int>(words.size()), words.data());
}

}  // namespace

TEST_CASE("options of check", "[cli]") {
  const ParseResult result =
      parse({"check", "--map", "/a=/b", "dir", "--map", "/c=/d=e", "--select", "relay,tls/x",
             "--format", "json", "-", "--no-suppressions"});
  REQUIRE(result.invocation);
  const Invocation& invocation = *result.invocation;
  CHECK(invocation.command == Command::check);
  CHECK(invocation.arguments == std::vector<std::string>{"dir", "-"});
  CHECK(invocation.common.map.size() == 2);
  CHECK(invocation.common.map[1].second == "/d=e");
  CHECK(invocation.check.select == std::vector<std::string>{"relay", "tls/x"});
  CHECK(invocation.common.format == Format::json);
  CHECK_FALSE(invocation.check.suppressions);
}

TEST_CASE("flags of show may be joined, as for postconf", "[cli]") {
  const ParseResult result = parse({"show", "-nx", "-c", "d", "mynetworks", "-h"});
  REQUIRE(result.invocation);
  CHECK(result.invocation->show.only_set);
  CHECK(result.invocation->show.expand);
  CHECK(result.invocation->show.hide_name);
  CHECK(result.invocation->common.config_directory == "d");
  CHECK(result.invocation->arguments == std::vector<std::string>{"mynetworks"});
}

TEST_CASE("mistakes end with status 2 and a message", "[cli]") {
  for (const auto& words : std::vector<std::vector<const char*>>{{},
                                                                 {"chek"},
                                                                 {"check", "--nope"},
                                                                 {"check", "--format", "xml"},
                                                                 {"check", "--map", "x"},
                                                                 {"check", "--color", "blue"},
                                                                 {"explain"},
                                                                 {"check", "--baseline"}}) {
    const ParseResult result = parse(words);
    CHECK_FALSE(result.invocation);
    CHECK(result.status == Exit::usage);
    CHECK(result.out.empty());
    CHECK(result.err.starts_with("postlint: "));
  }
}

TEST_CASE("help and version end with status 0", "[cli]") {
  CHECK(parse({"--version"}).out.starts_with("postlint "));
  CHECK(parse({"check", "--help"}).out.find("--fail-on") != std::string::npos);
  CHECK(parse({"--help"}).status == Exit::ok);
}

TEST_CASE("the order of exit statuses is 4, 2, 3, 1, 5, 0", "[cli]") {
  CHECK(worst(Exit::usage, Exit::unreadable) == Exit::usage);
  CHECK(worst(Exit::findings, Exit::unreadable) == Exit::unreadable);
  CHECK(worst(Exit::nothing, Exit::findings) == Exit::findings);
  CHECK(worst(Exit::defect, Exit::usage) == Exit::defect);
  CHECK(worst(Exit::ok, Exit::nothing) == Exit::nothing);
}

TEST_CASE("colours: the option, then the environment, then the terminal", "[cli]") {
  for (const char* name : {"NO_COLOR", "FORCE_COLOR", "CLICOLOR", "CLICOLOR_FORCE"})
    ::unsetenv(name);
  ::setenv("TERM", "xterm", 1);
  CHECK(use_color(Color::automatic, true));
  CHECK_FALSE(use_color(Color::automatic, false));
  ::setenv("TERM", "dumb", 1);
  CHECK_FALSE(use_color(Color::automatic, true));
  ::setenv("CLICOLOR_FORCE", "1", 1);
  CHECK(use_color(Color::automatic, false));
  ::setenv("NO_COLOR", "1", 1);
  CHECK_FALSE(use_color(Color::automatic, true));
  CHECK(use_color(Color::always, false));
  ::unsetenv("NO_COLOR");
  ::unsetenv("CLICOLOR_FORCE");
}

}  // namespace postlint::cli
