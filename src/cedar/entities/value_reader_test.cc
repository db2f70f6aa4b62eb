#include "cedar/entities/value_reader.h"

#include <gtest/gtest.h>

namespace sally::cedar {
namespace {

Result<Value> read(std::string_view json, const Type* type = nullptr) {
  TRY(const auto document, formats::JsonDocument::parse(json, cedar_json_limits()));
  return read_value(document.root(), type);
}
std::string text_of(std::string_view json, const Type* type = nullptr) {
  const auto value = read(json, type);
  return value.ok() ? value->to_string() : "error: " + value.error().message();
}

TEST(ValueReader, ReadsEveryKind) {
  EXPECT_EQ(text_of("true"), "true");
  EXPECT_EQ(text_of("-9223372036854775808"), "-9223372036854775808");
  EXPECT_EQ(text_of(R"("a\u0000")"), R"("a\0")");
  EXPECT_EQ(text_of("[2, 1, 2, []]"), "[1, 2, []]");
  EXPECT_EQ(text_of(R"({"b": 1, "a\u0000": {}})"), R"({"a\0": {}, "b": 1})");
  EXPECT_EQ(text_of(R"({"__entity": {"type": "A::B", "id": "x"}})"), R"(A::B::"x")");
  EXPECT_EQ(text_of(R"({"__extn": {"fn": "ip", "arg": "10.0.0.0/8"}})"), R"(ip("10.0.0.0/8"))");
  EXPECT_EQ(text_of(R"({"__extn": {"fn": "decimal", "args": ["1.5"]}})"), R"(decimal("1.5"))");
}

TEST(ValueReader, CallsWhatGivesAnExtensionValue) {
  EXPECT_EQ(text_of(R"({"__extn": {"fn": "offset", "args": [
      {"__extn": {"fn": "datetime", "arg": "1970-01-02"}},
      {"__extn": {"fn": "duration", "arg": "-1d1ms"}}]}})"),
            R"(datetime("1969-12-31T23:59:59.999Z"))");
  EXPECT_EQ(text_of(R"({"__extn": {"fn": "toTime", "arg":
      {"__extn": {"fn": "datetime", "arg": "1970-01-02T00:00:01Z"}}}})"),
            R"(duration("1000ms"))");
  EXPECT_EQ(text_of(R"({"__extn": {"fn": "toDate", "arg":
      {"__extn": {"fn": "datetime", "arg": "1970-01-02T00:00:01Z"}}}})"),
            R"(datetime("1970-01-02T00:00:00.000Z"))");
  EXPECT_EQ(text_of(R"({"__extn": {"fn": "durationSince", "args": [
      {"__extn": {"fn": "datetime", "arg": "1970-01-02"}},
      {"__extn": {"fn": "datetime", "arg": "1970-01-01"}}]}})"),
            R"(duration("86400000ms"))");
}

TEST(ValueReader, RefusesWhatIsNoValueAndNamesThePath) {
  EXPECT_EQ(text_of("null"), "error: the document: null is no value of Cedar");
  EXPECT_EQ(text_of(R"({"a": [1, {"b": null}]})"), "error: `a[1].b`: null is no value of Cedar");
  EXPECT_EQ(text_of(R"({"a": 1.5})"), "error: `a`: expected an integer of 64 bits, found a number");
  EXPECT_EQ(text_of(R"({"a": 1e2})"), "error: `a`: expected an integer of 64 bits, found a number");
  EXPECT_EQ(text_of(R"({"a": 9223372036854775808})"),
            "error: `a`: expected an integer of 64 bits, found a number");
  EXPECT_EQ(text_of(R"({"a": {"__extn": {"fn": "ip", "arg": "1.2.3"}}})"),
            "error: `a.__extn`: `1.2.3` is no ipaddr: expected an IPv4 or IPv6 address");
  EXPECT_EQ(text_of(R"({"__expr": "1 + 1"})"), "error: the document: `__expr` is not supported");
}

TEST(ValueReader, RefusesMalformedEscapes) {
  for (const auto* json :
       {R"({"__entity": "A::\"x\""})", R"({"__entity": {"type": "A"}})",
        R"({"__entity": {"type": "A", "id": 1}})", R"({"__entity": {"type": "A b", "id": ""}})",
        R"({"__entity": {"type": "A", "id": "", "x": 1}})",
        R"({"__entity": {"type": "A", "id": ""}, "x": 1})", R"({"__extn": "x"})",
        R"({"__extn": {"fn": "ip"}})", R"({"__extn": {"fn": "ip", "arg": 1}})",
        R"({"__extn": {"fn": "ip", "arg": "::1", "args": ["::1"]}})",
        R"({"__extn": {"fn": "ip", "args": []}})", R"({"__extn": {"fn": "nope", "arg": "1"}})",
        R"({"__extn": {"fn": "isIpv4", "arg": {"__extn": {"fn": "ip", "arg": "::1"}}}})",
        R"({"__extn": {"fn": "toDate", "arg": {"__extn": {"fn": "ip", "arg": "::1"}}}})",
        R"({"__extn": {"fn": "toDate", "arg": "1970-01-01x"}})",
        R"({"__extn": {"fn": "ip", "arg": "::1"}, "x": 1})"}) {
    EXPECT_FALSE(read(json).ok()) << json;
  }
}

TEST(ValueReader, TakesTheShortFormsWhereATypeAsksForThem) {
  const Type ip = Type::extension(ExtensionType::kIp);
  EXPECT_EQ(text_of(R"("::1")", &ip), R"(ip("::1"))");
  EXPECT_EQ(text_of(R"({"fn": "ip", "arg": "::1"})", &ip), R"(ip("::1"))");
  EXPECT_EQ(text_of(R"({"__extn": {"fn": "ip", "arg": "::1"}})", &ip), R"(ip("::1"))");
  const Type user = Type::entity("User");
  EXPECT_EQ(text_of(R"({"type": "User", "id": "a"})", &user), R"(User::"a")");
  EXPECT_EQ(text_of(R"({"type": "User", "id": "a"})"), R"({"id": "a", "type": "User"})");
  const Type both = Type::record({{"who", Type::set(user)}, {"at", ip}, {"n", Type::string()}});
  EXPECT_EQ(text_of(R"({"who": [{"type": "User", "id": "a"}], "at": "::1", "n": "::1"})", &both),
            R"({"at": ip("::1"), "n": "::1", "who": [User::"a"]})");
  EXPECT_FALSE(read(R"("nonsense")", &ip).ok());
}

TEST(ValueReader, LeavesMismatchesToTheValidator) {
  const Type user = Type::entity("User");
  EXPECT_EQ(text_of("1", &user), "1");
  EXPECT_EQ(text_of(R"({"__entity": {"type": "Other", "id": "a"}})", &user), R"(Other::"a")");
}

TEST(ValueReader, IsBoundedInDepth) {
  EXPECT_FALSE(read(std::string(100'000, '[')).ok());
  EXPECT_TRUE(read(std::string(60, '[') + std::string(60, ']')).ok());
}

TEST(ValueReader, RefusesEveryPrefix) {
  const std::string json =
      R"({"a": [{"__entity": {"type": "A::B", "id": "x"}}, {"__extn": {"fn": "ip", "arg": "::1"}}]})";
  ASSERT_TRUE(read(json).ok());
  for (size_t cut = 0; cut < json.size(); ++cut) {
    EXPECT_FALSE(read(std::string_view(json).substr(0, cut)).ok()) << cut;
  }
}

}  // namespace
}  // namespace sally::cedar
