// HDF5 as Keras writes it: the configuration stands in attributes of the root group.
#include "formats/hdf5/hdf5.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "base/text.h"
#include "vet/model/keras.h"
#include "vet/model/metadata.h"

namespace sally::vet::model {
namespace {

constexpr uint64_t kSearched = uint64_t{512} << 20;
constexpr size_t kWindow = size_t{1} << 20;
constexpr size_t kMostFound = 16;
constexpr size_t kMostConfig = size_t{16} << 20;
constexpr std::string_view kBegins = "{\"class_name\"";

// The object of JSON at the beginning of `text`.
std::string_view balanced(std::string_view text) {
  size_t depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (quoted) {
      i += c == '\\' ? 1 : 0;
      quoted = c != '"';
    } else if (c == '"') {
      quoted = true;
    } else if (c == '{') {
      ++depth;
    } else if (c == '}' && --depth == 0) {
      return text.substr(0, i + 1);
    }
  }
  return text;
}

// Configurations anywhere in the file, for what its structure does not show.
Result<> search(const formats::Input& input, Examination& examination) {
  std::string window;
  size_t found = 0;
  uint64_t at = 0;
  while (at < std::min(input.size(), kSearched) && found < kMostFound) {
    TRY_OK(examination.time_left());
    window.resize(static_cast<size_t>(std::min<uint64_t>(kWindow, input.size() - at)));
    TRY_OK(input.read(at, std::as_writable_bytes(std::span(window.data(), window.size()))));
    const size_t begins = window.find(kBegins);
    if (begins == std::string::npos) {
      at += window.size() > kBegins.size() ? window.size() - kBegins.size() + 1 : window.size();
      continue;
    }
    ++found;
    const uint64_t from = at + begins;
    std::string text(static_cast<size_t>(std::min<uint64_t>(kMostConfig, input.size() - from)),
                     '\0');
    TRY_OK(input.read(from, std::as_writable_bytes(std::span(text.data(), text.size()))));
    const std::string_view config = balanced(text);
    judge_keras_text(config, from, examination);
    at = from + std::max(config.size(), kBegins.size());
  }
  if (input.size() > kSearched) {
    return Error(ErrorKind::kTooLarge, "not all of it was searched for configurations");
  }
  return ok();
}

}  // namespace

bool may_be_hdf5(const Look& look) {
  return formats::hdf5_begin(look.input).has_value();
}

Result<> examine_hdf5(const formats::Input& input, Examination& examination) {
  const formats::Hdf5 read = formats::read_hdf5(input);
  for (const formats::Hdf5Attribute& attribute : read.attributes) {
    if (attribute.name == "keras_version" || attribute.name == "backend") {
      examination.add_fact(attribute.name, attribute.text);
    } else if (attribute.text.starts_with('{')) {
      judge_keras_text(attribute.text, attribute.offset, examination);
    } else {
      judge_metadata(attribute.text, attribute.offset, printable(attribute.name, 80), examination);
    }
  }
  if (read.more) {
    TRY_OK(search(input, examination));
  }
  if (read.fault) {
    return *read.fault;
  }
  return ok();
}

}  // namespace sally::vet::model
