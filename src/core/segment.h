// Segment: what is said of a text when it is shown to an inspector.
#pragma once

#include "core/finding.h"
#include "core/place.h"
#include "core/provenance.h"

namespace sally {

struct Segment {
  Place place;
  Direction direction = Direction::kRequest;
  Provenance provenance = Provenance::kUnknown;
  // It names something that the protocol goes by (a model, a role, an id): nobody reads it as text.
  bool fixed = false;
  // Another model is asked about what is in doubt, before anything is decided by it.
  bool settled_later = false;
};

}  // namespace sally
