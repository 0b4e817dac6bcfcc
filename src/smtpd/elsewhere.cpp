#include "src/smtpd/elsewhere.hpp"

#include <array>

#include "grammar/ast.hpp"
#include "src/smtpd/reply.hpp"

namespace postlint::smtpd {
namespace {

using grammar::slice;

bool has(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

struct Limit {
  std::string_view words;
  std::string_view parameter;
  std::string_view what;
};

/// Replies of smtpd that come from no list (smtpd.c).
constexpr std::array reply_limits{
    Limit{"essage size exceeds fixed limit", "message_size_limit", "the mail is too large"},
    Limit{"too many connections from", "smtpd_client_connection_count_limit",
          "the client opened too many connections at once, or too fast"},
    Limit{"too much mail from", "smtpd_client_message_rate_limit",
          "the client sent too many mails in too short a time"},
    Limit{"too many recipients from", "smtpd_client_recipient_rate_limit",
          "the client sent to too many recipients in too short a time"},
    Limit{"too many AUTH commands from", "smtpd_client_auth_rate_limit",
          "the client tried to log in too often"},
    Limit{"too many recipients", "smtpd_recipient_limit", "the mail has too many recipients"},
    Limit{"Insufficient system storage", "queue_minfree",
          "the disk of the queue has too little space"},
    Limit{"Must issue a STARTTLS command first", "smtpd_tls_security_level",
          "the service takes mail over TLS alone, and the client did not use STARTTLS"},
    Limit{"Encryption required for requested authentication", "smtpd_tls_auth_only",
          "logins are taken over TLS alone"},
    Limit{"authentication failed", "smtpd_sasl_type",
          "the SASL server refused name or password: see its log"},
    Limit{"emporary authentication failure", "smtpd_sasl_path", "the SASL server did not answer"},
    Limit{"authentication not enabled", "smtpd_sasl_auth_enable", "this service offers no login"},
    Limit{"send HELO/EHLO first", "smtpd_helo_required", "the client sent no HELO or EHLO"},
    Limit{"protocol synchronization", "smtpd_forbid_unauth_pipelining",
          "the client sent commands without waiting for the replies"},
    Limit{"bare <LF> received", "smtpd_forbid_bare_newline",
          "the client ended lines with a bare line feed"},
};

class Finder {
 public:
  Finder(std::string_view text, const grammar::LogLine& line, const model::Workspace& workspace)
      : text_(text), line_(line), workspace_(workspace) {}

  std::optional<Elsewhere> find() {
    using Kind = grammar::LogLine::Kind;
    switch (line_.kind) {
      case Kind::session:
        return session();
      case Kind::content:
        return content();
      case Kind::delivery:
        return delivery();
      case Kind::notice:
        return notice();
      case Kind::reply:
        if (!line_.remote.empty() && !is_this_host(part(line_.remote)))
          return remote("the delivery");
        return limit();
      case Kind::other:
        break;
    }
    return std::nullopt;
  }

 private:
  [[nodiscard]] std::string part(grammar::Range range) const {
    return std::string(slice(text_, range));
  }

  Elsewhere answer(std::string who, std::string what, std::string parameter = {}) {
    Elsewhere result{std::move(who), std::move(what), std::move(parameter), {}, false};
    if (!result.parameter.empty())
      if (const model::Setting* setting = workspace_.config().find(result.parameter))
        result.span = setting->origin().span;
    return result;
  }

  Elsewhere foreign(std::string who, std::string what) {
    return {std::move(who), std::move(what), {}, {}, true};
  }

  /// "name[address]"
  [[nodiscard]] bool is_this_host(const std::string& remote) const {
    const std::string name = remote.substr(0, remote.find('['));
    return same_word(name, workspace_.config().text("myhostname"));
  }

  std::optional<Elsewhere> session() {
    const std::string action = part(line_.action);
    const std::string stage = part(line_.stage);
    if (action == "milter-reject")
      return answer(
          "a milter",
          "a milter refused the mail: its own configuration decides, and its log says why",
          part(line_.daemon) == "cleanup" ? "non_smtpd_milters" : "smtpd_milters");
    if (action != "reject" && action != "reject_warning") return std::nullopt;
    if (part(line_.daemon) == "postscreen" || line_.client_name.empty()) return postscreen();
    if (part(line_.daemon) == "cleanup")
      return answer("cleanup", "cleanup refused the mail after smtpd had accepted its recipients");
    if (stage == "VRFY" || stage == "ETRN")
      return answer("smtpd", "the client asked with " + stage + ", which is not played here");
    return limit();
  }

  std::optional<Elsewhere> limit() {
    const std::string text = part(line_.text);
    for (const Limit& each : reply_limits)
      if (has(text, each.words))
        return answer("smtpd", std::string(each.what) + ": no restriction list decides this",
                      std::string(each.parameter));
    return std::nullopt;
  }

  Elsewhere postscreen() {
    const std::string text = part(line_.text);
    if (has(text, "blocked using"))
      return answer("postscreen",
                    "postscreen refused the client because blocklists name it: look it up there; "
                    "permit the address in postscreen_access_list if it is a friend",
                    "postscreen_dnsbl_sites");
    if (has(text, "too many connections"))
      return answer("postscreen", "the client has too many connections",
                    "postscreen_client_connection_count_limit");
    if (has(text, "all server ports busy") || has(text, "all screening ports busy"))
      return answer("postscreen", "all smtpd processes are busy", "default_process_limit");
    if (has(text, "Service currently unavailable"))
      return answer("postscreen",
                    "postscreen has tested a client that it did not know, and asks it to come "
                    "again: the next attempt passes, if it comes from the same address",
                    "postscreen_pipelining_enable");
    if (has(text, "Protocol error"))
      return answer("postscreen", "the client spoke before its turn, or not SMTP",
                    "postscreen_greet_action");
    return answer("postscreen", "postscreen refused the client before any smtpd saw it",
                  "postscreen_access_list");
  }

  Elsewhere notice() {
    if (part(line_.action) == "PREGREET")
      return answer("postscreen",
                    "the client spoke before the greeting, as spam programs do; what follows, "
                    "postscreen_greet_action says",
                    "postscreen_greet_action");
    return answer("postscreen",
                  "blocklists name the client; from postscreen_dnsbl_threshold on, "
                  "postscreen_dnsbl_action decides",
                  "postscreen_dnsbl_sites");
  }

  Elsewhere content() {
    const std::string stage = part(line_.stage);
    const std::string parameter = stage == "mime-header"     ? "mime_header_checks"
                                  : stage == "nested-header" ? "nested_header_checks"
                                  : stage == "body"          ? "body_checks"
                                                             : "header_checks";
    return answer("cleanup",
                  "cleanup refused the content: the pattern of " + parameter +
                      " that matches this line decides",
                  parameter);
  }

  std::optional<Elsewhere> delivery() {
    const std::string status = part(line_.status);
    if (status == "sent" || status == "deliverable") return std::nullopt;
    const std::string reason = part(line_.reason);
    if (!line_.remote.empty()) return remote("the delivery");
    if (has(reason, "Host or domain name not found") || has(reason, "Name service error") ||
        has(reason, "Host not found"))
      return foreign(
          "DNS",
          "the DNS has no answer for the destination: a mistyped domain, or a mistake in "
          "its zone or in this host's resolver");
    if (has(reason, "loops back to myself"))
      return answer("smtp",
                    "the DNS (or relayhost, transport_maps) leads the domain to this host, which "
                    "does not take it for its own: name it in mydestination, "
                    "virtual_mailbox_domains, virtual_alias_domains, or in relay_domains with a "
                    "transport that leads on",
                    "mydestination");
    if (has(reason, "connect to") || has(reason, "lost connection") || has(reason, "timed out"))
      return foreign("the network",
                     "no conversation with the other server: it is down, or a firewall or provider "
                     "blocks the port");
    const std::string daemon = part(line_.daemon);
    return answer(daemon.empty() ? "the delivery agent" : daemon,
                  "the mail had been accepted: its delivery failed, and no restriction list "
                  "decides that");
  }

  Elsewhere remote(const std::string& subject) {
    const std::string host = part(line_.remote);
    std::string what = host + " refused " + subject + ": the other side decides";
    const std::string_view text = slice(text_, line_.text);
    if (has(text, "elay access denied") || has(text, "elaying denied") ||
        has(text, "uthentication required"))
      what +=
          "; it does not relay for this host: where it is your relayhost, log in there "
          "(smtp_sasl_auth_enable, smtp_sasl_password_maps); else the destination's MX leads to a "
          "server that does not have the domain";
    return foreign(host, std::move(what));
  }

  std::string_view text_;
  const grammar::LogLine& line_;
  const model::Workspace& workspace_;
};

}  // namespace

std::optional<Elsewhere> decided_elsewhere(std::string_view text, const grammar::LogLine& line,
                                           const model::Workspace& workspace) {
  return Finder(text, line, workspace).find();
}

}  // namespace postlint::smtpd
