#include "content/names/train/corpus.h"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <iterator>

#include "content/names/characters.h"
#include "formats/coding.h"
#include "formats/json/document.h"

namespace sally::content::names {
namespace {

// Where each code point of `text` begins, and its end.
std::vector<size_t> places_of(std::string_view text) {
  std::vector<size_t> out;
  for (size_t at = 0; at < text.size(); at += character_at(text, at).length) {
    out.push_back(at);
  }
  out.push_back(text.size());
  return out;
}

Result<Example> read_example(std::string_view line) {
  TRY(const auto document, formats::JsonDocument::parse(line));
  const formats::JsonValue root = document.root();
  Example out;
  TRY(const auto text, root.string("text"));
  TRY(const auto source, root.string("source"));
  TRY(const auto spans, root.member("spans"));
  out.text = text;
  out.source = source;
  const std::vector<size_t> places = places_of(text);
  for (const formats::JsonValue span : spans) {
    TRY(const int64_t start, span.int64("start"));
    TRY(const int64_t end, span.int64("end"));
    TRY(const auto type, span.string("type"));
    if (start < 0 || end <= start || static_cast<size_t>(end) >= places.size()) {
      return Error(ErrorKind::kInvalidInput, "a span is not inside its text");
    }
    const auto known = parse_entity_type(type);
    const bool is_ours = known && *known <= EntityType::kOrganization;
    (is_ours ? out.gold : out.others)
        .push_back({places[static_cast<size_t>(start)], places[static_cast<size_t>(end)],
                    known.value_or(EntityType::kPerson), 1});
  }
  std::ranges::sort(out.gold, {}, &Entity::begin);
  return out;
}

}  // namespace

Result<> read_examples(std::string_view lines, std::vector<Example>& out) {
  return for_each_line(lines, [&out](std::string_view line) -> Result<> {
    TRY(auto example, read_example(line));
    out.push_back(std::move(example));
    return ok();
  });
}

Result<std::string> read_text(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::string packed{std::istreambuf_iterator<char>(in), {}};
  if (!in) {
    return Error(ErrorKind::kIo, fmt::format("cannot read `{}`", path));
  }
  if (!path.ends_with(".gz")) {
    return packed;
  }
  constexpr size_t kMostRatio = 1000;
  constexpr size_t kMostBytes = size_t{256} << 20;
  TRY(auto decoder, formats::Decoder::open("gzip", {.ratio = kMostRatio, .bytes = kMostBytes}));
  std::string out;
  TRY_OK(decoder.decode(as_bytes(packed), out));
  TRY_OK(decoder.finish());
  return out;
}

}  // namespace sally::content::names
