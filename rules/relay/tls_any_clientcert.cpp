#include <algorithm>
#include <array>

#include "rules/servers.hpp"
#include "src/engine/relay_control.hpp"
#include "src/engine/rule.hpp"

namespace postlint::rules::relay::tls_any_clientcert {

constexpr RuleInfo info{.id = "relay/tls-any-clientcert",
                        .title = "a certificate of any public authority lets a client relay",
                        .severity = Severity::error};

/// Where systems keep the certificates of the public authorities, in one file.
constexpr std::array<std::string_view, 14> bundles{
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/ssl/certs/ca-bundle.crt",
    "/etc/ssl/certs/ca-bundle.trust.crt",
    "/etc/ssl/cert.pem",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cert.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/pki/tls/certs/ca-bundle.trust.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ca-certificates/extracted/tls-ca-bundle.pem",
    "/var/lib/ca-certificates/ca-bundle.pem",
    "/usr/lib/ssl/cert.pem",
    "/usr/local/etc/ssl/cert.pem",
    "/usr/local/share/certs/ca-root-nss.crt"};
/// And one by one.
constexpr std::array<std::string_view, 7> directories{
    "/etc/ssl/certs",          "/etc/pki/tls/certs",
    "/usr/lib/ssl/certs",      "/etc/ca-certificates/extracted/cadir",
    "/etc/openssl/certs",      "/var/lib/ca-certificates/pem",
    "/usr/share/certs/trusted"};

template <std::size_t Count>
bool names_one(const Setting& setting, const std::array<std::string_view, Count>& paths) {
  std::string_view path = setting.text();
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  return std::find(paths.begin(), paths.end(), path) != paths.end();
}

/// The setting that makes smtpd trust the public authorities; null: none does.
const Setting* trusts_public_authorities(const EffectiveConfig& config) {
  const Setting& file = config.at("smtpd_tls_CAfile");
  const Setting& directory = config.at("smtpd_tls_CApath");
  if (names_one(file, bundles)) return &file;
  if (names_one(directory, directories)) return &directory;
  // The system's certificates are appended to others; alone they are not loaded.
  const bool others = !file.text().empty() || !directory.text().empty();
  return others && config.boolean("tls_append_default_CA") ? &config.at("tls_append_default_CA")
                                                           : nullptr;
}

bool asks_for_certificates(const Service& service, Sink& sink) {
  const smtpd::Server& server = server_of(service, sink);
  const smtpd::Parameters& p = server.parameters();
  return p.tls_use && (p.tls_ask_certificate || (p.tls_require_certificate && p.tls_enforce));
}

void report(const RestrictionStep& step, const Setting& authorities, Sink& sink) {
  const Span word = step.item->span();
  auto finding = sink.report(info).at(word);
  finding
      .message(
          "permit_tls_all_clientcerts lets whoever has a client certificate of any public "
          "authority relay, because of ",
          authorities.name, " = ", authorities.text())
      .since(relay_list_since(step.list->config()))
      .origin(*step.list->setting)
      .origin(authorities)
      .related(authorities.origin().span, "the system's authorities are trusted")
      .fix(Fix::unsafe("permit only the certificates that relay_clientcerts names; all others can "
                       "no longer relay")
               .replace(word, "permit_tls_clientcerts"));
  // smtpd may run chrooted, and the directory may hold no links by hash.
  if (authorities.name == "smtpd_tls_CApath") finding.confidence(Confidence::likely);
}

void check(const Service& service, Sink& sink) {
  if (!serves_strangers(service, sink.lists(service))) return;
  const RelayControl& control = relay_control(service, sink);
  const RestrictionStep* step = control.find_relay_permit("permit_tls_all_clientcerts");
  if (step == nullptr) return;
  const Setting* authorities = trusts_public_authorities(*service.config);
  if (authorities == nullptr || !asks_for_certificates(service, sink)) return;
  report(*step, *authorities, sink);
}

extern const Rule rule{info, {.on_service = check}};

}  // namespace postlint::rules::relay::tls_any_clientcert
