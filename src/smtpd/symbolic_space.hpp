#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "src/smtpd/access_sources.hpp"
#include "src/smtpd/pattern_samples.hpp"
#include "src/smtpd/relay.hpp"
#include "src/smtpd/request.hpp"
#include "src/smtpd/server.hpp"

namespace postlint::smtpd {

/// What requests differ in.
enum class Dimension : std::uint8_t { address, name, helo, sender, recipient, tls, login };
inline constexpr std::size_t dimension_count = 7;

/// The names that the DNS gives to the client's address.
struct ClientNames {
  PeerName client;
  PeerName reverse;
};

/// A recipient, and what accepting it for a stranger means.
struct RecipientChoice {
  enum class Kind : std::uint8_t {
    foreign,    // stands for any destination
    domain,     // a domain that the configuration names
    local_part  // a local part that it names, at any domain
  };
  std::string to;  // argument of RCPT TO
  Kind kind = Kind::foreign;
  std::string destination;
  std::string internal;  // as smtpd(8) takes it from the command
  /// Further destinations, and an address of each, of which all tables say the same.
  std::vector<std::pair<std::string, std::string>> others = {};
};

/// All values that someone can choose, as far as the configuration can tell them apart: one or
/// more of each class. Ordinary ones come first.
struct Space {
  bool everyone = false;  // not strangers alone
  std::vector<std::string> addresses;
  /// Other addresses of the same block, for those that stand for one.
  std::vector<std::vector<std::string>> neighbours;
  std::vector<ClientNames> names;
  std::vector<std::optional<std::string>> helos;
  std::vector<std::string> senders;
  std::vector<RecipientChoice> recipients;
  std::vector<std::optional<TlsSession>> tls;
  std::vector<std::optional<std::string>> logins;
  /// How many of the first values are no key of any table: they stand for infinitely many.
  std::array<std::vector<bool>, dimension_count> general;
  std::vector<UnsampledRule> unsampled_senders, unsampled_recipients, unsampled_helos,
      unsampled_names;

  std::vector<std::string> owned;  // domains of the stranger
  std::vector<std::string> zones;  // DNS lists
  std::string own_exchanger;       // a name of this host that an MX record can name
  std::string own_address;         // one of its addresses; empty: not known
  std::string backup_primary;      // an address in permit_mx_backup_networks
  /// Domains of the stranger with records of his choice: name -> type -> records.
  std::map<std::string, std::map<std::string, std::string, std::less<>>, std::less<>> records;
  [[nodiscard]] std::size_t size(Dimension d) const;
};

/// The stranger of RelayOptions. `sources`: those of all lists, or of the list that is evaluated.
Space stranger_space(const Server& server, const RelayOptions& options, Sources sources);

/// Every client, with and without a login, to destinations of all classes. What access tables tell
/// apart is divided where is_divisible() says so.
Space everyones_space(const Server& server, Sources sources);

/// A short list of keys and networks, with results that need nothing but the entry.
bool is_divisible(const Maps& maps);

/// Is the domain one of those, or below one?
bool below(std::string_view name, const std::vector<std::string>& domains);

/// The argument of RCPT TO or MAIL FROM in internal form; nothing where it is none.
std::optional<std::string> internal_form(const Server& server, const std::string& argument,
                                         bool sender);

}  // namespace postlint::smtpd
