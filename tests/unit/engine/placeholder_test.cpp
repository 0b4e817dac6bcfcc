#include "src/engine/placeholder.hpp"

#include <string>

#include "tests/catch.hpp"

namespace postlint::engine {

namespace {

/// The placeholders, with a letter for their kind in front.
std::string listed(const std::vector<Placeholder>& placeholders, std::string_view text) {
  std::string all;
  for (const Placeholder& each : placeholders) {
    if (!all.empty()) all += " + ";
    all += "esmn"[static_cast<int>(each.kind)];
    all += std::string(" ") + std::string(text.substr(each.range.lo, each.range.size()));
  }
  return all;
}

std::string found(std::string_view text) { return listed(find_placeholders(text), text); }
std::string capitals(std::string_view text) { return listed(find_capital_names(text), text); }

}  // namespace

TEST_CASE("placeholders of templates are found", "[engine]") {
  CHECK(found("a, {{ postfix_domain }}") == "e {{ postfix_domain }}");
  CHECK(found("{{ x | default('=') }}") == "e {{ x | default('=') }}");
  CHECK(found("{{ env(name=x) }}") == "e {{ env(name=x) }}");
  CHECK(found("{{- \"[{}]\".format(x) }}") == "e {{- \"[{}]\".format(x) }}");
  CHECK(found("${DOMAIN:-example.org}${env[\"HOST\"]}") ==
        "e ${DOMAIN:-example.org} + e ${env[\"HOST\"]}");
  CHECK(found("{# note #}{% if x = y %}") == "s {# note #} + s {% if x = y %}");
  CHECK(found("{% if x = y %}") == "s {% if x = y %}");
  CHECK(found("{{ if eq .DB \"x\" }}") == "s {{ if eq .DB \"x\" }}");
  CHECK(found("{{/each}}") == "s {{/each}}");
  CHECK(found("<%= @a %><% if b %>") == "e <%= @a %> + s <% if b %>");
  CHECK(found("%%DOMAIN%% %S% %HOST% @NET@ __IP__ ##CERT##") ==
        "m %%DOMAIN%% + m %HOST% + m @NET@ + m __IP__ + m ##CERT##");
  CHECK(found("@@DISTRO@@") == "m @@DISTRO@@");
  CHECK(found("hash:{MAP_FILE} pcre:@out@/x") == "m {MAP_FILE} + m @out@");
  CHECK(found("hash:{{ dir }}/virtual") == "e {{ dir }}");
  CHECK(found("<your domain> <domain.tld>") == "m <your domain> + m <domain.tld>");
}

TEST_CASE("names that nobody has are found", "[engine]") {
  CHECK(found("CHANGEME_DOMAIN") == "n CHANGEME_DOMAIN");
  CHECK(found("mail.yourdomain.com") == "n yourdomain");
  CHECK(found("mx.domain.tld, a@domain.tld") == "n domain.tld + n domain.tld");
}

TEST_CASE("what Postfix and mail administrators write is no placeholder", "[engine]") {
  CHECK(found("${{$a} == {b} ? {c} : {d}}").empty());
  CHECK(found("inline:{{a = b}, {c = d}} pcre:{{/x/ y}}").empty());
  CHECK(found("{ {a = b} } {{a = b}, {c = d}}").empty());
  CHECK(found("static:{HOLD} ${HOME} {daemon_name}").empty());
  CHECK(found("${NAME:text} ${name:-x} $${NAME:-x} ${NAME?{a}:{b}}").empty());
  CHECK(found("SELECT a FROM b WHERE u='%u' AND d='%d' %S%D%U%").empty());
  CHECK(found("a@AAA.example b@BBB <postmaster@example.com> <a@b> < in >").empty());
  CHECK(found("MY__OWN__NAME x_y_ 100% # 50%").empty());
  CHECK(found("mail.your-server.de yourdomains.example tld.example foo.tldx").empty());
}

TEST_CASE("names do not keep others from looking at a value", "[engine]") {
  CHECK(holds_placeholder("x {{ y }}"));
  CHECK_FALSE(holds_placeholder("yourdomain.com"));
}

TEST_CASE("names in capitals are found where values have none", "[engine]") {
  CHECK(capitals("SYMPA_DOMAIN, mail.DOMAIN local.MAILCOW_DOMAIN") ==
        "m SYMPA_DOMAIN + n DOMAIN + n MAILCOW_DOMAIN");
  CHECK(capitals("reject_rbl_client DQS_KEY.zen.example.net=127.0.0.2") == "n DQS_KEY");
  CHECK(capitals("inet:POLICY_HOST:POLICY_PORT") == "m POLICY_HOST + m POLICY_PORT");
  CHECK(capitals("/live/MAIL_DOMAIN/x.pem [IP]:25") == "m MAIL_DOMAIN + n IP");
  CHECK(capitals("/doc/README_FILES/X /etc/ROOT_CA.pem").empty());
  CHECK(capitals("MAIL.EXAMPLE.ORG SMTP.example.org EXAMPLE PLAIN AES_").empty());
  CHECK(capitals("$DOMAIN ${DOMAIN} ${ NAME_LIST } DOMAIN=x").empty());
}

}  // namespace postlint::engine
