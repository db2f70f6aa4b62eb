// What every engine of store::State does. An engine's test names a type and instantiates the suite:
//
//   struct MyEngine {
//     // Opens the one state this object stands for; the second call opens it a second time.
//     std::unique_ptr<store::State> open();
//   };
//   INSTANTIATE_TYPED_TEST_SUITE_P(My, StateConformance, MyEngine);
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "store/state.h"
#include "support/temp_folder.h"
#include "support/times.h"

namespace sally::test {

// A key whose digest is `fill` thirty-two times.
inline store::KeyRecord key_record(const std::string& id, uint8_t fill) {
  store::KeyRecord record;
  record.id = KeyId(id);
  record.name = "name of " + id;
  record.team = TeamId("research");
  record.digest.fill(std::byte{fill});
  record.created = at_second(1'000 + fill);
  return record;
}

// A revocation of the key `key_a` by `alice`.
inline store::RevocationRecord revocation_record(const std::string& id) {
  store::RevocationRecord record;
  record.id = id;
  record.target = "key_a";
  record.requested = at_second(1'000);
  record.who = "alice";
  record.reason = "it leaked";
  return record;
}

template <typename Engine>
class StateConformance : public testing::Test {
 protected:
  using Keys = store::KeyRepository;

  // Runs `change` on the keys in a write transaction.
  static Result<> write(store::State& state, const std::function<Result<>(Keys&)>& change) {
    return state.write([&](store::Transaction& transaction) { return change(transaction.keys()); });
  }
  static Result<> create(store::State& state, const store::KeyRecord& record) {
    return write(state, [&](Keys& keys) { return keys.create(record); });
  }
  static Result<store::KeyRecord> find(store::State& state, const std::string& id) {
    std::optional<store::KeyRecord> out;
    TRY_OK(state.read([&](store::Transaction& transaction) -> Result<> {
      TRY(out, transaction.keys().find(KeyId(id)));
      return ok();
    }));
    return std::move(*out);
  }
  static std::vector<store::KeyRecord> list(store::State& state) {
    std::vector<store::KeyRecord> out;
    const Result<> read = state.read([&](store::Transaction& transaction) -> Result<> {
      TRY(out, transaction.keys().list());
      return ok();
    });
    EXPECT_TRUE(read.ok());
    return out;
  }
  static Result<> revoke(store::State& state, const store::RevocationRecord& record) {
    return state.write([&](auto& transaction) { return transaction.revocations().add(record); });
  }
  using Revocations = std::vector<store::RevocationRecord>;
  // What `ask` gets from the revocations in a read transaction.
  static Revocations revocations(
      store::State& state,
      const std::function<Result<Revocations>(store::RevocationRepository&)>& ask) {
    Revocations out;
    const Result<> read = state.read([&](store::Transaction& transaction) -> Result<> {
      TRY(out, ask(transaction.revocations()));
      return ok();
    });
    EXPECT_TRUE(read.ok()) << read.error().to_string();
    return out;
  }
  static std::string ids_in_force(store::State& state, int64_t second) {
    std::string out;
    for (const auto& record :
         revocations(state, [&](auto& all) { return all.in_force(at_second(second)); })) {
      out += record.id + " ";
    }
    return out;
  }
  static uint64_t generation(store::State& state) {
    const Result<uint64_t> out = state.generation();
    EXPECT_TRUE(out.ok()) << out.error().to_string();
    return out.ok() ? *out : 0;
  }
  static ErrorKind kind_of(const Result<>& result) {
    EXPECT_FALSE(result.ok());
    return result.ok() ? ErrorKind::kInternal : result.error().kind();
  }

  Engine engine_;
};

TYPED_TEST_SUITE_P(StateConformance);

TYPED_TEST_P(StateConformance, ANewStateHasNoKeys) {
  const auto state = this->engine_.open();
  EXPECT_TRUE(this->list(*state).empty());
  EXPECT_EQ(this->find(*state, "key_none").error().kind(), ErrorKind::kNotFound);
}

TYPED_TEST_P(StateConformance, EveryFieldOfAKeyComesBack) {
  const auto state = this->engine_.open();
  store::KeyRecord record = key_record("key_all", 7);
  record.name = "naïve ' \" ; -- name";
  record.expires = at_second(5'000);
  record.revoked = at_second(4'000);
  record.last_used = at_second(3'000);
  record.routes = {RouteId("chat"), RouteId("digits")};
  record.models = {ModelId("a"), ModelId("large"), ModelId("small")};
  record.requests_per_minute = 4'294'967'295U;
  ASSERT_TRUE(this->create(*state, record).ok());
  const Result<store::KeyRecord> found = this->find(*state, "key_all");
  ASSERT_TRUE(found.ok());
  EXPECT_EQ(*found, record);
  ASSERT_EQ(this->list(*state).size(), 1U);
  EXPECT_EQ(this->list(*state)[0], record);
}

TYPED_TEST_P(StateConformance, ScopesComeBackInOrderOfName) {
  const auto state = this->engine_.open();
  store::KeyRecord record = key_record("key_a", 1);
  record.models = {ModelId("z"), ModelId("b")};
  ASSERT_TRUE(this->create(*state, record).ok());
  const std::vector<ModelId> expected = {ModelId("b"), ModelId("z")};
  EXPECT_EQ(this->find(*state, "key_a")->models, expected);
}

TYPED_TEST_P(StateConformance, KeysAreListedOldestFirst) {
  const auto state = this->engine_.open();
  store::KeyRecord same_time = key_record("key_0", 4);
  same_time.created = at_second(1'002);
  ASSERT_TRUE(this->create(*state, key_record("key_young", 3)).ok());
  ASSERT_TRUE(this->create(*state, key_record("key_old", 1)).ok());
  ASSERT_TRUE(this->create(*state, key_record("key_middle", 2)).ok());
  ASSERT_TRUE(this->create(*state, same_time).ok());
  std::string order;
  for (const store::KeyRecord& record : this->list(*state)) {
    order += record.id.str() + " ";
  }
  EXPECT_EQ(order, "key_old key_0 key_middle key_young ");
}

TYPED_TEST_P(StateConformance, AnIdOrADigestIsTakenOnce) {
  const auto state = this->engine_.open();
  ASSERT_TRUE(this->create(*state, key_record("key_a", 1)).ok());
  EXPECT_EQ(this->kind_of(this->create(*state, key_record("key_a", 2))), ErrorKind::kConflict);
  EXPECT_EQ(this->kind_of(this->create(*state, key_record("key_b", 1))), ErrorKind::kConflict);
  EXPECT_EQ(this->list(*state).size(), 1U);
}

TYPED_TEST_P(StateConformance, TheFirstRevocationStands) {
  const auto state = this->engine_.open();
  ASSERT_TRUE(this->create(*state, key_record("key_a", 1)).ok());
  const auto revoke = [&](const char* id, int64_t second) {
    return this->write(*state, [&](store::KeyRepository& keys) {
      return keys.revoke(KeyId(id), at_second(second));
    });
  };
  ASSERT_TRUE(revoke("key_a", 2'000).ok());
  ASSERT_TRUE(revoke("key_a", 3'000).ok());
  EXPECT_EQ(this->find(*state, "key_a")->revoked, at_second(2'000));
  EXPECT_EQ(this->kind_of(revoke("key_b", 1)), ErrorKind::kNotFound);
}

TYPED_TEST_P(StateConformance, AnExpiryIsReplaced) {
  const auto state = this->engine_.open();
  ASSERT_TRUE(this->create(*state, key_record("key_a", 1)).ok());
  const auto expire = [&](const char* id, int64_t second) {
    return this->write(*state, [&](store::KeyRepository& keys) {
      return keys.set_expiry(KeyId(id), at_second(second));
    });
  };
  ASSERT_TRUE(expire("key_a", 9'000).ok());
  ASSERT_TRUE(expire("key_a", 8'000).ok());
  EXPECT_EQ(this->find(*state, "key_a")->expires, at_second(8'000));
  EXPECT_EQ(this->kind_of(expire("key_b", 1)), ErrorKind::kNotFound);
}

TYPED_TEST_P(StateConformance, ALastUseNeverGoesBack) {
  const auto state = this->engine_.open();
  ASSERT_TRUE(this->create(*state, key_record("key_a", 1)).ok());
  const auto touch = [&](const char* id, int64_t second) {
    return this->write(*state, [&](store::KeyRepository& keys) {
      return keys.touch_last_used(KeyId(id), at_second(second));
    });
  };
  EXPECT_EQ(this->find(*state, "key_a")->last_used, std::nullopt);
  ASSERT_TRUE(touch("key_a", 2'000).ok());
  ASSERT_TRUE(touch("key_a", 1'500).ok());
  EXPECT_EQ(this->find(*state, "key_a")->last_used, at_second(2'000));
  EXPECT_EQ(this->kind_of(touch("key_b", 1)), ErrorKind::kNotFound);
}

TYPED_TEST_P(StateConformance, AFailedTransactionLeavesNoTrace) {
  const auto state = this->engine_.open();
  const uint64_t before = this->generation(*state);
  const Result<> result = this->write(*state, [&](store::KeyRepository& keys) -> Result<> {
    TRY_OK(keys.create(key_record("key_a", 1)));
    return Error(ErrorKind::kDenied, "second thoughts");
  });
  EXPECT_EQ(this->kind_of(result), ErrorKind::kDenied);
  EXPECT_TRUE(this->list(*state).empty());
  EXPECT_EQ(this->generation(*state), before);
}

TYPED_TEST_P(StateConformance, AFailedStatementUndoesTheWholeTransaction) {
  const auto state = this->engine_.open();
  const Result<> result = this->write(*state, [&](store::KeyRepository& keys) -> Result<> {
    TRY_OK(keys.create(key_record("key_a", 1)));
    return keys.create(key_record("key_b", 1));
  });
  EXPECT_EQ(this->kind_of(result), ErrorKind::kConflict);
  EXPECT_TRUE(this->list(*state).empty());
}

TYPED_TEST_P(StateConformance, ATransactionSeesItsOwnWrites) {
  const auto state = this->engine_.open();
  EXPECT_TRUE(this->write(*state,
                          [&](store::KeyRepository& keys) -> Result<> {
                            TRY_OK(keys.create(key_record("key_a", 1)));
                            TRY(const store::KeyRecord found, keys.find(KeyId("key_a")));
                            EXPECT_EQ(found, key_record("key_a", 1));
                            return ok();
                          })
                  .ok());
}

TYPED_TEST_P(StateConformance, AReadTransactionCannotWrite) {
  const auto state = this->engine_.open();
  ASSERT_TRUE(this->create(*state, key_record("key_a", 1)).ok());
  const auto attempt = [&](const std::function<Result<>(store::Transaction&)>& body) {
    return this->kind_of(state->read(body));
  };
  const KeyId id("key_a");
  EXPECT_EQ(attempt([](auto& t) { return t.keys().create(key_record("key_b", 2)); }),
            ErrorKind::kInternal);
  EXPECT_EQ(attempt([&](auto& t) { return t.keys().revoke(id, at_second(1)); }),
            ErrorKind::kInternal);
  EXPECT_EQ(attempt([&](auto& t) { return t.keys().set_expiry(id, at_second(1)); }),
            ErrorKind::kInternal);
  EXPECT_EQ(attempt([&](auto& t) { return t.keys().touch_last_used(id, at_second(1)); }),
            ErrorKind::kInternal);
  EXPECT_EQ(attempt([](auto& t) { return t.values().put("name", "value"); }), ErrorKind::kInternal);
  EXPECT_EQ(*this->find(*state, "key_a"), key_record("key_a", 1));
}

TYPED_TEST_P(StateConformance, EveryChangeOfAKeyChangesTheGeneration) {
  const auto state = this->engine_.open();
  uint64_t last = this->generation(*state);
  const auto changed = [&] {
    const uint64_t now = this->generation(*state);
    return std::exchange(last, now) != now;
  };
  EXPECT_FALSE(changed());
  store::KeyRecord record = key_record("key_a", 1);
  record.models = {ModelId("m")};
  ASSERT_TRUE(this->create(*state, record).ok());
  EXPECT_TRUE(changed());
  const KeyId id("key_a");
  ASSERT_TRUE(this->write(*state, [&](auto& k) { return k.set_expiry(id, at_second(9)); }).ok());
  EXPECT_TRUE(changed());
  ASSERT_TRUE(this->write(*state, [&](auto& k) { return k.revoke(id, at_second(9)); }).ok());
  EXPECT_TRUE(changed());
  ASSERT_TRUE(state->write([](auto& t) { return t.values().put("a", "b"); }).ok());
  EXPECT_TRUE(changed());
  ASSERT_EQ(this->list(*state).size(), 1U);
  EXPECT_FALSE(changed());
}

TYPED_TEST_P(StateConformance, ANotedUseIsNoChange) {
  const auto state = this->engine_.open();
  ASSERT_TRUE(this->create(*state, key_record("key_a", 1)).ok());
  const uint64_t before = this->generation(*state);
  ASSERT_TRUE(this->write(*state,
                          [](store::KeyRepository& keys) {
                            return keys.touch_last_used(KeyId("key_a"), at_second(9));
                          })
                  .ok());
  EXPECT_EQ(this->generation(*state), before);
}

TYPED_TEST_P(StateConformance, ASecondOpenerSeesAChangeAndItsGeneration) {
  const auto one = this->engine_.open();
  const auto two = this->engine_.open();
  const uint64_t before = this->generation(*two);
  ASSERT_TRUE(this->create(*one, key_record("key_a", 1)).ok());
  EXPECT_NE(this->generation(*two), before);
  EXPECT_EQ(this->generation(*two), this->generation(*one));
  EXPECT_EQ(this->list(*two).size(), 1U);
}

TYPED_TEST_P(StateConformance, WhatWasWrittenOutlivesTheOpener) {
  uint64_t generation = 0;
  {
    const auto state = this->engine_.open();
    ASSERT_TRUE(this->create(*state, key_record("key_a", 1)).ok());
    generation = this->generation(*state);
  }
  const auto state = this->engine_.open();
  EXPECT_EQ(*this->find(*state, "key_a"), key_record("key_a", 1));
  EXPECT_EQ(this->generation(*state), generation);
}

TYPED_TEST_P(StateConformance, WritersFromManyThreadsTakeTurns) {
  const auto one = this->engine_.open();
  const auto two = this->engine_.open();
  constexpr int kEach = 10;
  std::atomic<int> failed{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([&, t] {
      store::State& state = t % 2 == 0 ? *one : *two;
      for (int i = 0; i < kEach; ++i) {
        const auto fill = static_cast<uint8_t>(t * kEach + i);
        failed += this->create(state, key_record("key_" + std::to_string(fill), fill)).ok() ? 0 : 1;
      }
    });
  }
  for (std::thread& thread : threads) {
    thread.join();
  }
  EXPECT_EQ(failed, 0);
  EXPECT_EQ(this->list(*one).size(), 4U * kEach);
}

TYPED_TEST_P(StateConformance, AValueIsReplaced) {
  const auto state = this->engine_.open();
  const auto get = [&](std::string_view name) {
    std::optional<std::string> out;
    EXPECT_TRUE(state
                    ->read([&](store::Transaction& transaction) -> Result<> {
                      TRY(out, transaction.values().get(name));
                      return ok();
                    })
                    .ok());
    return out;
  };
  EXPECT_EQ(get("a"), std::nullopt);
  ASSERT_TRUE(state->write([](auto& t) { return t.values().put("a", ""); }).ok());
  EXPECT_EQ(get("a"), "");
  ASSERT_TRUE(state->write([](auto& t) { return t.values().put("a", "two"); }).ok());
  EXPECT_EQ(get("a"), "two");
  EXPECT_EQ(get("A"), std::nullopt);
}

TYPED_TEST_P(StateConformance, TheOutboxKeepsItsOrderUntilAnEntryWasTold) {
  const auto state = this->engine_.open();
  const auto list = [&](size_t most) {
    std::vector<store::OutboxEntry> out;
    EXPECT_TRUE(state
                    ->read([&](store::Transaction& transaction) -> Result<> {
                      TRY(out, transaction.outbox().list(most));
                      return ok();
                    })
                    .ok());
    return out;
  };
  const auto change = [&](const std::function<Result<>(store::OutboxRepository&)>& body) {
    return state->write(
        [&](store::Transaction& transaction) { return body(transaction.outbox()); });
  };
  EXPECT_TRUE(list(10).empty());
  for (const char* id : {"b", "a", "c"}) {
    ASSERT_TRUE(
        change([&](auto& outbox) { return outbox.add(id, "entry of " + std::string(id)); }).ok());
  }
  EXPECT_EQ(this->kind_of(change([](auto& outbox) { return outbox.add("a", "again"); })),
            ErrorKind::kConflict);
  EXPECT_EQ(list(2),
            (std::vector<store::OutboxEntry>{{"b", "entry of b", {}}, {"a", "entry of a", {}}}));
  ASSERT_TRUE(change([](auto& outbox) { return outbox.note_attempt("a", 7); }).ok());
  ASSERT_TRUE(change([](auto& outbox) { return outbox.note_attempt("a", 9); }).ok());
  ASSERT_TRUE(change([](auto& outbox) { return outbox.remove("b"); }).ok());
  EXPECT_EQ(list(10),
            (std::vector<store::OutboxEntry>{{"a", "entry of a", 7}, {"c", "entry of c", {}}}));
  EXPECT_EQ(this->kind_of(change([](auto& outbox) { return outbox.remove("b"); })),
            ErrorKind::kNotFound);
  EXPECT_EQ(this->kind_of(change([](auto& outbox) { return outbox.note_attempt("b", 1); })),
            ErrorKind::kNotFound);
  EXPECT_EQ(this->kind_of(state->read([](auto& t) { return t.outbox().add("d", ""); })),
            ErrorKind::kInternal);
}

TYPED_TEST_P(StateConformance, ACopyHoldsEverythingAndReplacesNothing) {
  const auto state = this->engine_.open();
  const TempFolder folder;
  ASSERT_TRUE(this->create(*state, key_record("key_a", 1)).ok());
  ASSERT_TRUE(state->copy_to(folder.file("copy.db")).ok());
  EXPECT_EQ(this->kind_of(state->copy_to(folder.file("copy.db"))), ErrorKind::kConflict);
  ASSERT_TRUE(this->create(*state, key_record("key_b", 2)).ok());
  const auto copy = store::open_state("sqlite:" + folder.file("copy.db"), store::IfMissing::kFail);
  ASSERT_TRUE(copy.ok()) << copy.error().to_string();
  EXPECT_EQ(this->list(**copy).size(), 1U);
}

TYPED_TEST_P(StateConformance, AChangeAndItsEntryAreOneTransaction) {
  const auto state = this->engine_.open();
  const uint64_t before = this->generation(*state);
  const Result<> result = state->write([&](store::Transaction& transaction) -> Result<> {
    TRY_OK(transaction.outbox().add("a", "key_a was created"));
    TRY_OK(transaction.keys().create(key_record("key_a", 1)));
    return transaction.keys().create(key_record("key_b", 1));
  });
  EXPECT_EQ(this->kind_of(result), ErrorKind::kConflict);
  EXPECT_TRUE(state
                  ->read([&](store::Transaction& transaction) -> Result<> {
                    TRY(const auto waiting, transaction.outbox().list(10));
                    EXPECT_TRUE(waiting.empty());
                    return ok();
                  })
                  .ok());
  ASSERT_TRUE(state->write([](auto& t) { return t.outbox().add("a", ""); }).ok());
  EXPECT_EQ(this->generation(*state), before) << "what waits to be told is no change";
}

TYPED_TEST_P(StateConformance, EveryFieldOfARevocationComesBack) {
  const auto state = this->engine_.open();
  store::RevocationRecord full = revocation_record("b");
  full.kind = store::RevokedKind::kGrant;
  full.target = "naïve ' \" ; -- target";
  full.issued_before = at_second(1'100);
  full.until = at_second(1'200);
  full.lifted = at_second(1'300);
  const store::RevocationRecord bare = revocation_record("a");
  ASSERT_TRUE(this->revoke(*state, full).ok());
  ASSERT_TRUE(this->revoke(*state, bare).ok());
  EXPECT_EQ(this->kind_of(this->revoke(*state, revocation_record("a"))), ErrorKind::kConflict);
  using Revocations = std::vector<store::RevocationRecord>;
  const auto list = [&](std::string_view after, size_t most) {
    return this->revocations(*state, [&](auto& all) { return all.list(after, most); });
  };
  EXPECT_EQ(list("", 10), (Revocations{bare, full}));
  EXPECT_EQ(list("", 1), Revocations{bare});
  EXPECT_EQ(list("a", 10), Revocations{full});
  EXPECT_TRUE(list("b", 10).empty());
  EXPECT_TRUE(state
                  ->read([&](store::Transaction& transaction) -> Result<> {
                    TRY(const auto found, transaction.revocations().find("b"));
                    EXPECT_EQ(found, full);
                    const auto missing = transaction.revocations().find("c");
                    EXPECT_EQ(missing.error().kind(), ErrorKind::kNotFound);
                    return ok();
                  })
                  .ok());
}

TYPED_TEST_P(StateConformance, ARevocationIsInForceUntilItsEndOrUntilItIsLifted) {
  const auto state = this->engine_.open();
  for (const auto kind : {store::RevokedKind::kKey, store::RevokedKind::kUser}) {
    store::RevocationRecord record = revocation_record(std::string(name_of(kind)));
    record.kind = kind;
    record.until = kind == store::RevokedKind::kUser ? std::optional(at_second(50)) : std::nullopt;
    ASSERT_TRUE(this->revoke(*state, record).ok());
  }
  EXPECT_EQ(this->ids_in_force(*state, 49), "key user ");
  EXPECT_EQ(this->ids_in_force(*state, 50), "key ");
  const auto lift = [&](std::string_view id, int64_t second) {
    return state->write(
        [&](auto& transaction) { return transaction.revocations().lift(id, at_second(second)); });
  };
  ASSERT_TRUE(lift("key", 60).ok());
  ASSERT_TRUE(lift("key", 70).ok());
  EXPECT_EQ(this->kind_of(lift("none", 70)), ErrorKind::kNotFound);
  EXPECT_EQ(this->ids_in_force(*state, 49), "user ");
  const auto all =
      this->revocations(*state, [](auto& revocations) { return revocations.list("", 1); });
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].lifted, at_second(60));
}

TYPED_TEST_P(StateConformance, OnlyARevocationThatIsOverIsForgotten) {
  const auto state = this->engine_.open();
  store::RevocationRecord lifted = revocation_record("lifted");
  lifted.lifted = at_second(10);
  store::RevocationRecord ended = revocation_record("ended");
  ended.until = at_second(20);
  ASSERT_TRUE(this->revoke(*state, lifted).ok());
  ASSERT_TRUE(this->revoke(*state, ended).ok());
  ASSERT_TRUE(this->revoke(*state, revocation_record("open")).ok());
  const auto forget = [&](int64_t second) {
    size_t count = 0;
    EXPECT_TRUE(state
                    ->write([&](store::Transaction& transaction) -> Result<> {
                      TRY(count, transaction.revocations().forget(at_second(second)));
                      return ok();
                    })
                    .ok());
    return count;
  };
  EXPECT_EQ(forget(10), 0U);
  EXPECT_EQ(forget(11), 1U);
  EXPECT_EQ(forget(1'000'000), 1U);
  EXPECT_EQ(this->ids_in_force(*state, 0), "open ");
}

TYPED_TEST_P(StateConformance, EveryChangeOfARevocationChangesTheGeneration) {
  const auto state = this->engine_.open();
  uint64_t last = this->generation(*state);
  const auto changed = [&] {
    const uint64_t now = this->generation(*state);
    return std::exchange(last, now) != now;
  };
  ASSERT_TRUE(this->revoke(*state, revocation_record("a")).ok());
  EXPECT_TRUE(changed());
  const auto write = [&](const std::function<Result<>(store::RevocationRepository&)>& body) {
    return state->write([&](auto& transaction) { return body(transaction.revocations()); });
  };
  ASSERT_TRUE(write([](auto& all) { return all.lift("a", at_second(5)); }).ok());
  EXPECT_TRUE(changed());
  ASSERT_TRUE(write([](auto& all) { return all.lift("a", at_second(6)); }).ok());
  EXPECT_FALSE(changed()) << "it was lifted already";
  ASSERT_TRUE(write([](auto& all) -> Result<> {
                return all.forget(at_second(9)).ok() ? ok() : Error(ErrorKind::kIo, "");
              }).ok());
  EXPECT_TRUE(changed());
  const auto attempt = [&](const std::function<Result<>(store::RevocationRepository&)>& body) {
    return this->kind_of(
        state->read([&](auto& transaction) { return body(transaction.revocations()); }));
  };
  EXPECT_EQ(attempt([](auto& all) { return all.add(revocation_record("b")); }),
            ErrorKind::kInternal);
  EXPECT_EQ(attempt([](auto& all) { return all.lift("a", at_second(1)); }), ErrorKind::kInternal);
  EXPECT_EQ(attempt([](auto& all) -> Result<> { return all.forget(at_second(1)).error(); }),
            ErrorKind::kInternal);
}

TYPED_TEST_P(StateConformance, AnEventIsReceivedOnce) {
  const auto state = this->engine_.open();
  const uint64_t before = this->generation(*state);
  const auto note = [&](std::string_view name, int64_t second) {
    bool first = false;
    EXPECT_TRUE(state
                    ->write([&](store::Transaction& transaction) -> Result<> {
                      TRY(first, transaction.revocations().note_event(name, at_second(second)));
                      return ok();
                    })
                    .ok());
    return first;
  };
  EXPECT_TRUE(note("idp/a", 10));
  EXPECT_FALSE(note("idp/a", 11));
  EXPECT_TRUE(note("idp/b", 11));
  EXPECT_EQ(this->generation(*state), before) << "a received event is no change";
  const auto forget = [&](int64_t second) {
    return state->write([&](store::Transaction& transaction) {
      return transaction.revocations().forget_events(at_second(second));
    });
  };
  ASSERT_TRUE(forget(11).ok());
  EXPECT_TRUE(note("idp/a", 12)) << "forgotten";
  EXPECT_FALSE(note("idp/b", 12));
  EXPECT_EQ(this->kind_of(state->read([](auto& transaction) -> Result<> {
    return transaction.revocations().note_event("c", at_second(1)).error();
  })),
            ErrorKind::kInternal);
  EXPECT_EQ(this->kind_of(state->read([](auto& transaction) {
    return transaction.revocations().forget_events(at_second(1));
  })),
            ErrorKind::kInternal);
}

REGISTER_TYPED_TEST_SUITE_P(
    StateConformance, ANewStateHasNoKeys, EveryFieldOfAKeyComesBack, ScopesComeBackInOrderOfName,
    KeysAreListedOldestFirst, AnIdOrADigestIsTakenOnce, TheFirstRevocationStands,
    AnExpiryIsReplaced, ALastUseNeverGoesBack, AFailedTransactionLeavesNoTrace,
    AFailedStatementUndoesTheWholeTransaction, ATransactionSeesItsOwnWrites,
    AReadTransactionCannotWrite, EveryChangeOfAKeyChangesTheGeneration, ANotedUseIsNoChange,
    ASecondOpenerSeesAChangeAndItsGeneration, WhatWasWrittenOutlivesTheOpener,
    WritersFromManyThreadsTakeTurns, AValueIsReplaced, TheOutboxKeepsItsOrderUntilAnEntryWasTold,
    AChangeAndItsEntryAreOneTransaction, ACopyHoldsEverythingAndReplacesNothing,
    EveryFieldOfARevocationComesBack, ARevocationIsInForceUntilItsEndOrUntilItIsLifted,
    OnlyARevocationThatIsOverIsForgotten, EveryChangeOfARevocationChangesTheGeneration,
    AnEventIsReceivedOnce);

}  // namespace sally::test
