#include "src/model/postconf.hpp"
#include "src/model/workspace.hpp"

namespace postlint::model {

PostconfInput postconf_input(const Workspace& workspace) {
  PostconfInput input;
  input.database = &workspace.database();
  input.sources = &workspace.sources();
  input.directory = workspace.directory();
  input.main = workspace.main().file;
  if (workspace.master() != nullptr) input.master = workspace.master()->file;
  input.host = &workspace.host();
  input.read_client_file =
      [&workspace](std::string_view path) -> std::optional<Result<std::string>> {
    const TableFile& table = workspace.table_file(path);
    switch (table.status) {
      case TableFile::Status::read:
        return std::string(workspace.sources()[table.file].bytes());
      case TableFile::Status::unreadable:
      case TableFile::Status::missing:
        return Error{table.reason};
      case TableFile::Status::not_looked_for:
        break;
    }
    return Error{"No such file or directory"};
  };
  return input;
}

}  // namespace postlint::model
