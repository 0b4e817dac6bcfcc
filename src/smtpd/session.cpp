#include "src/smtpd/session.hpp"

#include <algorithm>

#include "grammar/restriction_list.hpp"
#include "src/smtpd/address.hpp"
#include "src/smtpd/reply.hpp"
#include "src/text/ascii.hpp"

namespace postlint::smtpd {
namespace {

using database::Version;

/// "<a@b>" of "a@b": the argument as the client sends it.
std::string argument_of(const std::string& address) {
  return address.find('<') != std::string::npos ? address : '<' + address + '>';
}

bool is_refusal(std::string_view reply) { return reply.starts_with('4') || reply.starts_with('5'); }

/// Characters that HELO names must not bring into headers (NEUTER_CHARACTERS).
std::string neuter(std::string text) {
  constexpr std::string_view bad = " <>()\\\";@";
  for (char& c : text)
    if (bad.find(c) != std::string_view::npos) c = '?';
  return text;
}

}  // namespace

Session::Session(const Server& server, const World& world, Choices& choices, const Request& request,
                 const Neutralised* neutralised)
    : server_(&server),
      parameters_(&server.parameters()),
      request_(&request),
      evaluator_(server, world, choices, neutralised),
      state_(&evaluator_.state()) {}

void Session::assume(std::string text) {
  if (std::find(assumptions_.begin(), assumptions_.end(), text) == assumptions_.end())
    assumptions_.push_back(std::move(text));
}

SessionResult Session::play() {
  try {
    play_all();
  } catch (const Hangup& hangup) {
    result_.hangup = true;
    result_.stage = state_->stage;
    result_.reply.clear();
    result_.deciding = hangup.step;
    if (state_->stage == Stage::rcpt && result_.recipients.size() < request_->to.size())
      result_.recipients.push_back({request_->to[result_.recipients.size()], {}, hangup.step, 0});
  } catch (const ServerDies& death) {
    result_.stage = state_->stage;
    result_.fatal = death.why;
    result_.reply.clear();
  }
  return std::move(result_);
}

/// Takes a reply over as that of the verdict.
void Session::finish(Stage stage, const Answered& answered) {
  result_.stage = stage;
  result_.reply = answered.text;
  result_.deciding = answered.refused ? evaluator_.deciding_step() : std::nullopt;
}

/// One command; true where the session goes on.
bool Session::play_stage(Stage stage) {
  state_->stage = stage;
  Answered answered;
  switch (stage) {
    case Stage::connect:
      answered = connect();
      break;
    case Stage::helo:
      answered = helo();
      break;
    case Stage::starttls:
      answered = starttls();
      break;
    case Stage::auth:
      answered = auth();
      break;
    case Stage::mail:
      answered = mail();
      break;
    case Stage::data:
      answered = data();
      break;
    default:
      answered = end_of_data();
      break;
  }
  result_.replies[static_cast<std::size_t>(stage)] = answered.text;
  const bool ends = answered.text.starts_with("421") || answered.text.starts_with("521");
  if (stage == Stage::helo) {
    // A refused HELO does not end the session.
    if (!denied_ && (ends || request_->until == Stage::helo)) finish(stage, answered);
    return !ends;
  }
  if (!denied_ || stage == Stage::connect) finish(stage, answered);
  if (denied_) return !ends && stage != Stage::starttls && stage != Stage::auth;
  return !answered.refused && !ends;
}

void Session::play_all() {
  state_->address = request_->client;
  const Parameters& p = *parameters_;
  evaluator_.check_interfaces();
  if (!server_->assumed_mail_name().empty())
    assume("/etc/mailname holds " + server_->assumed_mail_name());
  for (const std::string& table : server_->optional_tables())
    assume("this Postfix has the driver of " + table + ", and its index is up to date");
  if (p.tls_wrapper) {
    if (request_->never_tls)
      return drop_at_handshake("the service speaks TLS from the start, and the client does not");
    if (!has_certificate())
      return drop_at_handshake("the service speaks TLS from the start, and has no certificate");
    start_tls();
  }
  if (!play_stage(Stage::connect)) return;
  if (wants(Stage::helo) && request_->helo && !play_stage(Stage::helo)) return;
  if (wants(Stage::starttls) && request_->tls && !p.tls_wrapper) {
    if (!play_stage(Stage::starttls)) return;
    if (!denied_ && request_->helo && !play_stage(Stage::helo)) return;
  }
  if (wants(Stage::auth) && request_->sasl && !play_stage(Stage::auth)) return;
  if (!wants(Stage::mail) || !play_stage(Stage::mail) || denied_) return;
  if (!wants(Stage::rcpt)) return;
  for (const std::string& to : request_->to) {
    state_->stage = Stage::rcpt;
    evaluator_.set_recipient_index(static_cast<std::uint32_t>(result_.recipients.size()));
    evaluator_.forget_permits();
    const std::size_t first = evaluator_.steps().size();
    const Answered answered = recipient(to);
    finish(Stage::rcpt, answered);
    result_.replies[static_cast<std::size_t>(Stage::rcpt)] = answered.text;
    result_.recipients.push_back({to, answered.text, result_.deciding, first});
    if (answered.text.starts_with("421") || answered.text.starts_with("521")) return;
  }
  if (wants(Stage::data) && play_stage(Stage::data) && wants(Stage::eod)) play_stage(Stage::eod);
}

Session::Answered Session::accept(std::string reply) { return {send(std::move(reply)), false}; }

/// A refusal of the lists: its step is known to the evaluator.
Session::Answered Session::refused(std::string reply) { return {send(std::move(reply)), true}; }

/// A refusal outside the lists.
Session::Answered Session::refuse(std::string reply, std::string_view parameter, std::string item,
                                  std::string why) {
  evaluator_.refuse_outside(std::string(parameter), std::move(item), std::move(why), reply);
  return {send(std::move(reply)), true};
}

/// vsmtpd_chat_reply(): footer and soft_bounce; the last line of what goes out.
std::string Session::send(std::string reply) {
  if (is_refusal(reply)) reply = filtered(std::move(reply));
  if (is_refusal(reply)) reply = with_footer(std::move(reply));
  if (parameters_->soft_bounce) reply = soften_reply(std::move(reply));
  return reply;
}

/// smtpd_reject_filter_maps (3.11): another reply in place of a refusal.
std::string Session::filtered(std::string reply) {
  const Maps& maps = server_->tables().reject_filters;
  if (maps.empty()) return reply;
  const LookupResult hit =
      evaluator_.ask(evaluator_.world().lookup(maps, Subject::other, reply, false));
  const std::string& other = hit.value;
  const bool valid = hit.found() && other.size() >= 4 && is_refusal(other) &&
                     all_digits(other.substr(0, 3)) && (other[3] == ' ' || other[3] == '-') &&
                     (other.size() == 4 || !all_digits(other.substr(4, 1)) || other[4] == other[0]);
  if (!valid) return reply;
  evaluator_.add_step("smtpd_reject_filter_maps", reply, Step::Result::dunno,
                      "replaced by \"" + other + '"');
  return other;
}

std::string Session::with_footer(std::string reply) {
  std::string footer = parameters_->reject_footer;
  const Maps& maps = server_->tables().reject_footers;
  if (!maps.empty()) {
    const LookupResult hit =
        evaluator_.ask(evaluator_.world().lookup(maps, Subject::other, reply, false));
    if (hit.found()) footer = hit.value;
  }
  if (footer.empty()) return reply;
  const std::string code = reply.substr(0, 3);
  const std::size_t status =
      dsn_length(std::string_view(reply).substr(std::min<std::size_t>(4, reply.size())));
  const std::string dsn = status == 0 ? std::string() : reply.substr(4, status) + ' ';
  std::string_view rest = footer;
  bool first = true;
  for (;;) {
    const std::size_t end = rest.find("\\n");
    std::string_view line = rest.substr(0, end);
    if (first && line.starts_with("\\c"))
      reply += evaluator_.expand_attributes(line.substr(2));
    else
      reply = code + ' ' + dsn + evaluator_.expand_attributes(line);
    first = false;
    if (end == std::string_view::npos) return reply;
    rest.remove_prefix(end + 2);
  }
}

/// "530 Must issue a STARTTLS command first", where it applies.
std::optional<std::string> Session::without_tls() const {
  if (!parameters_->tls_enforce) return std::nullopt;
  evaluator_.world().inspects(Subject::encryption, false);
  if (state_->tls_active) return std::nullopt;
  return "530 5.7.0 Must issue a STARTTLS command first";
}

/// smtpd_command_filter: the command in place of the client's.
std::optional<std::string> Session::replaced(const std::string& command) {
  const Maps& filter = server_->tables().command_filter;
  if (filter.empty()) return std::nullopt;
  const LookupResult hit =
      evaluator_.ask(evaluator_.world().lookup(filter, Subject::other, command, false));
  if (!hit.found()) return std::nullopt;
  evaluator_.add_step("smtpd_command_filter", command, Step::Result::dunno,
                      "replaced by \"" + hit.value + '"');
  return hit.value;
}

bool Session::discarded(std::string_view keyword) const {
  return std::find(discarded_.begin(), discarded_.end(), keyword) != discarded_.end();
}

bool Session::in_list(const MatchList& list) {
  if (list.patterns().empty()) return false;
  return evaluator_
      .ask(evaluator_.world().client_in(list, evaluator_.client_name(), state_->address))
      .matched();
}

/// smtpd_sasl_activate().
void Session::activate_sasl(std::string_view options) {
  state_->sasl_active = true;
  bool plaintext = true;
  for (const text::Range range : grammar::parse_plain_list(options))
    if (same_word(options.substr(range.lo, range.size()), "noplaintext")) plaintext = false;
  if (plaintext) return;
  assume("the SASL back end has a mechanism without plaintext passwords");
}

Session::Answered Session::connect() {
  const Parameters& p = *parameters_;
  discarded_ = p.discarded_ehlo;
  const Maps& maps = server_->tables().ehlo_discard;
  if (!maps.empty()) {
    const LookupResult hit = evaluator_.ask(
        evaluator_.world().lookup(maps, Subject::client_address, state_->address, false));
    if (hit.found()) {
      discarded_.clear();
      for (const text::Range range : grammar::parse_plain_list(hit.value))
        discarded_.push_back(
            text::upper(std::string_view(hit.value).substr(range.lo, range.size())));
    }
  }
  if (!p.delay_reject)
    if (auto reply = evaluator_.check_client()) {
      denied_ = true;
      return refused(std::move(*reply));
    }
  if (!server_->config().text("smtpd_milters").empty())
    assume("the milters of smtpd_milters let the mail pass");
  if (p.proxy_filter) assume("the filter of smtpd_proxy_filter lets the mail pass");
  if (p.sasl_enabled && !state_->tls_active && !p.tls_auth_only)
    activate_sasl(server_->config().text("smtpd_sasl_security_options"));
  return accept("220 " + p.banner);
}

/// The handshake succeeds; the answer to whatever comes next ends the session.
Session::Answered Session::refuse_certificate() {
  return refuse("421 4.7.1 " + parameters_->hostname + " Error: No client certificate presented",
                "smtpd_tls_req_ccert", "smtpd_tls_req_ccert",
                "the client showed no verified certificate");
}

Session::Answered Session::helo() {
  const Parameters& p = *parameters_;
  if (denied_) return accept("503 5.7.0 Error: access denied for " + evaluator_.client_text());
  if (certificate_refused_) return refuse_certificate();
  std::string name = *request_->helo;
  std::string verb = request_->ehlo ? "EHLO" : "HELO";
  if (const auto command = replaced(verb + ' ' + name)) {
    const std::size_t blank = std::min(command->find(' '), command->size());
    verb = text::upper(command->substr(0, blank));
    name = blank < command->size() ? command->substr(blank + 1) : std::string();
  }
  if (verb != "EHLO" && verb != "HELO")
    return {send("500 5.5.2 Error: command not recognized"), true};
  if (name.empty()) return {send("501 Syntax: " + verb + " hostname"), true};
  if (!p.delay_reject)
    if (auto reply = evaluator_.check_helo(name)) return refused(std::move(*reply));
  state_->helo = neuter(printable(name, '?', p.utf8));
  return accept(verb == "HELO" ? "250 " + p.hostname : ehlo_reply());
}

/// The last line of the EHLO reply.
std::string Session::ehlo_reply() {
  const Parameters& p = *parameters_;
  const Version version = server_->version();
  const Server::Tables& tables = server_->tables();
  const auto line = [](std::string_view keyword) { return "250 " + std::string(keyword); };
  if (version >= Version{3, 11, 0} && state_->tls_active && !discarded("REQUIRETLS") &&
      server_->config().boolean("requiretls_enable"))
    return line("REQUIRETLS");
  if (version >= Version{3, 4, 0} && !discarded("CHUNKING")) return line("CHUNKING");
  const bool utf8 = version >= Version{3, 0, 0} && p.utf8;
  if (utf8 && !discarded("SMTPUTF8") && !discarded("EHLO_MASK_SMTPUTF8")) return line("SMTPUTF8");
  for (const std::string_view keyword : {"DSN", "8BITMIME", "ENHANCEDSTATUSCODES"})
    if (!discarded(keyword)) return line(keyword);
  if (!discarded("XFORWARD") && in_list(tables.xforward_hosts))
    return line("XFORWARD NAME ADDR PROTO HELO SOURCE PORT IDENT");
  if (!discarded("XCLIENT") && in_list(tables.xclient_hosts))
    return line("XCLIENT NAME ADDR PROTO HELO REVERSE_NAME PORT LOGIN DESTADDR DESTPORT");
  if (!discarded("VERP") && in_list(tables.verp_clients)) return line("XVERP");
  if (!discarded("AUTH") && state_->sasl_active && !in_list(tables.sasl_exceptions)) {
    assume("the SASL back end offers PLAIN");
    return line(p.broken_sasl_clients ? "AUTH=PLAIN" : "AUTH PLAIN");
  }
  if (!discarded("STARTTLS") && p.tls_use && !state_->tls_active) return line("STARTTLS");
  if (!discarded("ETRN")) return line("ETRN");
  if (!discarded("VRFY") && !p.disable_vrfy) return line("VRFY");
  if (!discarded("SIZE"))
    return p.message_size_limit > 0 ? line("SIZE " + std::to_string(p.message_size_limit))
                                    : line("SIZE");
  if (!discarded("PIPELINING")) return line("PIPELINING");
  return line(p.hostname);
}

bool Session::has_certificate() const {
  const model::EffectiveConfig& c = server_->config();
  const std::string_view file = c.text("smtpd_tls_cert_file");
  const bool none = same_word(file, "none");
  for (const std::string_view name :
       {"smtpd_tls_chain_files", "smtpd_tls_eccert_file", "smtpd_tls_dcert_file"})
    if (!c.text(name).empty()) return true;
  if (!none) return !file.empty();
  const bool wanted = parameters_->tls_ask_certificate ||
                      (parameters_->tls_enforce && parameters_->tls_require_certificate);
  return !wanted;
}

/// The handshake: what the client shows, and what the server asked for.
void Session::start_tls() {
  const Parameters& p = *parameters_;
  assume("the files of the TLS certificate can be loaded");
  state_->tls_active = true;
  state_->tls = request_->tls.value_or(TlsSession{});
  const bool required = p.tls_enforce && p.tls_require_certificate;
  if (!p.tls_ask_certificate && !required) *state_->tls = TlsSession{};
  certificate_refused_ = required && !state_->tls->trusted;
  state_->sasl_active = false;
  if (p.sasl_enabled) {
    const std::string_view name = "smtpd_sasl_tls_security_options";
    activate_sasl(server_->config().text(name));
  }
}

/// smtpd_tls_wrappermode: where the handshake fails, the client is dropped without a word.
void Session::drop_at_handshake(std::string why) {
  result_.hangup = true;
  result_.stage = Stage::connect;
  result_.deciding = evaluator_.add_step("smtpd_tls_wrappermode", "smtpd_tls_wrappermode",
                                         Step::Result::reject, std::move(why));
}

Session::Answered Session::starttls() {
  if (denied_) return accept("503 5.7.0 Error: access denied for " + evaluator_.client_text());
  if (!parameters_->tls_use || discarded("STARTTLS"))
    return refuse("502 5.5.1 Error: command not implemented", "smtpd_tls_security_level",
                  "STARTTLS", "TLS is off for this service");
  if (!has_certificate())
    return refuse("454 4.7.0 TLS not available due to local problem", "smtpd_tls_cert_file",
                  "STARTTLS", "the server has no certificate");
  state_->helo.reset();
  start_tls();
  return accept("220 2.0.0 Ready to start TLS");
}

Session::Answered Session::auth() {
  const Parameters& p = *parameters_;
  if (certificate_refused_) return refuse_certificate();
  evaluator_.world().inspects(Subject::encryption, false);
  if (denied_) return accept("503 5.7.0 Error: access denied for " + evaluator_.client_text());
  if (const auto reply = without_tls())
    return refuse(*reply, "smtpd_tls_security_level", "AUTH", "TLS is required");
  if (p.helo_required && !state_->helo)
    return refuse("503 5.5.1 Error: send HELO/EHLO first", "smtpd_helo_required", "AUTH",
                  "there was no HELO");
  if (!state_->sasl_active || discarded("AUTH")) {
    const bool needs_tls = p.sasl_enabled && p.tls_auth_only && !state_->tls_active;
    return refuse("503 5.5.1 Error: authentication not enabled",
                  needs_tls ? "smtpd_tls_auth_only" : "smtpd_sasl_auth_enable", "AUTH",
                  needs_tls ? "logins need TLS" : "logins are off for this service");
  }
  assume("the login of " + *request_->sasl + " is right");
  state_->login = printable(*request_->sasl, '?', p.utf8);
  state_->sasl_method = request_->sasl_method;
  return accept("235 2.7.0 Authentication successful");
}

OfferedExtensions Session::offered() const {
  return {parameters_->utf8 && server_->version() >= Version{3, 0, 0} && !discarded("SMTPUTF8"),
          !discarded("DSN")};
}

Session::Answered Session::mail() {
  const Parameters& p = *parameters_;
  if (denied_) return accept("503 5.7.0 Error: access denied for " + evaluator_.client_text());
  if (certificate_refused_) return refuse_certificate();
  std::string argument = argument_of(request_->from);
  if (request_->from.empty()) argument = "<>";
  if (const auto command = replaced("MAIL FROM:" + argument)) {
    if (!same_word(std::string_view(*command).substr(0, 10), "MAIL FROM:"))
      return refuse("500 5.5.2 Error: command not recognized", "smtpd_command_filter", *command,
                    "the command was replaced");
    argument = command->substr(10);
  }
  if (const auto reply = without_tls())
    return refuse(*reply, "smtpd_tls_security_level", "MAIL FROM", "TLS is required");
  if (p.helo_required && !state_->helo)
    return refuse("503 5.5.1 Error: send HELO/EHLO first", "smtpd_helo_required", "MAIL FROM",
                  "there was no HELO");
  const std::string bad = "501 5.1.7 Bad sender address syntax";
  const CommandArgument parts = split_command_argument(argument);
  if (parts.missing)
    return refuse("501 5.5.4 Syntax: MAIL FROM:<address>", "", argument, "no address");
  if (parts.error) return refuse(bad, "", argument, "unbalanced brackets or quotes");
  const ExtractedAddress address = extract_address(parts.address, true, p.strict_envelopes);
  const MailOptions options = parse_mail_options(parts.rest, offered());
  state_->smtputf8 = options.smtputf8;
  if (!address.valid ||
      !evaluator_.valid_address(Subject::sender, {}, address.internal, state_->smtputf8))
    return refuse(bad, "", argument, "no valid address");
  if (!options.refusal.empty())
    return refuse(options.refusal, "", options.option, "no good parameter of MAIL");
  if (auto reply = evaluator_.check_size(options.size.value_or(request_->size.value_or(0))))
    return refused(std::move(*reply));
  std::string sender = evaluator_.verify_sender(address.internal).value_or(address.internal);
  if (!p.delay_reject)
    if (auto reply = evaluator_.check_mail(sender)) {
      evaluator_.reset_transaction();
      return refused(std::move(*reply));
    }
  if (auto reply = evaluator_.check_rewrite()) return refused(std::move(*reply));
  if (p.strict_utf8 && !state_->smtputf8 && !text::all_ascii(sender))
    return refuse("553 5.6.7 Must declare SMTPUTF8 to send unicode address", "strict_smtputf8",
                  sender, "the address is not ASCII");
  state_->sender = std::move(sender);
  return accept("250 2.1.0 Ok");
}

Session::Answered Session::recipient(const std::string& to) {
  const Parameters& p = *parameters_;
  std::string argument = argument_of(to);
  if (const auto command = replaced("RCPT TO:" + argument)) {
    if (!same_word(std::string_view(*command).substr(0, 8), "RCPT TO:"))
      return refuse("500 5.5.2 Error: command not recognized", "smtpd_command_filter", *command,
                    "the command was replaced");
    argument = command->substr(8);
  }
  const std::string bad = "501 5.1.3 Bad recipient address syntax";
  const CommandArgument parts = split_command_argument(argument);
  if (parts.missing) return refuse("501 5.5.4 Syntax: RCPT TO:<address>", "", to, "no address");
  if (parts.error) return refuse(bad, "", to, "unbalanced brackets or quotes");
  const ExtractedAddress address = extract_address(parts.address, false, p.strict_envelopes);
  if (!address.valid ||
      !evaluator_.valid_address(Subject::recipient, state_->sender.value_or(std::string()),
                                address.internal, state_->smtputf8))
    return refuse(bad, "", to, "no valid address");
  const RecipientOptions options = parse_recipient_options(parts.rest, offered());
  if (!options.refusal.empty())
    return refuse(options.refusal, "", options.option, "no good parameter of RCPT");
  if (p.recipient_limit > 0 && state_->recipient_count >= p.recipient_limit)
    return refuse(
        "452 4.5.3 Error: too many recipients", "smtpd_recipient_limit", to,
        "the transaction has " + std::to_string(state_->recipient_count) + " recipients already");
  if (p.strict_utf8 && !state_->smtputf8 && !text::all_ascii(address.internal))
    return refuse("553 5.6.7 Must declare SMTPUTF8 to send unicode address", "strict_smtputf8", to,
                  "the address is not ASCII");
  std::string recipient = address.internal;
  if (const auto probe = evaluator_.verify_sender(recipient)) {
    recipient = *probe;
    evaluator_.add_step("address_verify_sender", recipient, Step::Result::permit,
                        "the sender address of verification probes is always accepted");
  } else if (auto reply = evaluator_.check_recipient(recipient)) {
    return refused(std::move(*reply));
  }
  ++state_->recipient_count;
  if (!state_->recipient) state_->recipient = recipient;
  return accept("250 2.1.5 Ok");
}

Session::Answered Session::data() {
  if (state_->recipient_count == 0)
    return refuse("554 5.5.1 Error: no valid recipients", "", "DATA", "no recipient was accepted");
  if (auto reply = evaluator_.check_data()) return refused(std::move(*reply));
  return accept("354 End data with <CR><LF>.<CR><LF>");
}

Session::Answered Session::end_of_data() {
  if (auto reply = evaluator_.check_end_of_data()) return refused(std::move(*reply));
  assume("the content of the message is accepted");
  return accept("250 2.0.0 Ok: queued");
}

}  // namespace postlint::smtpd
