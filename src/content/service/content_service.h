// ContentService: the answers to questions about texts.
#pragma once

#include <memory>

#include "base/secret.h"
#include "content/text_finder.h"
#include "core/text_service.h"

namespace sally::content {

class ContentService final : public TextService {
 public:
  // `root`: 32 octets, of which the keys of each tenant are derived.
  ContentService(std::shared_ptr<const TextFinder> finder, Secret root)
      : finder_(std::move(finder)), root_(std::move(root)) {}

  [[nodiscard]] bool is_quick(ByteView body) const override;
  [[nodiscard]] Result<std::string> answer(std::string_view action, std::string_view tenant,
                                           ByteView body) const override;

 private:
  std::shared_ptr<const TextFinder> finder_;
  Secret root_;
};

// POST /v1/inspect: `{"texts": [{"id": ..., "text": ...}]}`; an answer `{"results": [{"id": ...,
// "spans": [...]}]}`, each span as `sallyport inspect` writes it. kInvalidInput.
[[nodiscard]] Result<std::string> inspect_texts(const TextFinder& finder, ByteView body);

}  // namespace sally::content
