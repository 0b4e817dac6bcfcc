#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "src/smtpd/session.hpp"
#include "src/smtpd/symbolic_space.hpp"
#include "src/smtpd/world.hpp"

namespace postlint::smtpd {

/// A set of requests: in each dimension some values of the space, the first of which is played.
struct Box {
  using Members = std::shared_ptr<const std::vector<std::uint32_t>>;
  std::array<Members, dimension_count> members;
  /// Questions to which all members have the same answer.
  std::vector<std::uint32_t> settled;
};

/// Answers of all values of one dimension to one question, by number, as far as they were asked.
struct Column {
  std::uint32_t id = 0;
  std::unordered_map<std::string, int> numbers;
  std::vector<int> answers;  // -1: not asked yet
};

/// The world as the first request of a box finds it. Every question is put to all requests of the
/// box: those with other answers leave it, and are boxes to be played later. So when a run ends, it
/// is the run of every request that is left in the box.
class SymbolicWorld : public World {
 public:
  SymbolicWorld(const Server& server, const Facts& facts, const Space& space);

  [[nodiscard]] Box whole() const;
  /// Plays this box from now on. `recipients`: how often the recipient is given.
  void enter(Box box, std::size_t recipients);
  [[nodiscard]] const Request& request() const { return request_; }
  [[nodiscard]] const Box& box() const { return box_; }
  [[nodiscard]] std::vector<Box> take_others() { return std::move(others_); }
  /// The request of the box with these members.
  [[nodiscard]] Request request_of(const std::array<std::uint32_t, dimension_count>& members,
                                   std::size_t recipients) const;
  /// Every name of which the DNS was taken to have records, since enter().
  [[nodiscard]] const DnsFacts& assumed_dns() const { return assumed_dns_; }

  void inspects(Subject subject, bool syntax) const override;
  [[nodiscard]] Answer<PeerName> client_name() const override;
  [[nodiscard]] Answer<PeerName> reverse_name() const override;
  [[nodiscard]] Answer<bool> client_is_own_address() const override;
  [[nodiscard]] Answer<bool> is_own_address(std::string_view address) const override;
  [[nodiscard]] Answer<MatchOutcome> client_in(const MatchList& list, std::string_view name,
                                               std::string_view address) const override;
  [[nodiscard]] Answer<MatchOutcome> in_list(const MatchList& list, Subject subject,
                                             std::string_view text) const override;
  [[nodiscard]] Answer<LookupResult> lookup(const Maps& maps, Subject subject, std::string_view key,
                                            bool partial) const override;
  [[nodiscard]] Answer<LookupResult> find_address(const Maps& maps, Subject subject,
                                                  std::string_view address,
                                                  const AddressStrategy& strategy) const override;
  [[nodiscard]] Answer<const ResolvedAddress*> resolve(Subject subject, std::string_view sender,
                                                       std::string_view address) const override;
  [[nodiscard]] Answer<MatchOutcome::Kind> is_local(std::string_view domain) const override;
  [[nodiscard]] Answer<DnsAnswer> dns(std::string_view name, std::string_view type) const override;
  [[nodiscard]] Answer<std::optional<std::string>> policy(std::string_view endpoint) const override;
  [[nodiscard]] Answer<Verification> verify(Subject subject,
                                            std::string_view address) const override;

 private:
  using Compute = std::function<std::string(std::uint32_t)>;
  void split(Dimension d, const std::string& question, const Compute& answer) const;
  void divide(Dimension d, Column& column, const Compute& answer) const;
  [[nodiscard]] std::string name_text(std::uint32_t member, bool reverse) const;
  [[nodiscard]] std::string domain_search(const Maps& maps, std::string_view name,
                                          bool partial) const;
  [[nodiscard]] std::string address_search(const Maps& maps, std::string_view address) const;
  [[nodiscard]] std::string resolved(Dimension d, std::uint32_t member) const;
  [[nodiscard]] std::string shape(std::string_view domain) const;
  void split_lookup(const Maps& maps, Subject subject, std::string_view key) const;
  [[nodiscard]] Answer<LookupResult> with_unsampled(const Maps& maps, Subject subject,
                                                    Answer<LookupResult> answer) const;
  [[nodiscard]] Answer<LookupResult> permissive(const Maps& maps, Subject subject,
                                                Answer<LookupResult> answer) const;
  [[nodiscard]] bool ordinary_destination() const;
  [[nodiscard]] bool general(Dimension d) const;
  [[nodiscard]] DnsAnswer assumed_records(std::string_view name, std::string_view type) const;
  [[nodiscard]] DnsAnswer dns_answer(std::string_view name, std::string_view type,
                                     bool remember) const;

  const Server* server_;
  const Facts* facts_;
  const Space* space_;
  bool plain_dns_;  // no name has records of its own
  Request request_;
  FactsWorld concrete_;
  mutable Box box_;
  mutable std::vector<Box> others_;
  mutable DnsFacts assumed_dns_;
  mutable std::map<std::string, Column, std::less<>> columns_;
  mutable std::array<std::vector<std::string>, dimension_count> resolved_;
};

}  // namespace postlint::smtpd
