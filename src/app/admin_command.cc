// `sallyport admin`.
#include "app/admin/openapi.h"
#include "app/commands.h"

namespace sally::app {

Result<int> admin_openapi(const World& world) {
  world.console.out(openapi_document());
  return kFine;
}

}  // namespace sally::app
