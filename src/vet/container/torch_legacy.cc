#include "vet/container/torch_legacy.h"

namespace sally::vet::container {

bool may_be_torch_legacy(const Look& look) {
  // 0x1950a86a20f9469cfc6c as LONG1 has it, where a pickle of protocol 2 or above has its first
  // value.
  constexpr std::string_view kMagic("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.", 13);
  constexpr size_t kSearched = 16;  // behind PROTO and perhaps FRAME
  const std::string_view head = as_text(look.head).substr(0, kSearched + kMagic.size());
  return head.starts_with('\x80') && head.find(kMagic) != std::string_view::npos;
}

Result<> examine_torch_legacy(const formats::Input& input, Examination& examination) {
  (void)input;
  examination.add_fact("framework", "PyTorch");
  return ok();
}

}  // namespace sally::vet::container
