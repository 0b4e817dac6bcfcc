#include "grammar/log_line.hpp"

#include <algorithm>
#include <array>

#include "grammar/x3/primitives.hpp"

namespace postlint::grammar {
namespace {

namespace x3 = x3p::x3;
using x3p::any, x3p::one, x3p::some, x3p::span, x3p::up_to;

constexpr x3p::CharClass tag_chars = x3p::alnums | x3p::CharClass{"_-./+"};
constexpr x3p::CharClass word_chars = x3p::alnums | x3p::CharClass{"_-"};
constexpr x3p::CharClass field_chars = ~x3p::CharClass{" ,;\t"};

/// Everything before the first of the stops; fails where there is none.
template <std::size_t Count>
constexpr auto before(const std::array<std::string_view, Count>& stops) {
  return x3p::Scanner([stops](const char*& first, const char* last) {
    const std::string_view rest(first, static_cast<std::size_t>(last - first));
    std::size_t nearest = std::string_view::npos;
    for (const std::string_view stop : stops) nearest = std::min(nearest, rest.find(stop));
    if (nearest == std::string_view::npos) return false;
    first += nearest;
    return true;
  });
}

/// Everything before the closing bracket of an address: the one that the next field, or the end,
/// follows. Addresses and HELO names may hold a '>' of their own.
inline constexpr x3p::Scanner address_text{[](const char*& first, const char* last) {
  constexpr std::array<std::string_view, 10> next{"> to=<",    ">, to=<",   ">, orig_to=<",
                                                  "> proto=",  ">, proto=", "> helo=<",
                                                  ">, helo=<", "> sasl_",   ">, sasl_",
                                                  ">, relay="};
  const std::string_view rest(first, static_cast<std::size_t>(last - first));
  std::size_t nearest = std::string_view::npos;
  for (const std::string_view stop : next) nearest = std::min(nearest, rest.find(stop));
  if (nearest == std::string_view::npos) nearest = rest.find(">: ");
  if (nearest == std::string_view::npos && rest.ends_with('>')) nearest = rest.size() - 1;
  if (nearest == std::string_view::npos) return false;
  first += nearest;
  return true;
}};

constexpr x3p::CharClass space{" "};
constexpr auto sep = -x3::lit(',') >> any(space);
constexpr auto tag = span[some(tag_chars)] >> '[' >> some(x3p::digits) >> "]: ";
constexpr auto tag_5424 = span[some(tag_chars)] >> ' ' >> some(x3p::digits) >> " - - ";

/// The words in front of the tag: time stamps of any form, the host.
constexpr x3p::CharClass gaps{" \t"};
constexpr x3p::CharClass no_gaps = ~gaps;
constexpr auto header_word = some(no_gaps) >> some(gaps);
constexpr auto log_header = *(!(tag | tag_5424) >> header_word) >> (tag | tag_5424);

constexpr x3p::CharClass client_name = ~x3p::CharClass{"[ "};
constexpr auto client = span[any(client_name)] >> '[' >> span[up_to(']')] >> ']' >>
                        -(':' >> some(x3p::digits));
constexpr auto intro = span[some(x3p::alnums)] >> ": " >> span[some(word_chars)] >> ": ";
constexpr auto session =
    intro >> span[some(word_chars)] >> " from " >> client >> ": " >> span[x3p::rest];
constexpr auto content_line = intro >> span[some(word_chars)] >> ' ' >> span[x3p::rest];
constexpr auto content_kind = x3::lit("header") | "body" | "mime-header" | "nested-header";

constexpr auto username = ('<' >> up_to('>') >> '>') | any(field_chars);
constexpr auto fields = -(span["from=<" >> address_text >> '>'] >> sep) >>
                        -(span["to=<" >> address_text >> '>'] >> sep) >>
                        -(x3::lit("proto=") >> span[some(field_chars)] >> sep) >>
                        -(span["helo=<" >> address_text >> '>'] >> sep) >>
                        -(x3::lit("sasl_method=") >> span[any(field_chars)] >> sep) >>
                        -(x3::lit("sasl_username=") >> span[username] >> sep);
constexpr auto field_tail = -(x3::lit("sasl_sender=") >> any(field_chars));

constexpr x3p::CharClass failures{"45"};
constexpr x3p::CharClass classes{"245"};
constexpr x3p::CharClass code_ends{" -"};
constexpr auto reply_code = one(failures) >> one(x3p::digits) >> one(x3p::digits);
constexpr auto status_digits = some(x3p::digits) >> '.' >> some(x3p::digits);
constexpr auto enhanced = one(classes) >> '.' >> status_digits;
constexpr auto reply = -(span[reply_code] >> one(code_ends)) >>
                       -(span[enhanced] >> some(space)) >> span[x3p::rest];

constexpr auto delivery = span[some(x3p::alnums)] >> ": " >> span["to=<" >> address_text >> '>'] >>
                          ", " >> -(x3::lit("orig_to=<") >> address_text >> ">, ") >>
                          "relay=" >> span[up_to(',')] >> ", " >>
                          before(std::array<std::string_view, 1>{"status="}) >>
                          "status=" >> span[some(word_chars)] >> " (" >> span[x3p::rest];
constexpr auto said_stops = std::array<std::string_view, 2>{" said: ", " refused to talk to me: "};
constexpr auto remote = before(std::array<std::string_view, 1>{"host "}) >> "host " >>
                        span[before(said_stops)] >>
                        (x3::lit(" said: ") | " refused to talk to me: ") >> span[x3p::rest];

constexpr auto pregreet = span[x3::lit("PREGREET")] >> ' ' >>
                          before(std::array<std::string_view, 1>{" from ["}) >>
                          " from [" >> span[up_to(']')] >> x3p::rest;
constexpr auto dnsbl = span[x3::lit("DNSBL")] >> " rank " >> some(x3p::digits) >>
                       " for [" >> span[up_to(']')] >> x3p::rest;
constexpr auto notice = pregreet | dnsbl;

Range inner(Range whole, std::size_t opening, std::size_t closing) {
  return {whole.lo + static_cast<std::uint32_t>(opening),
          whole.hi - static_cast<std::uint32_t>(closing)};
}

std::optional<Range> in_brackets(Range whole, std::string_view name) {
  if (whole.empty()) return std::nullopt;
  return inner(whole, name.size() + 2, 1);
}

void read_reply(std::string_view text, LogLine& line) {
  Range code;
  line.dsn = line.text = {};
  x3p::parse(text, line.reply, reply, code, line.dsn, line.text);
  line.code = 0;
  for (std::uint32_t at = code.lo; at < code.hi; ++at)
    line.code = line.code * 10 + (text[at] - '0');
}

/// from=<> to=<> proto= helo=<> sasl_...=, to the end of the piece.
bool read_fields(std::string_view text, Range piece, LogLine& line) {
  Range from;
  Range to;
  Range helo;
  Range proto;
  Range method;
  Range user;
  if (!x3p::parse(text, piece, fields >> field_tail, from, to, proto, helo, method, user))
    return false;
  line.from = in_brackets(from, "from");
  line.to = in_brackets(to, "to");
  line.helo = in_brackets(helo, "helo");
  line.proto = proto;
  line.sasl_method = method;
  const bool brackets = !user.empty() && text[user.lo] == '<';
  line.sasl_username = brackets ? inner(user, 1, 1) : user;
  return true;
}

bool starts_fields(std::string_view text) {
  return text.starts_with("; from=<") || text.starts_with("; to=<") || text.starts_with("; proto=");
}

/// Splits "TEXT; from=<...> ...": the first "; " behind which nothing but fields stands.
Range split_fields(std::string_view text, Range piece, LogLine& line) {
  for (std::uint32_t at = piece.lo; at < piece.hi; ++at) {
    if (text[at] != ';' || !starts_fields(text.substr(at))) continue;
    if (read_fields(text, {at + 2, piece.hi}, line)) return {piece.lo, at};
  }
  return piece;
}

bool read_session(std::string_view text, LogLine& line) {
  Range rest;
  if (!x3p::parse(text, line.message, session, line.queue_id, line.action, line.stage,
                  line.client_name, line.client, rest))
    return false;
  line.kind = LogLine::Kind::session;
  line.reply = split_fields(text, rest, line);
  read_reply(text, line);
  return true;
}

/// "TEXT from CLIENT; FIELDS: REPLY": the text is the client's, so the last " from " that fits.
bool split_content(std::string_view text, Range rest, LogLine& line) {
  const auto tail = client >> "; " >> span[x3p::rest];
  for (std::uint32_t at = rest.hi; at-- > rest.lo;) {
    if (!text.substr(at, rest.hi - at).starts_with(" from ")) continue;
    Range behind;
    if (!x3p::parse(text, {at + 6, rest.hi}, tail, line.client_name, line.client, behind)) continue;
    for (std::uint32_t colon = behind.lo; colon < behind.hi; ++colon) {
      if (!text.substr(colon, behind.hi - colon).starts_with(": ")) continue;
      if (!read_fields(text, {behind.lo, colon}, line)) continue;
      line.content = {rest.lo, at};
      line.reply = {colon + 2, behind.hi};
      return true;
    }
    if (read_fields(text, behind, line)) {
      line.content = {rest.lo, at};
      line.reply = {rest.hi, rest.hi};
      return true;
    }
  }
  return false;
}

bool read_content(std::string_view text, LogLine& line) {
  Range rest;
  if (!x3p::parse(text, line.message, content_line, line.queue_id, line.action, line.stage, rest) ||
      !x3p::parse(text, line.stage, content_kind) || !split_content(text, rest, line))
    return false;
  line.kind = LogLine::Kind::content;
  read_reply(text, line);
  return true;
}

/// "host NAME[ADDR] said: REPLY (in reply to COMMAND)"
bool read_remote(std::string_view text, Range piece, LogLine& line) {
  Range rest;
  if (!x3p::parse(text, piece, remote, line.remote, rest)) return false;
  const std::string_view said = text.substr(rest.lo, rest.size());
  const std::size_t command = said.rfind(" (in reply to ");
  if (command != std::string_view::npos) rest.hi = rest.lo + static_cast<std::uint32_t>(command);
  line.reply = rest;
  read_reply(text, line);
  return true;
}

bool read_delivery(std::string_view text, LogLine& line) {
  Range to;
  if (!x3p::parse(text, line.message, delivery, line.queue_id, to, line.relay, line.status,
                  line.reason))
    return false;
  line.kind = LogLine::Kind::delivery;
  line.to = in_brackets(to, "to");
  if (!line.reason.empty() && text[line.reason.hi - 1] == ')') --line.reason.hi;
  if (!read_remote(text, line.reason, line)) {
    line.reply = line.reason;
    read_reply(text, line);
  }
  return true;
}

bool read_notice(std::string_view text, LogLine& line) {
  if (!x3p::parse(text, line.message, notice, line.action, line.client)) return false;
  line.kind = LogLine::Kind::notice;
  return true;
}

bool is_word_byte(char c) { return x3p::alnums.has(c) || c == '.'; }

/// A reply anywhere in the line: a code that an enhanced code or a bracketed name follows, or that
/// starts the text; a bare "<address>: text" too.
bool read_bare(std::string_view text, LogLine& line) {
  LogLine said = line;
  if (read_remote(text, line.message, said) && said.code != 0) {
    line = said;
    line.kind = LogLine::Kind::reply;
    return true;
  }
  const auto strong = reply_code >> one(code_ends) >> (enhanced | x3::lit('<')) >> x3p::rest;
  const auto weak = reply_code >> one(code_ends) >> x3p::rest;
  for (std::uint32_t at = line.message.lo; at < line.message.hi; ++at) {
    if (at > line.message.lo && is_word_byte(text[at - 1])) continue;
    const Range piece{at, line.message.hi};
    const bool first = at == line.message.lo;
    if (!x3p::parse(text, piece, strong) && !(first && x3p::parse(text, piece, weak))) continue;
    line.kind = LogLine::Kind::reply;
    line.reply = split_fields(text, piece, line);
    read_reply(text, line);
    return true;
  }
  const auto named = '<' >> up_to('>') >> ">: " >> x3p::rest;
  if (!x3p::parse(text, line.message, named)) return false;
  line.kind = LogLine::Kind::reply;
  line.reply = line.message;
  read_reply(text, line);
  return true;
}

void read_header(std::string_view text, LogLine& line) {
  Range program;
  if (!x3p::parse(text, line.message, log_header >> span[x3p::rest], program, line.message)) return;
  line.program = program;
  const std::string_view name = text.substr(program.lo, program.size());
  const std::size_t slash = name.rfind('/');
  if (slash == std::string_view::npos) {
    line.daemon = program;
    return;
  }
  const auto cut = program.lo + static_cast<std::uint32_t>(slash);
  line.syslog_name = {program.lo, cut};
  line.daemon = {cut + 1, program.hi};
}

Range trimmed(std::string_view text) {
  Range range{0, static_cast<std::uint32_t>(text.size())};
  while (range.lo < range.hi && x3p::spaces.has(text[range.lo])) ++range.lo;
  while (range.hi > range.lo && x3p::spaces.has(text[range.hi - 1])) --range.hi;
  return range;
}

}  // namespace

LogLine parse_log_line(std::string_view text) {
  text = text.substr(0, longest_log_line);
  LogLine line;
  line.message = trimmed(text);
  read_header(text, line);
  // What does not fit leaves nothing behind.
  for (const auto read : {read_session, read_content, read_delivery, read_notice}) {
    LogLine found = line;
    if (read(text, found)) return found;
  }
  if (line.program.empty()) read_bare(text, line);
  return line;
}

}  // namespace postlint::grammar
