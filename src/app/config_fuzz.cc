// Any bytes are a configuration or are refused with problems; what is accepted can be shown, and
// what is shown is accepted.
#include <cstdlib>

#include "app/config.h"
#include "app/config_docs.h"
#include "app/test_outside.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally;
  using namespace sally::app;
  const std::string_view text = as_text(std::as_bytes(std::span(data, size)));
  const std::string path = "/etc/sallyport/sallyport.yaml";
  // Without TLS contexts: reading the system's authorities is all that would be measured.
  ConfigContext context = test_context();
  context.reading = Reading::kKeys;
  std::vector<Problem> problems;
  const auto config = parse_config(text, path, context, &problems);
  if (!config.ok()) {
    SALLY_CHECK(!problems.empty());
    return 0;
  }
  const std::string shown = effective_yaml(formats::parse_yaml(text).root);
  SALLY_CHECK(parse_config(shown, path, context, &problems).ok());
  SALLY_CHECK(effective_yaml(formats::parse_yaml(shown).root) == shown);
  return 0;
}
