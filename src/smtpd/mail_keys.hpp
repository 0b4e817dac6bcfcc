#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "src/smtpd/pattern_samples.hpp"
#include "src/smtpd/server.hpp"

namespace postlint::smtpd {

/// The keys of tables that are asked for mail addresses: "user@domain", "domain", "user@".
struct MailKeys {
  Forms full, domains, locals;
};
/// Visible ASCII characters alone.
bool is_plain_ascii(std::string_view text);

MailKeys mail_keys(const std::vector<const Maps*>& sources);

/// The domains that a key stands for.
Forms domains_of_key(const std::string& key);

/// Mail addresses made of a string that matches a pattern.
Forms address_forms(const std::string& sample, const std::string& domain);

/// Thousands of keys of which all tables and domain lists say the same are played by the first
/// few of them. Nothing: this is one of those; else the number of the first.
class MailCrowd {
 public:
  static constexpr std::size_t few = 12;

  MailCrowd(const Server& server, const std::vector<const MatchList*>& lists)
      : server_(server), lists_(lists) {}

  /// For an address whose number is `number`, should it be kept.
  std::optional<std::size_t> stands_behind(const std::vector<const Maps*>& sources,
                                           const std::string& address, std::size_t number);

 private:
  [[nodiscard]] std::vector<bool> silent_tables(const std::vector<const Maps*>& sources,
                                                const std::string& address,
                                                AddressStrategy strategy);

  void list_keys(const std::vector<const Maps*>& sources);

  const Server& server_;
  const std::vector<const MatchList*>& lists_;
  std::unordered_map<std::string, std::pair<std::size_t, std::size_t>> groups_;
  /// Key in lower case, and the numbers of the sources that have it.
  std::unordered_map<std::string, std::vector<std::uint32_t>> holders_;
  std::vector<bool> listed_;  // of which sources all keys are known
  Maps nothing_;
};

}  // namespace postlint::smtpd
