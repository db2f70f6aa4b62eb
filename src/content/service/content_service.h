// ContentService: the answers to questions about texts.
#pragma once

#include <memory>

#include "base/secret.h"
#include "content/attack/attack_detector.h"
#include "content/text_finder.h"
#include "core/text_service.h"

namespace sally::content {

class ContentService final : public TextService {
 public:
  // `root`: 32 octets, of which the keys of each tenant are derived.
  ContentService(std::shared_ptr<const TextFinder> finder,
                 std::shared_ptr<const AttackDetector> attacks, Secret root)
      : finder_(std::move(finder)), attacks_(std::move(attacks)), root_(std::move(root)) {}

  [[nodiscard]] bool is_quick(ByteView body) const override;
  [[nodiscard]] Result<std::string> answer(std::string_view action, std::string_view tenant,
                                           ByteView body) const override;

 private:
  std::shared_ptr<const TextFinder> finder_;
  std::shared_ptr<const AttackDetector> attacks_;
  Secret root_;
};

// POST /v1/inspect: `{"texts": [{"id": ..., "text": ..., "provenance": ...}]}`; an answer
// `{"results": [{"id": ..., "spans": [...], "attack": {...}}]}`, as `sallyport inspect` writes it.
// kInvalidInput.
[[nodiscard]] Result<std::string> inspect_texts(const TextFinder& finder,
                                                const AttackDetector& attacks, ByteView body);

}  // namespace sally::content
