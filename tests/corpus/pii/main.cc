// pii-spans: reads lines `{"id","text"}` from standard input and writes lines
// `{"id","spans":[{"start","end","type","score"}]}`, offsets in Unicode code points, so that
// tools/score_pii.py can judge what PersonalRecognizer finds.
#include <fmt/format.h>

#include <iostream>
#include <string>
#include <vector>

#include "content/personal/personal_recognizer.h"
#include "formats/json/document.h"

int main() {
  const sally::content::PersonalRecognizer personal;
  std::vector<sally::content::Entity> entities;
  for (std::string line; std::getline(std::cin, line);) {
    auto document = sally::formats::JsonDocument::parse(line);
    if (!document.ok()) {
      std::cerr << "not JSON: " << line.substr(0, 60) << "\n";
      return 2;
    }
    const auto text = document->root().string("text");
    const auto id = document->root().string("id");
    if (!text.ok() || !id.ok()) {
      std::cerr << "no id or no text: " << line.substr(0, 60) << "\n";
      return 2;
    }
    entities.clear();
    personal.find(*text, entities);
    std::string spans;
    size_t octets = 0;
    size_t characters = 0;
    const auto character_of = [&](size_t octet) {
      for (; octets < octet; ++octets) {
        characters += (static_cast<unsigned char>((*text)[octets]) & 0xC0U) != 0x80U ? 1 : 0;
      }
      return characters;
    };
    for (const auto& entity : entities) {
      const size_t start = character_of(entity.begin);
      const size_t end = character_of(entity.end);
      spans += fmt::format(R"({}{{"start":{},"end":{},"type":"{}","score":{:.2f}}})",
                           spans.empty() ? "" : ",", start, end,
                           sally::content::name_of(entity.type), entity.score);
    }
    std::cout << fmt::format("{{\"id\":\"{}\",\"spans\":[{}]}}\n", *id, spans);
  }
  return 0;
}
