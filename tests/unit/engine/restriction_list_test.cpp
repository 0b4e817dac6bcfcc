#include "src/engine/restriction_list.hpp"

#include "tests/catch.hpp"
#include "tests/unit/engine/fixture.hpp"

namespace postlint::engine {

namespace {

using Files = std::vector<test::Configuration::File>;

using ItemKind = RestrictionItem::Kind;
using Stage = RestrictionList::Stage;

RestrictionList list_of(const test::Configuration& configuration, Stage stage) {
  for (RestrictionList& list : restriction_lists(configuration.workspace().services().front())) {
    if (list.stage == stage) return std::move(list);
  }
  return {};
}

}  // namespace

TEST_CASE("a keyword swallows the next word, whatever it is", "[engine]") {
  const test::Configuration configuration(
      Files{{"main.cf",
             "smtpd_relay_restrictions = reject_rbl_client, reject_unauth_destination, permit\n"}});
  const RestrictionList list = list_of(configuration, Stage::relay);
  REQUIRE(list.items.size() == 2);
  REQUIRE(list.items[0].argument);
  CHECK(list.items[0].argument->text() == "reject_unauth_destination");
  CHECK_FALSE(list.items[0].bad_argument);
  CHECK(list.items[1].is("permit"));
}

TEST_CASE("words are keywords, classes, tables or unknown", "[engine]") {
  const test::Configuration configuration(
      Files{{"main.cf",
             "smtpd_restriction_classes = strict\nstrict = reject\n"
             "smtpd_client_restrictions = STRICT strict hash:/x Permit_MyNetworks\n"}});
  const RestrictionList list = list_of(configuration, Stage::client);
  REQUIRE(list.items.size() == 4);
  CHECK(list.items[0].kind == ItemKind::unknown);  // class names are case-sensitive
  CHECK(list.items[1].kind == ItemKind::class_name);
  CHECK(list.items[2].kind == ItemKind::table);
  CHECK(list.items[3].is("permit_mynetworks"));
  CHECK(list_of(configuration, Stage::restriction_class).name == "strict");
}

TEST_CASE("an access check wants type:table, and warn_if_reject marks the next item", "[engine]") {
  const test::Configuration configuration(
      Files{{"main.cf",
             "smtpd_sender_restrictions = check_sender_access /x, warn_if_reject reject, permit,\n"
             "    check_sender_access\n"}});
  const RestrictionList list = list_of(configuration, Stage::sender);
  REQUIRE(list.items.size() == 5);
  CHECK(list.items[0].bad_argument);
  CHECK_FALSE(list.items[1].warn_only);
  CHECK(list.items[2].warn_only);
  CHECK_FALSE(list.items[3].warn_only);
  CHECK(list.items[4].bad_argument);
  CHECK_FALSE(list.items[4].argument);
}

TEST_CASE("a word out of a $name has its place there", "[engine]") {
  const test::Configuration configuration(
      Files{{"main.cf", "mine = reject\nsmtpd_data_restrictions = permit_mynetworks, $mine\n"}});
  const RestrictionList list = list_of(configuration, Stage::data);
  REQUIRE(list.items.size() == 2);
  CHECK(list.items[1].span() == text::Span{list.items[1].span().file, 7, 13});
}

}  // namespace postlint::engine
