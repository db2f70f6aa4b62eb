// Labelled text to learn from and to measure with.
#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "content/entity.h"

namespace sally::content::names {

// One text. `gold` is sorted, in octets. `others`: spans of types that the tagger does not know.
struct Example {
  std::string text;
  std::string source;
  std::vector<Entity> gold;
  std::vector<Entity> others;  // their type means nothing
};

// Calls `take(line)`, a Result<>, for every line that is not empty; its error gets the line's
// number.
template <typename Take>
Result<> for_each_line(std::string_view lines, const Take& take) {
  for (size_t number = 1; !lines.empty(); ++number) {
    const size_t end = std::min(lines.find('\n'), lines.size());
    if (end > 0) {
      if (const Result<> taken = take(lines.substr(0, end)); !taken) {
        return taken.error().in("line " + std::to_string(number));
      }
    }
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
  return ok();
}

// Appends the examples of JSON lines: `{"text","source","spans":[{"start","end","type"}]}`, offsets
// in code points. kInvalidInput with the line where one is not like that.
Result<> read_examples(std::string_view lines, std::vector<Example>& out);

// The text of a file, unpacked where its name ends in `.gz`.
Result<std::string> read_text(const std::string& path);

}  // namespace sally::content::names
