// OutflowInspector: all of this folder at the texts of one exchange: an answer in the light of its
// request. What a route has switched off costs nothing.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "content/outflow/code_danger.h"
#include "content/outflow/hidden_canary.h"
#include "content/outflow/link_policy.h"
#include "content/outflow/prompt_cache.h"
#include "content/outflow/word_rules.h"
#include "content/secrets/secret_finder.h"
#include "core/exchange_inspector.h"

namespace sally::content {

enum class OnOutflow : uint8_t { kOff, kAnnotate, kRefuse };

struct RuledWords {
  WordRule words;
  bool in_requests = false;
  bool in_answers = true;
  OnOutflow on = OnOutflow::kAnnotate;
};

// What a route does.
struct OutflowSettings {
  OnOutflow images = OnOutflow::kAnnotate;  // what is fetched without a click
  OnOutflow links = OnOutflow::kAnnotate;
  LinkRules link_rules;
  OnOutflow canaries = OnOutflow::kRefuse;  // in other writings too
  OnOutflow system_prompt = OnOutflow::kAnnotate;
  OnOutflow code =
      OnOutflow::kAnnotate;  // never kRefuse: it is not told whether a text warns of it
  std::vector<RuledWords> words;

  // Whether anybody looks at all.
  [[nodiscard]] bool anything() const;
};

// What the routes of one configuration share.
struct OutflowParts {
  std::shared_ptr<const CodeDanger> code;        // where a route looks at code
  std::shared_ptr<const HiddenCanary> canaries;  // null: there are none
  std::shared_ptr<PromptCache> prompts;
  // What must not leave by a link, besides what is found in the request.
  std::shared_ptr<const std::vector<std::string>> sensitive;
  size_t longest_canary = 0;  // octets
};

class OutflowInspector final : public ExchangeInspector,
                               public std::enable_shared_from_this<OutflowInspector> {
 public:
  // Findings of one kind that are told of one exchange; where one refuses, it is told.
  static constexpr size_t kMostFindings = 64;
  // Texts of a request that must not leave by a link, and the octets of one.
  static constexpr size_t kMostSensitive = 32;
  static constexpr size_t kLongestSensitive = 512;

  // As LinkPolicy::create and WordRules::create.
  static Result<std::shared_ptr<const OutflowInspector>> create(OutflowSettings settings,
                                                                OutflowParts parts);

  [[nodiscard]] std::unique_ptr<ExchangeInspection> begin() const override;

 private:
  friend class OutflowInspection;
  friend class OutflowStream;
  OutflowInspector(OutflowSettings settings, OutflowParts parts, LinkPolicy links)
      : settings_(std::move(settings)), parts_(std::move(parts)), links_(std::move(links)) {}
  [[nodiscard]] bool looks_for_links() const {
    return settings_.images != OnOutflow::kOff || settings_.links != OnOutflow::kOff;
  }

  OutflowSettings settings_;
  OutflowParts parts_;
  LinkPolicy links_;
  // Rules for requests and for answers, and which of `settings_.words` each is.
  struct Words {
    std::unique_ptr<const WordRules> rules;  // null: there are none
    std::vector<uint32_t> which;
  };
  Words request_words_;
  Words answer_words_;
};

}  // namespace sally::content
