#include "src/smtpd/esmtp_options.hpp"

#include "tests/catch.hpp"

using postlint::smtpd::parse_mail_options;
using postlint::smtpd::parse_recipient_options;

TEST_CASE("parameters of MAIL are read as smtpd reads them") {
  CHECK(parse_mail_options(" SIZE=100 body=8bitmime", {true, true}).size == 100);
  CHECK(parse_mail_options("SMTPUTF8", {true, true}).smtputf8);
  CHECK(parse_mail_options("SMTPUTF8", {false, true}).refusal ==
        "555 5.5.4 Unsupported option: SMTPUTF8");
  CHECK(parse_mail_options("SIZE=x", {true, true}).refusal == "501 5.5.4 Bad message size syntax");
  CHECK(parse_mail_options("SIZE=99999999999999999999", {true, true}).refusal ==
        "552 5.3.4 Message size exceeds file system imposed limit");
  CHECK(parse_mail_options("RET=HDRS ENVID=a+2Bb", {true, true}).refusal.empty());
  CHECK(parse_mail_options("ENVID=a+0A", {true, true}).refusal ==
        "501 5.5.4 Bad ENVID parameter syntax");
  CHECK(parse_mail_options("RET=FULL", {true, false}).refusal ==
        "501 5.7.1 DSN support is disabled");
}

TEST_CASE("parameters of RCPT are read as smtpd reads them") {
  CHECK(parse_recipient_options("NOTIFY=SUCCESS,delay", {true, true}).refusal.empty());
  CHECK(parse_recipient_options("NOTIFY=NEVER,DELAY", {true, true}).refusal ==
        "501 5.5.4 Error: Bad NOTIFY parameter syntax");
  CHECK(parse_recipient_options("ORCPT=rfc822;a", {true, true}).refusal.empty());
  CHECK(parse_recipient_options("ORCPT=a", {true, true}).refusal ==
        "501 5.5.4 Error: Bad ORCPT parameter syntax");
  CHECK(parse_recipient_options("SIZE=1", {true, true}).refusal ==
        "555 5.5.4 Unsupported option: SIZE=1");
}
