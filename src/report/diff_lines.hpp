#pragma once

#include <optional>
#include <string>

#include "src/engine/config_diff.hpp"
#include "src/model/workspace.hpp"
#include "src/smtpd/access_diff.hpp"

namespace postlint::report {

/// The pieces of text that the formats of `diff` share. None holds a line feed.

/// "etc/main.cf:12"; empty: in no file.
std::string place_text(const model::Workspace& workspace, text::Span span);

/// "stranger -> foreign: accept -> reject"; "192.0.2.7 (stranger, now my networks) -> ...".
std::string access_line(const smtpd::AccessChange& change);

/// "reject_unauth_destination in smtpd_relay_restrictions (main.cf:12), entry x OK (friends:2)".
std::string decision_text(const model::Workspace& workspace, const smtpd::Trace& trace);

/// "closed -> open"
std::string verdict_line(const smtpd::VerdictChange& change);

/// "smtp/inet, submission/inet"; empty where the change is everywhere.
std::string services_text(const engine::ValueChange& change);

/// One line for each word that was added, removed or moved.
std::vector<std::string> item_lines(const engine::ItemChanges& items);

/// The value in force, on one line; "(none)".
std::string value_text(const model::Setting* setting);

/// "main.cf:12 -> master.cf:40 -o", "default 3.7"; empty: the name is nowhere.
std::string origin_text(const model::Workspace& workspace, const model::Setting* setting);

}  // namespace postlint::report
