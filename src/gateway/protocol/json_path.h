// JsonPath: where a walk stands, kept as views and rendered only when somebody asks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sally::gateway {

class JsonPath {
 public:
  JsonPath() { levels_.reserve(kUsualDepth); }

  struct Level {
    std::string_view key;  // of an object: the member the walk is in
    size_t begin;          // offset of the bracket
    uint32_t index;        // of an array: the element the walk is in
    bool object;
    bool any;      // of an array: an element has begun
    bool is_word;  // `key` is one of the protocols' own
  };

  void clear() { levels_.clear(); }
  void open(bool object, size_t offset) {
    // Member by member: a copy of a struct just built would wait for its parts to be stored.
    Level& level = levels_.emplace_back();
    level.begin = offset;
    level.object = object;
  }
  // Returns the offset of the opening bracket.
  size_t close() {
    const size_t begin = levels_.back().begin;
    levels_.pop_back();
    return begin;
  }
  void set_key(std::string_view key, bool is_word) {
    levels_.back().key = key;
    levels_.back().is_word = is_word;
  }
  // Before every value: counts the elements of an array.
  void begin_value() {
    if (!levels_.empty() && !levels_.back().object) {
      Level& level = levels_.back();
      level.index += level.any ? 1 : 0;
      level.any = true;
    }
  }

  [[nodiscard]] size_t depth() const { return levels_.size(); }
  [[nodiscard]] const Level& level(size_t i) const { return levels_[i]; }
  // The member of the innermost container that the walk is in; empty in an array.
  [[nodiscard]] std::string_view key() const {
    return levels_.empty() || !levels_.back().object ? std::string_view() : levels_.back().key;
  }
  // The key of the innermost object member, or of the nearest one around an array element.
  [[nodiscard]] std::string_view last_key() const {
    for (size_t i = levels_.size(); i-- > 0;) {
      if (levels_[i].object) {
        return levels_[i].key;
      }
    }
    return {};
  }

  // Appends `messages[1].content`. `from` skips outer levels; `last` leaves out the innermost one
  // (the path of the object that a key stands in).
  enum class Last : bool { kWith, kWithout };
  void render(std::string& out, size_t from = 0, Last last = Last::kWith) const;

 private:
  static constexpr size_t kUsualDepth = 8;

  std::vector<Level> levels_;
};

}  // namespace sally::gateway
