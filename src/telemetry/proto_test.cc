#include "telemetry/proto.h"

#include <gtest/gtest.h>

#include <vector>

#include "base/bytes.h"
#include "base/encoding.h"

namespace sally::telemetry {
namespace {

std::string hex(std::string_view text) {
  return to_hex(as_bytes(text));
}

// The examples of protobuf.dev/programming-guides/encoding.
TEST(ProtoWriter, WritesTheExamplesOfTheSpecification) {
  std::string out;
  ProtoWriter writer(out);
  writer.varint(1, 150);
  EXPECT_EQ(hex(out), "089601");
  out.clear();
  writer.bytes(2, "testing");
  EXPECT_EQ(hex(out), "120774657374696e67");
  out.clear();
  writer.message(3, [&] { writer.varint(1, 150); });
  EXPECT_EQ(hex(out), "1a03089601");
  out.clear();
  writer.fixed64(4, 1);
  writer.fixed32(16, 0x01020304);
  EXPECT_EQ(hex(out),
            "210100000000000000"
            "850104030201");
  out.clear();
  writer.varint(5, static_cast<uint64_t>(int64_t{-2}));
  EXPECT_EQ(hex(out), "28feffffffffffffffff01");
}

TEST(ProtoWriter, GivesEveryLengthTheBytesItNeeds) {
  for (const size_t size : {0U, 1U, 127U, 128U, 16'383U, 16'384U, 70'000U}) {
    std::string out;
    ProtoWriter writer(out);
    const std::string inner(size, 'x');
    writer.message(1, [&] { writer.message(2, [&] { writer.bytes(3, inner); }); });
    ProtoReader outer(out);
    const auto first = outer.next();
    ASSERT_TRUE(first && first->number == 1);
    EXPECT_FALSE(outer.next());
    EXPECT_FALSE(outer.malformed());
    const auto second = ProtoReader(first->bytes).next();
    ASSERT_TRUE(second && second->number == 2);
    const auto third = ProtoReader(second->bytes).next();
    ASSERT_TRUE(third && third->number == 3);
    EXPECT_EQ(third->bytes, inner);
  }
}

TEST(ProtoReader, RefusesAMessageTruncatedAtEveryByte) {
  std::string out;
  ProtoWriter writer(out);
  writer.bytes(2, "a text");
  const size_t whole_field = out.size();
  writer.fixed64(3, 7);
  for (size_t cut = 0; cut < out.size(); ++cut) {
    ProtoReader reader(std::string_view(out).substr(0, cut));
    size_t fields = 0;
    while (reader.next()) {
      ++fields;
    }
    EXPECT_EQ(fields, cut >= whole_field ? 1U : 0U) << cut;
    EXPECT_EQ(reader.malformed(), cut != 0 && cut != whole_field) << cut;
  }
}

TEST(ProtoReader, RefusesGroupsFieldZeroAndOverlongNumbers) {
  for (const std::string_view text : {
           std::string_view("\x0b", 1),                                           // a group
           std::string_view("\x00\x01", 2),                                       // field 0
           std::string_view("\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 11),  // 65 bits
           std::string_view("\x12\xff\xff\xff\xff\x0f"
                            "ab",
                            8),  // a length beyond
       }) {
    ProtoReader reader(text);
    EXPECT_FALSE(reader.next());
    EXPECT_TRUE(reader.malformed());
  }
}

}  // namespace
}  // namespace sally::telemetry
