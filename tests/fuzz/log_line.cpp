#include "grammar/log_line.hpp"

#include "tests/fuzz/invariants.hpp"

using namespace postlint;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text = fuzz::as_text(data, size);
  const grammar::LogLine line = grammar::parse_log_line(text);
  for (const text::Range range : {line.program,
                                  line.syslog_name,
                                  line.daemon,
                                  line.message,
                                  line.queue_id,
                                  line.action,
                                  line.stage,
                                  line.content,
                                  line.client_name,
                                  line.client,
                                  line.reply,
                                  line.dsn,
                                  line.text,
                                  line.proto,
                                  line.sasl_method,
                                  line.sasl_username,
                                  line.relay,
                                  line.status,
                                  line.reason,
                                  line.remote,
                                  line.from.value_or(text::Range{}),
                                  line.to.value_or(text::Range{}),
                                  line.helo.value_or(text::Range{})})
    fuzz::check_inside(text, range);
  FUZZ_CHECK(line.code == 0 || (line.code >= 400 && line.code < 600));
  fuzz::check_within(line.program, line.syslog_name.empty() ? line.program : line.syslog_name);
  fuzz::check_within(line.reply, line.dsn.empty() ? line.reply : line.dsn);
  return 0;
}
