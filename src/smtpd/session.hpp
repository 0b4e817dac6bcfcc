#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "src/smtpd/esmtp_options.hpp"
#include "src/smtpd/evaluator.hpp"

namespace postlint::smtpd {

/// What one run of a session came to, given one set of answers of the world.
struct SessionResult {
  struct Recipient {
    std::string to;
    std::string reply;
    std::optional<std::size_t> deciding;  // step
    std::size_t first_step = 0;
  };
  std::array<std::optional<std::string>, stage_count> replies;
  Stage stage = Stage::connect;  // of the verdict
  std::string reply;
  std::optional<std::size_t> deciding;
  std::vector<Recipient> recipients;
  std::string fatal;
  bool hangup = false;
};

/// Plays a request against a server as smtpd_proto() would: one command at a time, each answered
/// before the next.
class Session {
 public:
  Session(const Server& server, const World& world, Choices& choices, const Request& request,
          const Neutralised* neutralised);

  SessionResult play();
  [[nodiscard]] Evaluator& evaluator() { return evaluator_; }
  /// What had to be taken for granted on the way ("the login is right").
  [[nodiscard]] const std::vector<std::string>& assumptions() const { return assumptions_; }

 private:
  /// A reply as it goes out; `deciding` of a refusal is the last step.
  struct Answered {
    std::string text;
    bool refused = false;
  };
  bool play_stage(Stage stage);
  void play_all();
  Answered connect();
  Answered helo();
  Answered starttls();
  Answered auth();
  Answered mail();
  Answered recipient(const std::string& to);
  Answered data();
  Answered end_of_data();

  Answered accept(std::string reply);
  Answered refuse(std::string reply, std::string_view parameter, std::string item, std::string why);
  Answered refused(std::string reply);
  Answered refuse_certificate();
  std::string send(std::string reply);
  std::optional<std::string> without_tls() const;
  std::optional<std::string> replaced(const std::string& command);
  std::string ehlo_reply();
  bool discarded(std::string_view keyword) const;
  bool in_list(const MatchList& list);
  void activate_sasl(std::string_view options);
  std::string with_footer(std::string reply);
  std::string filtered(std::string reply);
  bool has_certificate() const;
  void start_tls();
  void drop_at_handshake(std::string why);
  void finish(Stage stage, const Answered& answered);
  void assume(std::string text);
  bool wants(Stage stage) const { return stage <= request_->until; }
  [[nodiscard]] OfferedExtensions offered() const;

  const Server* server_;
  const Parameters* parameters_;
  const Request* request_;
  Evaluator evaluator_;
  SessionState* state_;
  SessionResult result_;
  std::vector<std::string> assumptions_;
  std::vector<std::string> discarded_;
  bool denied_ = false;
  bool certificate_refused_ = false;
};

}  // namespace postlint::smtpd
