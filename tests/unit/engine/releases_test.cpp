#include "src/engine/releases.hpp"

#include <array>

#include "src/engine/driver.hpp"
#include "tests/catch.hpp"
#include "tests/unit/engine/fixture.hpp"

namespace postlint::engine {

namespace {

using database::Version;

Version oldest(const std::string& main_cf,
               const std::string& master_cf = "smtp inet n - n - - smtpd\n") {
  const test::Configuration configuration({{"main.cf", main_cf}, {"master.cf", master_cf}});
  SharedValues shared;
  shared.set(AssumedRelease{true});
  std::vector<Finding> findings;
  Sink sink(configuration.workspace(), shared, findings);
  Version found = oldest_release(sink);
  found.patch = 0;
  return found;
}

constexpr RuleInfo info{.id = "test/newer", .title = "newer"};

void report(const model::Workspace& workspace, Sink& sink) {
  const text::Span place = workspace.main().entries.front().span();
  sink.report(info)
      .at_absence()
      .message("since 3.3")
      .since({3, 3, 0})
      .fix(Fix::safe("delete it").remove(place));
}

const Rule rule{info, {.on_config = report}};

Finding found_in(const std::string& main_cf, bool assumed) {
  const test::Configuration configuration({{"main.cf", main_cf}});
  SharedValues given;
  given.set(AssumedRelease{assumed});
  const std::array<const Rule*, 1> rules{&rule};
  return run_rules(configuration.workspace(), rules, std::move(given)).at(0);
}

}  // namespace

TEST_CASE("the oldest release has all that the configuration uses", "[engine]") {
  CHECK(oldest("biff = no\n") == Version{2, 9, 0});
  CHECK(oldest("smtputf8_enable = no\n") == Version{3, 0, 0});
  CHECK(oldest("smtpd_relay_restrictions = check_sasl_access hash:/x, reject\n") ==
        Version{2, 11, 0});
  CHECK(oldest("transport_maps = inline:{ a=b }\n") == Version{3, 0, 0});
  CHECK(oldest("biff = no\n", "postlog unix-dgram n - n - 1 postlogd\n") == Version{3, 4, 0});
  CHECK(oldest("biff = no\n", "smtp inet n - n - - smtpd -o dnssec_probe=\n") == Version{3, 2, 0});
}

TEST_CASE("what a release does not know tells nothing of it", "[engine]") {
  CHECK(oldest("nobody_knows_it = no\n") == Version{2, 9, 0});
  CHECK(oldest("smtpd_forbid_bare_newline = yes\n") == Version{3, 5, 0});
  CHECK(oldest("default_cache_db_type = lmdb\n") == Version{2, 9, 0});
}

TEST_CASE("a level tells of the release from 3.6 on", "[engine]") {
  CHECK(oldest("compatibility_level = 2\n") == Version{3, 0, 0});
  CHECK(oldest("compatibility_level = 9999\n") == Version{3, 0, 0});
  CHECK(oldest("compatibility_level = 3.6\n") == Version{3, 6, 0});
  CHECK(oldest("compatibility_level = 3.7.2\n") == Version{3, 7, 0});
  CHECK(oldest("compatibility_level = 3,6\n") == Version{3, 0, 0});
}

TEST_CASE("a finding that older releases do not have is only possible", "[engine]") {
  const Finding limited = found_in("biff = no\n", true);
  CHECK(limited.since == Version{3, 3, 0});
  CHECK(limited.confidence == Confidence::possible);
  CHECK(limited.fixes.at(0).applicability() == Applicability::unsafe);
}

TEST_CASE("a finding that all possible releases have stays as it is", "[engine]") {
  for (const Finding& whole :
       {found_in("biff = no\n", false), found_in("compatibility_level = 3.6\n", true)}) {
    CHECK(!whole.since);
    CHECK(whole.confidence == Confidence::certain);
    CHECK(whole.fixes.at(0).applicability() == Applicability::safe);
  }
}

}  // namespace postlint::engine
