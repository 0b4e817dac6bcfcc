#include "src/engine/access_results.hpp"

#include "tests/catch.hpp"
#include "tests/unit/engine/fixture.hpp"

namespace postlint::engine {

namespace {

using Files = std::vector<test::Configuration::File>;
using Problem = AccessResult::Problem;

class Judge {
 public:
  Judge()
      : configuration_(
            Files{{"main.cf",
                   "smtpd_restriction_classes = strict\nstrict = permit_mynetworks, reject\n"}}) {}
  [[nodiscard]] Problem operator()(std::string_view value) const {
    return judge_access_result(value, configuration_.workspace().config()).problem;
  }

 private:
  test::Configuration configuration_;
};

}  // namespace

TEST_CASE("what access tables may answer", "[engine]") {
  const Judge judge;
  for (const char* value :
       {"OK", "ok with text", "RELAY", "reject", "REJECT you: no", "dunno", "550 5.7.1 No", "450 x",
        "1456789012", "FILTER scan:[127.0.0.1]:10025", "REDIRECT a@example.com", "bcc a@b.example",
        "PREPEND X-Mark: yes", "HOLD", "DEFER_IF_PERMIT later", "strict", "sleep 5, reject",
        "reject_rbl_client zen.example permit", "permit_sasl_authenticated strict"}) {
    CAPTURE(value);
    CHECK(judge(value) == Problem::none);
  }
}

TEST_CASE("what smtpd answers 451 to, or takes for something else", "[engine]") {
  const Judge judge;
  CHECK(judge("REJECTED") == Problem::unknown_word);
  CHECK(judge("admin@example.com") == Problem::unknown_word);
  CHECK(judge("5.7.1 No") == Problem::unknown_word);
  CHECK(judge("450-x y") == Problem::unknown_word);
  CHECK(judge("STRICT") == Problem::unknown_word);  // names of classes are case-sensitive
  CHECK(judge("permit_mynetworks, rejct") == Problem::unknown_word);
  CHECK(judge("check_client_access hash:/x") == Problem::table);
  CHECK(judge("smtp:[192.0.2.1]") == Problem::table);
  CHECK(judge("") == Problem::empty);
  CHECK(judge("550") == Problem::lone_code);
  CHECK(judge("421") == Problem::lone_code);
  CHECK(judge("FILTER scan") == Problem::no_argument);
  CHECK(judge("REDIRECT archive") == Problem::no_argument);
  CHECK(judge("BCC") == Problem::no_argument);
  CHECK(judge("PREPEND marked") == Problem::no_argument);
}

TEST_CASE("text that a pattern completes is not judged", "[engine]") {
  const Judge judge;
  CHECK(judge("$1") == Problem::none);
  CHECK(judge("REDIRECT $1") == Problem::none);
}

}  // namespace postlint::engine
