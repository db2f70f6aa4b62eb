#include "gateway/protocol/grpc_scan.h"

#include <gtest/gtest.h>

namespace sally::gateway {
namespace {

// A ModelInferRequest that names `model` and carries some bytes.
std::string message(std::string_view model) {
  std::string fields = "\x12\x01\x31\x0A";
  fields += static_cast<char>(model.size());
  fields += model;
  fields +=
      "\x3A\x03"
      "abc";
  std::string out(4, '\0');
  out += static_cast<char>(fields.size());
  return out + fields;
}

TEST(GrpcScan, GivesEachMessageAndItsName) {
  GrpcScan scan;
  std::vector<GrpcScan::Message> messages;
  const std::string body = message("a") + message("org/b");
  ASSERT_TRUE(scan.feed(body, messages).ok());
  ASSERT_EQ(messages.size(), 2U);
  EXPECT_TRUE(scan.at_boundary());
  EXPECT_EQ(messages[0].name, "a");
  EXPECT_EQ(messages[1].name, "org/b");
  EXPECT_EQ(messages[1].begin, message("a").size());
  EXPECT_EQ(body.substr(messages[1].value_begin, messages[1].value_end - messages[1].value_begin),
            "\x05org/b");
}

TEST(GrpcScan, AMessageIsOnlyGivenWhenItIsComplete) {
  const std::string body = message("a");
  for (size_t cut = 1; cut < body.size(); ++cut) {
    GrpcScan scan;
    std::vector<GrpcScan::Message> messages;
    ASSERT_TRUE(scan.feed(body.substr(0, cut), messages).ok()) << cut;
    EXPECT_TRUE(messages.empty());
    EXPECT_FALSE(scan.at_boundary());
    ASSERT_TRUE(scan.feed(body.substr(cut), messages).ok()) << cut;
    EXPECT_EQ(messages.size(), 1U);
  }
}

TEST(GrpcScan, RefusesWhatParsersReadDifferently) {
  using namespace std::string_literals;
  const std::string bodies[] = {
      "\0\0\0\0\x02\x08\x01"s,  // field 1 as a number
      "\0\0\0\0\x06\x0A\x01"
      "a\x0A\x01"
      "b"s,                                                             // field 1 twice
      "\0\0\0\0\x04\x0A\x00\x0A\x00"s,                                  // twice, empty
      "\0\0\0\0\x02\x02\x00"s,                                          // field number 0
      "\0\0\0\0\x02\x13\x14"s,                                          // a group
      "\0\0\0\0\x0C\x10\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01"s,  // more than 64 bits
      "\0\0\0\0\x02\x12\x05"s,      // reaches beyond the message
      "\0\0\0\0\x01\x10"s,          // a tag without a value
      "\0\0\0\0\x03\x15\x00\x00"s,  // half of a fixed number
      "\x02\0\0\0\0"s,              // an unknown flag
  };
  for (const std::string& body : bodies) {
    GrpcScan scan;
    std::vector<GrpcScan::Message> messages;
    EXPECT_FALSE(scan.feed(body, messages).ok()) << testing::PrintToString(body);
  }
}

TEST(GrpcModelGuard, HoldsAStreamToItsFirstModel) {
  GrpcModelGuard guard("a");
  const std::string same = message("a") + message("a");
  for (const char c : same) {
    ASSERT_TRUE(guard.feed({&c, 1}).ok());
  }
  const auto other = guard.feed(message("b"));
  ASSERT_FALSE(other.ok());
  EXPECT_EQ(other.error().kind(), ErrorKind::kDenied);
  EXPECT_FALSE(GrpcModelGuard("a").feed(std::string(5, '\0')).ok());
}

}  // namespace
}  // namespace sally::gateway
