#include "content/privacy/privacy_rewriter.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/random.h"
#include "content/anonymise/anonymiser.h"
#include "content/anonymise/restorer.h"
#include "content/privacy/answer_stream.h"

namespace sally::content {
namespace {

using anonymise::Exchange;
using anonymise::Keep;
using anonymise::Keys;
using anonymise::Operator;
using anonymise::Writing;

constexpr size_t kMostTenants = 1'000;  // whose keys are kept
constexpr float kPercent = 100;

bool keeps(const Operator& op) {
  return std::holds_alternative<Keep>(op);
}

// As an event tells of it. What the inspector of secrets finds too is told of by it, unless it was
// replaced.
void tell(const Found& found, std::string place, Direction direction, bool replaced,
          Findings& out) {
  if (found.goes_on || (found.plain && !replaced)) {
    return;
  }
  out.push_back(
      {.inspector = "privacy",
       .rule = std::string(found.type),
       .severity = found.severity,
       .direction = direction,
       .place = std::move(place),
       .offset = found.begin,
       .length = static_cast<uint32_t>(std::min<size_t>(found.end - found.begin, UINT32_MAX)),
       .confidence = static_cast<uint8_t>(found.score * kPercent),
       .model = std::string(found.model),
       .handling = replaced ? Handling::kReplaced : Handling::kSeen});
}

// Who shares nothing with anybody else: a session, else a caller with whom it acts for; of those
// the end users apart.
std::string session_of(const Principal& caller, std::string_view end_user) {
  std::string out = caller.session.empty() ? "principal:" + caller.id : "session:" + caller.session;
  if (caller.acts_for) {
    out += "\nfor:" + caller.acts_for->id;
  }
  if (!end_user.empty()) {
    out += "\nend user:";
    out += end_user;
  }
  return out;
}

// What an exchange works with; outlives the exchange.
struct Tools {
  const PrivacySettings& settings;
  const TextFinder& finder;
  std::shared_ptr<const Keys> keys;
};

Result<std::string> replaced(Exchange& exchange, const Tools& tools, Random& random,
                             std::string_view type, std::string_view value) {
  const anonymise::Span span{0, value.size(), type};
  const anonymise::Input input{value, {&span, 1}};
  TRY(auto done,
      anonymise::anonymise(exchange, tools.settings.response, *tools.keys, {&input, 1}, random));
  if (done.front().blocked) {
    return Error(ErrorKind::kDenied, "the answer holds a " + std::string(type),
                 "the operator lets none pass");
  }
  return std::move(done.front().text);
}

// No rewriting can be done: nothing may go on.
class FailedRewriting final : public Rewriting {
 public:
  explicit FailedRewriting(Error why) : why_(std::move(why)) {}
  Result<> rewrite(std::string_view, const Place&, Direction, TextForm, bool, Findings&,
                   std::vector<TextEdit>&) override {
    return why_;
  }
  [[nodiscard]] bool has_to_keep() const override { return false; }
  Result<> keep() override { return why_; }
  [[nodiscard]] std::string_view stands_for(uint32_t) const override { return {}; }
  std::unique_ptr<StreamRewriting> stream(std::string_view, TextForm) override {
    return std::make_unique<Failed>(why_);
  }

 private:
  class Failed final : public StreamRewriting {
   public:
    explicit Failed(Error why) : why_(std::move(why)) {}
    Result<size_t> feed(std::string_view, Findings&, std::vector<TextEdit>&) override {
      return why_;
    }
    Result<> finish(Findings&, std::vector<TextEdit>&) override { return why_; }

   private:
    Error why_;
  };
  Error why_;
};

class PrivacyRewriting final : public Rewriting {
 public:
  PrivacyRewriting(Tools tools, store::Vault* vault, anonymise::ExchangeTerms terms, WallTime now)
      : tools_(std::move(tools)), exchange_(vault, std::move(terms), now) {}

  Result<> rewrite(std::string_view text, const Place& place, Direction direction, TextForm form,
                   bool fixed, Findings& findings, std::vector<TextEdit>& edits) override {
    return direction == Direction::kRequest ? request(text, place, fixed, findings, edits)
                                            : answer(text, place, form, fixed, findings, edits);
  }

  [[nodiscard]] bool has_to_keep() const override { return !texts_.empty(); }
  Result<> keep() override {
    std::vector<anonymise::Input> inputs;
    inputs.reserve(texts_.size());
    for (const Text& text : texts_) {
      inputs.push_back({text.text, text.spans});
    }
    TRY(kept_,
        anonymise::anonymise(exchange_, tools_.settings.request, *tools_.keys, inputs, random_));
    for (size_t i = 0; i < kept_.size(); ++i) {
      if (kept_[i].blocked) {
        return Error(ErrorKind::kDenied, "`" + texts_[i].place + "` holds what must not go on",
                     "take it out");
      }
    }
    return ok();
  }
  [[nodiscard]] std::string_view stands_for(uint32_t kept) const override {
    return kept_[kept].text;
  }

  std::unique_ptr<StreamRewriting> stream(std::string_view place, TextForm form) override {
    return std::make_unique<AnswerStream>(
        tools_.finder, exchange_, form,
        [this, place = std::string(place)](const Found& found, std::string_view value,
                                           Findings& findings) {
          return judge(found, value, place, findings);
        });
  }

 private:
  struct Text {
    std::string text;
    std::string place;
    std::vector<anonymise::Span> spans;
  };

  Result<> request(std::string_view text, const Place& place, bool fixed, Findings& findings,
                   std::vector<TextEdit>& edits) {
    std::vector<anonymise::Span> spans;
    for (const Found& found : tools_.finder.find(text)) {
      if (found.score < tools_.settings.score) {
        continue;
      }
      const bool replace = !fixed && !keeps(tools_.settings.request.of(found.type));
      tell(found, place.str(), Direction::kRequest, replace, findings);
      if (replace) {
        spans.push_back({found.begin, found.end, found.type});
      }
    }
    if (!spans.empty()) {
      edits.push_back(
          {.begin = 0, .end = text.size(), .kept = static_cast<uint32_t>(texts_.size())});
      texts_.push_back({std::string(text), place.str(), std::move(spans)});
    }
    return ok();
  }

  Result<> answer(std::string_view text, const Place& place, TextForm form, bool fixed,
                  Findings& findings, std::vector<TextEdit>& edits) {
    std::string out;
    size_t at = 0;
    for (const Found& found : tools_.finder.find(text)) {
      const std::string_view value = text.substr(found.begin, found.end - found.begin);
      if (fixed) {
        if (found.score >= tools_.settings.score) {
          tell(found, place.str(), Direction::kResponse, false, findings);
        }
        continue;
      }
      TRY(const auto with, judge(found, value, place.str(), findings));
      if (with) {
        out += text.substr(at, found.begin - at);
        out += *with;
        at = found.end;
      }
    }
    out += text.substr(at);
    std::string restored = anonymise::restore(
        exchange_, out, form == TextForm::kJson ? Writing::kJsonString : Writing::kText);
    if (restored != text) {
      edits.push_back({.begin = 0, .end = text.size(), .with = std::move(restored)});
    }
    return ok();
  }

  // Of the answer: tells of what was found, and gives what goes on in its place.
  Result<std::optional<std::string>> judge(const Found& found, std::string_view value,
                                           const std::string& place, Findings& findings) {
    if (found.score < tools_.settings.score || is_placeholder(value)) {
      return std::optional<std::string>();
    }
    const bool replace = !keeps(tools_.settings.response.of(found.type));
    tell(found, place, Direction::kResponse, replace, findings);
    if (!replace) {
      return std::optional<std::string>();
    }
    if (found.goes_on) {
      return std::optional(std::string());  // its first part was replaced for all of it
    }
    TRY(auto with, replaced(exchange_, tools_, random_, found.type, value));
    return std::optional(std::move(with));
  }
  static bool is_placeholder(std::string_view value) {
    return anonymise::match_placeholder(value, Writing::kText).state ==
           anonymise::PlaceholderMatch::State::kYes;
  }

  Tools tools_;
  Exchange exchange_;
  SystemRandom random_;
  std::vector<Text> texts_;  // of the request, which change
  std::vector<anonymise::Anonymised> kept_;
};

}  // namespace

PrivacyRewriter::PrivacyRewriter(PrivacySettings settings, std::shared_ptr<const TextFinder> finder,
                                 std::shared_ptr<store::Vault> vault, Secret root)
    : settings_(std::move(settings)),
      finder_(std::move(finder)),
      vault_(std::move(vault)),
      root_(std::move(root)) {}

std::string PrivacyRewriter::subject_of(std::string_view principal, std::string_view end_user) {
  return end_user.empty() ? "principal:" + std::string(principal)
                          : "subject:" + std::string(end_user);
}

bool PrivacyRewriter::holds(std::string_view text) const {
  return std::ranges::any_of(finder_->find(text), [this](const Found& found) {
    return found.score >= settings_.score && found.severity > Severity::kInfo;
  });
}

std::unique_ptr<Rewriting> PrivacyRewriter::begin(const RewritingSubject& subject,
                                                  WallTime now) const {
  const Principal& caller = subject.principal;
  // Who has no team is a tenant of its own; all who are unknown are one.
  const std::string tenant = caller.team.str().empty() ? "principal:" + caller.id
                                                       : "team:" + std::string(caller.team.str());
  auto keys = keys_of(tenant);
  if (!keys) {
    return std::make_unique<FailedRewriting>(keys.error());
  }
  anonymise::ExchangeTerms terms;
  // Of an agent that acts for somebody the values are his.
  terms.subject = subject_of(caller.acts_for ? caller.acts_for->id : caller.id, subject.end_user);
  const bool alone = caller.kind != PrincipalKind::kAnonymous;
  if (settings_.scope == PlaceholderScope::kSession && alone) {
    terms.scope = session_of(caller, subject.end_user);
    terms.restorable = anonymise::ExchangeTerms::Restorable::kScope;
  } else {
    terms.scope = tenant;
    terms.restorable = anonymise::ExchangeTerms::Restorable::kIssued;
  }
  return std::make_unique<PrivacyRewriting>(Tools{settings_, *finder_, *std::move(keys)},
                                            vault_.get(), std::move(terms), now);
}

Result<std::shared_ptr<const Keys>> PrivacyRewriter::keys_of(std::string_view tenant) const {
  const std::lock_guard lock(mutex_);
  const std::string name(tenant);
  if (const auto known = keys_.find(name); known != keys_.end()) {
    return known->second;
  }
  TRY(Keys keys, Keys::derive(root_, tenant));
  if (keys_.size() >= kMostTenants) {
    keys_.erase(keys_.begin());
  }
  return keys_.emplace(name, std::make_shared<const Keys>(std::move(keys))).first->second;
}

}  // namespace sally::content
