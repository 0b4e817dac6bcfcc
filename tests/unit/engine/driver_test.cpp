#include "src/engine/driver.hpp"

#include <array>

#include "src/engine/suppressions.hpp"
#include "tests/catch.hpp"
#include "tests/unit/engine/fixture.hpp"

namespace postlint::engine {

namespace {

using Files = std::vector<test::Configuration::File>;

constexpr RuleInfo biff_info{.id = "test/biff", .title = "biff"};
constexpr RuleInfo open_info{.id = "test/open", .title = "open"};
constexpr RuleInfo moot_info{.id = "test/moot", .title = "moot", .subsumed_by = "test/open"};
constexpr RuleInfo spoilt_info{.id = "test/spoilt", .title = "spoilt"};
constexpr RuleInfo shown_info{.id = "test/shown", .title = "shown"};
constexpr RuleInfo absent_info{.id = "test/absent", .title = "absent"};
constexpr RuleInfo master_info{.id = "test/master", .title = "m", .needs_master = true};

void report_assignment(const Assignment& assignment, Sink& sink) {
  sink.report(open_info).at(assignment.value_span()).message(assignment.name);
}
void report_moot(const Assignment& assignment, Sink& sink) {
  sink.report(moot_info)
      .at(assignment.value_span())
      .message(assignment.name)
      .note("known to one only")
      .related(assignment.name_span, "the name")
      .fix(Fix::unsafe("delete it").remove(assignment.value_span()));
}
void report_graver(const model::Service& service, Sink& sink) {
  auto finding = sink.report(biff_info).at(service.config->at("biff").view());
  finding.message(service.name());
  if (service.name() == "smtp/inet")
    finding.severity(Severity::info);
  else
    finding.confidence(Confidence::possible);
}
void report_service(const model::Service& service, Sink& sink) {
  sink.report(biff_info).at(service.config->at("biff").view()).message("biff of ", service.name());
}
void report_master(const model::Workspace& /*workspace*/, Sink& sink) {
  sink.report(master_info).at_absence().message("m");
}
void report_list(const RestrictionList& list, Sink& sink) {
  sink.report(biff_info).at(list.items[0].word).message(list.name);
}

void report_spoilt(const Assignment& assignment, Sink& sink) {
  if (assignment.name != "biff") return;
  const text::Span span = assignment.value_span();
  sink.report(spoilt_info).at(span).message("spoilt").parameter("biff").spoilt(span);
}
void report_shown(const Assignment& assignment, Sink& sink) {
  if (assignment.name != "biff") return;
  sink.report(shown_info).at(assignment.span).message("shown").witness({"dialogue", {}, "250"});
}
void report_absent(const model::Workspace& /*workspace*/, Sink& sink) {
  sink.report(absent_info).at_absence().message("absent").parameter("biff");
}

const Rule biff_rule{biff_info, {.on_service = report_service}};
const Rule open_rule{open_info, {.on_parameter = report_assignment}};
const Rule moot_rule{moot_info, {.on_parameter = report_moot}};
const Rule spoilt_rule{spoilt_info, {.on_parameter = report_spoilt}};
const Rule shown_rule{shown_info, {.on_parameter = report_shown}};
const Rule absent_rule{absent_info, {.on_config = report_absent}};
const Rule master_rule{master_info, {.on_config = report_master}};
const Rule graver_rule{biff_info, {.on_service = report_graver}};
const Rule list_rule{biff_info, {.on_restriction_list = report_list}};

std::vector<Finding> run(const test::Configuration& configuration, const Rule& rule) {
  const std::array<const Rule*, 1> rules{&rule};
  return run_rules(configuration.workspace(), rules);
}

const std::string two_services =
    "smtp inet n - y - - smtpd\n"
    "submission inet n - y - - smtpd\n"
    "  -o biff=no -o biff=yes\n"
    "smtps inet n - y - - smtpd\n";

}  // namespace

TEST_CASE("services that share a mistake give one finding", "[engine]") {
  const test::Configuration configuration(
      Files{{"main.cf", "biff = no\n"}, {"master.cf", two_services}});
  const auto findings = run(configuration, biff_rule);
  REQUIRE(findings.size() == 2);
  CHECK(findings[0].service == "smtp/inet");
  CHECK(findings[0].also_services == std::vector<std::string>{"smtps/inet"});
  CHECK(findings[1].service == "submission/inet");
  CHECK(findings[1].item == "yes");
}

TEST_CASE("of findings that are merged the gravest speaks", "[engine]") {
  const test::Configuration configuration(
      Files{{"main.cf", "biff = no\n"}, {"master.cf", two_services}});
  const auto findings = run(configuration, graver_rule);
  REQUIRE(findings.size() == 2);
  CHECK(findings[0].severity == Severity::warning);
  // As sure as what it says, not as what the other said.
  CHECK(findings[0].confidence == Confidence::possible);
  CHECK(findings[0].message == "smtps/inet");
  CHECK(findings[0].also_services == std::vector<std::string>{"smtp/inet"});
}

TEST_CASE("only assignments in force are looked at", "[engine]") {
  const test::Configuration configuration(
      Files{{"main.cf", "biff = no\nbiff = yes\n"}, {"master.cf", two_services}});
  CHECK(run(configuration, open_rule).size() == 2);
}

TEST_CASE("a list that services share is seen once", "[engine]") {
  const test::Configuration configuration(
      Files{{"main.cf", "smtpd_helo_restrictions = permit\nsmtpd_relay_restrictions = reject\n"},
            {"master.cf", two_services}});
  CHECK(run(configuration, list_rule).size() == 2);
}

TEST_CASE("a rule is silent where the rule that subsumes it speaks of the same text", "[engine]") {
  const test::Configuration configuration(Files{{"main.cf", "biff = no\n"}});
  const std::array<const Rule*, 2> rules{&open_rule, &moot_rule};
  const auto findings = run_rules(configuration.workspace(), rules);
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].rule->id == "test/open");
  CHECK(findings[0].notes == std::vector<std::string>{"known to one only"});
  REQUIRE(findings[0].related.size() == 1);
  CHECK(findings[0].related[0].label == "the name");
  REQUIRE(findings[0].fixes.size() == 1);
  CHECK(findings[0].fixes[0].title() == "delete it");
  CHECK(run(configuration, moot_rule).size() == 1);
}

TEST_CASE("text that nobody meant is the finding of one rule only", "[engine]") {
  const test::Configuration configuration(Files{{"main.cf", "biff = {{ x }}\nrelayhost = y\n"}});
  const std::array<const Rule*, 4> rules{&open_rule, &spoilt_rule, &shown_rule, &absent_rule};
  const auto findings = run_rules(configuration.workspace(), rules);
  REQUIRE(findings.size() == 3);
  CHECK(findings[0].rule->id == "test/shown");
  CHECK(findings[1].rule->id == "test/spoilt");
  CHECK(findings[2].rule->id == "test/open");
  CHECK(findings[2].message == "relayhost");
  CHECK(run(configuration, absent_rule).size() == 1);
}

TEST_CASE("rules on master.cf are off without one", "[engine]") {
  const test::Configuration without(Files{{"main.cf", ""}});
  CHECK(run(without, master_rule).empty());
  const test::Configuration with(Files{{"main.cf", ""}, {"master.cf", two_services}});
  CHECK(run(with, master_rule).size() == 1);
}

TEST_CASE("a finding on a compiled default stands on the service", "[engine]") {
  const test::Configuration configuration(Files{{"main.cf", ""}, {"master.cf", two_services}});
  const auto findings = run(configuration, biff_rule);
  REQUIRE(findings.size() == 3);
  CHECK(findings[0].span.lo == 0);
  CHECK(findings[0].item.empty());
}

TEST_CASE("a suppression covers its logical line, or one physical line of it", "[engine]") {
  const auto hidden = [](const std::string& main_cf) {
    const test::Configuration configuration(Files{{"main.cf", main_cf}});
    auto findings = run(configuration, open_rule);
    const std::array<const Rule*, 1> rules{&open_rule};
    return apply_suppressions(configuration.workspace(), {rules, rules, "2026-11-23"}, findings);
  };
  CHECK(hidden("# postlint: ignore test/open -- r\n\n# c\nbiff =\n  no\n") == 1);
  CHECK(hidden("biff =\n# postlint: ignore test/open -- r\n  no\n") == 1);
  CHECK(hidden("biff = a\n# postlint: ignore test/open -- r\n  no\n") == 0);
  CHECK(hidden("# postlint: ignore test/open until=2026-11-23 -- r\nbiff = no\n") == 1);
  CHECK(hidden("# postlint: ignore test/open until=2026-11-22 -- r\nbiff = no\n") == 0);
  CHECK(hidden("biff = no\n# postlint: ignore test/open -- r\n") == 0);
  CHECK(hidden("# postlint: ignore test/* -- r\nbiff = no") == 1);
}

}  // namespace postlint::engine
