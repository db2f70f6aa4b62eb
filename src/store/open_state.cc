#include <fmt/format.h>

#include "base/text.h"
#include "store/sqlite_state.h"
#include "store/state.h"

namespace sally::store {

Result<std::unique_ptr<State>> open_state(std::string_view url, IfMissing if_missing) {
  constexpr std::string_view kSqlite = "sqlite:";
  if (!url.starts_with(kSqlite)) {
    // Only the scheme: what follows may hold a password.
    const size_t colon = url.find(':');
    const std::string_view scheme = colon == std::string_view::npos ? "" : url.substr(0, colon);
    return Error(ErrorKind::kUsage,
                 fmt::format("the state cannot be of scheme `{}`", printable(scheme, 32)),
                 "write `sqlite:PATH`, for example `sqlite:/var/lib/sallyport/state.db`");
  }
  url.remove_prefix(kSqlite.size());
  if (url.empty() || url.find('\0') != std::string_view::npos) {
    return Error(ErrorKind::kUsage, "the state names no file",
                 "write `sqlite:PATH`, for example `sqlite:/var/lib/sallyport/state.db`");
  }
  return open_sqlite_state(std::string(url), if_missing);
}

}  // namespace sally::store
