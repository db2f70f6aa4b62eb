// Links are inside the text, in order, code is what it says, and every link can be judged.
#include <cstdint>

#include "base/check.h"
#include "content/outflow/link_policy.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally::content;
  static const LinkPolicy policy = std::move(*LinkPolicy::create({}));
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  std::vector<Link> links;
  find_links(text, links);
  constexpr std::string_view kSensitive[] = {"kestrel-2303", "4111 1111"};
  size_t last = 0;
  for (const Link& link : links) {
    SALLY_CHECK(link.begin >= last && link.begin <= link.end && link.end <= size);
    SALLY_CHECK(!link.in_code || link.kind == LinkKind::kLink);
    last = link.begin;
    std::vector<LinkVerdict> verdicts;
    policy.judge(link, kSensitive, verdicts);
    for (size_t i = 0; i < verdicts.size(); ++i) {
      SALLY_CHECK(verdicts[i].begin == link.begin && verdicts[i].end == link.end);
      SALLY_CHECK(i == 0 || verdicts[i - 1].rule < verdicts[i].rule);
    }
  }
  return 0;
}
