// Any bytes as an answer of an MCP server: where a strict reader finds a list in it, so does the
// gate, what was hidden is nowhere in what is shown, and what is shown reads as the same list.
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "gateway/protocol/mcp_lists.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally::gateway;
  const std::string_view answer(reinterpret_cast<const char*>(data), size);
  const auto lists = has_lists(answer, {});
  if (!lists.ok()) {
    return 0;
  }
  const auto read = McpLists::read(answer, {});
  if (!*lists) {
    SALLY_CHECK(!read.ok() || read->items().empty());
    return 0;
  }
  if (!read.ok()) {
    return 0;
  }
  // The first byte decides what is kept.
  std::vector<bool> keep(read->items().size());
  std::vector<std::string_view> names;
  for (size_t i = 0; i < keep.size(); ++i) {
    keep[i] = ((data[0] >> (i % 8)) & 1) != 0;
    if (keep[i]) {
      names.push_back(read->items()[i].name);
    }
  }
  const std::string shown = read->write(keep);
  const auto still = has_lists(shown, {});
  SALLY_CHECK(still.ok() && *still);
  const auto again = McpLists::read(shown, {});
  SALLY_CHECK(again.ok() && again->items().size() == names.size());
  for (size_t i = 0; i < names.size(); ++i) {
    SALLY_CHECK(again->items()[i].name == names[i]);
  }
  SALLY_CHECK(again->write(std::vector<bool>(names.size(), true)) == shown);
  return 0;
}
