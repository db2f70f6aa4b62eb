#include "app/changes.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <map>
#include <memory>
#include <vector>

#include "formats/json/writer.h"
#include "ledger/outbox.h"

namespace sally::app {
namespace {

using formats::JsonWriter;

void write_time(JsonWriter& json, std::string_view key, const std::optional<WallTime>& time) {
  if (time) {
    json.member(key, format_time(*time));
  }
}

// A key as an event shows it: never its digest.
std::string show(const store::KeyRecord& record) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.member("name", record.name);
  if (!record.team.empty()) {
    json.member("team", record.team.str());
  }
  const auto names = [&](std::string_view key, const auto& ids) {
    if (!ids.empty()) {
      json.key(key).begin_array();
      for (const auto& id : ids) {
        json.string(id.str());
      }
      json.end_array();
    }
  };
  names("routes", record.routes);
  names("models", record.models);
  if (record.requests_per_minute != 0) {
    json.member("requests_per_minute", record.requests_per_minute);
  }
  write_time(json, "created", record.created);
  write_time(json, "expires", record.expires);
  write_time(json, "revoked", record.revoked);
  json.end_object();
  json.finish();
  return out;
}

std::string show(const store::RevocationRecord& record) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  json.member("kind", name_of(record.kind)).member("target", record.target);
  write_time(json, "issued_before", record.issued_before);
  write_time(json, "until", record.until);
  write_time(json, "lifted", record.lifted);
  json.end_object();
  json.finish();
  return out;
}

using Values = std::map<std::string, std::string>;

void flatten(const YamlNode& node, const std::string& path, Values& out) {
  switch (node.kind) {
    case YamlNode::Kind::kNull:
      break;
    case YamlNode::Kind::kText:
      out[path] = node.text;
      break;
    case YamlNode::Kind::kList:
      for (size_t i = 0; i < node.items.size(); ++i) {
        flatten(node.items[i], fmt::format("{}[{}]", path, i), out);
      }
      break;
    case YamlNode::Kind::kMap:
      for (const YamlMember& member : node.members) {
        flatten(member.value, path.empty() ? member.key : path + "." + member.key, out);
      }
      break;
  }
}

// The values of `all` that `other` does not have, or has differently.
std::string only_in(const Values& all, const Values& other) {
  std::string out;
  JsonWriter json(out);
  json.begin_object();
  for (const auto& [path, value] : all) {
    const auto found = other.find(path);
    if (found == other.end() || found->second != value) {
      json.member(path, value);
    }
  }
  json.end_object();
  json.finish();
  return out;
}

}  // namespace

std::string local_user() {
  const uid_t uid = ::geteuid();
  std::vector<char> buffer(16 * 1024);
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found) == 0 && found != nullptr) {
    return fmt::format("uid={} ({})", uid, found->pw_name);
  }
  return fmt::format("uid={}", uid);
}

std::string local_place() {
  return fmt::format("local:uid={}", ::getuid());
}

ChangeEvent change_by_user(const World& world, std::string_view what, std::string target) {
  ChangeEvent out = change_by_program(world.clock, world.random, what, std::move(target));
  out.who = local_user();
  out.from = local_place();
  return out;
}

ChangeEvent change_by_program(const Clock& clock, Random& random, std::string_view what,
                              std::string target) {
  const WallTime now = clock.now();
  return {.id = Ulid::make(now, random),
          .time = now,
          .what = std::string(what),
          .target = std::move(target),
          .who = "sallyport"};
}

Result<> record_change(store::State& state, const ChangeEvent& change) {
  return state.write([&](store::Transaction& transaction) {
    return ledger::put_into_outbox(transaction, change);
  });
}

namespace {

ChangeEvent change_by(const Stamp& stamp, const Author& author, std::string_view what,
                      std::string target) {
  ChangeEvent out = change_by_program(stamp.clock, stamp.random, what, std::move(target));
  out.who = author.who;
  out.from = author.from;
  return out;
}

}  // namespace

identity::OnKeyChange record_key_changes(Stamp stamp, Author author) {
  return [stamp, author = std::move(author)](store::Transaction& transaction,
                                             const identity::KeyChange& change) {
    ChangeEvent event = change_by(stamp, author, change.what, change.after.id.str());
    event.before = change.before == nullptr ? std::string() : show(*change.before);
    event.after = show(change.after);
    return ledger::put_into_outbox(transaction, event);
  };
}

identity::OnRevocationChange record_revocations(Stamp stamp, Author author) {
  return [stamp, author = std::move(author)](store::Transaction& transaction,
                                             const identity::RevocationChange& change) {
    ChangeEvent event = change_by(stamp, author, change.what, change.after.id);
    event.before = change.before == nullptr ? std::string() : show(*change.before);
    event.after = show(change.after);
    event.reason = change.reason;
    return ledger::put_into_outbox(transaction, event);
  };
}

ConfigDifference config_difference(const YamlNode& before, const YamlNode& after) {
  Values was;
  Values is;
  flatten(before, {}, was);
  flatten(after, {}, is);
  return {only_in(was, is), only_in(is, was)};
}

}  // namespace sally::app
