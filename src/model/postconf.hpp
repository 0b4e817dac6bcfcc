#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "src/model/effective_config.hpp"
#include "src/text/result.hpp"
#include "src/text/source.hpp"

namespace postlint::model {

/// What to print: the options of postconf(1) of the same letters.
struct PostconfRequest {
  enum class What : std::uint8_t {
    main,             // parameters of main.cf
    master_entries,   // -M
    master_settings,  // -P
    names             // nothing: only look at names, and go on where postconf would be fatal
  };
  What what = What::main;
  bool only_set = false;           // -n
  bool expand = false;             // -x
  bool defaults = false;           // -d
  bool fold = false;               // -f
  bool hide_name = false;          // -h
  bool hide_value = false;         // -H
  std::vector<std::string> names;  // parameters, in this order; empty: all
};

/// A name that postconf(1) warns about, apart from its text.
struct PostconfName {
  enum class Kind : std::uint8_t {
    unused,     // known to nobody: the setting has no effect
    undefined,  // something refers to it, and nobody sets it
    read_only   // the assignment is dropped
  };
  Kind kind = Kind::unused;
  std::string name;
  bool in_master = false;
  std::string name_space;   // "smtp/inet", of an -o option; empty: postconf does not tell
  std::string client_file;  // the database client file that holds it; empty: main.cf or master.cf
};

/// What postconf(1) would print. On `fatal` and `crash` it prints nothing on standard output.
struct PostconfOutput {
  std::string out;
  std::vector<std::string> warnings;  // without the "postconf: warning: " prefix
  std::optional<std::string> fatal;   // without the "postconf: fatal: " prefix
  std::string fatal_place;            // "DIR/main.cf:12" or "DIR/main.cf:12: parameter"
  bool crash = false;                 // dies by a signal
  std::vector<std::string> unknown;   // names of host facts that the output hinges on
  std::vector<PostconfName> names;    // those that the warnings speak of, in the same order
};

/// Reads a database client file ("mysql:/etc/postfix/x.cf") on behalf of postconf: the text, or
/// the reason why there is none; nothing: not looked for.
using ClientFileReader = std::function<std::optional<Result<std::string>>(std::string_view path)>;

/// Everything that postconf(1) looks at.
struct PostconfInput {
  const database::Database* database = nullptr;
  const text::SourceStore* sources = nullptr;
  std::string directory;  // as given by the user
  text::FileId main = text::no_file;
  std::optional<text::FileId> master;  // nothing: there is no master.cf
  const HostFacts* host = nullptr;
  ClientFileReader read_client_file;
};

class Workspace;
/// What postconf(1) would look at in this directory. `workspace` outlives it.
PostconfInput postconf_input(const Workspace& workspace);

/// Those that programs set by themselves: postconf ignores an assignment, with a warning.
bool is_read_only(std::string_view name);

PostconfOutput run_postconf(const PostconfInput& input, const PostconfRequest& request);

}  // namespace postlint::model
