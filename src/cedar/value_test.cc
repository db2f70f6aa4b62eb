#include "cedar/value.h"

#include <gtest/gtest.h>

namespace sally::cedar {
namespace {

Value of(int64_t number) {
  return Value::number(number);
}

TEST(Value, IsDifferentAcrossKinds) {
  EXPECT_NE(of(1), Value::string("1"));
  EXPECT_NE(of(1), Value::boolean(true));
  EXPECT_NE(Value::decimal({10'000}), of(10'000));
  EXPECT_NE(Value::duration({5}), Value::datetime({5}));
  EXPECT_NE(Value::set({}), Value::empty_record());
  EXPECT_EQ(of(1), of(1));
}

TEST(Value, TakesASetWithoutOrderAndDuplicates) {
  const Value set = Value::set({of(3), of(1), of(3), Value::set({of(2)}), Value::set({of(2)})});
  EXPECT_EQ(set.as_set().size(), 3U);
  EXPECT_EQ(set, Value::set({Value::set({of(2), of(2)}), of(1), of(3)}));
  EXPECT_NE(set, Value::set({of(1), of(3)}));
}

TEST(Value, FindsTheFieldsOfARecordByName) {
  const Value record = Value::record({{"b", of(2)}, {"a", of(1)}, {"", of(3)}});
  ASSERT_NE(record.find("a"), nullptr);
  EXPECT_EQ(record.find("a")->as_long(), 1);
  EXPECT_EQ(record.find("")->as_long(), 3);
  EXPECT_EQ(record.find("c"), nullptr);
  EXPECT_EQ(record, Value::record({{"", of(3)}, {"a", of(1)}, {"b", of(2)}}));
  EXPECT_NE(record, Value::record({{"", of(3)}, {"a", of(1)}, {"c", of(2)}}));
}

TEST(Value, ComparesStringsWithNul) {
  EXPECT_NE(Value::string(std::string("a\0b", 3)), Value::string(std::string("a\0c", 3)));
  EXPECT_NE(Value::string(std::string("a\0b", 3)), Value::string("a"));
}

TEST(Value, PrintsCedarText) {
  const Value value =
      Value::record({{"set", Value::set({of(-1), of(2)})},
                     {"a \"b\"", Value::string(std::string("\0\n\x01\\\xc3\xa9", 6))},
                     {"who", Value::entity({"A::B", "x\"y"})},
                     {"ip", Value::ip(*IpRange::parse("10.0.0.0/8"))},
                     {"d", Value::decimal({-1})},
                     {"t", Value::datetime({0})},
                     {"far", Value::datetime({INT64_MAX})},
                     {"for", Value::duration({1500})},
                     {"on", Value::boolean(false)}});
  EXPECT_EQ(value.to_string(),
            R"({"a \"b\"": "\0\n\u{1}\\é", "d": decimal("-0.0001"), )"
            R"("far": datetime("1970-01-01").offset(duration("9223372036854775807ms")), )"
            R"("for": duration("1500ms"), "ip": ip("10.0.0.0/8"), "on": false, )"
            R"("set": [-1, 2], "t": datetime("1970-01-01T00:00:00.000Z"), )"
            R"("who": A::B::"x\"y"})");
}

TEST(Value, AbortsWhenTakenForAnotherKind) {
  EXPECT_DEATH((void)of(1).as_string(), "");
  EXPECT_DEATH((void)of(1).find("a"), "");
}

}  // namespace
}  // namespace sally::cedar
