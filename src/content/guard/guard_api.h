// The APIs of guard models: how each is asked about a text, and what its answer means.
//
// Llama Guard, ShieldGemma, Granite Guardian and their like behind an OpenAI-compatible server;
// text classifiers (Prompt Guard) behind Text Embeddings Inference; OpenAI's moderations; Azure AI
// Content Safety's Prompt Shields.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"
#include "core/second_opinion.h"

namespace sally::content {

enum class GuardApi : uint8_t {
  kChat,        // POST .../v1/chat/completions: the answer begins with a word that says it
  kModeration,  // POST .../v1/moderations
  kClassify,    // POST .../predict: labels with scores
  kShields,     // POST .../contentsafety/text:shieldPrompt?api-version=...
};
// `chat`, `moderation`, `classify`, `shields`. Stable.
[[nodiscard]] std::string_view name_of(GuardApi api);
[[nodiscard]] std::optional<GuardApi> parse_guard_api(std::string_view text);

struct GuardSettings {
  // Where `{text}` stands in what a chat model is told, the text is put; kUsage where it does not.
  static constexpr std::string_view kHole = "{text}";
  // The most octets of a text that are shown: its beginning and its end, where it is longer.
  static constexpr size_t kMostShown = size_t{16} << 10;

  GuardApi api = GuardApi::kChat;
  std::string url;
  std::string trust;          // for Fetcher: how the server is verified
  std::string model;          // of kChat and kModeration; others serve one
  std::string prompt{kHole};  // of kChat
  std::string key_field;      // the header that the key stands in; empty: none
  std::string key_prefix;     // before it: `Bearer `
  Secret key;
  Millis deadline{500};
  bool needed = false;  // what it gives no opinion of is refused
};

// The body that asks: JSON. It holds the text, and so perhaps secrets.
[[nodiscard]] Secret guard_question(const GuardSettings& settings, const DoubtfulText& text);

// What the answer's body says. kUpstream where it is not of the API's form, or says nothing that is
// known: an opinion that cannot be read is none.
[[nodiscard]] Result<Opinion> read_guard_answer(GuardApi api, std::string_view body);

}  // namespace sally::content
