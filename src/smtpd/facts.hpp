#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace postlint::smtpd {

/// Answers of tables that cannot be read here, told by the user: "type:name" -> key -> value,
/// nothing for "not found". The key "*" answers for all other keys. They win over what is read.
using TableAnswers =
    std::map<std::string, std::map<std::string, std::optional<std::string>, std::less<>>,
             std::less<>>;

/// What the DNS says to one query (name, type).
struct DnsAnswer {
  enum class Kind : std::uint8_t {
    records,
    no_data,   // the name exists, without such a record
    nxdomain,  // the name does not exist
    tempfail,  // SERVFAIL, timeout
    unknown    // in no fact
  };
  Kind kind = Kind::unknown;
  /// A, AAAA: addresses. MX: "10 mx.example" ("mx.example" alone: preference 10; "." or "0 ." is
  /// the null MX). PTR, NS: names. TXT: strings.
  std::vector<std::string> records;
};

/// DNS facts of a --facts file: name -> type -> answer, names in lower case without a final dot.
struct DnsFacts {
  std::map<std::string, std::map<std::string, DnsAnswer, std::less<>>, std::less<>> names;
  /// Answer for the names that are not listed ("*"); for types that a listed name lacks it is
  /// taken as "no data" where this is nxdomain.
  DnsAnswer rest;

  /// `type`: "A", "AAAA", "MX", "NS", "PTR", "TXT". A name that is listed with no more than a
  /// sub-domain of it exists (no data), as in the DNS.
  [[nodiscard]] DnsAnswer query(std::string_view name, std::string_view type) const;
};

/// What the user tells of the world outside the configuration (--facts). Absent parts are unknown.
struct Facts {
  std::optional<std::string> host_name;
  std::optional<std::vector<std::string>> host_addresses;  // "192.0.2.2/24", "::1/128"
  std::optional<std::string> mail_name;                    // what stands in /etc/mailname
  DnsFacts dns;
  /// Policy service ("inet:127.0.0.1:10023", as written in the configuration; "*": all others) to
  /// the action that it answers; "tempfail": it does not answer.
  std::map<std::string, std::string, std::less<>> policy;
  TableAnswers tables;
};

/// The same, where these domains exist (with an address and an MX record) unless they are told to
/// be otherwise, and nothing that is not told of exists: nobody is on a DNS list.
Facts ordinary_facts(const Facts& facts, const std::vector<std::string>& domains);

}  // namespace postlint::smtpd
