#include "src/engine/unknown_words.hpp"

#include "src/engine/relay_control.hpp"
#include "tests/catch.hpp"
#include "tests/unit/engine/fixture.hpp"

namespace postlint::engine {

namespace {

using Files = std::vector<test::Configuration::File>;
using UnknownKind = UnknownWord::Kind;

/// The unknown words of smtpd_client_restrictions, with their kinds.
std::vector<std::pair<std::string, UnknownKind>> unknown_in(const std::string& main_cf) {
  const test::Configuration configuration(Files{{"main.cf", main_cf}});
  const auto lists = restriction_lists(configuration.workspace().services().front());
  std::vector<std::pair<std::string, UnknownKind>> found;
  for (const RestrictionList& list : lists) {
    if (list.stage != RestrictionList::Stage::client) continue;
    for (const UnknownWord& word : unknown_words(list, lists)) {
      found.emplace_back(word.item->text(), word.kind);
    }
  }
  return found;
}

using Found = std::vector<std::pair<std::string, UnknownKind>>;

}  // namespace

TEST_CASE("unknown words are told apart by what was meant", "[engine]") {
  CHECK(unknown_in("smtpd_client_restrictions = permit_mynetwork, reject_rbl_client a.example, "
                   "b.example c.example=127.0.0.2, strict\nstrict = reject\n") ==
        Found{{"permit_mynetwork", UnknownKind::other},
              {"b.example", UnknownKind::second_domain},
              {"c.example=127.0.0.2", UnknownKind::second_domain},
              {"strict", UnknownKind::undeclared_class}});
}

TEST_CASE("neighbours of an unknown word that resemble nothing are one mistake", "[engine]") {
  CHECK(unknown_in("smtpd_client_restrictions = foo bar baz, permit_mynetworks, quux\n") ==
        Found{{"foo", UnknownKind::other}, {"quux", UnknownKind::other}});
  CHECK(unknown_in("smtpd_client_restrictions = permit_mynetwork, rejects\n") ==
        Found{{"permit_mynetwork", UnknownKind::other}, {"rejects", UnknownKind::other}});
}

TEST_CASE("words that are mistakes of another kind are left out", "[engine]") {
  CHECK(unknown_in("smtpd_client_restrictions = permit_mynetworks # trust our own\n").empty());
  CHECK(unknown_in("smtpd_client_restrictions = permit_mynetworks\n  smtpd_helo_required = yes\n")
            .empty());
  CHECK(unknown_in("smtpd_client_restrictions = \"permit_mynetworks\", reject;\n").empty());
  CHECK(unknown_in("smtpd_client_restrictions = reject, foo\n").empty());
}

TEST_CASE("a word that swallowed a restriction has no domain for the next one to repeat",
          "[engine]") {
  CHECK(
      unknown_in("smtpd_client_restrictions = reject_rbl_client permit_mynetworks zen.example\n") ==
      Found{{"zen.example", UnknownKind::other}});
}

TEST_CASE("a class that always decides ends the lists that call it", "[engine]") {
  const auto end_of = [](const std::string& classes) {
    const test::Configuration configuration(
        Files{{"main.cf", "smtpd_restriction_classes = inner outer\n" + classes +
                              "smtpd_client_restrictions = outer, sleep 1\n"}});
    const auto lists = restriction_lists(configuration.workspace().services().front());
    for (const RestrictionList& list : lists) {
      if (list.stage != RestrictionList::Stage::client) continue;
      const RestrictionItem* end = always_ends(list, lists);
      return end == nullptr ? std::string() : std::string(end->text());
    }
    return std::string("no list");
  };
  CHECK(end_of("inner = reject\nouter = permit_mynetworks, inner\n") == "outer");
  CHECK(end_of("inner = permit_mynetworks\nouter = inner\n").empty());
  CHECK(end_of("inner = reject\nouter = warn_if_reject inner\n").empty());
  CHECK(end_of("inner = permit\nouter = warn_if_reject inner\n") == "outer");
  CHECK(end_of("inner = outer\nouter = inner\n").empty());
}

}  // namespace postlint::engine
