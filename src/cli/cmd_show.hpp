#pragma once

#include <string>

#include "src/model/postconf.hpp"
#include "src/model/workspace.hpp"

namespace postlint::cli {

struct ShowOptions {
  model::PostconfRequest request;
  bool origin = false;  // --origin
  bool json = false;    // --format json
  bool quiet = false;   // no warnings
};

/// `postlint show`. Appends to `out` and `err` what belongs on standard output and standard
/// error; returns the exit status.
int run_show(const database::Database& database, model::LoadOptions load,
             const ShowOptions& options, std::string& out, std::string& err);

}  // namespace postlint::cli
