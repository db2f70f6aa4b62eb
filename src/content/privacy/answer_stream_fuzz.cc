// A text of an answer comes out the same however it is cut, and no more of it waits than may.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "content/anonymise/map_vault.h"
#include "content/privacy/privacy_rewriter.h"

namespace sally::content {
namespace {

std::string streamed(std::string_view text, size_t piece) {
  static const auto kFinder = std::make_shared<const TextFinder>(*TextFinder::create());
  static const PrivacyRewriter kRewriter(
      [] {
        PrivacySettings settings;
        settings.response = anonymise::OperatorTable(anonymise::Replace{});
        return settings;
      }(),
      kFinder, std::make_shared<anonymise::MapVault>(), Secret(std::string(32, 'r')));
  const Principal caller;
  const auto rewriting = kRewriter.begin({caller, ""}, WallTime{});
  const auto stream = rewriting->stream("content", TextForm::kPlain);
  std::vector<TextEdit> edits;
  Findings findings;
  for (size_t at = 0; at < text.size(); at += piece) {
    const auto held = stream->feed(text.substr(at, piece), findings, edits);
    SALLY_CHECK(held.ok());
    SALLY_CHECK(*held <= 256);
  }
  SALLY_CHECK(stream->finish(findings, edits).ok());
  std::string out;
  size_t at = 0;
  for (const TextEdit& edit : edits) {
    SALLY_CHECK(edit.begin >= at && edit.end <= text.size());
    out += text.substr(at, edit.begin - at);
    out += edit.with;
    at = edit.end;
  }
  return out += text.substr(at);
}

}  // namespace
}  // namespace sally::content

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) {
    return 0;
  }
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  SALLY_CHECK(sally::content::streamed(text, text.size() + 1) ==
              sally::content::streamed(text, size_t{1} + data[0] % 16));
  return 0;
}
