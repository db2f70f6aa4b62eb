#include <fmt/format.h>

#include "app/commands.h"
#include "formats/json/writer.h"

namespace sally::app {

Result<int> version(const World& world, Format format) {
  if (format == Format::kJson) {
    std::string out;
    formats::JsonWriter json(out);
    json.begin_object();
    json.member("version", SALLY_VERSION).member("compiler", __VERSION__).end_object();
    json.finish();
    world.console.out(out + "\n");
  } else {
    world.console.out(fmt::format("sallyport {}\n", SALLY_VERSION));
  }
  return kFine;
}

}  // namespace sally::app
