#include "net/loop.h"

#include <gtest/gtest.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include "net/connection.h"

namespace sally::net {
namespace {

struct LoopTest : testing::Test {
  FakeClock clock{WallTime{}};
  Logger logger{2, LogFormat::kText, LogLevel::kError, clock};
  std::unique_ptr<Loop> loop = *Loop::create(clock, logger);
  std::vector<std::string> seen;

  void pass(Millis time) {
    clock.advance(time);
    loop->turn(Millis{0});
  }
};

struct Note final : Timer::Target {
  Note(std::vector<std::string>& list, std::string what) : seen(list), name(std::move(what)) {}
  void on_timer(Timer&) override { seen.push_back(name); }
  std::vector<std::string>& seen;
  std::string name;
  Timer timer{*this};
};

using Seen = std::vector<std::string>;

TEST_F(LoopTest, TimerFiresOnTheFirstTickAtOrAfterItsTime) {
  Note note(seen, "a");
  note.timer.arm(*loop, Millis{25});
  pass(Millis{20});
  EXPECT_TRUE(seen.empty());
  pass(Millis{9});
  EXPECT_TRUE(seen.empty());
  pass(Millis{1});
  EXPECT_EQ(seen, Seen{"a"});
  EXPECT_FALSE(note.timer.armed());
}

TEST_F(LoopTest, TimerBeyondARevolutionOfTheWheelFiresOnceAtItsTime) {
  Note note(seen, "far");
  note.timer.arm(*loop, Millis{75'000});
  for (int i = 0; i < 74; ++i) {
    pass(Millis{1'000});
  }
  EXPECT_TRUE(seen.empty());
  pass(Millis{1'000});
  EXPECT_EQ(seen, Seen{"far"});
}

TEST_F(LoopTest, ClockThatJumpsFiresEveryTimerThatIsDue) {
  Note early(seen, "early");
  Note late(seen, "late");
  Note never(seen, "never");
  early.timer.arm(*loop, Millis{10});
  late.timer.arm(*loop, Millis{50'000});
  never.timer.arm(*loop, Millis{500'000});
  pass(Millis{100'000});
  EXPECT_EQ(seen.size(), 2U);
  EXPECT_TRUE(never.timer.armed());
}

TEST_F(LoopTest, DisarmedOrDestroyedTimerDoesNotFire) {
  Note note(seen, "a");
  note.timer.arm(*loop, Millis{10});
  note.timer.disarm();
  {
    Note gone(seen, "b");
    gone.timer.arm(*loop, Millis{10});
  }
  pass(Millis{100});
  EXPECT_TRUE(seen.empty());
}

struct Disarms final : Timer::Target {
  void on_timer(Timer&) override { other->disarm(); }
  Timer* other = nullptr;
  Timer timer{*this};
};

TEST_F(LoopTest, TimerMayDisarmAnotherOfTheSameTick) {
  Note victim(seen, "victim");
  Disarms first;
  first.other = &victim.timer;
  first.timer.arm(*loop, Millis{10});
  victim.timer.arm(*loop, Millis{10});
  pass(Millis{10});
  EXPECT_TRUE(seen.empty());
}

TEST_F(LoopTest, TurnRunsPostedWorkThenSoonThenHooksThenTheTurnsEndThenHooksAgain) {
  Note soon(seen, "soon");
  Note end(seen, "end");
  loop->at_turn_end([this] { seen.emplace_back("hook"); });
  end.timer.arm_at_turn_end(*loop);
  soon.timer.arm_soon(*loop);
  loop->post([this] { seen.emplace_back("posted"); });
  loop->turn(Millis{0});
  EXPECT_EQ(seen, (Seen{"posted", "soon", "hook", "end", "hook"}));
}

TEST_F(LoopTest, PostWakesALoopThatWaitsOnAnotherThread) {
  std::thread runner([this] { loop->run(); });
  loop->post([this] { seen.emplace_back("posted"); });
  loop->post([this] { loop->stop(); });
  runner.join();
  EXPECT_EQ(seen, Seen{"posted"});
}

Task<Result<>> sleep_then_note(Loop& loop, std::vector<std::string>& seen) {
  co_await loop.sleep(Millis{30});
  seen.emplace_back("awake");
  co_return ok();
}

TEST_F(LoopTest, SpawnedTaskRunsUntilItsEnd) {
  loop->spawn("test.sleep", sleep_then_note(*loop, seen));
  pass(Millis{20});
  EXPECT_TRUE(seen.empty());
  pass(Millis{20});
  EXPECT_EQ(seen, Seen{"awake"});
}

TEST_F(LoopTest, TaskThatNeverEndedGoesWithItsLoop) {
  loop->spawn("test.sleep", sleep_then_note(*loop, seen));
  loop.reset();  // the address sanitizer would report the frame
  EXPECT_TRUE(seen.empty());
}

// ---- Connection, over a socket pair ----

struct ConnectionTest : LoopTest {
  std::unique_ptr<Connection> ours;
  UniqueFd theirs;

  void SetUp() override {
    int pair[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
    ours = *Connection::adopt(*loop, UniqueFd(pair[0]));
    theirs = UniqueFd(pair[1]);
  }
  void peer_says(std::string_view text) const {
    ASSERT_EQ(send(theirs.get(), text.data(), text.size(), 0), static_cast<ssize_t>(text.size()));
  }
};

Task<Result<>> note_read(Connection& connection, std::vector<std::string>& seen, Millis timeout) {
  std::array<std::byte, 64> buffer;
  for (;;) {
    const Result<size_t> got = co_await connection.read(buffer, timeout);
    if (!got.ok()) {
      seen.emplace_back(row_of(got.error().kind()).name);
      co_return ok();
    }
    seen.emplace_back(as_text(ByteView(buffer).first(*got)));
    if (*got == 0) {
      co_return ok();
    }
  }
}

TEST_F(ConnectionTest, ReadGivesWhatArrivesAndThenTheEnd) {
  peer_says("one");
  loop->spawn("test.read", note_read(*ours, seen, Millis{1'000}));
  EXPECT_EQ(seen, Seen{"one"});
  peer_says("two");
  loop->turn(Millis{1'000});
  EXPECT_EQ(seen, (Seen{"one", "two"}));
  theirs = UniqueFd();
  loop->turn(Millis{1'000});
  EXPECT_EQ(seen, (Seen{"one", "two", ""}));
}

TEST_F(ConnectionTest, ReadTimesOutAtItsDeadlineAndNotBefore) {
  loop->spawn("test.read", note_read(*ours, seen, Millis{500}));
  pass(Millis{490});
  EXPECT_TRUE(seen.empty());
  pass(Millis{20});
  EXPECT_EQ(seen, Seen{std::string(row_of(ErrorKind::kTimeout).name)});
}

TEST_F(ConnectionTest, DeadlineCountsFromTheReadNotFromTheFirst) {
  loop->spawn("test.read", note_read(*ours, seen, Millis{500}));
  pass(Millis{400});
  peer_says("x");
  loop->turn(Millis{1'000});
  pass(Millis{400});
  EXPECT_EQ(seen, Seen{"x"});
  pass(Millis{110});
  EXPECT_EQ(seen.size(), 2U);
}

TEST_F(ConnectionTest, AbortEndsAWaitingReadWithCancelled) {
  loop->spawn("test.read", note_read(*ours, seen, Millis{500}));
  ours->abort();
  EXPECT_TRUE(seen.empty());
  loop->turn(Millis{0});
  EXPECT_EQ(seen, Seen{std::string(row_of(ErrorKind::kCancelled).name)});
}

Task<Result<>> note_write(Connection& connection, std::vector<std::string>& seen, std::string head,
                          std::string body) {
  const Result<> put = co_await connection.write(as_bytes(head), as_bytes(body), Millis{500});
  seen.emplace_back(put.ok() ? "written" : row_of(put.error().kind()).name);
  co_return ok();
}

TEST_F(ConnectionTest, WriteCompletesWhenThePeerTookEveryByte) {
  const std::string body(4'000'000, 'b');
  loop->spawn("test.write", note_write(*ours, seen, "head", body));
  EXPECT_TRUE(seen.empty());
  std::string got;
  std::vector<char> buffer(100'000);
  while (got.size() < body.size() + 4) {
    const ssize_t n = recv(theirs.get(), buffer.data(), buffer.size(), 0);
    if (n > 0) {
      got.append(buffer.data(), static_cast<size_t>(n));
    } else {
      ASSERT_EQ(errno, EAGAIN);
    }
    loop->turn(Millis{0});
  }
  EXPECT_EQ(got, "head" + body);
  EXPECT_EQ(seen, Seen{"written"});
}

TEST_F(ConnectionTest, WriteToAPeerThatTakesNothingTimesOut) {
  loop->spawn("test.write", note_write(*ours, seen, "head", std::string(4'000'000, 'b')));
  pass(Millis{0});
  pass(Millis{510});
  EXPECT_EQ(seen, Seen{std::string(row_of(ErrorKind::kTimeout).name)});
}

struct NoteHangup final : Connection::HangupWatcher {
  explicit NoteHangup(std::vector<std::string>& list) : seen(list) {}
  void on_hangup() override { seen.emplace_back("gone"); }
  std::vector<std::string>& seen;
};

TEST_F(ConnectionTest, DeadlineOfAnEarlierWriteIsNotThatOfALaterOne) {
  loop->spawn("test.write", note_write(*ours, seen, "head", std::string(4'000'000, 'b')));
  std::vector<char> buffer(100'000);
  while (seen.empty()) {
    while (recv(theirs.get(), buffer.data(), buffer.size(), 0) > 0) {
    }
    loop->turn(Millis{0});
  }
  while (recv(theirs.get(), buffer.data(), buffer.size(), 0) > 0) {
  }
  ours->outgoing(Millis{500}).append(as_bytes("queued"));
  pass(Millis{600});
  EXPECT_TRUE(ours->usable());
  EXPECT_EQ(recv(theirs.get(), buffer.data(), buffer.size(), 0), 6);
}

TEST_F(ConnectionTest, WhatIsQueuedInOneTurnLeavesTogetherAtItsEnd) {
  ours->outgoing(Millis{500}).append(as_bytes("one "));
  ours->outgoing(Millis{500}).append(as_bytes("two"));
  std::array<char, 16> buffer;
  EXPECT_EQ(recv(theirs.get(), buffer.data(), buffer.size(), 0), -1);
  loop->turn(Millis{0});
  EXPECT_EQ(recv(theirs.get(), buffer.data(), buffer.size(), 0), 7);
}

TEST_F(ConnectionTest, QueuedBytesThatThePeerDoesNotTakeBreakTheConnection) {
  NoteHangup watcher(seen);
  ours->watch_hangup(&watcher);
  ours->outgoing(Millis{500}).append(as_bytes(std::string(4'000'000, 'b')));
  loop->turn(Millis{0});
  EXPECT_GT(ours->queued(), 0U);
  pass(Millis{490});
  EXPECT_TRUE(ours->usable());
  pass(Millis{20});
  loop->turn(Millis{0});
  EXPECT_FALSE(ours->usable());
  EXPECT_EQ(seen, Seen{"gone"});
}

TEST_F(ConnectionTest, WriteToAPeerThatIsGoneFails) {
  theirs = UniqueFd();
  loop->spawn("test.write", note_write(*ours, seen, "head", "body"));
  EXPECT_EQ(seen, Seen{std::string(row_of(ErrorKind::kIo).name)});
}

TEST_F(ConnectionTest, WatcherIsToldOnceWhenThePeerGoesWhileNobodyReads) {
  NoteHangup watcher(seen);
  ours->watch_hangup(&watcher);
  peer_says("the next request");
  loop->turn(Millis{0});
  EXPECT_TRUE(seen.empty());
  theirs = UniqueFd();
  loop->turn(Millis{0});
  loop->turn(Millis{0});
  EXPECT_EQ(seen, Seen{"gone"});
}

TEST_F(ConnectionTest, WatcherThatComesTooLateIsStillTold) {
  theirs = UniqueFd();
  loop->turn(Millis{0});
  NoteHangup watcher(seen);
  ours->watch_hangup(&watcher);
  EXPECT_TRUE(seen.empty());
  loop->turn(Millis{0});
  EXPECT_EQ(seen, Seen{"gone"});
}

Task<Result<>> destroy_when_read(Connection& connection, std::unique_ptr<Connection>& victim) {
  std::array<std::byte, 8> buffer;
  CO_TRY_OK(co_await connection.read(buffer, Millis{500}));
  victim.reset();
  co_return ok();
}

TEST_F(ConnectionTest, EventOfAConnectionClosedInTheSameTurnReachesNobody) {
  int pair[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
  auto second = *Connection::adopt(*loop, UniqueFd(pair[0]));
  const UniqueFd second_peer(pair[1]);
  loop->turn(Millis{0});
  loop->spawn("test.destroy", destroy_when_read(*ours, second));
  peer_says("x");
  ASSERT_EQ(send(second_peer.get(), "y", 1, 0), 1);
  loop->turn(Millis{0});
  EXPECT_EQ(second, nullptr);
}

}  // namespace
}  // namespace sally::net
