#include "cedar/cases/case_file.h"

#include <algorithm>
#include <map>

#include "cedar/cases/context_edit.h"
#include "formats/json/writer.h"

namespace sally::cedar {
namespace {

void take(const CaseBlock& block, CaseRequest& out, std::map<EntityUid, size_t>& known) {
  const auto set = [](const std::optional<EntityUid>& from, EntityUid& to) {
    if (from.has_value()) {
      to = *from;
    }
  };
  set(block.principal, out.principal);
  set(block.action, out.action);
  set(block.resource, out.resource);
  for (const CaseEntity& entity : block.entities) {
    const auto [at, added] = known.try_emplace(entity.uid, out.entities.size());
    if (added) {
      out.entities.push_back(entity);
    } else {
      out.entities[at->second] = entity;
    }
  }
}

void write_uid(formats::JsonWriter& json, const EntityUid& uid) {
  json.begin_object();
  json.member("type", uid.type).member("id", uid.id);
  json.end_object();
}

}  // namespace

Result<CaseRequest> request_of(const CaseFile& file, size_t index) {
  std::vector<const CaseBlock*> blocks;
  for (std::optional<size_t> at = index; at.has_value(); at = file.cases[*at].like) {
    blocks.push_back(&file.cases[*at].block);
  }
  blocks.push_back(&file.given);
  std::ranges::reverse(blocks);
  CaseRequest out;
  std::map<EntityUid, size_t> known;
  ContextEditor context;
  for (const CaseBlock* block : blocks) {
    take(*block, out, known);
    out.has_own_entities =
        out.has_own_entities || (block != &file.given && !block->entities.empty());
    for (const ContextEdit& edit : block->context) {
      TRY_OK(context.apply(edit));
    }
  }
  out.context = context.to_json();
  return out;
}

std::string to_json(const std::vector<CaseEntity>& entities) {
  std::string out;
  formats::JsonWriter json(out);
  json.begin_array();
  for (const CaseEntity& entity : entities) {
    json.begin_object();
    json.key("uid");
    write_uid(json, entity.uid);
    json.key("attrs").raw(entity.attributes.empty() ? "{}" : entity.attributes);
    json.key("parents").begin_array();
    for (const EntityUid& parent : entity.parents) {
      write_uid(json, parent);
    }
    json.end_array();
    if (!entity.tags.empty()) {
      json.key("tags").raw(entity.tags);
    }
    json.end_object();
  }
  json.end_array();
  json.finish();
  return out;
}

}  // namespace sally::cedar
