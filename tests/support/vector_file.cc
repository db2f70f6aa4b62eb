#include "support/vector_file.h"

#include <gtest/gtest.h>

#include <charconv>
#include <fstream>
#include <iterator>
#include <optional>

#include "base/encoding.h"

namespace sally::test {
namespace {

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') {
    text.remove_prefix(1);
  }
  while (!text.empty() && text.back() == ' ') {
    text.remove_suffix(1);
  }
  return text;
}

std::optional<Bytes> parse_value(std::string_view text) {
  if (text.size() >= 2 && text.front() == '"' && text.back() == '"') {
    const ByteView inside = as_bytes(text.substr(1, text.size() - 2));
    return Bytes(inside.begin(), inside.end());
  }
  const size_t star = text.find('*');
  std::optional<Bytes> once = from_hex(trimmed(text.substr(0, star)));
  if (!once || star == std::string_view::npos) {
    return once;
  }
  const std::string_view count_text = trimmed(text.substr(star + 1));
  size_t count = 0;
  const auto [end, error] =
      std::from_chars(count_text.data(), count_text.data() + count_text.size(), count);
  if (error != std::errc() || end != count_text.data() + count_text.size()) {
    return std::nullopt;
  }
  Bytes out;
  for (size_t i = 0; i < count; ++i) {
    out.insert(out.end(), once->begin(), once->end());
  }
  return out;
}

}  // namespace

Bytes Vector::bytes(std::string_view name) {
  const auto found = attributes_.find(name);
  if (found == attributes_.end()) {
    ADD_FAILURE() << "the vector has no `" << name << "`";
    return {};
  }
  found->second.read = true;
  std::optional<Bytes> value = parse_value(found->second.value);
  if (!value) {
    ADD_FAILURE() << "`" << name << "` is no value: " << found->second.value;
    return {};
  }
  return std::move(*value);
}

void run_vectors(std::string_view file, const std::function<void(Vector&)>& body) {
  const std::string path = "tests/vectors/" + std::string(file);
  std::ifstream stream(path, std::ios::binary);
  ASSERT_TRUE(stream.is_open()) << path;
  const std::string text{std::istreambuf_iterator<char>(stream), {}};
  run_vectors_of(path, text, body);
}

void run_vectors_of(std::string_view name, std::string_view text,
                    const std::function<void(Vector&)>& body) {
  const std::string path(name);
  Vector vector;
  size_t vectors = 0;
  size_t first = 0;
  const auto finish = [&] {
    if (vector.attributes_.empty()) {
      return;
    }
    const testing::ScopedTrace trace(path.c_str(), static_cast<int>(first), "this vector");
    ++vectors;
    body(vector);
    for (const auto& [attribute, value] : vector.attributes_) {
      EXPECT_TRUE(value.read) << "nobody read `" << attribute << "`";
    }
    vector.attributes_.clear();
  };
  for (size_t number = 1; !text.empty(); ++number) {
    const size_t end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.starts_with('#')) {
      continue;
    }
    if (trimmed(line).empty()) {
      finish();
      continue;
    }
    const size_t equals = line.find('=');
    ASSERT_NE(equals, std::string_view::npos) << path << ":" << number << ": no attribute";
    if (vector.attributes_.empty()) {
      first = number;
    }
    const std::string attribute(trimmed(line.substr(0, equals)));
    const std::string value(trimmed(line.substr(equals + 1)));
    ASSERT_TRUE(vector.attributes_.emplace(attribute, Vector::Attribute{value}).second)
        << path << ":" << number << ": `" << attribute << "` stands twice";
  }
  finish();
  EXPECT_GT(vectors, 0U) << path << ": no vector";
}

}  // namespace sally::test
