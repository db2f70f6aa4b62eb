#include "content/secrets/secret_inspector.h"

#include <utility>

#include "content/secrets/prefix_matcher.h"

namespace sally::content {
namespace {

void report(const FoundSecret& found, const Place& place, Direction direction, Findings& out) {
  out.push_back(Finding{.inspector = "secrets",
                        .rule = std::string(found.rule),
                        .severity = found.severity,
                        .direction = direction,
                        .place = place.str(),
                        .offset = found.begin,
                        .length = static_cast<uint32_t>(found.end - found.begin)});
}

class SecretStream final : public StreamInspector {
 public:
  SecretStream(std::shared_ptr<const PrefixAutomaton> automaton, const Segment& segment)
      : automaton_(std::move(automaton)),
        place_(segment.place.str()),
        direction_(segment.direction),
        prefixes_(*automaton_) {}

  size_t feed(std::string_view piece, Findings& out) override {
    const size_t held = prefixes_.feed(piece, found_);
    pass_on(out);
    return held;
  }

  void finish(Findings& out) override {
    prefixes_.finish(found_);
    pass_on(out);
  }

 private:
  void pass_on(Findings& out) {
    for (const FoundSecret& found : found_) {
      report(found, Place(place_), direction_, out);
    }
    found_.clear();
  }

  std::shared_ptr<const PrefixAutomaton> automaton_;
  std::string place_;
  Direction direction_;
  PrefixMatcher prefixes_;
  std::vector<FoundSecret> found_;  // empty between calls
};

}  // namespace

Result<std::unique_ptr<SecretInspector>> SecretInspector::create(
    const std::vector<Canary>& canaries) {
  TRY(SecretFinder finder, SecretFinder::create(canaries));
  return std::unique_ptr<SecretInspector>(new SecretInspector(finder.automaton()));
}

SecretInspector::SecretInspector(std::shared_ptr<const PrefixAutomaton> automaton)
    : automaton_(std::move(automaton)) {}

SecretInspector::~SecretInspector() = default;

void SecretInspector::inspect(std::string_view text, const Segment& segment, Findings& out) const {
  if (text.size() < automaton_->shortest) {
    return;  // most texts of a request: names, roles, types
  }
  std::vector<FoundSecret> found;
  PrefixMatcher(*automaton_).whole(text, found);
  for (const FoundSecret& one : found) {
    report(one, segment.place, segment.direction, out);
  }
}

std::unique_ptr<StreamInspector> SecretInspector::stream(const Segment& segment) const {
  return std::make_unique<SecretStream>(automaton_, segment);
}

size_t SecretInspector::max_hold_back() const {
  return automaton_->longest;
}

}  // namespace sally::content
