#include "telemetry/envelope.h"

#include <algorithm>

#include "base/text.h"
#include "telemetry/attributes.h"
#include "telemetry/otlp_fields.h"
#include "telemetry/proto.h"

namespace sally::telemetry {
namespace {

namespace f = otlp::export_request;

constexpr std::string_view kServiceName = "sallyport";
constexpr size_t kMostMessage = 200;

}  // namespace

Envelope::Envelope(const Resource& resource) {
  ProtoWriter out(resource_);
  out.message(f::kResource, [&] {
    AttributeWriter attributes(out, otlp::resource::kAttributes);
    const auto unless_given = [&](Attribute attribute, std::string_view value) {
      const std::string_view name = name_of(attribute);
      if (std::ranges::none_of(resource.attributes,
                               [name](const auto& given) { return given.first == name; })) {
        attributes.text(name, value);
      }
    };
    unless_given(Attribute::kServiceName, kServiceName);
    unless_given(Attribute::kServiceVersion, resource.version);
    unless_given(Attribute::kServiceInstance, resource.instance);
    for (const auto& [key, value] : resource.attributes) {
      attributes.text(key, value);
    }
  });
  ProtoWriter scope(scope_);
  scope.message(f::kScope, [&] {
    scope.bytes(otlp::scope::kName, kServiceName);
    scope.bytes(otlp::scope::kVersion, resource.version);
  });
}

std::string Envelope::wrap(std::string_view elements) const {
  std::string scoped = scope_;
  scoped.append(elements);
  std::string inner = resource_;
  ProtoWriter(inner).bytes(f::kScopeElements, scoped);
  std::string out;
  out.reserve(inner.size() + 16);
  ProtoWriter(out).bytes(f::kResourceElements, inner);
  return out;
}

ExportReply read_success(std::string_view body) {
  ExportReply out;
  ProtoReader reader(body);
  while (const auto field = reader.next()) {
    if (field->number != otlp::export_response::kPartialSuccess) {
      continue;
    }
    ProtoReader partial(field->bytes);
    while (const auto part = partial.next()) {
      if (part->number == otlp::export_response::kRejected) {
        // A signed number on the wire; less than none is none.
        out.rejected = static_cast<int64_t>(part->number_value) > 0 ? part->number_value : 0;
      } else if (part->number == otlp::export_response::kErrorMessage) {
        out.message = printable(part->bytes, kMostMessage);
      }
    }
  }
  return out;
}

std::string read_failure(std::string_view body) {
  ProtoReader reader(body);
  std::string out;
  while (const auto field = reader.next()) {
    if (field->number == otlp::rpc_status::kMessage) {
      out = printable(field->bytes, kMostMessage);
    }
  }
  return out;
}

}  // namespace sally::telemetry
