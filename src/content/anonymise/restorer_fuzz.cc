// Any answer is restored alike however it is cut, and octets that are no placeholder stay.
#include <cstdint>
#include <vector>

#include "content/anonymise/map_vault.h"
#include "content/anonymise/restorer_properties.h"

namespace {

using namespace sally::content::anonymise;
using sally::store::VaultItem;

// Writing and cuts, then the answer, in which `\x01` to `\x03` stand for genuine placeholders.
void check(std::span<const uint8_t> data) {
  MapVault vault;
  Exchange exchange(&vault, {.scope = "s", .subject = "u"}, sally::WallTime());
  const std::vector<VaultItem> items = {
      {"PERSON", "Ada"}, {"EMAIL_ADDRESS", "a@b"}, {"X", "\"\n\xff"}};
  const auto entries = vault.put("s", "u", items, sally::WallTime());
  SALLY_CHECK(entries.ok());
  exchange.add_surrogate("12 34", "56 78");
  exchange.add_surrogate("12", "90");

  const Writing writing = data[0] % 2 == 0 ? Writing::kText : Writing::kJsonString;
  std::string text;
  for (const uint8_t octet : data.subspan(3)) {
    text += octet >= 1 && octet <= 3 ? to_text((*entries)[octet - size_t{1}])
                                     : std::string(1, static_cast<char>(octet));
  }
  const std::string whole = restore(exchange, text, writing);
  const size_t first = text.empty() ? 0 : data[1] % (text.size() + 1);
  const size_t second = first + (text.size() - first) * data[2] / 255;
  const std::vector<size_t> cuts = {first, second};
  SALLY_CHECK(restore_in_pieces(exchange, text, writing, cuts) == whole);

  for (size_t at = 0; at < text.size(); ++at) {
    const PlaceholderMatch match = match_placeholder(std::string_view(text).substr(at), writing);
    SALLY_CHECK(match.length <= text.size() - at && match.length <= kLongestPlaceholder);
    SALLY_CHECK((match.state == PlaceholderMatch::State::kYes) == (match.length > 0));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size >= 3 && size < 4'096) {
    check(std::span(data, size));
  }
  return 0;
}
