// What every engine of store::State does with pinned tools. Instantiated beside StateConformance,
// by the same engine:
//
//   INSTANTIATE_TYPED_TEST_SUITE_P(My, ToolPinsConformance, MyEngine);
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "store/state.h"
#include "support/times.h"

namespace sally::test {

inline store::ToolDescription tool_description(uint8_t fill) {
  store::ToolDescription out;
  out.digest.fill(std::byte{fill});
  out.text = "{\"name\":\"" + std::to_string(fill) + "\"}";
  return out;
}

inline store::ToolPinRecord tool_pin(const std::string& route, const std::string& tool) {
  store::ToolPinRecord out;
  out.route = route;
  out.tool = tool;
  out.approved = tool_description(1);
  out.since = at_second(1'000);
  return out;
}

template <typename Engine>
class ToolPinsConformance : public testing::Test {
 protected:
  Result<> put(const store::ToolPinRecord& record) {
    return state_->write([&](store::Transaction& t) { return t.tool_pins().put(record); });
  }
  std::vector<store::ToolPinRecord> list() {
    std::vector<store::ToolPinRecord> out;
    const Result<> read = state_->read([&](store::Transaction& t) -> Result<> {
      TRY(out, t.tool_pins().list());
      return ok();
    });
    EXPECT_TRUE(read.ok()) << read.error().to_string();
    return out;
  }

  Engine engine_;
  std::unique_ptr<store::State> state_ = engine_.open();
};

TYPED_TEST_SUITE_P(ToolPinsConformance);

TYPED_TEST_P(ToolPinsConformance, EveryFieldComesBackInTheOrderOfNames) {
  store::ToolPinRecord full = tool_pin("b", "x");
  full.who = "uid=0";
  full.reason = "looked at it";
  full.listed = tool_description(2);
  full.changed = at_second(2'000);
  const store::ToolPinRecord bare = tool_pin("a", "y");
  ASSERT_TRUE(this->put(full).ok());
  ASSERT_TRUE(this->put(bare).ok());
  EXPECT_EQ(this->list(), (std::vector<store::ToolPinRecord>{bare, full}));
}

TYPED_TEST_P(ToolPinsConformance, OneIsPutInThePlaceOfTheOther) {
  store::ToolPinRecord pin = tool_pin("a", "x");
  pin.listed = tool_description(2);
  pin.changed = at_second(2'000);
  ASSERT_TRUE(this->put(pin).ok());
  pin.approved = tool_description(2);
  pin.listed.reset();
  pin.changed.reset();
  ASSERT_TRUE(this->put(pin).ok());
  EXPECT_EQ(this->list(), std::vector<store::ToolPinRecord>{pin});
}

TYPED_TEST_P(ToolPinsConformance, OneIsFoundByItsRouteAndItsName) {
  ASSERT_TRUE(this->put(tool_pin("a", "x")).ok());
  const auto find = [&](std::string_view route, std::string_view tool) {
    std::optional<store::ToolPinRecord> out;
    const Result<> read = this->state_->read([&](store::Transaction& t) -> Result<> {
      TRY(out, t.tool_pins().find(route, tool));
      return ok();
    });
    EXPECT_TRUE(read.ok());
    return out;
  };
  EXPECT_EQ(find("a", "x"), tool_pin("a", "x"));
  EXPECT_EQ(find("a", "X"), std::nullopt);
  EXPECT_EQ(find("x", "a"), std::nullopt);
}

TYPED_TEST_P(ToolPinsConformance, EveryChangeChangesTheGeneration) {
  const auto generation = [&] { return *this->state_->generation(); };
  const uint64_t before = generation();
  ASSERT_TRUE(this->put(tool_pin("a", "x")).ok());
  const uint64_t between = generation();
  EXPECT_NE(between, before);
  store::ToolPinRecord other = tool_pin("a", "x");
  other.approved = tool_description(3);
  ASSERT_TRUE(this->put(other).ok());
  EXPECT_NE(generation(), between);
  const Result<> read = this->state_->read(
      [&](store::Transaction& t) { return t.tool_pins().put(tool_pin("a", "y")); });
  ASSERT_FALSE(read.ok());
  EXPECT_EQ(read.error().kind(), ErrorKind::kInternal);
}

REGISTER_TYPED_TEST_SUITE_P(ToolPinsConformance, EveryFieldComesBackInTheOrderOfNames,
                            OneIsPutInThePlaceOfTheOther, OneIsFoundByItsRouteAndItsName,
                            EveryChangeChangesTheGeneration);

}  // namespace sally::test
