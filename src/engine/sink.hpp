#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "src/engine/finding.hpp"
#include "src/engine/restriction_list.hpp"
#include "src/model/workspace.hpp"

namespace postlint::engine {

class Sink;

/// Builds one finding; hands it to the sink at the end of its life. Must be given a message.
class FindingBuilder {
 public:
  FindingBuilder(const FindingBuilder&) = delete;
  FindingBuilder& operator=(const FindingBuilder&) = delete;
  ~FindingBuilder();

  /// One sentence, lower case at the start, no full stop: what is wrong, and the consequence.
  template <class... Parts>
  FindingBuilder& message(const Parts&... parts) {
    return set_message({std::string_view(parts)...});
  }
  /// Text behind the caret of the primary place.
  template <class... Parts>
  FindingBuilder& label(const Parts&... parts) {
    return set_label({std::string_view(parts)...});
  }
  /// A further fact, shown below the snippet.
  template <class... Parts>
  FindingBuilder& note(const Parts&... parts) {
    return add_note({std::string_view(parts)...});
  }
  /// A second place. Ignored where the span is in no file (a compiled default).
  FindingBuilder& related(text::Span span, std::string label);
  /// The history of a value that the message speaks of. The first call also names the parameter.
  FindingBuilder& origin(const model::Setting& setting);
  /// The parameter that the finding is about, if no origin() names it.
  FindingBuilder& parameter(std::string_view name);
  /// The offending token, key or name: tells this finding from others of the same parameter in
  /// baselines, so never a position, never a whole list. Default: the text of the primary place.
  FindingBuilder& item(std::string_view token);
  /// No item: the finding is about an absence.
  FindingBuilder& absence();
  /// The service; in on_service and on_restriction_list the sink knows it already.
  FindingBuilder& service(const model::Service& service);
  /// Lowers (or raises) what the rule says.
  FindingBuilder& confidence(Confidence confidence);
  FindingBuilder& severity(Severity severity);
  /// The first release for which the finding holds. Where the server may have an older one, the
  /// finding says so, is only possible, and none of its fixes is safe.
  FindingBuilder& since(database::Version first);
  /// Nobody meant the text there (a placeholder, a byte order mark): the other rules, which take
  /// it at its word, are silent about it. Findings with a witness stay.
  FindingBuilder& spoilt(text::Span span);
  /// What had to be assumed: "hash:/etc/postfix/x does not permit strangers (not read)".
  FindingBuilder& assume(std::string what);
  FindingBuilder& witness(Witness witness);
  FindingBuilder& fix(Fix fix);

 private:
  friend class Placeless;
  FindingBuilder(Sink& sink, const RuleInfo& info, text::Span span);
  FindingBuilder(Sink& sink, const RuleInfo& info, const model::Service* absent_from);
  FindingBuilder& set_message(std::initializer_list<std::string_view> parts);
  FindingBuilder& set_label(std::initializer_list<std::string_view> parts);
  FindingBuilder& add_note(std::initializer_list<std::string_view> parts);
  void limit_to_releases();

  Sink& sink_;
  Finding finding_;
  bool item_given_ = false;
};

/// A finding that still wants its one primary place.
class [[nodiscard]] Placeless {
 public:
  /// A span in no file (a compiled default) stands for at_absence().
  FindingBuilder at(text::Span span) const;
  FindingBuilder at(const text::MappedView& view) const { return at(view.span()); }
  /// For what is not there: the current service's master.cf entry, else line 1 of main.cf.
  FindingBuilder at_absence() const;
  FindingBuilder at_absence(const model::Service& service) const;

 private:
  friend class Sink;
  Placeless(Sink& sink, const RuleInfo& info) : sink_(sink), info_(info) {}
  Sink& sink_;
  const RuleInfo& info_;
};

/// Values that several rules compute from the same configuration, made once:
/// sink.shared<Model>(..).
class SharedValues {
 public:
  template <class T>
  const T& get(const std::function<T()>& make) {
    std::shared_ptr<void>& slot = slots_[&key<T>];
    if (slot == nullptr) slot = std::make_shared<T>(make());
    return *static_cast<const T*>(slot.get());
  }

  /// What whoever starts the run knows; rules then find it here.
  template <class T>
  void set(T value) {
    slots_[&key<T>] = std::make_shared<T>(std::move(value));
  }

 private:
  template <class T>
  static constexpr char key = 0;
  std::unordered_map<const void*, std::shared_ptr<void>> slots_;
};

/// What a rule gets besides the thing to look at: the configuration around it, and where findings
/// go.
class Sink {
 public:
  Sink(const model::Workspace& workspace, SharedValues& shared, std::vector<Finding>& findings)
      : workspace_(workspace), shared_(shared), findings_(findings) {}

  /// sink.report(info).at(span).message("...", name, "...").related(other, "...").fix(...);
  Placeless report(const RuleInfo& info) { return {*this, info}; }

  [[nodiscard]] const model::Workspace& workspace() const { return workspace_; }
  [[nodiscard]] const database::Database& database() const { return workspace_.database(); }
  [[nodiscard]] database::Version version() const { return database().version(); }
  [[nodiscard]] bool at_least(unsigned major, unsigned minor) const;
  /// The oldest release that the server may have: version() unless that was only assumed. What is
  /// said of every release must hold from there on.
  [[nodiscard]] database::Version oldest();
  /// The bytes of a span as they stand in the file.
  [[nodiscard]] std::string_view text(text::Span span) const;
  /// The whole physical lines on which a span stands, with the line feed: what a fix deletes.
  [[nodiscard]] text::Span line_span(text::Span span) const;
  /// "main.cf:12", for messages.
  [[nodiscard]] std::string place(text::Span span) const;

  /// The restriction lists of a service (empty for services other than smtpd), parsed once.
  const std::vector<RestrictionList>& lists(const model::Service& service);
  /// One of them; null where the list is empty.
  const RestrictionList* list(const model::Service& service, RestrictionList::Stage stage);

  /// One T a configuration, made by the first rule that asks.
  template <class T>
  const T& shared(const std::function<T()>& make) {
    return shared_.get<T>(make);
  }

  /// For the driver: the service that hooks look at now (null: none).
  void set_service(const model::Service* service) { service_ = service; }
  [[nodiscard]] const model::Service* service() const { return service_; }
  /// For the driver: what the engine itself finds.
  void add(Finding finding) { findings_.push_back(std::move(finding)); }

 private:
  const model::Workspace& workspace_;
  SharedValues& shared_;
  std::vector<Finding>& findings_;
  const model::Service* service_ = nullptr;
};

}  // namespace postlint::engine
