// Links of a text give the same findings however it is cut, each inside what was fed, and what was
// said to be decided before a finding lies before its URL.
//
// Input: one octet that seeds the cuts, then the text, which is repeated until it is long.
#include <cstdint>
#include <string>

#include "base/check.h"
#include "base/random.h"
#include "content/outflow/link_stream.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace sally;
  using namespace sally::content;
  static const LinkPolicy policy =
      std::move(*LinkPolicy::create({.hosts = {"a.example"}, .image_hosts = {}}));
  if (size < 2) {
    return 0;
  }
  SeededRandom random(data[0]);
  const std::string_view unit(reinterpret_cast<const char*>(data + 1), size - 1);
  std::string text(unit);
  for (size_t times = random.next_u64() % 4; times > 0 && text.size() < (size_t{1} << 15);) {
    text += text;
    --times;
  }
  const std::vector<std::string> sensitive;
  std::vector<JudgedLink> whole;
  LinkStream at_once(policy, sensitive);
  at_once.feed(text, whole);
  at_once.finish(whole);
  std::vector<JudgedLink> pieces;
  LinkStream stream(policy, sensitive);
  for (size_t at = 0; at < text.size();) {
    const std::string piece = text.substr(at, 1 + random.next_u64() % 900);
    stream.feed(piece, pieces);
    at += piece.size();
    SALLY_CHECK(stream.decided() <= at);
  }
  stream.finish(pieces);
  SALLY_CHECK(pieces == whole);
  for (const JudgedLink& one : whole) {
    SALLY_CHECK(one.begin <= one.end && one.end <= text.size());
  }
  return 0;
}
