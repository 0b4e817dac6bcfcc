#include "src/smtpd/regular_expression.hpp"

#include <regex.h>

#include <algorithm>
#include <array>
#include <charconv>

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "src/text/ascii.hpp"

namespace postlint::smtpd {
namespace {

using text::npos;

using RegexpOutcome = RegularExpression::Outcome;

using text::is_digit;

/// What the intervals {n,m} of a pattern multiply to: the C library writes their atoms out.
std::uint64_t interval_product(std::string_view pattern) {
  std::uint64_t product = 1;
  for (std::size_t at = pattern.find('{'); at != npos; at = pattern.find('{', at + 1)) {
    std::uint64_t longest = 0;
    for (std::size_t i = at + 1;
         i < pattern.size() && (is_digit(pattern[i]) || pattern[i] == ',');) {
      std::uint64_t number = 0;
      const auto read =
          std::from_chars(pattern.data() + i, pattern.data() + pattern.size(), number);
      i = std::max(static_cast<std::size_t>(read.ptr - pattern.data()), i + 1);
      longest = std::max(longest, number);
    }
    product *= std::clamp<std::uint64_t>(longest, 1, 100000);
    if (product > 100000) break;
  }
  return product;
}

bool has_back_reference(std::string_view pattern) {
  for (std::size_t at = pattern.find('\\'); at != npos && at + 1 < pattern.size();
       at = pattern.find('\\', at + 2)) {
    if (is_digit(pattern[at + 1])) return true;
  }
  return false;
}

class PosixExpression : public RegularExpression {
 public:
  // A search without back references visits each byte with a bounded set of states; with them, or
  // with groups, glibc looks back over the subject.
  static constexpr std::size_t longest_subject = 65536;
  static constexpr std::size_t longest_grouped_subject = 2048;
  static constexpr std::size_t longest_backtracked_subject = 40;

  PosixExpression(std::string_view pattern, int options)
      : text_(pattern),
        status_(regcomp(&compiled_, text_.c_str(), options)),
        has_groups_((options & REG_NOSUB) == 0),
        back_reference_(has_back_reference(pattern)) {}
  PosixExpression(const PosixExpression&) = delete;
  PosixExpression& operator=(const PosixExpression&) = delete;
  ~PosixExpression() override {
    if (status_ == 0) regfree(&compiled_);
  }

  [[nodiscard]] bool usable() const { return status_ == 0; }
  [[nodiscard]] std::string error() const {
    std::array<char, 256> buffer{};
    regerror(status_, &compiled_, buffer.data(), buffer.size());
    return buffer.data();
  }

  RegexpOutcome match(std::string_view subject, std::vector<GroupRange>* groups) const override {
    const std::size_t longest = back_reference_     ? longest_backtracked_subject
                                : groups != nullptr ? longest_grouped_subject
                                                    : longest_subject;
    if (subject.size() > longest) return RegexpOutcome::too_hard;
    const std::size_t wanted = groups != nullptr && has_groups_ ? compiled_.re_nsub + 1 : 0;
    std::vector<regmatch_t> matches(wanted);
    const std::string terminated(subject);
    const int status = regexec(&compiled_, terminated.c_str(), wanted, matches.data(), 0);
    if (status == REG_NOMATCH) return RegexpOutcome::no_match;
    if (status != 0) return RegexpOutcome::too_hard;
    if (groups != nullptr) keep(matches, *groups);
    return RegexpOutcome::match;
  }

  [[nodiscard]] std::size_t group_count() const override { return compiled_.re_nsub; }

 private:
  static void keep(const std::vector<regmatch_t>& matches, std::vector<GroupRange>& groups) {
    groups.clear();
    for (std::size_t i = 1; i < matches.size(); ++i) {
      const regmatch_t& match = matches[i];
      const bool set = match.rm_so >= 0;
      groups.push_back(set ? GroupRange{static_cast<std::size_t>(match.rm_so),
                                        static_cast<std::size_t>(match.rm_eo)}
                           : GroupRange{});
    }
  }

  std::string text_;
  regex_t compiled_{};
  int status_;
  bool has_groups_;
  bool back_reference_;
};

/// The limits within which a pattern answers.
pcre2_match_context* match_limits() {
  static const std::unique_ptr<pcre2_match_context, decltype(&pcre2_match_context_free)> context =
      [] {
        pcre2_match_context* made = pcre2_match_context_create(nullptr);
        pcre2_set_match_limit(made, 500000);
        pcre2_set_heap_limit(made, 20000);  // KiB
        return std::unique_ptr<pcre2_match_context, decltype(&pcre2_match_context_free)>(
            made, &pcre2_match_context_free);
      }();
  return context.get();
}

PCRE2_SPTR bytes(std::string_view text) { return reinterpret_cast<PCRE2_SPTR>(text.data()); }

class PcreExpression : public RegularExpression {
 public:
  explicit PcreExpression(pcre2_code* code)
      : code_(code), data_(pcre2_match_data_create_from_pattern(code, nullptr)) {}
  PcreExpression(const PcreExpression&) = delete;
  PcreExpression& operator=(const PcreExpression&) = delete;
  ~PcreExpression() override {
    pcre2_match_data_free(data_);
    pcre2_code_free(code_);
  }

  RegexpOutcome match(std::string_view subject, std::vector<GroupRange>* groups) const override {
    const int status =
        pcre2_match(code_, bytes(subject), subject.size(), 0, 0, data_, match_limits());
    if (status == PCRE2_ERROR_NOMATCH) return RegexpOutcome::no_match;
    if (status < 0) return RegexpOutcome::too_hard;
    if (groups != nullptr) keep(*groups);
    return RegexpOutcome::match;
  }

  [[nodiscard]] std::size_t group_count() const override {
    std::uint32_t count = 0;
    pcre2_pattern_info(code_, PCRE2_INFO_CAPTURECOUNT, &count);
    return count;
  }

 private:
  void keep(std::vector<GroupRange>& groups) const {
    groups.clear();
    const PCRE2_SIZE* offsets = pcre2_get_ovector_pointer(data_);
    for (std::size_t i = 1; i < pcre2_get_ovector_count(data_); ++i) {
      const bool set = offsets[2 * i] != PCRE2_UNSET;
      groups.push_back(set ? GroupRange{offsets[2 * i], offsets[2 * i + 1]} : GroupRange{});
    }
  }

  pcre2_code* code_;
  pcre2_match_data* data_;
};

std::uint32_t pcre_options(const grammar::RegexpFlags& flags) {
  const auto option = [](bool on, std::uint32_t bit) { return on ? bit : 0U; };
  return option(flags.ignore_case, PCRE2_CASELESS) | option(flags.multiline, PCRE2_MULTILINE) |
         option(flags.dot_all, PCRE2_DOTALL) | option(flags.extended, PCRE2_EXTENDED) |
         option(flags.anchored, PCRE2_ANCHORED) |
         option(flags.dollar_end_only, PCRE2_DOLLAR_ENDONLY) |
         option(flags.ungreedy, PCRE2_UNGREEDY);
}

std::string pcre_error(int error, PCRE2_SIZE offset) {
  std::array<PCRE2_UCHAR, 256> buffer{};
  pcre2_get_error_message(error, buffer.data(), buffer.size());
  return "error in regex at offset " + std::to_string(offset) + ": " +
         reinterpret_cast<const char*>(buffer.data());
}

constexpr std::size_t longest_pattern = 32768;

}  // namespace

CompiledExpression compile_posix(std::string_view pattern, const grammar::RegexpFlags& flags,
                                 bool groups) {
  CompiledExpression result;
  result.too_hard = pattern.size() > longest_pattern || interval_product(pattern) > 10000;
  if (result.too_hard) return result;
  const int options = (flags.extended ? REG_EXTENDED : 0) | (flags.ignore_case ? REG_ICASE : 0) |
                      (flags.multiline ? REG_NEWLINE : 0) | (groups ? 0 : REG_NOSUB);
  auto expression = std::make_unique<PosixExpression>(pattern, options);
  if (expression->usable()) {
    result.expression = std::move(expression);
  } else {
    result.error = expression->error();
  }
  return result;
}

CompiledExpression compile_pcre(std::string_view pattern, const grammar::RegexpFlags& flags) {
  CompiledExpression result;
  result.too_hard = pattern.size() > longest_pattern;
  if (result.too_hard) return result;
  int error = 0;
  PCRE2_SIZE offset = 0;
  pcre2_code* code =
      pcre2_compile(bytes(pattern), pattern.size(), pcre_options(flags), &error, &offset, nullptr);
  if (code != nullptr) {
    result.expression = std::make_unique<PcreExpression>(code);
  } else {
    result.error = pcre_error(error, offset);
  }
  return result;
}

}  // namespace postlint::smtpd
