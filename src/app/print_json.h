// One JSON object as the whole output of a command.
#pragma once

#include <string>

#include "app/commands.h"
#include "formats/json/writer.h"

namespace sally::app {

// `write(json)` writes the members.
template <typename Write>
void print_json(const World& world, const Write& write) {
  std::string out;
  formats::JsonWriter json(out);
  json.begin_object();
  write(json);
  json.end_object();
  json.finish();
  world.console.out(out + "\n");
}

}  // namespace sally::app
