#include "src/smtpd/address.hpp"
#include "src/smtpd/resolve.hpp"
#include "src/text/ascii.hpp"

namespace postlint::smtpd {
namespace {

using text::npos;

/// One run of mail_addr_find(3).
class AddressSearch {
 public:
  AddressSearch(const Maps& maps, std::string_view address, const LocalDomains& local,
                const model::EffectiveConfig& config, AddressStrategy strategy,
                std::vector<std::string>* tried)
      : maps_(maps),
        full_(address),
        local_(local),
        config_(config),
        strategy_(strategy),
        tried_(tried) {
    if (strategy_.no_extension) bare_ = strip_extension(address, config);
    at_ = full_.rfind('@');
  }

  LookupResult run() {
    if (strategy_.full) ask_address(full_, true, false);
    if (open() && bare_) ask_address(*bare_, true, true);
    if (open() && at_ != npos) local_parts();
    if (open() && at_ != npos && strategy_.at_domain) ask(full_.substr(at_), true);
    if (open() && at_ != npos && strategy_.domain) domains();
    if (open() && at_ != npos && strategy_.local_part_at) ask_local_part(true);
    return finish();
  }

 private:
  /// The unknown answers in order, each with what the search comes to without it.
  LookupResult finish() {
    for (; !unknown_.empty(); unknown_.pop_back()) {
      unknown_.back().otherwise.clear();
      if (!result_.absent()) unknown_.back().otherwise.push_back(std::move(result_));
      result_ = std::move(unknown_.back());
    }
    return std::move(result_);
  }

  /// All unknown answers of one table are one question: it knows the address, or does not.
  void remember(LookupResult unknown) {
    for (const LookupResult& known : unknown_) {
      if (known.table == unknown.table) return;
    }
    unknown_.push_back(std::move(unknown));
  }

  /// Nothing found yet, and no failure.
  [[nodiscard]] bool open() const { return result_.absent(); }

  void ask(const std::string& key, bool partial) {
    if (tried_ != nullptr && !key.empty()) tried_->push_back(key);
    LookupResult result = maps_.find(key, partial);
    while (result.kind == LookupResult::Kind::unknown && result.values.empty()) {
      LookupResult rest;
      if (!result.otherwise.empty()) rest = std::move(result.otherwise.front());
      remember(std::move(result));
      result = std::move(rest);
    }
    result_ = std::move(result);
  }

  /// External form first, then the internal form where it differs (MA_FORM_EXTERNAL_FIRST).
  void ask_address(const std::string& internal, bool with_domain, bool partial) {
    const std::string external = quote_local_part(internal, !with_domain);
    ask(external, partial);
    if (open() && external != internal) ask(internal, partial);
  }

  /// user (or user@), with and without extension (find_local).
  void ask_local_part(bool with_at) {
    const std::size_t kept = with_at ? 1 : 0;
    ask_address(full_.substr(0, at_ + kept), with_at, true);
    if (!open() || !bare_) return;
    ask_address(bare_->substr(0, bare_->rfind('@') + kept), with_at, true);
  }

  void local_parts() {
    if (!strategy_.local_part_if_local && !strategy_.local_part_at_if_local) return;
    const std::string_view domain = std::string_view(full_).substr(at_ + 1);
    const bool utf8 = config_.boolean("smtputf8_enable");
    if (casefold(domain, utf8) != casefold(config_.text("myorigin"), utf8) && !is_local(domain)) {
      return;
    }
    if (strategy_.local_part_if_local) ask_local_part(false);
    if (open() && strategy_.local_part_at_if_local) ask_local_part(true);
  }

  bool is_local(std::string_view domain) {
    const LocalOutcome outcome = local_.match(domain);
    if (outcome.kind == MatchOutcome::Kind::error) result_.kind = LookupResult::Kind::error;
    // An empty list of tables has no answer for the local part either way.
    if (outcome.kind == MatchOutcome::Kind::unknown && !maps_.empty() && unknown_.empty()) {
      result_.kind = LookupResult::Kind::unknown;
    }
    if (!open()) result_.reason = outcome.reason;
    return outcome.kind == MatchOutcome::Kind::match;
  }

  void domains() {
    const bool parents = strategy_.parent_domains || strategy_.dot_parent_domains;
    std::string name = full_.substr(at_ + 1);
    while (!name.empty()) {
      ask(name, true);
      if (!open() || !parents) return;
      const std::size_t dot = name.find('.', 1);
      if (dot == npos) return;
      name.erase(0, strategy_.dot_parent_domains ? dot : dot + 1);
    }
  }

  const Maps& maps_;
  std::string full_;
  std::optional<std::string> bare_;
  std::size_t at_ = npos;
  const LocalDomains& local_;
  const model::EffectiveConfig& config_;
  AddressStrategy strategy_;
  std::vector<std::string>* tried_;
  std::vector<LookupResult> unknown_;
  LookupResult result_;
};

}  // namespace

LookupResult find_address(const Maps& maps, std::string_view address, const LocalDomains& local,
                          const model::EffectiveConfig& config, AddressStrategy strategy,
                          std::vector<std::string>* tried) {
  return AddressSearch(maps, address, local, config, strategy, tried).run();
}

}  // namespace postlint::smtpd
