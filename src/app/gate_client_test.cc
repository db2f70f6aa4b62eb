#include "app/gate_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <thread>

namespace sally::app {
namespace {

using ::testing::HasSubstr;

// A gate that answers one call with what it was told to, and keeps what it was asked.
class ScriptedGate : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = "/tmp/sally_gate_XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
    path_ = folder_ + "/admin.sock";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  Result<std::optional<std::string>> ask(const std::string& answer) {
    const int listener = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path_.data(), path_.size());
    EXPECT_EQ(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    EXPECT_EQ(::listen(listener, 1), 0);
    std::thread gate([&] {
      const int peer = ::accept(listener, nullptr, nullptr);
      char buffer[1024];
      const ssize_t got = ::recv(peer, buffer, sizeof(buffer), 0);
      asked_.assign(buffer, got > 0 ? static_cast<size_t>(got) : 0);
      EXPECT_EQ(::send(peer, answer.data(), answer.size(), MSG_NOSIGNAL),
                static_cast<ssize_t>(answer.size()));
      ::close(peer);
    });
    auto result = ask_gate(path_, "/v1/keys/refresh");
    gate.join();
    ::close(listener);
    ::unlink(path_.c_str());
    return result;
  }

  std::string folder_;
  std::string path_;
  std::string asked_;
};

constexpr const char* kGood =
    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{\"status\":\"ok\",\"detail\":\"3 "
    "keys\"}\n";

TEST_F(ScriptedGate, WhatItDidIsTold) {
  const auto answer = ask(kGood);
  ASSERT_TRUE(answer.ok()) << answer.error().to_string();
  EXPECT_EQ(*answer, "3 keys");
  EXPECT_THAT(asked_, HasSubstr("POST /v1/keys/refresh HTTP/1.1\r\nhost: "));
}

TEST_F(ScriptedGate, ARefusalIsAnErrorWithItsHint) {
  const auto answer = ask(
      "HTTP/1.1 500 Error\r\n\r\n{\"status\":\"error\",\"detail\":\"no\",\"hint\":\"try again\"}");
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().kind(), ErrorKind::kUnavailable);
  EXPECT_EQ(answer.error().message(), "the running gate refused: no");
  EXPECT_EQ(answer.error().hint(), "try again");
}

TEST_F(ScriptedGate, AnAnswerCutAnywhereIsNoFailureOfOurs) {
  const std::string_view whole = kGood;
  for (size_t cut = 0; cut < whole.size(); cut += 7) {
    const auto answer = ask(std::string(whole.substr(0, cut)));
    EXPECT_TRUE(answer.ok() || !answer.error().message().empty()) << cut;
  }
}

TEST_F(ScriptedGate, WithoutAGateThereIsNoAnswer) {
  const auto answer = ask_gate(path_, "/v1/keys/refresh");
  ASSERT_TRUE(answer.ok());
  EXPECT_EQ(*answer, std::nullopt);
}

TEST_F(ScriptedGate, APathTooLongForASocketIsRefused) {
  EXPECT_FALSE(ask_gate("/tmp/" + std::string(200, 'x'), "/v1/keys/refresh").ok());
}

}  // namespace
}  // namespace sally::app
